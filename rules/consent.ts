/** What a consent to sharing 同意共享 may say: what was asked for or less, of the item as it is (政务数据共享条例 arts. 21–22). */
import { checkExtent, type Extent, type SharedItem } from './application-request.ts'
import { deliveryDays, type ApplicationAction } from './application.ts'
import { sharingClasses } from './sharing.ts'
import { addWorkingDays, coverage, dayOf, endOf } from './working-day.ts'

/** What a consent may narrow; what is left out stays as it was asked for. */
export type Consent = { [Name in keyof Omit<Agreed, 'mode'>]?: Agreed[Name] | null }

/** What the two sides agreed on. */
export interface Agreed extends Extent {
  /** At once unless the consent says otherwise. */
  validFrom: Date
}

/** What comes of a consent, or the first thing that is wrong with it, in a sentence. */
export function agreementOn(
  asked: Extent,
  consent: Consent,
  item: SharedItem,
  now: Date,
): { agreed: Agreed } | { problem: string } {
  const agreed: Agreed = {
    coordinates: consent.coordinates ?? asked.coordinates,
    divisions: consent.divisions ?? asked.divisions,
    full: consent.full ?? asked.full,
    dailySubjects: consent.dailySubjects ?? asked.dailySubjects,
    mode: asked.mode,
    validFrom: consent.validFrom ?? now,
    validTo: consent.validTo ?? asked.validTo,
  }
  const problem =
    checkExtent(agreed, item) ??
    (isWider(agreed, asked) ? wider : null) ??
    checkConditions(agreed, asked, item) ??
    checkTerm(agreed, now)
  return problem === null ? { agreed } : { problem }
}

/**
 * What the class of an item leaves no room for, in a sentence; null where a step is left to whoever takes it. Art. 21 asks of
 * the provider whether it consents, and lets that take longer, for conditional data alone; what is shared with every
 * department it answers by sharing, wherever what was asked for can be shared at all.
 */
export function checkStep(action: ApplicationAction, asked: Extent, item: SharedItem, now: Date): string | null {
  const { id, sharing, answeredAs } = item
  if (action === 'requestExtension' || action === 'consentToExtension') {
    return answeredAs === 'CONDITIONAL'
      ? null
      : 'Only the answer on data shared conditionally can take longer (art. 21).'
  }
  return action === 'refuse' && sharing === 'UNCONDITIONAL' && 'agreed' in agreementOn(asked, {}, item, now)
    ? `${id} is shared with every department (${sharingClasses[sharing].zh}): it cannot be refused (arts. 14, 21).`
    : null
}

const wider = 'A consent may be narrower than the application, not wider.'

function isWider(agreed: Agreed, asked: Extent): boolean {
  const { coordinates, divisions, dailySubjects } = agreed
  const beyondFields =
    asked.coordinates !== null && coordinates?.every((name) => asked.coordinates?.includes(name)) !== true
  const beyondDivisions =
    asked.divisions.length > 0 &&
    (divisions.length === 0 || !divisions.every((code) => asked.divisions.some((prefix) => code.startsWith(prefix))))
  const beyondQuota = asked.dailySubjects !== null && (dailySubjects === null || dailySubjects > asked.dailySubjects)
  return (
    beyondFields || beyondDivisions || beyondQuota || (agreed.full && !asked.full) || agreed.validTo > asked.validTo
  )
}

/** What is shared with every department is shared as asked for: a provider adds no conditions of its own (arts. 14, 15). */
const checkConditions = (agreed: Agreed, asked: Extent, { id, sharing }: SharedItem): string | null =>
  sharing !== 'UNCONDITIONAL' || isSame(agreed, asked)
    ? null
    : `${id} is shared with every department (${sharingClasses[sharing].zh}): a consent must not narrow it (art. 15).`

const isSame = (agreed: Extent, asked: Extent): boolean => {
  const [one, other] = [agreed, asked].map(({ coordinates, divisions, full, dailySubjects, validTo }) =>
    JSON.stringify([coordinates, divisions, full, dailySubjects, validTo]),
  )
  return one === other
}

function checkTerm({ validFrom, validTo }: Agreed, now: Date): string | null {
  if (validFrom < now) return 'validFrom must not lie in the past: leave it out for at once.'
  if (validTo <= validFrom) return 'The grant must end after it begins.'
  if (validFrom.getTime() === now.getTime()) return null
  const latest = addWorkingDays(dayOf(now), deliveryDays)
  if (latest === null) {
    return `The data must flow within ${deliveryDays} working days (art. 22), and those after ${coverage.to} are not known yet: leave validFrom out for at once.`
  }
  return validFrom >= endOf(latest)
    ? `The data must flow within ${deliveryDays} working days (art. 22), by ${latest}.`
    : null
}
