import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDate, isDateTime } from '../../rules/date.ts'
import { addDecimals, compareDecimals, isDecimal, multiplyDecimals } from '../../rules/decimal.ts'

describe('isDecimal (CEB N19,5)', () => {
  it.each<[string, { given: string; want: boolean }]>([
    ['zero', { given: '0', want: true }],
    ['an amount with its zeros', { given: '12.50', want: true }],
    ['a negative amount', { given: '-0.00001', want: true }],
    ['19 digits', { given: '12345678901234.56789', want: true }],
    ['20 digits', { given: '123456789012345.67891', want: false }],
    ['6 decimals', { given: '0.123456', want: false }],
    ['a leading zero', { given: '01', want: false }],
    ['no digit before the point', { given: '.5', want: false }],
    ['no digit after the point', { given: '5.', want: false }],
    ['a plus', { given: '+1', want: false }],
    ['minus zero', { given: '-0.00', want: false }],
    ['an exponent', { given: '1e3', want: false }],
    ['separators', { given: '26,114.44', want: false }],
    ['a line feed', { given: '1\n', want: false }],
    ['nothing', { given: '', want: false }],
  ])('%s', (_name, { given, want }) => {
    expect(isDecimal(given)).toBe(want)
  })
})

const decimal = fc
  .tuple(fc.bigInt(-(10n ** 19n) + 1n, 10n ** 19n - 1n), fc.nat(5))
  .map(([units, scale]) => ({ units, scale, text: written(units, scale) }))

/** The oracle's own way to write units / 10^scale. */
function written(units: bigint, scale: number): string {
  const power = 10n ** BigInt(scale)
  const size = units < 0n ? -units : units
  const fraction = scale === 0 ? '' : `.${(size % power).toString().padStart(scale, '0')}`
  return `${units < 0n ? '-' : ''}${size / power}${fraction}`
}

describe('arithmetic of decimals', () => {
  it.each<[string, { given: string[]; want: string }]>([
    ['nothing', { given: [], want: '0' }],
    ['what floating point gets wrong', { given: ['0.1', '0.2'], want: '0.3' }],
    ['the longer fraction stays', { given: ['1.50', '1.5'], want: '3.00' }],
    ['a sum of zero has no sign', { given: ['-1.5', '1.50'], want: '0.00' }],
    ['a small negative sum', { given: ['1', '-1.05'], want: '-0.05' }],
    ['beyond 19 digits', { given: ['9999999999999999999', '1'], want: '10000000000000000000' }],
  ])('adds: %s', (_name, { given, want }) => {
    expect(addDecimals(...given)).toBe(want)
  })

  it('adds as exactly as BigInt does', () => {
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 20 }), (summands) => {
        const total = summands.reduce((sum, { units, scale }) => sum + units * 10n ** BigInt(5 - scale), 0n)
        expect(compareDecimals(addDecimals(...summands.map(({ text }) => text)), written(total, 5))).toBe(0)
      }),
    )
  })

  it.each<[string, { given: [string, string]; want: string }]>([
    ['whole numbers', { given: ['100', '20'], want: '2000' }],
    ['digits of both', { given: ['1.5', '0.00001'], want: '0.000015' }],
    ['a negative one', { given: ['-0.5', '0.5'], want: '-0.25' }],
    ['more than a double holds', { given: ['9999999999999999999', '1.1'], want: '10999999999999999998.9' }],
  ])('multiplies: %s', (_name, { given, want }) => {
    expect(multiplyDecimals(...given)).toBe(want)
  })

  it('compares by value', () => {
    expect([compareDecimals('1.5', '1.50'), compareDecimals('9', '10'), compareDecimals('-1', '-2')]).toEqual([
      0, -1, 1,
    ])
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [left, right] = [a.units * 10n ** BigInt(5 - a.scale), b.units * 10n ** BigInt(5 - b.scale)]
        expect(compareDecimals(a.text, b.text)).toBe(left < right ? -1 : left > right ? 1 : 0)
      }),
    )
  })

  it('throws RangeError for what is no decimal', () => {
    expect(() => addDecimals('1', 'a')).toThrow(RangeError)
    expect(() => compareDecimals('1', '')).toThrow(RangeError)
  })
})

describe('isDate', () => {
  it.each<[string, boolean]>([
    ['2026-03-01', true],
    ['2024-02-29', true],
    ['2000-02-29', true],
    ['2025-02-29', false],
    ['1900-02-29', false],
    ['2026-04-31', false],
    ['2026-00-10', false],
    ['2026-13-10', false],
    ['2026-01-00', false],
    ['0000-01-01', false],
    ['2026-3-1', false],
    ['20260301', false],
    ['2026-03-01T00:00:00Z', false],
    ['', false],
  ])('%s is %s', (given, want) => {
    expect(isDate(given)).toBe(want)
  })

  it('agrees with the calendar of the runtime', () => {
    const noInvalidDate = { noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }
    fc.assert(fc.property(fc.date(noInvalidDate), (date) => isDate(date.toISOString().slice(0, 10))))
  })
})

describe('isDateTime (RFC 3339)', () => {
  it.each<[string, boolean]>([
    ['2026-03-01T10:00:00+08:00', true],
    ['2026-03-01T10:00:00Z', true],
    ['2026-03-01T10:00:00.123Z', true],
    ['2026-03-01T10:00:00', false],
    ['2026-03-01 10:00:00+08:00', false],
    ['2026-03-01T10:00Z', false],
    ['2026-03-01T24:00:00Z', false],
    ['2026-03-01T10:60:00Z', false],
    ['2026-12-31T23:59:60Z', false],
    ['2026-03-01T10:00:00+0800', false],
    ['2026-02-30T10:00:00Z', false],
    ['2026-03-01t10:00:00z', false],
  ])('%s is %s', (given, want) => {
    expect(isDateTime(given)).toBe(want)
  })
  it('takes what the grammar and the calendar take, and nothing a character away from it', () => {
    const grammar = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
    const isOfCalendar = (day: string): boolean => {
      const time = new Date(`${day}T00:00:00Z`)
      return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day) && !day.startsWith('0000')
    }
    const zone = fc.constantFrom('Z', '+08:00', '-23:59', '.5Z', '.123456789+08:00')
    const near = fc.tuple(
      fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }),
      zone,
      fc.nat(30),
      fc.nat(2),
      fc.constantFrom('', '0', '1', '2', '3', '6', '9', '-', ':', 'T', 'Z', '.', ' ', '٣', 'x'),
    )
    fc.assert(
      fc.property(near, ([date, end, at, taken, put]) => {
        const text = date.toISOString().slice(0, 19) + end
        const changed = text.slice(0, at) + put + text.slice(at + taken)
        for (const said of [text, changed]) {
          expect([said, isDateTime(said)]).toEqual([said, grammar.test(said) && isOfCalendar(said.slice(0, 10))])
          const day = said.slice(0, 10)
          expect([day, isDate(day)]).toEqual([day, /^\d{4}-\d\d-\d\d$/.test(day) && isOfCalendar(day)])
        }
      }),
      { numRuns: 2000 },
    )
  })
})
