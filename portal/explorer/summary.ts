/**
 * What there is to say about an answer: who asked, how much came, what was denied and what to apply for, what each
 * department said, and which of what is shown it has been asked to verify.
 */
import type { Answer, Asker } from './asking.ts'

export interface Summary {
  who: string
  purpose: string
  /** Distinct fields of the answer, list positions disregarded; a denied field is one of them. */
  fields: number
  denied: number
  /** Errors that are not denials. */
  errors: number
  departments: Said[]
  deniedFields: DeniedField[]
  disputedFields: DisputedField[]
}

/** A field of the schema that was denied, once for each reason and remedy. */
export interface DeniedField {
  coordinate: string
  /** The hub's word, e.g. no-grant. */
  reason: string
  /** What to apply for, e.g. `draftApplication(item: "tax.refunds")`; null where applying does not help. */
  apply: string | null
}

/** A field that is shown while its provider verifies it 校核. */
export interface DisputedField {
  coordinate: string
  uscc: string
  /** Day of the dispute in Beijing, YYYY-MM-DD. */
  since: string
}

export interface Said {
  department: string
  freshness: string
  milliseconds: number | null
}

export const whoAsks = (asker: Asker): string =>
  asker.viewer ? `${asker.viewer.zh} ${asker.viewer.en}` : 'the pasted token 所粘贴令牌'

export function summarise(asker: Asker, answer: Answer): Summary {
  const errors = answer.errors ?? []
  const denials = errors.filter((error) => error.extensions?.['code'] === 'UNAUTHORIZED_FIELD_OR_TYPE')
  const denied = new Set(
    denials.map((error) => (error.path ? fieldPath(error.path) : error.extensions?.['coordinate'])),
  )
  const fields = new Set<string>()
  collectFields(answer.data, '', fields)
  return {
    who: whoAsks(asker),
    purpose: asker.purpose,
    fields: fields.size,
    denied: denied.size,
    errors: errors.length - denials.length,
    departments: provenance(answer.extensions?.['provenance']),
    deniedFields: distinct(denials.map(({ extensions }) => deniedField(extensions ?? {}))),
    disputedFields: disputed(answer.extensions?.['provenance']),
  }
}

const deniedField = ({ coordinate, reason, apply }: Record<string, unknown>): DeniedField => ({
  coordinate: String(coordinate),
  reason: String(reason),
  apply: isRecord(apply) ? applyText(apply) : null,
})

/** As it stands in a document, but for the statements that only a person can make. */
function applyText({ mutation, item, fields }: Record<string, unknown>): string {
  const named = Array.isArray(fields) ? `, fields: [${fields.map((field) => JSON.stringify(field)).join(', ')}]` : ''
  return `${String(mutation)}(item: ${JSON.stringify(item)}${named})`
}

const distinct = <T>(values: readonly T[]): T[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
]

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : [])

function disputed(value: unknown): DisputedField[] {
  return records(value)
    .flatMap((entry) => records(entry['disputed']))
    .map(({ coordinate, uscc, since }) => ({
      coordinate: String(coordinate),
      uscc: String(uscc),
      since: new Date(String(since)).toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' }),
    }))
}

const fieldPath = (path: readonly (string | number)[]): string =>
  path.filter((step) => typeof step === 'string').join('.')

function collectFields(value: unknown, path: string, into: Set<string>): void {
  if (Array.isArray(value) && value.length > 0) for (const item of value) collectFields(item, path, into)
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    // A section that is null for one enterprise and filled for the next counts as what it is filled with.
    into.delete(path)
    for (const [name, child] of Object.entries(value)) {
      if (name !== '__typename') collectFields(child, path ? `${path}.${name}` : name, into)
    }
  } else if (path && !(value === null && [...into].some((known) => known.startsWith(`${path}.`)))) into.add(path)
}

/** From the freshest to the least fresh, in the hub's words. */
const worst = ['live', 'revalidated', 'cached', 'stale']

/** Each department once: the slowest call and the least fresh part of what it said. */
function provenance(value: unknown): Said[] {
  const byDepartment = new Map<string, Said>()
  for (const entry of records(value)) {
    const department = entry['department']
    if (typeof department !== 'string') continue
    const freshness = typeof entry['freshness'] === 'string' ? entry['freshness'].toLowerCase() : ''
    const milliseconds = typeof entry['milliseconds'] === 'number' ? entry['milliseconds'] : null
    const before = byDepartment.get(department)
    byDepartment.set(department, {
      department,
      freshness: before && worst.indexOf(before.freshness) > worst.indexOf(freshness) ? before.freshness : freshness,
      milliseconds: before?.milliseconds == null ? milliseconds : Math.max(before.milliseconds, milliseconds ?? 0),
    })
  }
  return [...byDepartment.values()]
}
