/** How old a copy of what a department said may be when it is answered from, by how often the data is renewed 更新频率. */
import type { UpdateFrequency } from './catalogue-item.ts'

/** Both in seconds, from when the department was asked. */
export interface Freshness {
  /** So old, a copy is answered without asking the department; 0 means that it is asked every time. */
  freshFor: number
  /** So old, a copy is still answered while the department cannot be had, and marked; 0 means never. */
  staleFor: number
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** Nothing is answered from a copy. */
export const alwaysAsked: Freshness = { freshFor: 0, staleFor: 0 }

/**
 * What an item states unless it says otherwise. Data that is renewed on a day, in a week or later is that old at its
 * provider already: a twenty-fourth of the period more changes little, and twelve hours are the most, for a correction
 * 校核 waits for no period. What is renewed on change may change at any moment: five minutes, and a department that sends
 * notices makes it less. While a department is down a day is the most; for what may have changed meanwhile, an hour.
 * What is given out in real time is given out in real time or not at all.
 */
export const freshnessOf: Readonly<Record<UpdateFrequency, Freshness>> = {
  REAL_TIME: alwaysAsked,
  ON_CHANGE: { freshFor: 5 * minute, staleFor: hour },
  DAILY: { freshFor: hour, staleFor: day },
  WEEKLY: { freshFor: 7 * hour, staleFor: day },
  MONTHLY: { freshFor: 12 * hour, staleFor: day },
  QUARTERLY: { freshFor: 12 * hour, staleFor: day },
  YEARLY: { freshFor: 12 * hour, staleFor: day },
}

/** Longest that an item may state. */
export const longestKept = 7 * day

/** Of an item: what it states, and by its update frequency what it does not. */
export function freshnessOfItem(item: { updateFrequency: UpdateFrequency } & Partial<Freshness>): Freshness {
  const usual = freshnessOf[item.updateFrequency]
  return { freshFor: item.freshFor ?? usual.freshFor, staleFor: item.staleFor ?? usual.staleFor }
}

/** For what is read together: as fresh as the most demanding of them wants it. */
export const strictest = (one: Freshness, other: Freshness): Freshness => ({
  freshFor: Math.min(one.freshFor, other.freshFor),
  staleFor: Math.min(one.staleFor, other.staleFor),
})

/** A record that there was not may be there any moment: the answer that there is none holds for a minute at most. */
const absentFor = minute

export const ofAbsence = ({ freshFor }: Freshness): Freshness => ({
  freshFor: Math.min(freshFor, absentFor),
  staleFor: 0,
})

/** How a copy of some age stands: good, good while it is renewed behind the answer, good while nothing better can be had. */
export type Standing = 'fresh' | 'renewed' | 'stale' | 'outlived'

/** Past the time for which it is fresh, a copy is answered for half as long again while the department is asked. */
const renewing = 1.5

/** @param age in seconds */
export function standingOf(age: number, { freshFor, staleFor }: Freshness): Standing {
  if (freshFor > 0 && age <= freshFor) return 'fresh'
  if (age > staleFor) return 'outlived'
  return age <= freshFor * renewing ? 'renewed' : 'stale'
}

/** A sentence for each thing that is wrong with what an item states of its copies. */
export function wrongWith(item: { id: string; updateFrequency?: UpdateFrequency } & Partial<Freshness>): string[] {
  const { id, updateFrequency } = item
  if (updateFrequency === undefined) return []
  const problems: string[] = []
  const { freshFor, staleFor } = freshnessOfItem({ ...item, updateFrequency })
  for (const [name, value] of Object.entries({ freshFor, staleFor })) {
    if (!Number.isInteger(value) || value < 0 || value > longestKept) {
      problems.push(`${id} must state ${name} as whole seconds from 0 to ${longestKept}`)
    }
  }
  if (updateFrequency === 'REAL_TIME' && freshFor > 0) {
    problems.push(`${id} is given out in REAL_TIME and cannot be freshFor ${freshFor} seconds`)
  }
  if (staleFor > 0 && staleFor < freshFor) {
    problems.push(`${id} cannot be staleFor less than it is freshFor; 0 means never`)
  }
  return problems
}
