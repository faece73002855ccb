import { shown } from './shown.ts'

/** The alphabet of GB 32100-2015: a character's value is its place. I, O, S, V and Z are not used. */
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'

const length = 18
/** Values by character codes; -1 for what is not in the alphabet. */
const valueOf = Int8Array.from({ length: 128 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)))
/** Of the characters before the check digit: 3^i mod 31. */
const weights = Array.from({ length: length - 1 }, (_, index) => Number(3n ** BigInt(index) % 31n))

/** What a check of a code finds: the code, or why it is none and, where one character is to blame, which (from 1). */
export type UsccCheck = { valid: true; uscc: string } | { valid: false; reason: string; position?: number }

/**
 * Checks a unified social credit code 统一社会信用代码 (GB 32100-2015): 18 characters of the alphabet, the division in
 * digits 3–8, the check digit last. The text is taken strictly; a code that needs repair is refused with the reason.
 */
export function checkUscc(text: string): UsccCheck {
  // Every code that enters or leaves is checked: no pattern and no part of the text is made for one that is right.
  const sum = hasShape(text) ? weighted(text) : -1
  if (sum < 0) return misshapen(text)
  const [given, wanted] = [text.charAt(17), checkDigitOf(sum)]
  if (given !== wanted) {
    return { valid: false, reason: `character 18 (check digit) is "${given}" but should be "${wanted}"`, position: 18 }
  }
  return { valid: true, uscc: text }
}

/** Why a text does not have the shape of a code. */
function misshapen(text: string): UsccCheck {
  const characters = [...text]
  if (characters.length !== length) {
    const spaced = /\s/.test(text) ? ', white space counted; send it without' : ''
    return { valid: false, reason: `统一社会信用代码 must have 18 characters, not ${characters.length}${spaced}` }
  }
  const index = characters.findIndex((character, at) => problemAt(at, character) !== null)
  const wrong = characters[index] ?? ''
  const reason = `character ${index + 1} (${shown(wrong)}) ${problemAt(index, wrong)}`
  return { valid: false, reason, position: index + 1 }
}

function problemAt(index: number, character: string): string | null {
  if (/^[a-z]$/.test(character)) return 'is lower case; GB 32100 has capital letters only'
  if (!alphabet.includes(character)) return 'is not in the alphabet of GB 32100 (I, O, S, V, Z are not used)'
  if (index >= 2 && index < 8 && !/^\d$/.test(character)) {
    return 'must be a digit: characters 3 to 8 are the division 登记管理机关行政区划码'
  }
  return null
}

/**
 * The check digit 校验码 over the first 17 characters (GB 32100-2015): weights are 3^i mod 31.
 * @throws RangeError where the text is not 17 characters of the alphabet
 */
export function usccCheckDigit(first17: string): string {
  if (first17.length !== 17) throw new RangeError('The check digit of GB 32100 is made of 17 characters.')
  const sum = weighted(first17)
  if (sum < 0) throw new RangeError('The text leaves the alphabet of GB 32100.')
  return checkDigitOf(sum)
}

const checkDigitOf = (sum: number): string => alphabet.charAt((31 - (sum % 31)) % 31)

/** The weighted sum of the first 17 characters; -1 where one of them is not in the alphabet. */
function weighted(text: string): number {
  let sum = 0
  for (let index = 0; index < weights.length; index += 1) {
    const value = valueOf[text.charCodeAt(index)] ?? -1
    if (value < 0) return -1
    sum += value * (weights[index] ?? 0)
  }
  return sum
}

/** Whether there are as many characters as there must be, those of the division are digits, and the last is one of the alphabet. */
function hasShape(text: string): boolean {
  if (text.length !== length || (valueOf[text.charCodeAt(length - 1)] ?? -1) < 0) return false
  for (let index = 2; index < 8; index += 1) {
    const value = valueOf[text.charCodeAt(index)] ?? -1
    if (value < 0 || value > 9) return false
  }
  return true
}

/** The division of the registering authority 登记管理机关行政区划码: digits 3–8 of a valid code (GB 32100-2015). */
export const divisionOf = (uscc: string): string => uscc.slice(2, 8)

const organizationWeights = [3, 7, 9, 10, 5, 8, 4, 2]

/**
 * The check digit of an organization code 组织机构代码 over its first 8 characters (GB 11714-1997). Characters 9–17 of a
 * company's credit code are such a code, which makes a second, independent check; other bodies' need not be, so
 * `checkUscc` does not ask for it.
 * @throws RangeError where the text is not 8 digits and capital letters
 */
export function organizationCodeCheckDigit(first8: string): string {
  if (!/^[0-9A-Z]{8}$/.test(first8))
    throw new RangeError('The check digit of GB 11714 is made of 8 digits and capitals.')
  // A is 10 and Z is 35, which is how base 36 counts.
  const sum = organizationWeights.reduce(
    (total, weight, i) => total + weight * Number.parseInt(first8.charAt(i), 36),
    0,
  )
  const check = 11 - (sum % 11)
  return check === 10 ? 'X' : check === 11 ? '0' : String(check)
}
