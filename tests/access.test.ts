/**
 * (longer than 300 lines: how a case is read, asked in two ways and held against five accounts belongs together)
 * Who may see what: the cases of tests/access/, one file a department, which its own lawyers can read and correct. Each
 * case is put to a running hub twice, to explain it and to answer it, and must come out the same in the explanation,
 * in the answer, in the audit record and in what the departments say they were asked.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { developmentGrants } from '../auth/development-grants.ts'
import { policies } from '../codegen/generated/grid.ts'
import { departmentIds, departments, isDepartmentId, partners, type ViewerId } from '../departments.ts'
import { buildView } from '../hub/schema.ts'
import { decisionsOf, recordsOf } from './support/audit.ts'
import { handInPurchases } from './trade/handed.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'

/** One case of a file. */
interface Case {
  /** What it shows, in a sentence. */
  case: string
  as: ViewerId
  /** What X-Purpose states; the token may state this and nothing else. */
  purpose?: string
  /** Division prefixes that the token is limited to. */
  divisions?: string[]
  /** Credit codes that the token's mandate names. */
  mandate?: string[]
  query: string
  /** Decision and rule, with what they are limited to → type → its fields, separated by spaces. */
  decisions: Record<string, Record<string, string>>
  /** Departments that are called for the answer. */
  asked: string[]
  /** The data; where a field is denied, `DENY ‹rule›` stands in its place. */
  answer: unknown
}

const strings = { type: 'array', items: { type: 'string' } }
const isCases = new Ajv().compile<Case[]>({
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['case', 'as', 'query', 'decisions', 'asked', 'answer'],
    additionalProperties: false,
    properties: {
      case: { type: 'string', pattern: '\\.$' },
      as: { enum: Object.keys({ ...departments, ...partners }) },
      purpose: { type: 'string' },
      divisions: { ...strings, minItems: 1 },
      mandate: { ...strings, minItems: 1 },
      query: { type: 'string' },
      decisions: {
        type: 'object',
        propertyNames: { pattern: '^(ALLOW|MASK|DENY) [^ ]+( \\(.+\\))?$' },
        additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
      },
      asked: { type: 'array', items: { enum: departmentIds } },
      answer: { type: 'object' },
    },
  },
})

interface Filed extends Case {
  file: string
  /** Coordinate → decision, e.g. `TaxRecord.creditGrade` → `ALLOW own`. */
  decided: ReadonlyMap<string, string>
}

function decidedBy({ decisions }: Case, where: string): Map<string, string> {
  const decided = new Map<string, string>()
  for (const [decision, types] of Object.entries(decisions)) {
    for (const [type, fields] of Object.entries(types)) {
      for (const field of fields.split(/\s+/)) {
        const coordinate = `${type}.${field}`
        if (decided.has(coordinate)) throw new Error(`${where} decides twice on ${coordinate}.`)
        decided.set(coordinate, decision)
      }
    }
  }
  return decided
}

const folder = join(import.meta.dirname, 'access')
const cases = readdirSync(folder)
  .sort()
  .flatMap((file): Filed[] => {
    const listed: unknown = parse(readFileSync(join(folder, file), 'utf8'))
    if (!isCases(listed)) {
      const problems = (isCases.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
      throw new Error(`tests/access/${file}: ${problems.join('; ')}`)
    }
    return listed.map((one) => ({ ...one, file, decided: decidedBy(one, `tests/access/${file}: ${one.case}`) }))
  })

const { catalogue } = buildView()
/** What a field may quote, is worked out from, or leaves small groups out without is decided on with it, and not shown by it. */
const quotable = new Set<string>(
  [...catalogue.entries.values()].flatMap(({ quotes = [], inputs = [], suppressed = [] }) => [
    ...quotes,
    ...inputs,
    ...suppressed,
  ]),
)
/** What belongs to a catalogue item. The rest says nothing of an enterprise or is as open as what led to it. */
const guarded = new Set<string>(
  [...catalogue.entries.values()].filter(({ item }) => item !== null).map(({ coordinate }) => coordinate),
)

let running: Running
beforeAll(async () => {
  running = await runHub()
  await handInPurchases(running)
})
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

interface Explained {
  fields: { coordinate: string; decision: string; rule: string; onlyFor: string | null }[]
}

async function explained(persona: Persona, query: string, requestId: string): Promise<Record<string, string>> {
  const response = await fetch(`${running.hub.url}/explain`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await running.token(persona)}`,
      'x-request-id': requestId,
      ...(persona.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
    },
    body: JSON.stringify({ query }),
  })
  const { fields } = (await response.json()) as Explained
  return Object.fromEntries(
    fields
      .filter(({ coordinate }) => guarded.has(coordinate))
      .map(({ coordinate, decision, rule, onlyFor }) => [
        coordinate,
        `${decision} ${rule}${onlyFor === null ? '' : ` (${onlyFor})`}`,
      ]),
  )
}

/** The data, with what each error says in the place of the null that it explains. */
function told({ data, errors = [] }: Answer): unknown {
  const root = { data: structuredClone(data) as unknown }
  for (const { path = [], extensions } of errors) {
    const { code, reason } = extensions
    const said = code === 'UNAUTHORIZED_FIELD_OR_TYPE' ? `DENY ${String(reason)}` : String(code)
    const keys = ['data', ...path]
    const last = keys.pop() ?? ''
    const holder = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], root)
    if (typeof holder !== 'object' || holder === null)
      throw new Error(`${said} at ${path.join('.')}, where nothing is.`)
    const place = holder as Record<string, unknown>
    place[last] = place[last] === null ? said : { [said]: place[last] }
  }
  return root.data
}

/** The record of a request, with the first outcome of each decision or its denial. */
async function recordOf(requestId: string, decided: ReadonlyMap<string, string>) {
  const records = await recordsOf(running.database.db, requestId)
  const decisions = Object.entries(await decisionsOf(running.database.db, requestId)).flatMap(([coordinate, said]) => {
    if (said === null || (quotable.has(coordinate) && !decided.has(coordinate))) return []
    const [first] = said.outcomes
    const { effect: decision, rule } = first ?? { effect: 'DENY', rule: said.denied }
    return [[coordinate, { decision, rule }]]
  })
  return records.map(({ department, purpose, action, calls, outcome, errors }) => ({
    department,
    purpose,
    decisions: Object.fromEntries(decisions) as unknown,
    action,
    calls,
    outcome,
    errors,
  }))
}

describe('the cases', () => {
  const titled = cases.map((one, at) => [`${one.file}: ${one.case}`, one, `access-case-${at}`] as const)

  test.each(titled)('%s', async (_title, wanted, requestId) => {
    const { as, purpose, divisions, mandate, query } = wanted
    const persona: Persona = {
      as,
      purposes: purpose === undefined ? [] : [purpose],
      ...(purpose === undefined ? {} : { purpose }),
      ...(divisions === undefined ? {} : { divisions }),
      ...(mandate === undefined ? {} : { mandate }),
    }
    const explanation = await explained(persona, query, `${requestId}-explained`)
    const askedToExplain = running.calls()
    const answer = await running.ask(persona, query, {}, { 'x-request-id': requestId })
    const asked = running.calls()

    const recorded = Object.fromEntries(
      [...wanted.decided].map(([coordinate, decided]) => {
        const [decision, rule] = decided.split(' ')
        return [coordinate, { decision, rule }]
      }),
    )
    const isDenied = JSON.stringify(wanted.answer).includes('"DENY ')
    const record = { department: as, purpose: purpose ?? null, decisions: recorded }
    expect({
      decisions: explanation,
      askedToExplain,
      status: answer.status,
      answer: told(answer),
      asked: Object.keys(asked).sort(),
      records: [
        ...(await recordOf(`${requestId}-explained`, wanted.decided)),
        ...(await recordOf(requestId, wanted.decided)),
      ],
    }).toEqual({
      decisions: Object.fromEntries(wanted.decided),
      askedToExplain: {},
      status: 200,
      answer: wanted.answer,
      asked: [...wanted.asked].sort(),
      records: [
        { ...record, action: 'explain', calls: {}, outcome: 'answered', errors: [] },
        {
          ...record,
          action: 'query',
          calls: asked,
          outcome: isDenied ? 'partial' : 'answered',
          errors: isDenied ? ['UNAUTHORIZED_FIELD_OR_TYPE'] : [],
        },
      ],
    })
  })
})

describe('the cases leave nothing out', () => {
  const dataOf = (item: string): string[] =>
    [...catalogue.entries.values()]
      .filter((entry) => entry.kind === 'data' && entry.item?.id === item)
      .map(({ coordinate }) => coordinate)
  /** The cases in the file of an item's department, or of the hub's own slice, that decide on a coordinate, with the decision. */
  const decidedOn = (coordinate: string, item: string) =>
    cases.flatMap((one) => {
      const decision = one.decided.get(coordinate)
      return decision === undefined || one.file !== fileOf(item) ? [] : [{ ...one, decision }]
    })
  const fileOf = (item: string): string =>
    policies.trade.items.some(({ id }) => id === item) ? 'trade.yaml' : `${item.split('.')[0] ?? ''}.yaml`
  type Decided = ReturnType<typeof decidedOn>[number]
  const holdsRowDenial = ({ answer }: Case): boolean => JSON.stringify(answer).includes('"DENY row"')

  test('every field of every catalogue item is shown to somebody, and kept from somebody unless it is open', () => {
    const wantedBy: Record<string, Record<string, (decided: Decided) => boolean>> = {
      OPEN: {
        'shown to a partner': ({ as, decision }) => !isDepartmentId(as) && decision === 'ALLOW open',
      },
      UNCONDITIONAL: {
        'shown to another department': ({ as, decision }) => isDepartmentId(as) && decision === 'ALLOW unconditional',
        'shown to its own department': ({ decision }) => decision === 'ALLOW own',
        'kept from a partner': ({ as, decision }) => !isDepartmentId(as) && decision.startsWith('DENY '),
      },
      CONDITIONAL: {
        'shown to its own department': ({ decision }) => decision === 'ALLOW own',
        'kept from a department, or masked': ({ as, decision }) =>
          isDepartmentId(as) && (decision.startsWith('DENY ') || decision.startsWith('MASK ')),
        'kept from a partner': ({ as, decision }) => !isDepartmentId(as) && decision.startsWith('DENY '),
      },
      WITHHELD: {
        'shown to its own department': ({ decision }) => decision === 'ALLOW own',
        'kept from a department': ({ as, decision }) => isDepartmentId(as) && decision === 'DENY withheld',
        'kept from a partner': ({ as, decision }) => !isDepartmentId(as) && decision === 'DENY withheld',
      },
    }
    const missing = [...catalogue.items.values()].flatMap(
      ({ id, sharing, masks = {}, maskedFor, developmentGrants: held = [] }) =>
        dataOf(id).flatMap((coordinate) => {
          const wanted = {
            ...wantedBy[sharing],
            ...(coordinate in masks &&
              (maskedFor === undefined || held.some(({ full }) => full !== true)) && {
                masked: ({ decision }: Decided) => decision.startsWith('MASK '),
              }),
          }
          return Object.entries(wanted)
            .filter(([, holds]) => !decidedOn(coordinate, id).some(holds))
            .map(([what]) => `${id}: no case has ${coordinate} ${what}`)
        }),
    )
    expect(missing).toEqual([])
  })

  test('every development grant is used, and tried for another purpose, for none, and by another', () => {
    const missing = developmentGrants(Object.values(policies)).flatMap((grant) => {
      const { id, item, reader, purpose, coordinates, divisions, requiresMandate } = grant
      // A department needs no grant for what is shared with all of them: stating another purpose it reads without.
      const isNeedless = catalogue.items.get(item)?.sharing === 'UNCONDITIONAL' && isDepartmentId(reader)
      const uses = ({ as, purpose: stated, decision }: Decided): boolean =>
        as === reader && stated === purpose && decision.split(' ')[1] === `grant:${id}`
      const opened = coordinates ?? dataOf(item)
      const decided = opened.flatMap((coordinate) => decidedOn(coordinate, item))
      const unused = opened.filter((coordinate) => !decidedOn(coordinate, item).some(uses))
      const refused = (holds: (decided: Decided) => boolean): boolean =>
        isNeedless || decided.some((one) => !uses(one) && !one.decision.startsWith('ALLOW ') && holds(one))
      const tried = {
        ...Object.fromEntries(unused.map((coordinate) => [`for ${coordinate}`, false])),
        'for another purpose': refused(
          ({ as, purpose: stated }) => as === reader && stated !== undefined && stated !== purpose,
        ),
        'for no purpose': refused(({ as, purpose: stated }) => as === reader && stated === undefined),
        'by another who states its purpose': refused(({ as, purpose: stated }) => as !== reader && stated === purpose),
        ...((divisions.length > 0 || requiresMandate) && {
          'within its rows': decided.some((one) => uses(one) && !holdsRowDenial(one)),
          'outside its rows': decided.some((one) => uses(one) && holdsRowDenial(one)),
        }),
      }
      return Object.entries(tried)
        .filter(([, holds]) => !holds)
        .map(([what]) => `${id}: no case tries it ${what}`)
    })
    expect(missing).toEqual([])
  })

  test('every department and every partner asks', () => {
    const asking = new Set(cases.map(({ as }) => as))
    const everyone = Object.keys({ ...departments, ...partners })
    expect(everyone.filter((id) => !asking.has(id as ViewerId))).toEqual([])
  })
})
