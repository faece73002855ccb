import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkHsCode } from '../../rules/hs-code.ts'
import { checkIdentityNumber, identityNumberCheckDigit } from '../../rules/identity-number.ts'
import { checkTrackingNumber, s10CheckDigit } from '../../rules/tracking-number.ts'

type Refused = { valid: false; reason: string; position?: number }

describe('checkIdentityNumber (GB 11643)', () => {
  it('takes the example of the standard', () => {
    expect(checkIdentityNumber('11010519491231002X')).toEqual({ valid: true, identityNumber: '11010519491231002X' })
  })

  it.each<[string, { given: string; want: Refused }]>([
    [
      'a date that does not exist (from the official CEB sample)',
      {
        given: '130681136250023332',
        want: { valid: false, reason: 'characters 7 to 14 are no date 出生日期 that exists', position: 7 },
      },
    ],
    [
      'a wrong check digit, without telling the right one',
      {
        given: '110105194912310021',
        want: { valid: false, reason: 'character 18 (check digit) does not fit the other 17', position: 18 },
      },
    ],
    [
      'a lower-case x',
      {
        given: '11010519491231002x',
        want: { valid: false, reason: 'character 18 (check digit) is lower case; write X', position: 18 },
      },
    ],
    [
      'a number of the first generation',
      {
        given: '110105491231002',
        want: {
          valid: false,
          reason: '身份证号码 must have 18 characters, not 15; 15-digit numbers 一代身份证 are no longer in use',
        },
      },
    ],
    [
      'a letter within',
      { given: '1101O519491231002X', want: { valid: false, reason: 'character 5 must be a digit', position: 5 } },
    ],
    [
      'a division that begins with 0',
      {
        given: '01010519491231002X',
        want: { valid: false, reason: 'characters 1 to 6 are no division 行政区划', position: 1 },
      },
    ],
  ])('refuses %s', (_name, { given, want }) => {
    expect(checkIdentityNumber(given)).toEqual(want)
  })

  it('refuses every number with one digit changed', () => {
    fc.assert(
      fc.property(fc.nat(16), fc.nat(9), (at, digit) => {
        const number = '11010519491231002X'
        fc.pre(number.charAt(at) !== String(digit))
        expect(checkIdentityNumber(number.slice(0, at) + String(digit) + number.slice(at + 1)).valid).toBe(false)
      }),
    )
    expect(() => identityNumberCheckDigit('1')).toThrow(RangeError)
  })
})

describe('checkTrackingNumber (UPU S10)', () => {
  it.each<[string, { given: string; want: { s10: boolean } }]>([
    ['a real S10 number', { given: 'LY974219773CN', want: { s10: true } }],
    ["a carrier's own number", { given: 'SF1234567890123', want: { s10: false } }],
    ['the shortest', { given: '1234', want: { s10: false } }],
    ['the longest', { given: 'a-'.repeat(30), want: { s10: false } }],
  ])('takes %s', (_name, { given, want }) => {
    expect(checkTrackingNumber(given)).toEqual({ valid: true, trackingNumber: given, ...want })
  })

  it.each<[string, { given: string; want: Refused }]>([
    [
      'an S10 number with a wrong check digit',
      {
        given: 'LY974219774CN',
        want: { valid: false, reason: 'character 11 (check digit) is "4" but should be "3"', position: 11 },
      },
    ],
    [
      'an S10 number in lower case',
      {
        given: 'ly974219773cn',
        want: { valid: false, reason: 'a UPU S10 number is written in capital letters', position: 1 },
      },
    ],
    [
      'spaces',
      {
        given: 'LY 974219773 CN',
        want: {
          valid: false,
          reason: 'character 3 (white space U+0020) is not a letter A to Z, a digit or a hyphen',
          position: 3,
        },
      },
    ],
    [
      'a way out of a path',
      {
        given: '../admin',
        want: {
          valid: false,
          reason: 'character 1 (".") is not a letter A to Z, a digit or a hyphen',
          position: 1,
        },
      },
    ],
    ['a short one', { given: '123', want: { valid: false, reason: '邮件号 must have 4 to 60 characters, not 3' } }],
    [
      'a long one',
      { given: '1'.repeat(61), want: { valid: false, reason: '邮件号 must have 4 to 60 characters, not 61' } },
    ],
  ])('refuses %s', (_name, { given, want }) => {
    expect(checkTrackingNumber(given)).toEqual(want)
  })

  it('takes every S10 number made with its check digit and no other', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{8}$/), fc.nat(9), (serial, digit) => {
        const right = s10CheckDigit(serial)
        expect(checkTrackingNumber(`RB${serial}${digit}CN`).valid).toBe(String(digit) === right)
      }),
    )
    // Sums with remainder 1 and 0 have digits of their own: 10 → 0, 11 → 5.
    expect([s10CheckDigit('00000000'), s10CheckDigit('00000011')]).toEqual(['5', '6'])
    expect(() => s10CheckDigit('1')).toThrow(RangeError)
  })
})

describe('checkHsCode', () => {
  it.each(['6109', '610910', '61091000', '6109100010', '0101', '9706', '9801'])('takes %s', (hsCode) => {
    expect(checkHsCode(hsCode)).toEqual({ valid: true, hsCode })
  })

  it.each<[string, { given: string; want: Refused }]>([
    [
      'points',
      {
        given: '6109.10',
        want: {
          valid: false,
          reason: 'character 5 (".") is not a digit; 商品编码 is written without points',
          position: 5,
        },
      },
    ],
    [
      '13 digits (CIQ)',
      { given: '6109100010999', want: { valid: false, reason: '商品编码 must have 4, 6, 8 or 10 digits, not 13' } },
    ],
    [
      'chapter 00',
      { given: '0001', want: { valid: false, reason: 'there is no chapter 00; chapters are 01 to 99', position: 1 } },
    ],
    [
      'chapter 77',
      {
        given: '7701',
        want: {
          valid: false,
          reason: 'chapter 77 is reserved by the Harmonized System and holds no goods',
          position: 1,
        },
      },
    ],
    ['nothing', { given: '', want: { valid: false, reason: '商品编码 must have 4, 6, 8 or 10 digits, not 0' } }],
  ])('refuses %s', (_name, { given, want }) => {
    expect(checkHsCode(given)).toEqual(want)
  })
})
