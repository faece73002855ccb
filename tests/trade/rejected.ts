/** Purchases that do not match, each in something else. */
import type { Values } from '../../rules/ceb/message.ts'
import type { Running } from '../support/harness.ts'
import { handIn } from './handed.ts'
import { messageOf, purchase } from './messages.ts'

type Change = (body: string) => string
/** A purchase, each of its documents changed as told. */
const changed = (number: string, changes: Partial<Record<'311' | '411' | '511' | '621', Change>>): string[] =>
  Object.entries(purchase(number)).map(([kind, body]) => changes[kind as keyof typeof changes]?.(body) ?? body)
/** Another value wherever an element has the one that it has. */
const said =
  (element: string, value: string, other: string): Change =>
  (body) => {
    const found = `<ceb:${element}>${value}</ceb:${element}>`
    if (!body.includes(found)) throw new Error(`${found} is not there.`)
    return body.replaceAll(found, `<ceb:${element}>${other}</ceb:${element}>`)
  }
const all =
  (...changes: Change[]): Change =>
  (body) =>
    changes.reduce((text, change) => change(text), body)

/** Who bought: a person of its own, so that its year is too. */
const bought = (person: string, total: string, goods: string) => {
  const id = `35010219900101${person}`
  const dear = all(said('price', '100', goods), said('totalPrice', '200', total))
  const names = { buyerIdNumber: id }
  return (number: string): string[] => {
    const heads: Record<'311' | '621', Values> = {
      '311': { orderNo: `SO${number}`, payTransactionId: `ZF${number}`, ...names },
      '621': { orderNo: `SO${number}`, logisticsNo: `YD${number}`, copNo: `QD${number}`, ...names },
    }
    const sum = String(Number(total) + 50)
    const paid = String(Number(sum) + 10.5 + 21.84 - 20)
    return [
      dear(messageOf('311', { ...heads['311'], goodsValue: sum, acturalPaid: paid })),
      messageOf('411', {
        orderNo: `SO${number}`,
        payTransactionId: `ZF${number}`,
        payerIdNumber: id,
        amountPaid: paid,
      }),
      purchase(number)['511'],
      dear(messageOf('621', heads['621'])),
    ]
  }
}

/** Hands in purchases by their numbers: 50 to 58 and 65 are rejected, each by rules of its own. */
export async function handInRejected(running: Running): Promise<void> {
  const tooMuch = bought('0017', '4900', '2450')
  await handIn(running, [
    ...changed('50', { '311': said('acturalPaid', '262.34', '262.35'), '411': said('amountPaid', '262.34', '262.35') }),
    ...changed('51', { '311': said('price', '100', '99'), '621': said('price', '50', '49.99') }),
    ...bought('0009', '6000', '3000')('52'),
    ...changed('53', { '621': (body) => body.replace(/<ceb:InventoryList><ceb:gnum>2<.*?<\/ceb:InventoryList>/s, '') }),
    ...changed('54', { '621': said('gnum', '2', '3') }),
    ...changed('55', { '621': all(said('tradeMode', '9610', '1210'), said('currency', '142', '502')) }),
    ...changed('56', { '621': said('billNo', '99900000001', '') }),
    ...changed('57', {
      '511': all(said('consignee', '演示订购人', '林演示'), said('consigneeTelephone', '19900009001', '19900009002')),
    }),
    ...changed('58', { '511': said('packNo', '1', '2') }),
    ...['60', '61', '62', '63', '64', '65'].flatMap(tooMuch),
  ])
}
