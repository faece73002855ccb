import {
  countOf,
  fieldOf,
  standards,
  type Count,
  type Field,
  type KindTable,
  type Standard,
  type ValuesOf,
} from './format.ts'
import { exportAfter } from './tables/export-after.ts'
import { exportEvidence } from './tables/export-evidence.ts'
import { exportLists } from './tables/export-lists.ts'
import { exportReceipts } from './tables/export-receipts.ts'
import { importEvidence } from './tables/import-evidence.ts'
import { importLists } from './tables/import-lists.ts'
import { importReceipts } from './tables/import-receipts.ts'
import { notices } from './tables/notices.ts'

/** Every kind of message 报文, by its number. */
export const kindTables = {
  ...importEvidence,
  ...importLists,
  ...importReceipts,
  ...exportEvidence,
  ...exportLists,
  ...exportAfter,
  ...exportReceipts,
  ...notices,
} as const

/** The number of a kind of message, e.g. `621`. */
export type Kind = keyof typeof kindTables
export const kinds = Object.keys(kindTables) as Kind[]
export const isKind = (text: string): text is Kind => Object.hasOwn(kindTables, text)

/** The kinds that are answered with a receipt 回执: what enterprises, platforms and carriers send. */
export type DeclaredKind = { [K in Kind]: (typeof kindTables)[K] extends { answer: Kind } ? K : never }[Kind]
/** The kind of receipt that answers a kind. */
export type AnswerOf<K extends DeclaredKind> = (typeof kindTables)[K]['answer']
export const isDeclaredKind = (kind: Kind): kind is DeclaredKind => 'answer' in kindTables[kind]
/** The kind of receipt that answers a kind. */
export const answerOf = <K extends DeclaredKind>(kind: K): AnswerOf<K> => kindTables[kind].answer

/** The values of a document's head, by the standard's names of elements. */
export type HeadOf<K extends Kind> = ValuesOf<(typeof kindTables)[K]['head']>
/** The values of one of its lines; a kind without lines has none. */
export type LineOf<K extends Kind> = (typeof kindTables)[K] extends { line: infer Line } ? ValuesOf<Line> : never

/** A group of fields: a head, or a line. */
export interface Group {
  /** The element that holds them; null where they stand in the document itself. */
  element: string | null
  fields: readonly Field[]
  byName: ReadonlyMap<string, Field>
  count: Count
  /** Elements that are let stand and not read (KindTable). */
  besides: ReadonlySet<string>
}

/** A kind in one edition of the standard. */
export interface Layout {
  kind: Kind
  zh: string
  root: string
  entity: string
  documents: Count
  signed: 'schema' | 'declared' | null
  head: Group
  lines: Group | null
}

const once: Count = { least: 1, most: 1 }

export function groupOf(
  element: string | null,
  table: Readonly<Record<string, string>>,
  count: Count,
  standard: Standard,
  ofEnterprise: boolean,
  besides: readonly string[] = [],
): Group {
  const fields = Object.entries(table).flatMap(
    ([name, format], index) => fieldOf(name, format, index, standard, ofEnterprise) ?? [],
  )
  const byName = new Map(fields.map((field) => [field.name, field]))
  return { element, fields, byName, count, besides: new Set(besides) }
}

function layoutIn(kind: Kind, standard: Standard): Layout {
  const table: KindTable = kindTables[kind]
  const ofEnterprise = table.answer !== undefined
  const { line } = table
  return {
    kind,
    zh: table.zh,
    root: `CEB${kind}Message`,
    entity: table.entity,
    documents: countOf(table.documents ?? '1..100', standard),
    signed: table.signed ?? null,
    head: groupOf(table.headElement ?? null, table.head, once, standard, ofEnterprise, table.besides),
    lines:
      line === undefined
        ? null
        : groupOf(table.lineElement ?? '', line, countOf(table.lineCount ?? '1..', standard), standard, ofEnterprise),
  }
}

const layouts = new Map(
  standards.map((standard) => [standard, new Map(kinds.map((kind) => [kind, layoutIn(kind, standard)]))]),
)

/** Returns of exported goods 出口退货 and their tallies came with the edition of 2022. */
const since2022: ReadonlySet<Kind> = new Set(['213', '214', '215', '216'])

/** How a kind is laid out; null where the edition does not have it. */
export const layoutOf = (kind: Kind, standard: Standard): Layout | null =>
  standard === '2018-113' && since2022.has(kind) ? null : (layouts.get(standard)?.get(kind) ?? null)

const imports: ReadonlySet<string> = new Set(Object.keys({ ...importEvidence, ...importLists, ...importReceipts }))

/** Whether a kind is said of imports 进口 or of exports 出口. */
export const directionOf = (kind: Kind): 'import' | 'export' => (imports.has(kind) ? 'import' : 'export')
