import { shown } from './shown.ts'

const weights = [8, 6, 4, 2, 3, 5, 9, 7]

/** What a check of a tracking number finds; `s10` tells whether its check digit could be verified. */
export type TrackingNumberCheck =
  { valid: true; trackingNumber: string; s10: boolean } | { valid: false; reason: string; position?: number }

/**
 * Checks a tracking number 邮件号. Where it has the shape of UPU S10 (two letters, nine digits, two letters) its check
 * digit must hold. Carriers have numbers of their own: 4 to 60 letters, digits and hyphens (60: CEB 621, logisticsNo).
 */
export function checkTrackingNumber(text: string): TrackingNumberCheck {
  if (!/^[A-Za-z0-9-]{4,60}$/.test(text)) return refused(text)
  if (!/^[A-Z]{2}\d{9}[A-Z]{2}$/i.test(text)) return { valid: true, trackingNumber: text, s10: false }
  const small = text.search(/[a-z]/)
  if (small >= 0) {
    // Let through as a carrier's own number, a UPU number typed in lower case would escape its check digit.
    return { valid: false, reason: 'a UPU S10 number is written in capital letters', position: small + 1 }
  }
  const [given, wanted] = [text.charAt(10), s10CheckDigit(text.slice(2, 10))]
  if (given !== wanted) {
    return { valid: false, reason: `character 11 (check digit) is "${given}" but should be "${wanted}"`, position: 11 }
  }
  return { valid: true, trackingNumber: text, s10: true }
}

/** Why a text is no tracking number at all. */
function refused(text: string): TrackingNumberCheck {
  const characters = [...text]
  if (characters.length < 4 || characters.length > 60) {
    return { valid: false, reason: `邮件号 must have 4 to 60 characters, not ${characters.length}` }
  }
  const wrong = characters.findIndex((character) => !/^[A-Za-z0-9-]$/.test(character))
  const reason = `character ${wrong + 1} (${shown(characters[wrong] ?? '')}) is not a letter A to Z, a digit or a hyphen`
  return { valid: false, reason, position: wrong + 1 }
}

/**
 * The check digit over the eight digits of the serial number (UPU S10).
 * @throws RangeError where the text is not 8 digits
 */
export function s10CheckDigit(serial: string): string {
  if (!/^\d{8}$/.test(serial)) throw new RangeError('The check digit of UPU S10 is made of 8 digits.')
  const sum = weights.reduce((total, weight, i) => total + weight * Number(serial.charAt(i)), 0)
  const check = 11 - (sum % 11)
  return check === 10 ? '0' : check === 11 ? '5' : String(check)
}
