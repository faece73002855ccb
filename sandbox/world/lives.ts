import { compactTime, day, hour, minute, today } from './calendar.ts'
import type { Enterprise } from './identity.ts'
import type { Chance } from './random.ts'

/** One receipt (回执) of customs on a declaration. */
export type Receipt = { guid: string; returnStatus: string; returnTime: string; returnInfo: string }

/** What happens to a declaration in the end. */
export type Outcome = 'released' | 'returned' | 'rejected' | 'held' | 'waiting'

/** A life: the states a declaration goes through, each with how long after the declaration it is reached. */
interface Life {
  readonly outcome: Outcome
  readonly steps: readonly (readonly [status: string, after: number])[]
}

const sent = [
  ['2', minute],
  ['3', 4 * minute],
] as const

const entered = [...sent, ['120', 20 * minute]] as const

const lives = {
  plain: {
    outcome: 'released',
    steps: [...entered, ['800', 3 * hour], ['899', 9 * day]],
  },
  reviewed: {
    outcome: 'released',
    steps: [...entered, ['300', 2 * hour], ['800', 20 * hour], ['899', 12 * day]],
  },
  inspected: {
    outcome: 'released',
    steps: [...entered, ['300', hour], ['500', 6 * hour], ['800', 44 * hour], ['899', 15 * day]],
  },
  concluded: {
    outcome: 'released',
    steps: [...entered, ['399', 5 * hour], ['800', 26 * hour]],
  },
  returned: {
    outcome: 'returned',
    steps: [...entered, ['300', hour], ['500', 7 * hour], ['700', 3 * day]],
  },
  rejected: { outcome: 'rejected', steps: [...entered, ['100', hour]] },
  repeated: { outcome: 'rejected', steps: [...sent, ['-621004', 6 * minute]] },
  unsent: {
    outcome: 'rejected',
    steps: [
      ['2', minute],
      ['4', 3 * minute],
    ],
  },
  held: { outcome: 'held', steps: [...entered, ['300', hour], ['500', 5 * hour], ['501', 2 * day]] },
  waiting: { outcome: 'waiting', steps: [...entered, ['300', 2 * hour]] },
} as const satisfies Record<string, Life>

export type LifeName = keyof typeof lives

/** What customs writes beside each state. */
const remarks: Readonly<Record<string, string>> = {
  '2': '[Code:2;Desc:电子口岸申报中]',
  '3': '[Code:3;Desc:发送海关成功]',
  '4': '[Code:4;Desc:发送海关失败]',
  '100': '[Code:100;Desc:海关退单]',
  '120': '[Code:120;Desc:海关入库]',
  '300': '[Code:300;Desc:人工审核]',
  '399': '[Code:399;Desc:海关审结]',
  '500': '[Code:500;Desc:查验]',
  '501': '[Code:501;Desc:扣留移送通关]',
  '700': '[Code:700;Desc:退运]',
  '800': '[Code:800;Desc:放行]',
  '899': '[Code:899;Desc:结关]',
  '-621004': '[Code:-621004;Desc:清单已经申报过，请勿重复申报]',
}

/** Which life a declaration has: most are released without anybody looking. */
export const lifeFor = (chance: Chance): LifeName => {
  const share = chance.unit()
  if (share < 0.52) return 'plain'
  if (share < 0.68) return 'reviewed'
  if (share < 0.74) return 'inspected'
  if (share < 0.8) return 'concluded'
  if (share < 0.84) return 'returned'
  if (share < 0.89) return 'rejected'
  if (share < 0.92) return 'repeated'
  if (share < 0.94) return 'unsent'
  if (share < 0.97) return 'waiting'
  return 'held'
}

const guid = (invtNo: string, step: number) =>
  `DE7E10B0-0000-4000-8000-${invtNo.slice(-9)}${String(step).padStart(3, '0')}`

/** Mixes up receipts as the traffic of customs does, where the world plants it. */
const disturb = (receipts: Receipt[], invtNo: string, planted: Enterprise['planted']): Receipt[] => {
  const [first, second, third, ...later] = receipts
  if (!first || !second || !third) return receipts
  const stale = { ...second, guid: guid(invtNo, 900) }
  if (planted.includes('stale-receipt')) return [...receipts, stale]
  if (planted.includes('receipts-out-of-order')) return [first, third, second, ...later]
  if (planted.includes('duplicate-receipt')) return [first, second, second, third, ...later]
  return receipts
}

/**
 * The receipts so far on a declaration lodged at `lodged`, and what has become of it: steps that lie after the
 * world's today have not happened yet.
 */
export const live = (name: LifeName, invtNo: string, lodged: number, planted: Enterprise['planted']) => {
  const life = lives[name]
  const happened = life.steps.filter(([, after]) => lodged + after < today)
  const receipts = happened.map(([status, after], step) => ({
    guid: guid(invtNo, step),
    returnStatus: status,
    returnTime: compactTime(lodged + after),
    returnInfo: remarks[status] ?? '',
  }))
  const reached = (status: string) => happened.some(([code]) => code === status)
  const outcome: Outcome =
    life.outcome === 'released' ? (reached('800') ? 'released' : 'waiting') : reachedEnd(life, happened.length)
  return { receipts: disturb(receipts, invtNo, planted), outcome, inspected: reached('500') }
}

const reachedEnd = (life: Life, steps: number): Outcome => (steps === life.steps.length ? life.outcome : 'waiting')
