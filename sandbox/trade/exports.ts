import type { AnyDocument, Values } from '../../rules/ceb/message.ts'
import { compactDay } from '../world/calendar.ts'
import { decimal } from '../world/goods.ts'
import { kilograms, sentBy, valueOf, weightsOf, type Item, type Sale } from './sale.ts'

/** The documents of one export to a consumer, as they match. */
export interface ExportDocuments {
  order: AnyDocument
  payment: AnyDocument
  waybill: AnyDocument
  list: AnyDocument
}

export function exportDocuments(sale: Sale): ExportDocuments {
  const { parties, items, orderNo, logisticsNo, country } = sale
  const { platform, seller, payment, carrier, agent, zone } = parties
  const currency = country.currency.number
  const goods = valueOf(items)
  const { net, gross } = weightsOf(items)
  const sides = { ebpCode: platform.code, ebpName: platform.name, ebcCode: seller.code, ebcName: seller.name }
  const carriedBy = { logisticsCode: carrier.code, logisticsName: carrier.name, logisticsNo }
  return {
    order: {
      head: {
        ...sentBy(sale, 'order'),
        orderType: 'E',
        orderNo,
        ...sides,
        goodsValue: decimal(goods),
        freight: decimal(sale.freight),
        currency,
      },
      lines: items.map((item, index) => ({
        ...line(item, index, currency),
        itemName: item.article.name,
      })),
    },
    payment: {
      head: {
        ...sentBy(sale, 'payment', 20),
        ...sides,
        orderNo,
        payCode: payment.code,
        payName: payment.name,
        payNo: sale.transaction,
        charge: decimal(goods + sale.freight),
        currency,
        accountingDate: sentBy(sale, 'payment', 10).appTime ?? '',
      },
      lines: [],
    },
    waybill: {
      head: {
        ...sentBy(sale, 'waybill', 40),
        ...carriedBy,
        freight: decimal(sale.freight),
        insuredFee: '0',
        currency,
        grossWeight: kilograms(gross),
        packNo: '1',
        goodsInfo: items.map(({ article }) => article.name).join('、'),
      },
      lines: [],
    },
    list: {
      head: {
        ...sentBy(sale, 'list', 60),
        customsCode: zone.districts[0] ?? '',
        ebpCode: platform.code,
        ebpName: platform.name,
        orderNo,
        ...carriedBy,
        copNo: sale.copNo,
        ieFlag: 'E',
        portCode: zone.districts.at(-1) ?? '',
        ieDate: compactDay(sale.at),
        statisticsFlag: sale.n % 8 === 3 ? 'B' : 'A',
        agentCode: agent.code,
        agentName: agent.name,
        ebcCode: seller.code,
        ebcName: seller.name,
        ownerCode: 'NO',
        ownerName: '示例工厂（开发数据）',
        tradeMode: '9610',
        trafMode: '5',
        country: country.number,
        POD: country.number,
        freight: decimal(sale.freight),
        fCurrency: currency,
        fFlag: '3',
        insuredFee: '0',
        iCurrency: currency,
        iFlag: '3',
        wrapType: '2',
        packNo: '1',
        grossWeight: kilograms(gross),
        netWeight: kilograms(net),
      },
      lines: items.map((item, index) => ({
        ...line(item, index, currency),
        gcode: item.article.code,
        gname: item.article.name,
        gmodel: '示例规格',
        barCode: '无',
        country: country.number,
        qty1: kilograms(Math.round(item.article.kilograms * 1000) * item.quantity),
        unit1: '035',
      })),
    },
  }
}

const line = ({ article, quantity, price }: Item, index: number, currency: string): Values => ({
  gnum: String(index + 1),
  itemNo: `DEV-${article.code}`,
  unit: article.unit,
  currency,
  qty: String(quantity),
  price: decimal(price),
  totalPrice: decimal(price * quantity),
})
