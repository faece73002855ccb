import { kindTables } from './kinds.ts'
import type { KindTable } from './format.ts'
import { terms } from './terms.ts'

/**
 * A number or a time as a violation may quote it: digits, signs and a point. Anything else could be a name or an address put
 * into the wrong element, and as many digits as telephone, identity and card numbers have could be one of those
 * (个人信息保护法 arts. 6, 51).
 */
export function quotableNumber(value: string): string | null {
  if (!/^[+-]?[0-9.]{1,20}$/.test(value)) return null
  // 11 digits and more; times begin with their century.
  const digits = value.replace(/[^0-9]/g, '')
  return digits.length < 11 || /^20\d{12}(\d{3})?$/.test(digits) ? value : null
}

/** A code as a violation may quote it: a number that may be quoted, or 1 to 4 letters and digits; names in Latin letters and passports are longer. */
export const quotableCode = (value: string): string | null =>
  /^[A-Za-z0-9]{1,4}$/.test(value) ? value : quotableNumber(value)

/** Names that the specification gives elements, in any message of either edition. */
const knownNames: ReadonlySet<string> = new Set([
  ...Object.keys(terms),
  ...Object.values<KindTable>(kindTables).flatMap(({ entity, headElement, head, lineElement, line }) => [
    ...[entity, headElement ?? entity, lineElement ?? entity],
    ...Object.keys({ ...head, ...line }),
  ]),
])

/**
 * The name of an element or a message as a violation may quote it: one that the specification has, or one like those of its
 * messages. Any other could be made of somebody's name or number.
 */
export const quotableName = (name: string): string | null =>
  knownNames.has(name) || /^CEB\d{3}(Message)?$/.test(name) ? name : null
