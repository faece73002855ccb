/** Of lines that may not stand in a list, the numbers that they stand in the place of. */
import { expect, test } from 'vitest'
import type { Values } from '../../rules/ceb/message.ts'
import type { Role, TradeDocument } from '../../rules/trade/document.ts'
import { matchOf } from '../../rules/trade/match.ts'
import { toldSides } from '../../rules/trade/told-sides.ts'
import { exported, imported, made } from './documents.ts'

const numbered = (kind: '621' | '311', gnums: readonly string[]): TradeDocument =>
  made(kind, {}, ([first = {}]: Values[]) => gnums.map((gnum) => ({ ...first, gnum })))

/** Each number that may not stand there, with the one that is told beside it. */
function lackingIn(
  documents: Readonly<Record<'list' | 'order', TradeDocument | null>>,
  evidence = imported,
): unknown[] {
  const match = matchOf({ ...evidence, ...documents })
  const findings = match.state === 'REJECTED' ? match.findings.filter(({ rule }) => rule === 'lines') : []
  const documentOf = (role: Role) => (role === 'list' || role === 'order' ? documents[role] : null)
  return findings.map((finding, at) => [
    finding.left.gnum,
    toldSides(finding, findings.slice(0, at))[1]?.value(documentOf) ?? null,
  ])
}

test.each<[list: string[], order: string[], lacking: unknown[]]>([
  [['1', '3'], ['1', '2'], [['3', '2']]],
  [['1', '3'], ['1', '3'], [['3', '2']]],
  [['0', '1'], ['0', '1'], [['0', '2']]],
  [['1', '1'], ['1', '2'], [['1', '2']]],
  [
    ['5', '1', '4'],
    ['1', '2', '3'],
    [
      ['5', '2'],
      ['4', '3'],
    ],
  ],
  [
    ['2', '2', '2'],
    ['3', '2', '1'],
    [
      ['2', '3'],
      ['2', '1'],
    ],
  ],
  [['1', '2'], ['1', '3'], [['2', '3']]],
  [['1', '2'], ['1', '1'], [['2', null]]],
])('%j, of an order that has %j', (list, order, lacking) => {
  expect(lackingIn({ list: numbered('621', list), order: numbered('311', order) })).toEqual(lacking)
})

test('an export may declare part of an order, and lacks nothing', () => {
  const list = made('603', {}, (lines) => lines.map((line, at) => ({ ...line, gnum: String(at + 90) })))
  const found = lackingIn({ list, order: exported.order }, exported)
  expect(found).toEqual(list.lines.map(({ gnum }) => [gnum, null]))
})
