/** Simplified declarations 简化申报: which lists of exports may name goods by 4 digits of the tariff. */
import { expect, test } from 'vitest'
import { messageOf } from '../trade/messages.ts'
import { read, said } from './messages.ts'

type Values = Record<string, string>
const simplified = { statisticsFlag: 'A', tradeMode: '9610' }
const needsTen = 'wrong 603, document 1, line 1: gcode 商品编码: commodity-code: expected 10 digits'
const mayNot = `${needsTen}: 4 are for 9610, without a licence and up to 5000 yuan, found 6911`

/** What is said of the codes of a list with one line. */
function codes(head: Values, gcode: string, total = '61.5', currency = '502'): string[] {
  const xml = messageOf('603', head)
    .replace('<ceb:gcode>6911101900<', `<ceb:gcode>${gcode}<`)
    .replace(/<ceb:currency>502</, `<ceb:currency>${currency}<`)
    .replace(/<ceb:totalPrice>[\d.]+</, `<ceb:totalPrice>${total}<`)
  return said(read(xml)).filter((text) => text.includes('gcode'))
}

test.each<[what: string, head: Values, gcode: string, wanted: string[], total?: string, currency?: string]>([
  ['4 digits of a small parcel to a consumer', simplified, '6911', []],
  ['10 digits of it', simplified, '6911101900', []],
  ['6 digits of it', simplified, '691110', [`${needsTen}, or 4, found 691110`]],
  [
    'of a list that is to be summarised',
    { ...simplified, statisticsFlag: 'B' },
    '6911',
    [`${needsTen}, since statisticsFlag is not A, found 6911`],
  ],
  ['to an enterprise', { ...simplified, tradeMode: '9710' }, '6911', [mayNot]],
  ['with a licence', { ...simplified, licenseNo: '26-01-000001' }, '6911', [mayNot]],
  ['of 5,000 yuan', simplified, '6911', [], '5000', '142'],
  ['of more', simplified, '6911', [mayNot], '5000.01', 'CNY'],
  ['of more in another currency', simplified, '6911', [], '5000.01', '502'],
  ['of more, with 10 digits', simplified, '6911101900', [], '5000.01', '142'],
])('%s', (_what, head, gcode, wanted, total, currency) => {
  expect(codes(head, gcode, total, currency)).toEqual(wanted)
})

test('a chapter that there is not', () => {
  expect(codes(simplified, '7701')).toEqual([`${needsTen.replace('10 digits', 'a 商品编码 of 10 digits')}, found 7701`])
})
