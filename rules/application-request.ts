/** What an application must state (政务数据共享条例 art. 20 para. 2), checked before anyone's time is taken. */
import { isDivisionCode } from './division.ts'
import { sharingClasses, type SharingClass } from './sharing.ts'

/** How the data is provided 共享方式 (art. 22 para. 2). */
export const sharingModes = ['API', 'BATCH', 'FILE'] as const
export type SharingMode = (typeof sharingModes)[number]

/** What a department asks for. */
export interface SharingRequest {
  item: string
  /** Single fields of the item; null for all of them. */
  coordinates: readonly string[] | null
  /** The word that its requests will state in X-Purpose. */
  purpose: string
  /** 使用依据: the law or duty that it rests on. */
  basis: string
  /** 使用场景 */
  scenario: string
  /** 使用范围: who will use it for what. */
  scope: string
  /** Division prefixes; empty for all. */
  divisions: readonly string[]
  /** Masked fields in full. */
  full: boolean
  /** Distinct enterprises a day that will do; null for any number. */
  dailySubjects: number | null
  mode: SharingMode
  /** 使用时限: until when. */
  validTo: Date
}

/** The first thing that is wrong with a request, in a sentence; null where it can be sent. */
export function checkRequest(
  request: SharingRequest,
  item: { sharing: SharingClass; coordinates: readonly string[]; legalBasis: string | null },
  now: Date,
): string | null {
  const { zh } = sharingClasses[item.sharing]
  if (item.sharing === 'OPEN') return `${request.item} is open (${zh}); there is nothing to apply for.`
  if (item.sharing === 'WITHHELD') return `${request.item} is not shared (${zh}): ${item.legalBasis ?? ''}.`
  const strange = request.coordinates?.find((name) => !item.coordinates.includes(name))
  if (strange !== undefined) return `${request.item} has no field ${strange}.`
  if (request.coordinates?.length === 0) return 'fields must name at least one field, or be left out for all.'
  if (!/^[a-z][a-z0-9-]{1,63}$/.test(request.purpose)) {
    return 'purpose must be a word of lower-case letters, digits and hyphens, e.g. refund-review.'
  }
  for (const name of ['basis', 'scenario', 'scope'] as const) {
    const length = request[name].trim().length
    if (length < 4 || length > 4000) return `${name} must be stated, in 4 to 4000 characters (art. 20).`
  }
  const code = request.divisions.find((division) => !isDivisionCode(division))
  if (code !== undefined) return `${JSON.stringify(code)} is not a division code.`
  if (request.dailySubjects !== null && request.dailySubjects < 1) return 'dailySubjects must be at least 1.'
  if (request.validTo <= now) return 'validTo must lie in the future.'
  return null
}
