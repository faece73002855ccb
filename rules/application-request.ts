/** What an application must state (政务数据共享条例 art. 20 para. 2), checked before anyone's time is taken. */
import { departmentIds, isDepartmentId } from '../departments.ts'
import { isDivisionCode } from './division.ts'
import { sharingClasses, type SharingClass } from './sharing.ts'
import { checkText } from './stated-text.ts'

/** How the data is provided 共享方式 (art. 22 para. 2). */
export const sharingModes = ['API', 'BATCH', 'FILE'] as const
export type SharingMode = (typeof sharingModes)[number]

/** Which part of an item, and how: what an application asks for, and what a consent gives. */
export interface Extent {
  /** Single fields of the item; null for all of them. */
  coordinates: readonly string[] | null
  /** Division prefixes; empty for all. */
  divisions: readonly string[]
  /** Masked fields in full. */
  full: boolean
  /** Distinct enterprises a day; null for any number. */
  dailySubjects: number | null
  mode: SharingMode
  /** 使用时限: until when. */
  validTo: Date
}

/** What a department asks for. */
export interface SharingRequest extends Extent {
  item: string
  /** The word that its requests will state in X-Purpose. */
  purpose: string
  /** 使用依据: the law or duty that it rests on. */
  basis: string
  /** 使用场景 */
  scenario: string
  /** 使用范围: who will use it for what. */
  scope: string
}

/** What the catalogue says of an item, as far as an application needs it. */
export interface SharedItem {
  id: string
  provider: string
  /** What may be decided on an application for it. */
  sharing: SharingClass
  /** By which class the provider's answer has its term: the published one, where they differ (arts. 15, 21). */
  answeredAs: SharingClass
  sharingModes: readonly SharingMode[]
  legalBasis: string | null
  /** Its data fields. */
  coordinates: readonly string[]
}

/** Government departments share and apply (arts. 2, 20); a bank or the portal is none. */
export const checkApplicant = (consumer: string): string | null =>
  isDepartmentId(consumer)
    ? null
    : `Only government departments apply for sharing: ${departmentIds.join(', ')}; ${consumer} is none (arts. 2, 20).`

/** The first thing that an item cannot be shared to or by, in a sentence; null where it can. */
export function checkExtent({ coordinates, divisions, dailySubjects, mode }: Extent, item: SharedItem): string | null {
  const { zh } = sharingClasses[item.sharing]
  if (item.sharing === 'OPEN') return `${item.id} is open (${zh}); there is nothing to apply for.`
  if (item.sharing === 'WITHHELD') return `${item.id} is not shared (${zh}): ${item.legalBasis ?? ''}.`
  if (!item.sharingModes.includes(mode)) {
    return `${item.id} is shared by ${item.sharingModes.join(' or ')}, not by ${mode} (arts. 20, 22).`
  }
  const strange = coordinates?.find((name) => !item.coordinates.includes(name))
  if (strange !== undefined) return `${item.id} has no field ${strange}.`
  if (coordinates?.length === 0) return 'fields must name at least one field, or be left out for all.'
  const code = divisions.find((division) => !isDivisionCode(division))
  if (code !== undefined) return `${JSON.stringify(code)} is not a division code.`
  return dailySubjects !== null && dailySubjects < 1 ? 'dailySubjects must be at least 1.' : null
}

/** The first thing that is wrong with a request, in a sentence; null where it can be sent. */
export function checkRequest(request: SharingRequest, item: SharedItem, now: Date): string | null {
  const problem = checkExtent(request, item)
  if (problem !== null) return problem
  if (!/^[a-z][a-z0-9-]{1,63}$/.test(request.purpose)) {
    return 'purpose must be a word of lower-case letters, digits and hyphens, e.g. refund-review.'
  }
  for (const name of ['basis', 'scenario', 'scope'] as const) {
    const unstated = checkText(name, request[name], 20)
    if (unstated !== null) return unstated
  }
  return request.validTo <= now ? 'validTo must lie in the future.' : null
}
