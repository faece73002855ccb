const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const daysIn = (year: number, month: number): number =>
  month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : (monthDays[month - 1] ?? 0)

/** The number that so many digits 0 to 9 write; -1 where one of them is something else. */
function digits(text: string, at: number, count: number): number {
  let number = 0
  for (let i = at; i < at + count; i += 1) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return -1
    number = number * 10 + digit
  }
  return number
}

const hyphen = 0x2d
const colon = 0x3a

// Every time that a department says is checked, dozens for an enterprise: no pattern and no part of the text is made.
function startsWithDate(text: string): boolean {
  if (text.charCodeAt(4) !== hyphen || text.charCodeAt(7) !== hyphen) return false
  const [year, day] = [digits(text, 0, 4), digits(text, 8, 2)]
  return year >= 1 && day >= 1 && day <= daysIn(year, digits(text, 5, 2))
}

/** True for a calendar date YYYY-MM-DD that exists (RFC 3339 full-date; GB/T 7408). There is no year 0000. */
export const isDate = (text: string): boolean => text.length === 10 && startsWithDate(text)

const isWithin = (number: number, most: number): boolean => number >= 0 && number <= most

const fractionAndZone = /^(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/**
 * True for a date and time with its zone, as RFC 3339 date-time writes it, in capitals. A leap second (23:59:60) is
 * refused: no runtime the hub is built on can place it in time.
 */
export const isDateTime = (text: string): boolean =>
  text.charAt(10) === 'T' &&
  startsWithDate(text) &&
  isWithin(digits(text, 11, 2), 23) &&
  text.charCodeAt(13) === colon &&
  isWithin(digits(text, 14, 2), 59) &&
  text.charCodeAt(16) === colon &&
  isWithin(digits(text, 17, 2), 59) &&
  fractionAndZone.test(text.slice(19))
