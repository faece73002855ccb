import { isDate } from './date.ts'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** What a check of an identity number finds. */
export type IdentityNumberCheck =
  { valid: true; identityNumber: string } | { valid: false; reason: string; position?: number }

/**
 * Checks a citizen identity number 公民身份号码 (GB 11643-1999): 18 characters, the division in 1–6, a real date of birth
 * in 7–14, the check digit last. Reasons never repeat the number or tell its right check digit: it is personal data.
 */
export function checkIdentityNumber(text: string): IdentityNumberCheck {
  const characters = [...text]
  if (characters.length !== 18) {
    const old = /^\d{15}$/.test(text) ? '; 15-digit numbers 一代身份证 are no longer in use' : ''
    return { valid: false, reason: `身份证号码 must have 18 characters, not ${characters.length}${old}` }
  }
  const wrong = characters.findIndex((character, i) => !(i < 17 ? /^\d$/ : /^[\dX]$/).test(character))
  if (wrong === 17) {
    const reason = text.endsWith('x')
      ? 'character 18 (check digit) is lower case; write X'
      : 'character 18 (check digit) must be a digit or X'
    return { valid: false, reason, position: 18 }
  }
  if (wrong >= 0) return { valid: false, reason: `character ${wrong + 1} must be a digit`, position: wrong + 1 }
  if (text.startsWith('0')) return { valid: false, reason: 'characters 1 to 6 are no division 行政区划', position: 1 }
  if (!isDate(`${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`)) {
    return { valid: false, reason: 'characters 7 to 14 are no date 出生日期 that exists', position: 7 }
  }
  if (text.charAt(17) !== identityNumberCheckDigit(text.slice(0, 17))) {
    return { valid: false, reason: 'character 18 (check digit) does not fit the other 17', position: 18 }
  }
  return { valid: true, identityNumber: text }
}

/**
 * The check digit 校验码 over the first 17 digits (GB 11643-1999; ISO 7064 MOD 11-2).
 * @throws RangeError where the text is not 17 digits
 */
export function identityNumberCheckDigit(first17: string): string {
  if (!/^\d{17}$/.test(first17)) throw new RangeError('The check digit of GB 11643 is made of 17 digits.')
  const sum = weights.reduce((total, weight, i) => total + weight * Number(first17.charAt(i)), 0)
  return '10X98765432'.charAt(sum % 11)
}
