/**
 * Trade documents 跨境电商单证 come in at the hub, and are data of the departments that supervise what they tell of: lists and
 * what becomes of them of customs, orders of commerce, payments of foreign exchange, waybills of postal administration.
 * It is longer than 300 lines: whoever reviews the slice reads its items side by side.
 */
import type { Coordinate, Policy } from '../vocabulary.ts'

const fieldsOf = (type: string, names: string): Coordinate[] =>
  names.split(' ').map((name): Coordinate => `${type}.${name}`)

const orderFields = fieldsOf(
  'TradeOrder',
  'number direction orderType platform seller declaredAt goodsValue freight discount tax paid currency payCompany transactionId',
)
const orderPersons = fieldsOf(
  'TradeOrder',
  'buyerName buyerIdNumber buyerTelephone consignee consigneeTelephone consigneeAddress',
)
const paymentFields = fieldsOf('TradePayment', 'transactionId payCompany amount currency paidAt')
const payers = fieldsOf('TradePayment', 'payerName payerIdNumber')
const waybillFields = fieldsOf('TradeWaybill', 'number carrier declaredAt freight insurance weight')
const waybillPersons = fieldsOf('TradeWaybill', 'consignee consigneeTelephone consigneeAddress')
const listFields = fieldsOf(
  'TradeList',
  'number copNo preNo direction tradeMode platform seller agent orderNo carrier waybillNo declaredAt declarationDistrict portDistrict country freight insurance grossWeight netWeight',
)
const listPersons = fieldsOf('TradeList', 'buyerName buyerIdNumber buyerTelephone')
const listLines = fieldsOf('TradeListLine', 'gnum hsCode name quantity unit price total currency country')
const orderLines = fieldsOf('TradeOrderLine', 'gnum name quantity unit price total')

/** All that rules of matching look at (rules/trade/match.ts), and so all that a finding may quote or work out a value from. */
const compared = [
  ...fieldsOf('TradeList', 'seller declaredAt tradeMode orderNo waybillNo country freight insurance'),
  ...listPersons,
  ...fieldsOf('TradeListLine', 'gnum name quantity unit price total currency'),
  ...fieldsOf('TradeOrder', 'seller number orderType payCompany goodsValue freight discount tax paid currency'),
  ...orderPersons,
  ...fieldsOf('TradeOrderLine', 'gnum name quantity unit price total'),
  ...fieldsOf('TradePayment', 'payCompany amount currency'),
  ...payers,
  ...waybillPersons,
]

/** All that statistics are worked out from: who may read it of every list could count by himself. */
const ofLists: readonly Coordinate[] = [
  ...fieldsOf('TradeList', 'direction tradeMode seller declaredAt declarationDistrict portDistrict'),
  ...fieldsOf('TradeListLine', 'hsCode total currency country'),
  ...fieldsOf('TradeMatch', 'state'),
  ...fieldsOf('TradeStatus', 'code at'),
]
/** By logistics time 物流时效 also this. */
const ofWaybills: readonly Coordinate[] = ['TradeWaybill.declaredAt']

const personal = {
  sharing: 'CONDITIONAL',
  legalBasis: 'Personal Information Protection Law 个人信息保护法: no more than the purpose needs',
  maskedFor: 'grants',
  grade: 'GENERAL_4',
} as const

const policy: Policy = {
  owner: 'trade',
  doors: ['Enterprise.trade'],
  follows: ['TradeListConnection', 'TradeGroupConnection', 'TradeSellerConnection', 'PageInfo', 'Money'],
  defaults: {
    dataFormat: 'XML',
    updateFrequency: 'REAL_TIME',
    sharingModes: ['API'],
    classification: 'THEME',
    grade: 'GENERAL_3',
  },
  items: [
    {
      id: 'customs.tradeLists',
      provider: 'customs',
      zh: '一点接入清单',
      en: 'Lists as they are handed in',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that supervise the same trade 监管同一贸易的部门: refund review, authenticity of receipts, tracing of quality, delivery',
      data: [...listFields, ...listLines],
      containers: [
        'Query.tradeList',
        'Subscription.tradeListChanged',
        'Subscription.tradeListsChanged',
        'TradeRecord.lists',
        'TradeMatch.list',
        'TradeList.lines',
      ],
      // That a list is told of says that one of these has changed.
      inputs: { 'Subscription.tradeListsChanged': ['TradeMatch.state', 'TradeStatus.code'] },
      filters: {
        'TradeRecord.lists(direction)': 'TradeList.direction',
        'TradeRecord.lists(tradeMode)': 'TradeList.tradeMode',
        'TradeRecord.lists(from)': 'TradeList.declaredAt',
        'TradeRecord.lists(to)': 'TradeList.declaredAt',
        'TradeRecord.lists(state)': 'TradeMatch.state',
      },
      developmentGrants: [
        {
          reader: 'tax',
          purpose: 'refund-review',
          divisions: ['3501', '3504'],
          coordinates: [
            ...fieldsOf('TradeList', 'number direction tradeMode seller declaredAt'),
            ...fieldsOf('TradeListLine', 'gnum hsCode quantity unit price total currency'),
          ],
        },
      ],
    },
    {
      id: 'customs.tradeListBuyers',
      provider: 'customs',
      zh: '清单订购人信息',
      en: 'Buyers named in lists',
      ...personal,
      conditions: 'Departments that must identify the buyer 须核验订购人身份的部门: for the matter at hand alone',
      data: listPersons,
      masks: {
        'TradeList.buyerName': 'name',
        'TradeList.buyerIdNumber': 'identityNumber',
        'TradeList.buyerTelephone': 'identityNumber',
      },
    },
    {
      id: 'customs.tradeMatches',
      provider: 'customs',
      zh: '三单比对结果',
      en: 'Results of matching order, payment, waybill and list',
      sharing: 'CONDITIONAL',
      legalBasis:
        'It is worked out from orders, payments, waybills, lists and returns, and tells that they are alike or in which field they are not, hence is shared by itself',
      conditions:
        'Departments that act on the same purchase 监管同一交易的部门: what did not match, without the values that they may not read',
      data: [
        ...fieldsOf('TradeMatch', 'state missing decidedAt'),
        'TradeReturn.copNo',
        ...fieldsOf('TradeFinding', 'rule code text'),
        ...fieldsOf('TradeFindingSide', 'role element gnum value'),
      ],
      containers: [
        'Query.match',
        'Subscription.matchChanged',
        'TradeList.match',
        'TradeOrder.match',
        'TradeMatch.findings',
        'TradeMatch.returns',
        'TradeReturn.findings',
        'TradeFinding.left',
        'TradeFinding.right',
      ],
      quotes: { 'TradeFindingSide.value': compared },
      developmentGrants: [
        { reader: 'tax', purpose: 'refund-review', divisions: ['3501', '3504'] },
        { reader: 'fx', purpose: 'authenticity-review' },
      ],
    },
    {
      id: 'customs.tradeStatuses',
      provider: 'customs',
      zh: '单证回执状态',
      en: 'How far documents have come',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that supervise the same trade 监管同一贸易的部门: refund review, authenticity of receipts',
      grade: 'GENERAL_2',
      data: ['TradeStatus.*'],
      containers: ['TradeOrder', 'TradePayment', 'TradeWaybill', 'TradeList'].flatMap((type) =>
        fieldsOf(type, 'statuses refusals'),
      ),
      developmentGrants: [{ reader: 'tax', purpose: 'refund-review', divisions: ['3501', '3504'] }],
    },
    {
      id: 'customs.tradeBuyerYears',
      provider: 'customs',
      zh: '个人年度累计',
      en: 'Retail imports of a person in a year',
      sharing: 'CONDITIONAL',
      legalBasis:
        'It sums up what the person bought, hence is shown to who may read buyers and values of all lists alone',
      conditions: 'Departments that supervise the limits of a buyer 监管个人交易限额的部门',
      grade: 'GENERAL_4',
      data: ['TradeBuyerYear.*'],
      containers: ['Query.tradeBuyer'],
      inputs: Object.fromEntries(
        fieldsOf('TradeBuyerYear', 'year used left lists').map((name) => [
          name,
          ['TradeList.buyerIdNumber', 'TradeListLine.total'],
        ]),
      ),
    },
    {
      id: 'customs.tradeStatistics',
      provider: 'customs',
      zh: '跨境电商统计',
      en: 'Statistics of trade documents',
      sharing: 'CONDITIONAL',
      legalBasis:
        'Statistics Law 统计法: what lets a single respondent be inferred 推断单个统计调查对象 is given to nobody, hence small groups are left out but for who may read all lists',
      conditions: 'Departments that plan and promote the trade of the zones 统筹推进综合试验区建设的部门: statistics',
      data: ['TradeStatistics.suppressed', 'TradeGroup.*', 'TradeZoneProgress.*'],
      containers: [
        'Query.tradeStatistics',
        'TradeStatistics.total',
        'TradeStatistics.groups',
        'TradeZoneTarget.progress',
      ],
      suppressed: {
        'Query.tradeStatistics': [...ofLists, ...ofWaybills],
        'TradeZoneTarget.progress': ofLists,
      },
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
    {
      id: 'customs.tradeEnterpriseStatistics',
      provider: 'customs',
      zh: '跨境电商企业统计',
      en: 'Statistics of trade documents by seller',
      sharing: 'CONDITIONAL',
      legalBasis: 'It sums up what single enterprises trade, hence is shown to who may read all their lists alone',
      conditions: 'Departments that supervise the sellers 监管电商企业的部门',
      data: ['TradeSeller.*'],
      containers: ['Query.tradeEnterpriseStatistics'],
      inputs: Object.fromEntries(fieldsOf('TradeSeller', 'seller uscc lists amounts').map((name) => [name, ofLists])),
      filters: { 'Query.tradeEnterpriseStatistics(logisticsTimes)': 'TradeWaybill.declaredAt' },
    },
    {
      id: 'commerce.tradeZoneTargets',
      provider: 'commerce',
      zh: '综合试验区目标',
      en: 'Targets of the pilot zones',
      sharing: 'OPEN',
      data: fieldsOf('TradeZoneTarget', 'zone measure year least mustExceed words'),
      containers: ['Query.zoneTargets'],
      grade: 'GENERAL_1',
      updateFrequency: 'YEARLY',
    },
    {
      id: 'commerce.tradeOrders',
      provider: 'commerce',
      zh: '电子订单',
      en: 'Orders',
      sharing: 'CONDITIONAL',
      conditions: 'Departments that supervise the trade 监管贸易的部门: clearance and tracing of quality',
      data: [...orderFields, ...orderLines],
      containers: ['Query.order', 'TradeMatch.order', 'TradeOrder.lines'],
      developmentGrants: [
        { reader: 'customs', purpose: 'clearance' },
        {
          reader: 'market',
          purpose: 'quality-tracing',
          coordinates: [...fieldsOf('TradeOrder', 'number seller'), 'TradeOrderLine.name'],
        },
      ],
    },
    {
      id: 'commerce.tradeOrderPersons',
      provider: 'commerce',
      zh: '订单个人信息',
      en: 'Buyers and consignees named in orders',
      ...personal,
      conditions: 'Departments that must identify the buyer 须核验订购人身份的部门: for the matter at hand alone',
      data: orderPersons,
      masks: {
        'TradeOrder.buyerName': 'name',
        'TradeOrder.buyerIdNumber': 'identityNumber',
        'TradeOrder.buyerTelephone': 'identityNumber',
        'TradeOrder.consignee': 'name',
        'TradeOrder.consigneeTelephone': 'identityNumber',
        'TradeOrder.consigneeAddress': 'name',
      },
      developmentGrants: [
        { reader: 'customs', purpose: 'clearance', full: true },
        { reader: 'market', purpose: 'quality-tracing' },
      ],
    },
    {
      id: 'fx.tradePayments',
      provider: 'fx',
      zh: '电子支付单',
      en: 'Payments',
      sharing: 'CONDITIONAL',
      conditions: 'Departments that supervise the trade 监管贸易的部门: clearance',
      data: paymentFields,
      containers: ['Query.payments', 'TradeMatch.payments'],
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
    {
      id: 'fx.tradePayers',
      provider: 'fx',
      zh: '支付人信息',
      en: 'Payers',
      ...personal,
      conditions: 'Departments that must identify the payer 须核验支付人身份的部门: for the matter at hand alone',
      data: payers,
      masks: { 'TradePayment.payerName': 'name', 'TradePayment.payerIdNumber': 'identityNumber' },
      developmentGrants: [{ reader: 'customs', purpose: 'clearance', full: true }],
    },
    {
      id: 'postal.tradeWaybills',
      provider: 'postal',
      zh: '电子运单',
      en: 'Waybills',
      sharing: 'CONDITIONAL',
      conditions: 'Departments that supervise the trade 监管贸易的部门: clearance',
      data: waybillFields,
      containers: ['Query.waybill', 'TradeMatch.waybill'],
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
    {
      id: 'postal.tradeConsignees',
      provider: 'postal',
      zh: '运单收货人信息',
      en: 'Consignees named in waybills',
      ...personal,
      conditions: 'Departments that must identify the consignee 须核验收货人身份的部门: for the matter at hand alone',
      data: waybillPersons,
      masks: {
        'TradeWaybill.consignee': 'name',
        'TradeWaybill.consigneeTelephone': 'identityNumber',
        'TradeWaybill.consigneeAddress': 'name',
      },
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
  ],
}

export default policy
