/**
 * Records of use 使用记录: whoever reads shared data records scenario, process, effect, storage and destruction; the
 * provider and the authority may look at the records (政务数据共享条例 art. 29).
 */
import type { Grant } from './grant.ts'
import { checkText } from './stated-text.ts'

/** What a reader records. */
export interface Use {
  /** 使用场景 */
  scenario: string
  /** 使用过程 */
  process: string
  /** 应用成效 */
  effect: string
  /** 存储情况 */
  storage: string
  /** 销毁情况; null while nothing has been destroyed. */
  destruction: string | null
  /** The time that it tells of. */
  from: Date
  to: Date
}

/** Years for which a record of use is kept at least (art. 29 para. 2); the database refuses to delete it earlier. */
export const yearsKept = 3

/** The instant before which a record made at `recordedAt` must not be deleted. */
export function keptUntil(recordedAt: Date): Date {
  const end = new Date(recordedAt)
  end.setUTCFullYear(end.getUTCFullYear() + yearsKept)
  return end
}

/** The first thing that is wrong with a record, in a sentence; null where it can be kept. */
export function checkUse(use: Use, { validFrom }: Pick<Grant, 'validFrom'>, now: Date): string | null {
  for (const name of ['scenario', 'process', 'effect', 'storage', 'destruction'] as const) {
    const text = use[name]
    const unstated = text === null ? null : checkText(name, text, 29)
    if (unstated !== null) return unstated
  }
  if (use.to < use.from) return 'to must not lie before from.'
  if (use.to > now) return 'to must not lie in the future: a record tells of what was done.'
  if (validFrom !== null && use.to < validFrom) return 'The grant began after the time that the record tells of.'
  return null
}

/**
 * When a grant ended and disposal became due 妥善处置 (art. 27 para. 1): by its last step or by its term, whichever came
 * first; null while it has not.
 * @param stoppedAt when it was terminated or given up, if it was
 */
export function endOfGrant({ validTo }: Pick<Grant, 'validTo'>, stoppedAt: Date | null, now: Date): Date | null {
  const ends = [stoppedAt, validTo !== null && validTo <= now ? validTo : null].filter((end) => end !== null)
  return ends.reduce<Date | null>((first, end) => (first === null || end < first ? end : first), null)
}
