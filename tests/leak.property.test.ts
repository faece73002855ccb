/**
 * Nothing leaks: random valid queries by random askers, each answer held against an oracle that knows the law and the
 * truth but not the hub. Every query is asked twice, the second time with one thing changed about the asker or the
 * directives, so that what the hub keeps of the first answer is put to the test. HUTONG_LEAK_RUNS sets how many, HUTONG_LEAK_SEED where to begin.
 */
import { readFileSync } from 'node:fs'
import { buildSchema, validate, parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { departments, partners, type ViewerId } from '../departments.ts'
import { createCursors } from '../hub/cursors.ts'
import { secretOf } from '../store/secrets.ts'
import { purposes, type Asker } from './leak/law.ts'
import { oracleOf } from './leak/oracle.ts'
import { randomQuery, type Material } from './leak/queries.ts'
import { randomFrom, type Random } from './leak/random.ts'
import { truthOf, type Tree } from './leak/truth.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Running } from './support/harness.ts'

const runs = Number(process.env.HUTONG_LEAK_RUNS ?? 2000)
const firstSeed = Number(process.env.HUTONG_LEAK_SEED ?? 20261101)
const schema = buildSchema(readFileSync(new URL('../codegen/generated/schema.graphql', import.meta.url), 'utf8'), {
  assumeValidSDL: true,
})
const viewers = Object.keys({ ...departments, ...partners }) as ViewerId[]

let running: Running
beforeAll(async () => {
  running = await runHub({ config: { limits: { aliases: 1000, depth: 30, cost: 10_000_000 } } })
})
afterAll(() => running.stop())

/** A valid code that no department knows. */
const unregistered = '91350100MA338EEKXY'

async function material(): Promise<Material & { senderOf: Map<string, string> }> {
  const { witness } = running.sandbox
  const listed = witness.list({})
  const known = [...listed.slice(0, 8), ...listed.filter((_, at) => at % 97 === 64)]
  const usccs = [...known.map(({ uscc }) => uscc), unregistered]
  const truth = truthOf(running, schema)
  const declarations = ['35002026E99999999999']
  const senderOf = new Map<string, string>()
  for (const uscc of usccs) {
    const customs = await truth.section('customs', uscc)
    const postal = await truth.section('postal', uscc)
    const nodes = (connection: unknown): Tree[] => ((connection as Tree | undefined)?.nodes as Tree[] | undefined) ?? []
    declarations.push(
      ...nodes(customs?.declarations)
        .slice(0, 3)
        .map(({ number }) => String(number)),
    )
    for (const { trackingNumber } of nodes(postal?.shipments).slice(0, 3)) senderOf.set(String(trackingNumber), uscc)
  }
  return { usccs, declarations, shipments: [...senderOf.keys(), 'ZZZZ-0000'], senderOf }
}

/** What each asks for as a rule; nothing for whoever holds no grant. */
const usualPurposes = new Map<ViewerId, string>([
  ['customs', 'clearance'],
  ['tax', 'refund-review'],
  ['fx', 'authenticity-review'],
  ['market', 'quality-tracing'],
  ['postal', 'delivery'],
  ['commerce', 'statistics'],
  ['bank', 'authenticity-review'],
])

type Caller = Asker & { as: ViewerId; purposes: string[] }

function randomAsker(random: Random, usccs: readonly string[]): Caller {
  const as = random.pick(viewers)
  const purpose = randomPurpose(random, as)
  return {
    as,
    purpose,
    purposes: [
      ...new Set([...(purpose === null ? [] : [purpose]), ...(random.chance(40) ? random.some(purposes, 3) : [])]),
    ],
    divisions: randomDivisions(random),
    mandate: as === 'bank' ? randomMandate(random, usccs) : [],
  }
}

function randomPurpose(random: Random, as: ViewerId): string | null {
  const stated = random.chance(75) ? random.pick(purposes) : null
  return random.chance(60) ? (usualPurposes.get(as) ?? null) : stated
}
const randomDivisions = (random: Random) =>
  random.chance(70) ? [] : random.pick([['3501'], ['3506', '3307'], ['350102'], ['33']])
const randomMandate = (random: Random, usccs: readonly string[]) => (random.chance(75) ? random.some(usccs, 6) : [])

/** The same question again with one thing changed. */
function varied(random: Random, asker: Caller, variables: Tree, usccs: readonly string[]): [Caller, Tree] {
  switch (random.below(5)) {
    case 0:
      return [{ ...asker, as: random.pick(viewers) }, variables]
    case 1: {
      const purpose = randomPurpose(random, asker.as)
      return [{ ...asker, purpose, purposes: purpose === null ? [] : [purpose] }, variables]
    }
    case 2:
      return [{ ...asker, divisions: randomDivisions(random) }, variables]
    case 3:
      return [{ ...asker, mandate: asker.as === 'bank' ? randomMandate(random, usccs) : [] }, variables]
    default: {
      const turned = Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'boolean' ? !value : value,
      ])
      return [asker, Object.fromEntries(turned) as Tree]
    }
  }
}

test(
  `${runs} random queries, each asked twice: no denied value leaves, no denied department is called, masks hold`,
  { timeout: 3_600_000 },
  async () => {
    const { senderOf, ...given } = await material()
    const cursors = createCursors(await secretOf(running.database.db, 'cursors'))
    const oracle = oracleOf(schema, truthOf(running, schema), senderOf, cursors)
    const seen = { denials: 0, masked: 0, calls: 0, values: 0 }
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const random = randomFrom(seed)
      const { source, variables } = randomQuery(schema, random, given)
      expect(validate(schema, parse(source)).map(({ message }) => message)).toEqual([])
      const asker = randomAsker(random, given.usccs)
      await hold(seed, source, variables, asker)
      const [other, turned] = varied(random, asker, variables, given.usccs)
      await hold(seed, source, turned, other)
    }
    console.log(`seeds ${firstSeed} to ${firstSeed + runs - 1}: ${JSON.stringify(seen)}`)
    // The draw must not be empty of what it is about.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs / 100)

    async function hold(seed: number, source: string, variables: Tree, asker: Caller): Promise<void> {
      const expected = await oracle(source, variables, asker)

      running.sandbox.calls.reset()
      const { purpose, ...who } = asker
      const answer = await running.ask({ ...who, ...(purpose === null ? {} : { purpose }) }, source, variables)
      const called = Object.keys(running.calls()).sort()
      const [record] = await recordsOf(
        running.database.db,
        answer.extensions?.requestId ?? answer.headers.get('x-request-id') ?? '',
      )
      const about = `HUTONG_LEAK_SEED=${seed} HUTONG_LEAK_RUNS=1\n${JSON.stringify(asker)}\n${JSON.stringify(variables)}\n${source}`
      expect(
        {
          data: answer.data,
          denied: (answer.errors ?? []).map(({ path }) => path?.join('.') ?? '').sort(),
          codes: [...new Set((answer.errors ?? []).map(({ extensions }) => extensions.code))],
          called,
          provenance: (answer.extensions?.provenance ?? []).map(({ department }) => department).sort(),
          record: {
            called: Object.keys(record?.calls ?? {}).sort(),
            department: record?.department,
            purpose: record?.purpose,
          },
        },
        about,
      ).toEqual({
        data: expected.data,
        denied: expected.denied,
        codes: expected.denied.length > 0 ? ['UNAUTHORIZED_FIELD_OR_TYPE'] : [],
        called: expected.called,
        provenance: expected.called,
        record: { called: expected.called, department: asker.as, purpose: asker.purpose },
      })
      const text = JSON.stringify(expected.data)
      seen.denials += expected.denied.length
      seen.masked += (text.match(/\*\*/g) ?? []).length
      seen.calls += called.length
      seen.values += (text.match(/":("|\d|true|false)/g) ?? []).length
    }
  },
)
