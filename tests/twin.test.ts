/**
 * The view in one process and its eight slices behind Hive Gateway are twins: the same random questions by the same
 * random askers get the same data and the same errors, call the same departments, and leave the same decisions on record.
 * Both stand over one database and one set of departments. HUTONG_TWIN_RUNS sets how many, HUTONG_TWIN_SEED where to
 * begin.
 *
 * What a router makes of answers is its own, and is not compared:
 * - `extensions` of the whole answer, which it does not merge;
 * - the order of errors, their locations in a document that it has written anew, and of which item of a list they speak,
 *   which it leaves out of the path; what is null, and so what was denied of which item, is compared as data;
 * - a field that is selected twice, once under a condition that does not hold: it loses both;
 * - the HTTP status where a whole request is refused: it answers 200, with the refusal at each root.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditDecisions } from '../store/audit-record.ts'
import { usesOf, type Decided, type Use } from '../store/ledger-uses.ts'
import { waitUntil } from '../store/engine/process.ts'
import { grantOf, runGrantedHub } from './attacks/granted-hub.ts'
import { randomAsker } from './leak/askers.ts'
import { materialOf } from './leak/material.ts'
import { randomQuery } from './leak/queries.ts'
import { randomFrom } from './leak/random.ts'
import { recordsOf } from './support/audit.ts'
import { startRouter, startSlices, type Router, type Slices } from './support/federation.ts'
import type { Answer, Persona, Running } from './support/harness.ts'
import { inAMonth } from './support/mutations.ts'

const runs = Number(process.env.HUTONG_TWIN_RUNS ?? 200)
const firstSeed = Number(process.env.HUTONG_TWIN_SEED ?? 20261101)
const schema = buildSchema(readFileSync(new URL('../codegen/generated/schema.graphql', import.meta.url), 'utf8'), {
  assumeValidSDL: true,
})

/** Purposes by which customs may see the credit grade of two enterprises a day. */
const quotas = ['quota-one', 'quota-two']
const gradesOf = 'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { tax { creditGrade } } }'

let running: Running
let slices: Slices
let router: Router
beforeAll(async () => {
  const counted = quotas.map((purpose) => ({ ...grantOf('customs', 'tax.creditGrade', purpose), dailySubjects: 2 }))
  running = await runGrantedHub(counted, { aliases: 1000, depth: 30, cost: 10_000_000 })
  slices = await startSlices(running)
  router = await startRouter(slices)
})
afterAll(async () => {
  await router.stop()
  await slices.stop()
  await running.stop()
})

/** What errors say and of which fields. */
const told = ({ errors = [] }: Answer): string[] => [
  ...new Set(
    errors
      .map(({ message, path = [], extensions }) =>
        JSON.stringify([message, path.filter((step) => typeof step === 'string'), extensions]),
      )
      .sort(),
  ),
]

interface Asked {
  answer: Answer
  /** What must be equal however it was asked. */
  comparable: unknown
  record: Recorded
}

/** What all records of a request say together. */
interface Recorded {
  by: unknown[]
  subjects: string[]
  decisions: AuditDecisions
  /** Who saw what of whom, as the ledger says it. */
  uses: string[]
}

/** Asks the hub and the router the same; the records of the one stand under `hub-`, of the other under `twin-`. */
async function askBoth(
  id: string,
  persona: Persona | null,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<{ hub: Asked; twin: Asked }> {
  const ask = async (url: string, requestId: string): Promise<Asked> => {
    running.sandbox.calls.reset()
    const answer = await running.ask(persona, query, variables, { 'x-request-id': requestId }, url)
    const { data } = answer
    const called = Object.keys(running.calls()).sort()
    return { answer, comparable: { data, errors: told(answer), called }, record: await recordOf(requestId) }
  }
  return { hub: await ask(running.hub.url, `hub-${id}`), twin: await ask(router.url, `twin-${id}`) }
}

async function recordOf(requestId: string): Promise<Recorded> {
  const { db } = running.database
  const records = await recordsOf(db, requestId)
  const plans = await db
    .selectFrom('audit_record')
    .innerJoin('audit_plan', 'audit_plan.hash', 'audit_record.plan')
    .select(['audit_plan.plan', 'audit_record.record'])
    .where('request_id', '=', requestId)
    .execute()
  const decided = plans.map(({ plan, record }) => ({
    said: JSON.parse(record) as Decided,
    decisions: JSON.parse(plan) as AuditDecisions,
  }))
  return {
    by: [...new Set(records.map(({ department, purpose }) => JSON.stringify([department, purpose])))],
    subjects: [...new Set(records.flatMap(({ subjects }) => subjects))].sort(),
    // What only leads to data has no decision of its own, and leads otherwise by a router, under roots of its own.
    decisions: Object.fromEntries(
      decided.flatMap(({ decisions }) =>
        Object.entries(decisions).flatMap(([coordinate, decision]) => {
          if (decision === null) return []
          const { roots: _roots, ...held } = decision
          return [[coordinate, held]]
        }),
      ),
    ),
    uses: [...new Set(decided.flatMap(({ said, decisions }) => usesOf(said, decisions).map(shortly)))].sort(),
  }
}

const shortly = ({ uscc, coordinate, effect, rule }: Use): string => `${uscc} ${coordinate} ${effect} ${rule}`

/** What the random queries were about. */
const seen = { values: 0, denials: 0, masked: 0, calls: 0, decisions: 0 }

test(
  `${runs} random queries: the same answer in one process as by a router over the slices`,
  { timeout: 3_600_000 },
  async () => {
    const given = await materialOf(running, schema)
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const random = randomFrom(seed)
      const { source, variables } = randomQuery(schema, random, given, true)
      const { purpose, ...who } = randomAsker(random, given.usccs)
      const persona = { ...who, ...(purpose === null ? {} : { purpose }) }
      const { hub, twin } = await askBoth(String(seed), persona, source, variables)
      const about = `HUTONG_TWIN_SEED=${seed} HUTONG_TWIN_RUNS=1\n${JSON.stringify(persona)}\n${JSON.stringify(variables)}\n${source}`
      expect(twin.comparable, about).toEqual(hub.comparable)
      expect(twin.record, about).toEqual(recordedBySlices(hub, twin))
      count(hub)
    }
    console.log(`seeds ${firstSeed} to ${firstSeed + runs - 1}: ${JSON.stringify(seen)}`)
    // The draw must not be empty of what it is about; a few seeds may be.
    if (runs >= 100) for (const number of Object.values(seen)) expect(number).toBeGreaterThan(runs / 10)
  },
)

/**
 * What the slices must have on record where the hub has this. A router asks no slice where every root is skipped, and
 * none for what stands below a record that is not there, or below its enterprise where that is denied; the hub decides on
 * all of a document before it knows.
 */
function recordedBySlices(hub: Asked, twin: Asked): Recorded {
  const roots = Object.values(hub.answer.data ?? {})
  if (roots.length === 0) return { by: [], subjects: [], decisions: {}, uses: [] }
  const denied = (hub.answer.errors ?? []).map(({ extensions }) => String(extensions.coordinate))
  if (!roots.includes(null) && !denied.some((coordinate) => coordinate.endsWith('.enterprise'))) return hub.record
  const { decisions } = twin.record
  const isDecided = (coordinate: string): boolean => coordinate in decisions
  return {
    ...hub.record,
    decisions: Object.fromEntries(Object.entries(hub.record.decisions).filter(([coordinate]) => isDecided(coordinate))),
    uses: hub.record.uses.filter((use) => isDecided(use.split(' ')[1] ?? '')),
  }
}

function count({ answer, record }: Asked): void {
  const text = JSON.stringify(answer.data)
  seen.values += (text.match(/":("|\d|true|false)/g) ?? []).length
  seen.masked += (text.match(/\*\*/g) ?? []).length
  seen.denials += (answer.errors ?? []).length
  seen.calls += answer.extensions?.provenance.length ?? 0
  seen.decisions += Object.keys(record.decisions).length
}

describe('what no random query asks', () => {
  const both = '["91350102MYE0000341", "91350602MY0000178A"]'
  test.each<[string, Persona, string]>([
    ['me', { as: 'customs', purpose: 'clearance' }, '{ me { department roles purposes purpose policyVersion } }'],
    ['departments', { as: 'fx' }, '{ departments { id nameEn nameZh contractVersion } }'],
    [
      'the catalogue',
      { as: 'tax' },
      '{ catalogue(search: "退税") { nodes { id publication } } catalogueVersion { hash } }',
    ],
    [
      'why',
      { as: 'customs' },
      '{ why(coordinate: "TaxRecord.refunds") { decision rule steps { text } apply { item } } }',
    ],
    [
      'grants and their cursors',
      { as: 'tax', roles: ['steward'] },
      '{ grants(first: 3) { nodes { id state } pageInfo { hasNextPage endCursor } } }',
    ],
    [
      'an argument that cannot be used',
      { as: 'postal' },
      '{ shipment(trackingNumber: "RB123456789CN") { destination } }',
    ],
    [
      'two hundred places of two enterprises',
      { as: 'customs' },
      `{ enterprises(usccs: ${both}) { customs { declarations(first: 100) { nodes { enterprise { name tax { arrears { amount } } } } } } } }`,
    ],
  ])('%s', async (name, persona, query) => {
    const { hub, twin } = await askBoth(name.replace(/\W/g, '-').padEnd(8, '-'), persona, query)
    expect(hub.answer.data).toBeTruthy()
    expect(twin.comparable).toEqual(hub.comparable)
  })

  test.each<[string, Persona | null, string, string]>([
    ['no token', null, '{ enterprise(uscc: "91350102MYE0000341") { name } }', 'UNAUTHENTICATED'],
    [
      'a purpose that the token does not list',
      { as: 'tax', purpose: 'curiosity' },
      '{ enterprise(uscc: "91350102MYE0000341") { tax { creditGrade } } }',
      'PURPOSE_NOT_ALLOWED',
    ],
    [
      'too long a page',
      { as: 'market' },
      '{ enterprise(uscc: "91350102MYE0000341") { market { penalties(first: 101) { totalCount } } } }',
      'LIMIT_EXCEEDED',
    ],
  ])('%s: the refusal in the same words', async (name, persona, query, code) => {
    const { hub, twin } = await askBoth(name.replace(/\W/g, '-').padEnd(8, '-'), persona, query)
    const words = ({ answer }: Asked) => answer.errors?.map(({ message, extensions }) => [message, extensions])
    expect(words(hub)).toEqual([[expect.any(String), expect.objectContaining({ code })]])
    expect(words(twin)).toEqual(words(hub))
    expect([hub.answer.data, JSON.stringify(twin.answer.data).replace(/^.*:/, '')]).toEqual([
      undefined,
      expect.stringMatching(/^null}+$/),
    ])
  })
})

describe('what one changes, the other knows', () => {
  const grade = '{ enterprise(uscc: "91350102MYE0000341") { tax { creditGrade } } }'
  const clearance = { as: 'customs', purpose: 'clearance' } as const
  const grant = 'development:customs:tax.creditGrade:clearance'
  const change = async (url: string, mutation: string, type: string, more: object): Promise<unknown> => {
    const input = { clientMutationId: randomUUID(), grant, reason: '涉嫌超范围使用', ...more }
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { grant { state } } }`
    const { data, errors } = await running.ask({ as: 'authority', roles: ['authority'] }, query, { input }, {}, url)
    return errors ?? data
  }
  const reasonAt = async (url: string): Promise<unknown> => {
    const { errors } = await running.ask(clearance, grade, {}, {}, url)
    return errors?.[0]?.extensions.reason ?? 'shown'
  }

  test('a suspension by the router reaches the hub and the slice of tax within a second; a resumption by the hub too', async () => {
    expect([await reasonAt(running.hub.url), await reasonAt(router.url)]).toEqual(['shown', 'shown'])
    expect(await change(router.url, 'suspendGrant', 'SuspendGrantInput', { putRightBy: inAMonth })).toEqual({
      suspendGrant: { grant: { state: 'SUSPENDED' } },
    })
    for (const url of [running.hub.url, router.url]) {
      expect(await waitUntil(async () => (await reasonAt(url)) === 'suspended', 1_000)).toBe(true)
    }
    expect(await change(running.hub.url, 'resumeGrant', 'GrantInput', {})).toEqual({
      resumeGrant: { grant: { state: 'ACTIVE' } },
    })
    expect(await waitUntil(async () => (await reasonAt(router.url)) === 'shown', 1_000)).toBe(true)
  })

  test('a quota counts the same enterprises, and what both showed together', async () => {
    const usccs = ['91350102MYE0000341', '91350602MY0000178A', '91330903MYR0064J0R']
    const ask = (url: string, purpose: string, asked: readonly string[]) =>
      running.ask({ as: 'customs', purpose, purposes: quotas }, gradesOf, { usccs: asked }, {}, url)
    const [hub, twin] = [await ask(running.hub.url, 'quota-one', usccs), await ask(router.url, 'quota-two', usccs)]
    expect((hub.errors ?? []).map(({ extensions }) => extensions.reason)).toEqual(['quota'])
    expect(twin.data).toEqual(hub.data)
    expect(told(twin)).toEqual(told(hub).map((text) => text.replaceAll('quota-one', 'quota-two')))
    // Two were shown for each purpose, so a fourth is shown for neither, whoever is asked.
    for (const [url, purpose] of [
      [running.hub.url, 'quota-two'],
      [router.url, 'quota-one'],
    ] as const) {
      const { data, errors } = await ask(url, purpose, ['91350105MYH0005M77'])
      expect(data).toEqual({ enterprises: [{ tax: { creditGrade: null } }] })
      expect((errors ?? []).map(({ extensions }) => extensions.reason)).toEqual(['quota'])
    }
  })
})
