/** Trade documents played within the process: a purchase that matches, one that does not, one of which something is missing. */
import { matchOf, type Evidence } from '../../rules/trade/match.ts'
import { pilotZones } from '../../rules/trade/zones.ts'
import type { DocumentQuery, StoredDocument, StoredMatch } from '../../store/trade/life.ts'
import type { TradeReader } from '../../store/trade/reader.ts'
import { randomFrom } from '../leak/random.ts'
import { importSamples } from '../trade/import-samples.ts'
import { made, type SampleKind } from '../trade/documents.ts'
import { pass } from './later.ts'

const personal = importSamples['311'].head

const stored = (kind: SampleKind, head: Record<string, string> = {}): StoredDocument => {
  const document = made(kind, head)
  return { key: document.key, document, preNo: 'B20261120000000001', sender: 'DXPENT0000000001', versions: 1 }
}

/** By what ends the number that they are asked by. */
const purchases: Record<string, Record<'order' | 'payment' | 'waybill' | 'list', StoredDocument | null>> = {
  '1': { order: stored('311'), payment: stored('411'), waybill: stored('511'), list: stored('621') },
  '2': {
    order: stored('311', { consignee: '别人' }),
    payment: stored('411', { amountPaid: '1', payerName: '别人' }),
    waybill: stored('511'),
    list: stored('621', { ebcCode: 'no credit code' }),
  },
  '3': { order: stored('311'), payment: null, waybill: null, list: null },
}

const counted = {
  groups: ['91350102MYE0000341', 'USA', ''].map((key, at) => ({
    key,
    lists: 9 - at,
    amounts: [{ currency: '142', amount: '61.5' }],
  })),
  total: { key: '', lists: 9, amounts: [{ currency: '502', amount: '7' }] },
  suppressed: 0,
}

/** The same for the same seed, each after some turns; some of it breaks. */
export function playedTrade(seed: number): TradeReader {
  const after = async <T>(salt: number, value: T): Promise<T> => {
    const random = randomFrom(seed + salt)
    await pass(1 + random.below(3))
    if (random.chance(5)) throw new TypeError('It is broken.')
    return value
  }
  const found = (query: DocumentQuery): (StoredDocument | null | undefined)[] => {
    const named = /"(?:SO)?(\d)"\]/.exec(JSON.stringify(Object.values(query)).replaceAll('\\', ''))?.[1] ?? '1'
    const one = purchases[named]
    return 'kind' in query ? [one?.list] : query.role === 'waybill' ? [one?.waybill] : [one?.[query.role as 'order']]
  }
  const matchFor = (list: string): StoredMatch | null => {
    const found = Object.values(purchases).find((one) => one.list?.document.key === list)
    if (found?.list == null) return null
    const evidence: Evidence = {
      list: found.list.document,
      order: found.order?.document ?? null,
      payments: found.payment === null ? [] : [found.payment.document],
      waybill: found.waybill?.document ?? null,
      rivals: [],
    }
    const match = matchOf(evidence)
    const decidedAt = new Date('2026-11-01T04:00:00Z')
    return { state: match.state, decidedAt, match, cancellation: null, returns: [] }
  }
  return {
    find: (query) =>
      after(
        1,
        found(query).filter((one) => one != null),
      ),
    documents: () =>
      after(
        8,
        Object.values(purchases).flatMap(({ list }) => list ?? []),
      ),
    life: () => {
      const receipt = { key: '', digest: '', preNo: null, invtNo: '1', guid: 'A', returnStatus: '120', named: true }
      const steps = [{ ...receipt, returnTime: '20261101120000000' }]
      const chain = { steps, current: null, final: false, beside: [], sentBack: [] }
      return after(2, { receipts: steps, chain, invtNo: '1' })
    },
    personal: () => after(3, personal),
    match: (list) => after(5, matchFor(list)),
    listsOf: (_seller, { state }, first) => {
      const lists = ['1', '2'].flatMap((number) => purchases[number]?.list ?? [])
      const fitting = lists.filter(({ document }) => state === null || matchFor(document.key)?.state === state)
      const items = fitting.slice(0, first).map((item, at) => ({ key: String(at), item }))
      return after(6, { items, more: fitting.length > first, end: null })
    },
    year: () => after(7, { used: '250', lists: 1 }),
    zones: pilotZones,
    statistics: { whole: () => after(8, counted), told: () => after(9, { ...counted, total: null, suppressed: 1 }) },
  }
}
