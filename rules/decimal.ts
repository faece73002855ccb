/**
 * True for a decimal number in the one form the hub writes: N19,5 of the CEB message specification, that is at most 19
 * digits, at most 5 of them after the point. No sign but a minus, no exponent, no leading zeros, no minus zero. Zeros at
 * the end stay: 12.50 is how departments write an amount.
 */
export const isDecimal = (text: string): boolean =>
  /^-?(0|[1-9]\d*)(\.\d{1,5})?$/.test(text) && text.replace(/\D/g, '').length <= 19 && !/^-[0.]+$/.test(text)

interface Scaled {
  units: bigint
  /** Digits after the point. */
  scale: number
}

// Sums may grow past N19,5 and be added again, so only the form is asked for here, not the length.
function scaled(text: string): Scaled {
  const parts = /^(-?\d+)(?:\.(\d+))?$/.exec(text)
  if (parts === null) throw new RangeError('The text is not a decimal number.')
  const fraction = parts[2] ?? ''
  return { units: BigInt(`${parts[1]}${fraction}`), scale: fraction.length }
}

const unitsAt = ({ units, scale }: Scaled, wanted: number): bigint => units * 10n ** BigInt(wanted - scale)

/**
 * The exact sum of decimals (CEB N19,5), with as many digits after the point as the summand that has most; `0` for none.
 * @throws RangeError where a summand is not a decimal
 */
export function addDecimals(...decimals: readonly string[]): string {
  const summands = decimals.map(scaled)
  const scale = summands.reduce((most, summand) => Math.max(most, summand.scale), 0)
  const sum = summands.reduce((total, summand) => total + unitsAt(summand, scale), 0n)
  return written(sum, scale)
}

function written(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}`
  return scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`
}

/**
 * A decimal in whole units of its last wanted digit, for sums of very many: 1.5 with 2 digits is 150.
 * @throws RangeError where the text is not a decimal, or has more digits after the point
 */
export const unitsOf = (decimal: string, digits: number): bigint => unitsAt(scaled(decimal), digits)

/** A decimal without the zeros at its end. */
export const withoutZeros = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal

/** The decimal of so many units; zeros at the end are left out. */
export const decimalOf = (units: bigint, digits: number): string => withoutZeros(written(units, digits))

/**
 * Compares decimals (CEB N19,5) by value: 1.50 equals 1.5.
 * @throws RangeError where one of them is not a decimal
 */
export function compareDecimals(one: string, other: string): -1 | 0 | 1 {
  const [a, b] = [scaled(one), scaled(other)]
  const scale = Math.max(a.scale, b.scale)
  const [left, right] = [unitsAt(a, scale), unitsAt(b, scale)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** The same amount with the other sign. */
export const negated = (decimal: string): string => (decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`)

/**
 * The exact product of two decimals (CEB N19,5), with as many digits after the point as both have.
 * @throws RangeError where one of them is not a decimal
 */
export function multiplyDecimals(one: string, other: string): string {
  const [a, b] = [scaled(one), scaled(other)]
  return written(a.units * b.units, a.scale + b.scale)
}
