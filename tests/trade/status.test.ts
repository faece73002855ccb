import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDeclaredKind, kinds } from '../../rules/ceb/kinds.ts'
import { declarationStatuses, rankOf } from '../../rules/declaration-status.ts'
import { receptionOf, refusalOf } from '../../rules/trade/change.ts'
import { chainOf, isFinal, type StatusReceipt } from '../../rules/trade/status.ts'
import { made, type SampleKind } from './documents.ts'

/** A receipt of a status at a minute; its guid says both. */
const receipt = (returnStatus: string, minute: number, guid = `${returnStatus}@${minute}`): StatusReceipt => ({
  guid,
  returnStatus,
  returnTime: `2026112009${String(minute).padStart(2, '0')}00000`,
})
const told = (receipts: readonly StatusReceipt[], kind: '621' | '311' | '701' = '621', version = '') => {
  const { steps, current, final, beside, sentBack } = chainOf(kind, version, receipts)
  const guids = (of: readonly StatusReceipt[]): string => of.map(({ guid }) => guid).join(' ')
  return {
    steps: guids(steps),
    current: current?.guid ?? null,
    final,
    beside: guids(beside),
    sentBack: guids(sentBack),
  }
}
const nothing = { final: false, beside: '', sentBack: '' }

describe('the chain of a document', () => {
  test.each<[what: string, receipts: StatusReceipt[], wanted: object]>([
    ['none yet', [], { ...nothing, steps: '', current: null }],
    [
      'the way of a list',
      ['2', '3', '120', '300', '399', '800', '899'].map((status, i) => receipt(status, i)),
      { ...nothing, steps: '2@0 3@1 120@2 300@3 399@4 800@5 899@6', current: '899@6', final: true },
    ],
    [
      'out of order and repeated',
      [receipt('800', 5), receipt('2', 0), receipt('800', 5), receipt('120', 2)],
      { ...nothing, steps: '2@0 120@2 800@5', current: '800@5' },
    ],
    [
      'a status told twice was caused by the first',
      [receipt('120', 3, 'late'), receipt('120', 2, 'first')],
      { ...nothing, steps: 'first', current: 'first' },
    ],
    [
      'a receipt of an earlier step takes nothing back, however late it is given',
      [receipt('800', 5), receipt('120', 9)],
      { ...nothing, steps: '120@9 800@5', current: '800@5' },
    ],
    [
      'failures and unknown codes stand beside',
      [receipt('2', 0), receipt('-621001', 1), receipt('-621001', 1), receipt('99', 2)],
      { ...nothing, steps: '2@0', current: '2@0', beside: '-621001@1 99@2' },
    ],
    [
      'sent back by customs',
      [receipt('2', 0), receipt('120', 1), receipt('100', 2)],
      { ...nothing, steps: '2@0 120@1 100@2', current: '100@2' },
    ],
    [
      'sent back and declared again',
      [receipt('2', 0), receipt('120', 1), receipt('100', 2), receipt('2', 3), receipt('120', 4)],
      { ...nothing, steps: '2@3 120@4', current: '120@4', sentBack: '100@2' },
    ],
    [
      'sent back twice',
      [receipt('100', 2), receipt('100', 2), receipt('2', 3), receipt('100', 4), receipt('2', 5)],
      { ...nothing, steps: '2@5', current: '2@5', sentBack: '100@2 100@4' },
    ],
    [
      'sent back, declared again, and told of the former once more',
      [receipt('100', 2, 'a'), receipt('2', 3), receipt('100', 4, 'a')],
      { ...nothing, steps: '2@3', current: '2@3', sentBack: 'a' },
    ],
    [
      'declared again in the same instant is not after',
      [receipt('100', 2), receipt('2', 2)],
      { ...nothing, steps: '2@2 100@2', current: '100@2' },
    ],
    ['returned abroad', [receipt('700', 7)], { ...nothing, steps: '700@7', current: '700@7', final: true }],
  ])('%s', (_what, receipts, wanted) => {
    expect(told(receipts)).toEqual(wanted)
  })

  test('a version that is declared after customs sent the last one back begins the way anew', () => {
    const receipts = [receipt('120', 1), receipt('100', 2)]
    const declared = (stamp: string) => told(receipts, '621', stamp)
    const anew = { ...nothing, steps: '', current: null, sentBack: '100@2' }
    const before = { ...nothing, steps: '120@1 100@2', current: '100@2' }
    expect(declared('1202611200903002')).toEqual(anew)
    expect(declared('1202611200902001')).toEqual(before) // in the same second
    expect(declared('1202611200900001')).toEqual(before)
    expect(declared('0202611200903001')).toEqual(before) // a draft
    expect(declared('1202611200903003')).toEqual(before) // a deletion
  })
  test('customs that begins again with what it sent back has been sent it anew, whatever the version’s clock says', () => {
    const receipts = [receipt('120', 1), receipt('300', 2), receipt('100', 3), receipt('120', 4), receipt('500', 5)]
    const anew = { ...nothing, steps: '120@4 500@5', current: '500@5', sentBack: '100@3' }
    for (const stamp of ['1202611200900001', '1202611200902002', '1202611200906002'])
      expect(told(receipts, '621', stamp)).toEqual(anew)
  })

  test('each kind ends where its receipt ends', () => {
    expect(told([receipt('120', 1)], '311').final).toBe(true)
    expect(told([receipt('120', 1)]).final).toBe(false)
    expect(told([receipt('399', 1)], '701').final).toBe(true)
    const codes = declarationStatuses.map(({ code }) => code)
    const ends = kinds
      .filter(isDeclaredKind)
      .map((kind) => `${kind} ${codes.filter((code) => isFinal(kind, code)).join(' ')}`)
    expect(ends.toSorted()).toEqual([
      '213 800',
      '215 399',
      '303 120',
      '311 120',
      '403 120',
      '411 120',
      '505 399',
      '507 399',
      '509 399',
      '511 120',
      '513 120',
      '603 700 899',
      '605 399',
      '607 120',
      '621 700 899',
      '623 399',
      '625 399',
      '701 399',
      '711 399',
    ])
  })

  const one = fc
    .record({
      status: fc.constantFrom('1', '2', '3', '120', '300', '500', '100', '399', '800', '899', '-621001', '99'),
      minute: fc.integer({ min: 0, max: 9 }),
      guid: fc.constantFrom('a', 'b'),
    })
    .map(({ status, minute, guid }) => receipt(status, minute, guid))
  const set = fc.array(one, { maxLength: 14 })

  test('it depends on the set alone', () => {
    const shuffled = set.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([all, again]) => {
        expect(chainOf('621', '', again)).toEqual(chainOf('621', '', all))
      }),
      { numRuns: 500 },
    )
  })
  test('its steps go up, each status once, and a new receipt takes none back unless the way begins anew', () => {
    fc.assert(
      fc.property(set, one, (all, more) => {
        const [before, after] = [chainOf('621', '', all), chainOf('621', '', [...all, { ...more, guid: 'new' }])]
        const ranks = after.steps.map(({ returnStatus }) => rankOf(returnStatus))
        expect(ranks).toEqual([...new Set(ranks)].toSorted((a, b) => a - b))
        if (after.sentBack.at(-1)?.returnTime !== before.sentBack.at(-1)?.returnTime) return
        const rank = (chain: typeof after): number => rankOf(chain.current?.returnStatus ?? '')
        expect(rank(after)).toBeGreaterThanOrEqual(rank(before))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('how a document is received', () => {
  const later = { appTime: '20261120093001', appType: '2' }
  const earlier = { appTime: '20261120092959' }

  test.each<[kind: SampleKind, stale: string, closed: string]>([
    ['311', '-301014', '-301011'],
    ['303', '-301014', '-301011'],
    ['411', '-401012', '-401008'],
    ['403', '-401012', '-401008'],
    ['511', '-505016', '-504016'],
    ['621', '-621004', '-621012'],
    ['603', '-621004', '-621012'],
    ['623', '-623009', 'supersedes'],
    ['625', '-625022', 'supersedes'],
    ['507', '-505016', 'supersedes'],
    ['701', '-0001', 'supersedes'],
  ])('%s', (kind, stale, closed) => {
    const stored = made(kind)
    const said = (...given: Parameters<typeof receptionOf>): string => {
      const reception = receptionOf(...given)
      return reception === 'stale' || reception === 'closed' ? refusalOf(given[0].role, reception).code : reception
    }
    expect(said(made(kind, later), null, null)).toBe('new')
    expect(said(made(kind), stored, '800')).toBe('repeated')
    expect(said(made(kind, earlier), stored, null)).toBe(stale)
    expect(said(made(kind, later), stored, '120')).toBe('supersedes')
    expect(said(made(kind, later), stored, '399')).toBe(closed)
  })

  test('a list may be changed until customs looks at it, and again when it was sent back', () => {
    const codes = [null, ...declarationStatuses.map(({ code }) => code)]
    const open = codes.filter((code) => receptionOf(made('621', later), made('621'), code) === 'supersedes')
    expect(open).toEqual([null, '1', '2', '3', '4', '120', '100'])
  })
})
