import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUscc, divisionOf, organizationCodeCheckDigit, usccCheckDigit, type UsccCheck } from '../../rules/uscc.ts'

const valid = [
  '91350100MA338EEKXY',
  '91350100MA32CP1M47',
  '91350100MA2YQ9BLX6',
  '91360000625912173B',
  '9151010032742290X5',
]
const alphabet = [...'0123456789ABCDEFGHJKLMNPQRTUWXY']

const refused: [string, { given: string; want: UsccCheck }][] = [
  ['nothing', { given: '', want: { valid: false, reason: '统一社会信用代码 must have 18 characters, not 0' } }],
  [
    'one character short',
    { given: '91350100MA338EEKX', want: { valid: false, reason: '统一社会信用代码 must have 18 characters, not 17' } },
  ],
  [
    'a space at the end',
    {
      given: '91350100MA338EEKXY ',
      want: {
        valid: false,
        reason: '统一社会信用代码 must have 18 characters, not 19, white space counted; send it without',
      },
    },
  ],
  [
    'a letter that GB 32100 leaves out',
    {
      given: '91350100IA338EEKXY',
      want: {
        valid: false,
        reason: 'character 9 ("I") is not in the alphabet of GB 32100 (I, O, S, V, Z are not used)',
        position: 9,
      },
    },
  ],
  [
    'lower case',
    {
      given: '91350100ma338eekxy',
      want: {
        valid: false,
        reason: 'character 9 ("m") is lower case; GB 32100 has capital letters only',
        position: 9,
      },
    },
  ],
  [
    'full-width digits, shown by number since they look alike',
    {
      given: '９1350100MA338EEKXY',
      want: {
        valid: false,
        reason: 'character 1 (U+FF19) is not in the alphabet of GB 32100 (I, O, S, V, Z are not used)',
        position: 1,
      },
    },
  ],
  [
    'a letter in the division',
    {
      given: '9135A100MA338EEKXY',
      want: {
        valid: false,
        reason: 'character 5 ("A") must be a digit: characters 3 to 8 are the division 登记管理机关行政区划码',
        position: 5,
      },
    },
  ],
  [
    'a wrong check digit',
    {
      given: '91350100MA338EEKX1',
      want: { valid: false, reason: 'character 18 (check digit) is "1" but should be "Y"', position: 18 },
    },
  ],
]

describe('checkUscc (GB 32100-2015)', () => {
  it.each(valid)('takes the real code %s', (uscc) => {
    expect(checkUscc(uscc)).toEqual({ valid: true, uscc })
  })

  it.each(refused)('refuses %s', (_name, { given, want }) => {
    expect(checkUscc(given)).toEqual(want)
  })

  it.each(['91350100MABTRQEC91', '91350100MA34H4W4B2', '91350100MA32X8WY5X', '91350100MA01KKKK14'])(
    'refuses %s, which looks real in public code, by its check digit',
    (uscc) => {
      expect(checkUscc(uscc)).toMatchObject({ valid: false, position: 18 })
    },
  )

  it('refuses every code with one character changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(17), fc.constantFrom(...alphabet), (uscc, at, character) => {
        fc.pre(uscc.charAt(at) !== character)
        expect(checkUscc(uscc.slice(0, at) + character + uscc.slice(at + 1)).valid).toBe(false)
      }),
    )
  })

  it('takes every code made with its check digit, and says so of no other text', () => {
    const body = fc
      .tuple(
        fc.stringMatching(/^[1-9A]{2}\d{6}$/),
        fc.array(fc.constantFrom(...alphabet), { minLength: 9, maxLength: 9 }),
      )
      .map(([head, rest]) => head + rest.join(''))
    fc.assert(fc.property(body, (first17) => checkUscc(first17 + usccCheckDigit(first17)).valid))
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !checkUscc(text).valid))
  })
})

describe('parts of a code', () => {
  it.each(valid)('characters 9–17 of the company code %s pass GB 11714', (uscc) => {
    expect(organizationCodeCheckDigit(uscc.slice(8, 16))).toBe(uscc.charAt(16))
  })

  it('reads the division from digits 3–8', () => {
    expect(divisionOf('91350100MA338EEKXY')).toBe('350100')
  })

  it.each<[string, () => string]>([
    ['GB 32100 of 16 characters', () => usccCheckDigit('91350100MA338EEK')],
    ['GB 32100 of a letter it leaves out', () => usccCheckDigit('91350100MA338EEKI')],
    ['GB 11714 of lower case', () => organizationCodeCheckDigit('ma338eek')],
  ])('throws RangeError rather than make a check digit: %s', (_name, make) => {
    expect(make).toThrow(RangeError)
  })
})
