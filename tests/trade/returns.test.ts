import { describe, expect, test } from 'vitest'
import type { Values } from '../../rules/ceb/message.ts'
import { returnedBy, returnsOf } from '../../rules/trade/returns.ts'
import { made, withLine } from './documents.ts'

const found = (...given: Parameters<typeof returnsOf>): string[][] =>
  returnsOf(...given).map(({ findings }) =>
    findings.map(({ code, text }) => `${code} ${/\[(.*)\]$/.exec(text)?.[1] ?? ''}`),
  )

const back = (copNo: string, values: Values, appTime = '20261201000000') =>
  made('625', { copNo, appTime }, withLine(0, values))

describe('returns', () => {
  test.each<[what: string, passes: Values, fails: Values, wanted: string]>([
    [
      'no more than was declared',
      { qty: '2.0' },
      { qty: '2.00001' },
      '-625001 InvtRefundList[1].qty,InventoryList[1].qty',
    ],
    ['of a line of the list', {}, { gnum: '3' }, '-625209 InvtRefundList[3].gnum,InventoryList[3].gnum'],
    ['of the same code', {}, { gcode: '1901109000' }, '-625209 InvtRefundList[1].gcode,InventoryList[1].gcode'],
    ['under the same name', {}, { gname: '示例米粉' }, '-625209 InvtRefundList[1].gname,InventoryList[1].gname'],
    ['in the same unit', {}, { unit: '011' }, '-625209 InvtRefundList[1].unit,InventoryList[1].unit'],
  ])('%s', (_what, passes, fails, wanted) => {
    expect(found(made('621'), [back('T1', passes)])).toEqual([[]])
    expect(found(made('621'), [back('T1', fails)])).toEqual([[wanted]])
  })

  test('of exports also their model and statutory quantities', () => {
    expect(found(made('603'), [made('213')])).toEqual([[]])
    const wrong = made('213', {}, withLine(0, { gmodel: '500ml', unit1: '001', qty1: '0.91' }))
    expect(found(made('603'), [wrong])).toEqual([
      [
        '-625209 InvtRefundList[1].gmodel,InventoryList[1].gmodel',
        '-625209 InvtRefundList[1].unit1,InventoryList[1].unit1',
        '-625001 InvtRefundList[1].qty1,InventoryList[1].qty1',
      ],
    ])
  })

  test('together no more than was declared: the later is refused, whichever came first', () => {
    const [early, late] = [back('T2', { qty: '1.5' }), back('T1', { qty: '1' }, '20261202000000')]
    const wanted = [
      { key: early.key, findings: [] },
      { key: late.key, findings: [expect.objectContaining({ code: '-625001' })] },
    ]
    expect(returnsOf(made('621'), [early, late])).toEqual(wanted)
    expect(returnsOf(made('621'), [late, early])).toEqual(wanted)
    const small = back('T3', { qty: '0.5' }, '20261203000000')
    expect(found(made('621'), [small, late, early])[2]).toEqual([])
  })

  test('what goes back is summed by line', () => {
    expect(returnedBy([back('T1', { qty: '1.5' }), back('T2', { qty: '0.50' })])).toEqual(new Map([['1', '2.00']]))
  })
})
