/** Sales handed in at a running hub, and what a reader with a pencil would count of them. */
import type { Values } from '../../rules/ceb/message.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { signature, transfer } from '../ceb/messages.ts'
import { randomFrom } from '../leak/random.ts'
import { samples, type SampleKind } from './documents.ts'

/** What of a sale statistics tell apart. */
export interface Sale {
  number: string
  seller: string
  /** YYYYMMDD, of declaration. */
  day: string
  mode: '9610' | '9710' | '9810'
  office: string
  port: string
  lines: { goods: string; country: string; currency: string; total: string }[]
}

/** Of Jinhua 金华: three known by customs codes, one by a credit code. */
const sellers = ['3307961X7S', '3307961Y8T', '3307961Z9U', '91330702MYQ0003787']
const orderTypes = { '9610': 'E', '9710': 'B', '9810': 'W' } as const

/** Sales of a year: most of one country in one way, and few of others. The same for the same seed. */
export function sales(seed: number, count: number, year: string): Sale[] {
  const random = randomFrom(seed)
  return Array.from({ length: count }, (_, at): Sale => {
    const isUsual = random.chance(70)
    return {
      number: `${seed}-${at}`,
      seller: random.pick(sellers),
      day: `${year}${random.pick(isUsual ? ['0110', '0212', '0420'] : ['0111', '0305', '0421', '1102'])}`,
      mode: random.pick(isUsual ? ['9610', '9710'] : ['9610', '9710', '9810']),
      office: random.pick(['2921', '2922', '2991', '2201']),
      port: random.pick(['2921', '2904', '2201']),
      lines: Array.from({ length: isUsual ? 1 : 1 + random.below(2) }, () => ({
        goods: random.pick(isUsual ? ['6911101900', '6912001000'] : ['6911101900', '9503008900', '6109100010']),
        country: random.pick(isUsual ? ['502', '116', '304'] : ['502', '116', '303', '601']),
        currency: random.pick(isUsual ? ['502'] : ['502', '142', '300']),
        total: `${1 + random.below(900)}.${random.below(10)}${1 + random.below(9)}`,
      })),
    }
  })
}

/** The messages of sales, whose documents are of the day of the list. */
export function messagesOf(all: readonly Sale[]): string[] {
  const lines = (sale: Sale, names: readonly string[], more: (line: Sale['lines'][number]) => Values): Values[] =>
    sale.lines.map((line, at) => ({
      gnum: String(at + 1),
      itemNo: 'C-01',
      ...Object.fromEntries(names.map((name) => [name, '示例茶杯'])),
      unit: '011',
      qty: '1',
      currency: line.currency,
      price: line.total,
      totalPrice: line.total,
      ...more(line),
    }))
  const documents: Record<'303' | '403' | '505' | '603', (sale: Sale) => { head: Values; lines: Values[] }> = {
    '303': (sale) => ({
      head: { ...named(sale), orderType: orderTypes[sale.mode] },
      lines: lines(sale, ['itemName'], () => ({})),
    }),
    '403': (sale) => ({ head: named(sale), lines: [] }),
    '505': ({ number, day }) => ({ head: { logisticsNo: `YD${number}`, appTime: `${day}093000` }, lines: [] }),
    '603': (sale) => ({
      head: {
        ...named(sale),
        logisticsNo: `YD${sale.number}`,
        copNo: `QD${sale.number}`,
        tradeMode: sale.mode,
        customsCode: sale.office,
        portCode: sale.port,
      },
      lines: lines(sale, ['gname'], ({ goods, country }) => ({
        gcode: goods,
        country,
        gmodel: '300ml',
        barCode: '无',
        qty1: '0.9',
        unit1: '035',
      })),
    }),
  }
  return (['303', '403', '505', '603'] as const).flatMap((kind) =>
    Array.from({ length: Math.ceil(all.length / 100) }, (_, part) =>
      message(kind, all.slice(part * 100, part * 100 + 100).map(documents[kind])),
    ),
  )
}

const named = ({ number, seller, day }: Sale): Values => ({
  orderNo: `SO${number}`,
  ebcCode: seller,
  appTime: `${day}093000`,
})

function message(kind: SampleKind, documents: readonly { head: Values; lines: Values[] }[]): string {
  const { head } = samples[kind]
  return writeMessage({
    standard: '202205',
    kind,
    guid: '0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB',
    version: '1.0',
    envelope: null,
    transfer,
    subscriptions: [],
    documents: documents.map((document) => ({ head: { ...head, ...document.head }, lines: document.lines })),
    signature,
    extension: null,
  } as unknown as Parameters<typeof writeMessage>[0])
}

const iso: Record<string, string> = { '502': 'USD', '142': 'CNY', '300': 'EUR' }
const countries: Record<string, string> = { '502': 'USA', '116': 'JPN', '304': 'DEU', '303': 'GBR', '601': 'AUS' }

/** What is asked, as GraphQL takes it. */
export interface Asked {
  view: string
  period: string
  level: string
  direction: string | null
  tradeModes: string[] | null
  category: string | null
}

export interface Counted {
  key: string
  lists: number
  amounts: Record<string, string>
  /** How many lists have something in a currency. */
  listsIn: Record<string, number>
}

const isInPeriod = (day: string, period: string): boolean => {
  const [year, month] = [day.slice(0, 4), day.slice(4, 6)]
  if (period.includes('Q')) return period === `${year}-Q${Math.ceil(Number(month) / 3)}`
  return `${year}-${month}-${day.slice(6)}`.startsWith(period)
}

const keysOf: Record<string, (sale: Sale, line: Sale['lines'][number]) => string> = {
  CITY: () => '3307',
  SITE: ({ office }) => office,
  COUNTRY: (_, { country }) => countries[country] ?? '',
  COUNTRY_RANKING: (_, { country }) => countries[country] ?? '',
  ENTERPRISE: ({ seller }) => seller,
  CHAPTER: (_, { goods }) => goods.slice(0, 2),
  HEADING: (_, { goods }) => goods.slice(0, 4),
  CODE: (_, { goods }) => goods,
}

/** Groups as they are counted by hand: each list once in each group that it has a line of. */
export function countedOf(all: readonly Sale[], asked: Asked): Counted[] {
  const groups = new Map<
    string,
    { numbers: Set<string>; cents: Map<string, number>; currencies: Map<string, Set<string>> }
  >()
  for (const sale of all) {
    const isThere =
      asked.level === 'NATIONAL' ||
      (sale.port.startsWith('29') && (asked.level === 'DISTRICT' || ['2921', '2922'].includes(sale.office)))
    if (!isThere || !isInPeriod(sale.day, asked.period) || asked.direction === 'IMPORT') continue
    if (asked.tradeModes?.includes(sale.mode) === false) continue
    for (const line of sale.lines) {
      if (asked.category !== null && !line.goods.startsWith(asked.category)) continue
      const key = keysOf[asked.view]?.(sale, line) ?? ''
      const group = groups.get(key) ?? {
        numbers: new Set(),
        cents: new Map<string, number>(),
        currencies: new Map<string, Set<string>>(),
      }
      groups.set(key, group)
      group.numbers.add(sale.number)
      const currency = iso[line.currency] ?? ''
      group.currencies.set(currency, (group.currencies.get(currency) ?? new Set()).add(sale.number))
      group.cents.set(currency, (group.cents.get(currency) ?? 0) + Math.round(Number(line.total) * 100))
    }
  }
  const counted = [...groups].map(([key, { numbers, cents, currencies }]) => ({
    key,
    lists: numbers.size,
    amounts: Object.fromEntries([...cents].sort().map(([currency, sum]) => [currency, String(sum / 100)])),
    listsIn: Object.fromEntries([...currencies].map(([currency, { size }]) => [currency, size])),
  }))
  const byKey = (one: Counted, other: Counted): number => (one.key < other.key ? -1 : 1)
  return counted.sort((one, other) =>
    asked.view === 'COUNTRY_RANKING' || asked.view === 'ENTERPRISE'
      ? other.lists - one.lists || byKey(one, other)
      : byKey(one, other),
  )
}
