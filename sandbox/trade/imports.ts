import type { AnyDocument, Values } from '../../rules/ceb/message.ts'
import { compactDay } from '../world/calendar.ts'
import { decimal } from '../world/goods.ts'
import { kilograms, sentBy, valueOf, weightsOf, type Item, type Sale } from './sale.ts'

/** The documents of one import, as they match. */
export interface ImportDocuments {
  order: AnyDocument
  payment: AnyDocument
  waybill: AnyDocument
  list: AnyDocument
}

/** 增值税 13% at 70%, of goods and freight; what the platform withholds. */
const taxOf = (value: number): number => Math.round((value * 91) / 1000)

export function importDocuments(sale: Sale): ImportDocuments {
  const { parties, buyer, items, orderNo, logisticsNo } = sale
  const { platform, seller, payment, carrier, agent, zone } = parties
  const goods = valueOf(items)
  const tax = taxOf(goods + sale.freight)
  const paid = decimal(goods + sale.freight + tax - sale.discount)
  const { net, gross } = weightsOf(items)
  const district = zone.districts[0] ?? ''
  const sides = { ebpCode: platform.code, ebpName: platform.name, ebcCode: seller.code, ebcName: seller.name }
  const carriedBy = { logisticsCode: carrier.code, logisticsName: carrier.name }
  const bought = {
    buyerName: buyer.name,
    buyerTelephone: buyer.telephone,
    buyerIdType: '1',
    buyerIdNumber: buyer.idNumber,
  }
  const receiver = {
    consignee: buyer.name,
    consigneeTelephone: buyer.telephone,
    consigneeAddress: buyer.address,
  }
  return {
    order: {
      head: {
        ...sentBy(sale, 'order'),
        orderType: 'I',
        orderNo,
        ...sides,
        goodsValue: decimal(goods),
        freight: decimal(sale.freight),
        discount: decimal(sale.discount),
        taxTotal: decimal(tax),
        acturalPaid: paid,
        currency: '142',
        buyerRegNo: `dev-${sale.n}`,
        ...bought,
        payCode: payment.code,
        payName: payment.name,
        payTransactionId: sale.transaction,
        ...receiver,
        consigneeDistrict: `${zone.city}00`,
      },
      lines: items.map((item, index) => orderLine(item, index, sale.country.number)),
    },
    payment: {
      head: {
        ...sentBy(sale, 'payment', 20),
        payCode: payment.code,
        payName: payment.name,
        payTransactionId: sale.transaction,
        orderNo,
        ebpCode: platform.code,
        ebpName: platform.name,
        payerIdType: '1',
        payerIdNumber: buyer.idNumber,
        payerName: buyer.name,
        amountPaid: paid,
        currency: '142',
        payTime: sentBy(sale, 'payment', 10).appTime ?? '',
      },
      lines: [],
    },
    waybill: {
      head: {
        ...sentBy(sale, 'waybill', 40),
        ...carriedBy,
        logisticsNo,
        orderNo,
        freight: decimal(sale.freight),
        insuredFee: '0',
        currency: '142',
        weight: kilograms(gross),
        packNo: '1',
        ...receiver,
      },
      lines: [],
    },
    list: {
      head: {
        ...sentBy(sale, 'list', 60),
        orderNo,
        ...sides,
        logisticsNo,
        ...carriedBy,
        copNo: sale.copNo,
        assureCode: seller.code,
        ieFlag: 'I',
        declTime: compactDay(sale.at),
        customsCode: district,
        portCode: district,
        ...bought,
        consigneeAddress: buyer.address,
        agentCode: agent.code,
        agentName: agent.name,
        tradeMode: '9610',
        trafMode: '5',
        trafNo: 'DEV0001',
        voyageNo: compactDay(sale.at),
        billNo: `DEVTD${String(Math.floor(sale.n / 100)).padStart(7, '0')}`,
        country: sale.country.number,
        freight: decimal(sale.freight),
        insuredFee: '0',
        currency: '142',
        packNo: '1',
        grossWeight: kilograms(gross),
        netWeight: kilograms(net),
      },
      lines: items.map((item, index) => listLine(item, index, sale.country.number)),
    },
  }
}

const amounts = ({ price, quantity }: Item): Values => ({
  qty: String(quantity),
  price: decimal(price),
  totalPrice: decimal(price * quantity),
})

const orderLine = (item: Item, index: number, country: string): Values => ({
  gnum: String(index + 1),
  itemName: item.article.name,
  gmodel: '示例规格',
  unit: item.article.unit,
  ...amounts(item),
  currency: '142',
  country,
})

const listLine = (item: Item, index: number, country: string): Values => ({
  gnum: String(index + 1),
  gcode: item.article.code,
  gname: item.article.name,
  gmodel: '示例规格',
  country,
  currency: '142',
  unit: item.article.unit,
  qty1: kilograms(Math.round(item.article.kilograms * 1000) * item.quantity),
  unit1: '035',
  ...amounts(item),
})
