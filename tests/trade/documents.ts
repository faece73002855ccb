/** Documents of one import and one export as the rules of trade see them; each test spoils what it is about. */
import type { AnyDocument, Values } from '../../rules/ceb/message.ts'
import type { Evidence, Match } from '../../rules/trade/match.ts'
import { tradeDocument, type TradeDocument } from '../../rules/trade/document.ts'
import { exportSamples } from './export-samples.ts'
import { importSamples } from './import-samples.ts'

/** A print that a reader of a failing test can follow; what it stands for is not to be found in it. */
export const print = (value: string): string => {
  let sum = 7
  for (const character of value) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  return `#${sum.toString(36)}.${value.length}`
}

export const samples = { ...importSamples, ...exportSamples }
export type SampleKind = keyof typeof samples

/** The sample of a kind with other values; undefined takes a value away. */
export function made(
  kind: SampleKind,
  head: Record<string, string | undefined> = {},
  lines?: (lines: Values[]) => Values[],
): TradeDocument {
  const sample: AnyDocument = samples[kind]
  const values = Object.entries({ ...sample.head, ...head })
  const said = Object.fromEntries(values.filter((entry): entry is [string, string] => entry[1] !== undefined))
  return tradeDocument(kind, { head: said, lines: lines?.(sample.lines) ?? sample.lines }, print)
}

/** The lines with some values of one of them changed. */
export const withLine =
  (index: number, values: Values) =>
  (lines: Values[]): Values[] =>
    lines.map((line, at) => (at === index ? { ...line, ...values } : line))

/** The evidence of an import and of an export that match. */
export const imported: Evidence = {
  list: made('621'),
  order: made('311'),
  payments: [made('411')],
  waybill: made('511'),
  rivals: [],
}
export const exported: Evidence = {
  list: made('603'),
  order: made('303'),
  payments: [made('403')],
  waybill: made('505'),
  rivals: [],
}

/** What was found: the code, and both places. */
export function found(match: Match): string[] {
  if (match.state !== 'REJECTED') return [match.state === 'MATCHED' ? 'MATCHED' : `PENDING ${match.missing.join(' ')}`]
  return match.findings.map(({ code, text }) => `${code} ${/\[(.*)\]$/.exec(text)?.[1] ?? ''}`)
}
