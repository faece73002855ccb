import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masks, type MaskName } from '../../rules/mask.ts'

const cases: [string, { mask: MaskName; given: string; want: string }][] = [
  ['a name of three', { mask: 'name', given: '张三丰', want: '张**' }],
  ['a name of two', { mask: 'name', given: '李四', want: '李*' }],
  ['a name of one', { mask: 'name', given: '李', want: '*' }],
  ['a rare character outside the basic plane', { mask: 'name', given: '𠮷田', want: '𠮷*' }],
  ['a Latin name', { mask: 'name', given: 'John Smith', want: 'J*********' }],
  ['no name', { mask: 'name', given: '', want: '' }],
  ['an identity number', { mask: 'identityNumber', given: '11010519491231002X', want: '110*************2X' }],
  ['a number of 15', { mask: 'identityNumber', given: '110105491231002', want: '110**********02' }],
  ['a passport', { mask: 'identityNumber', given: 'E12345678', want: 'E12******' }],
  ['a short number', { mask: 'identityNumber', given: '1234', want: '1***' }],
  ['a very short number', { mask: 'identityNumber', given: '12', want: '**' }],
]

describe('masks', () => {
  it.each(cases)('%s', (_name, { mask, given, want }) => {
    expect(masks[mask](given)).toBe(want)
  })

  const text = fc.string({ unit: fc.constantFrom(...'张三丰𠮷田JohnX0123456789 -·*'), maxLength: 40 })
  const shownOf = (masked: string, given: string): number => {
    const before = [...given]
    return [...masked].filter((character, i) => character !== '*' && character === before[i]).length
  }

  it('show no more than they may, and keep the length', () => {
    fc.assert(
      fc.property(text, (given) => {
        const size = [...given].length
        for (const mask of Object.values(masks)) expect([...mask(given)]).toHaveLength(size)
        expect(shownOf(masks.name(given), given)).toBeLessThanOrEqual(size > 1 ? 1 : 0)
        expect(shownOf(masks.identityNumber(given), given)).toBeLessThanOrEqual(Math.min(5, Math.floor(size / 3)))
      }),
    )
  })

  it('change nothing that is masked', () => {
    fc.assert(
      fc.property(text, (given) => {
        for (const mask of Object.values(masks)) expect(mask(mask(given))).toBe(mask(given))
      }),
    )
  })
})
