import { expect, test } from 'vitest'
import { checkText, isStated, textBounds } from '../../rules/stated-text.ts'

test.each([
  ['关税司', true],
  ['补贴', true],
  ['税', false],
  ['税 a', false],
  ['税ab', true],
  ['第 1 条', true],
  ['VAT', false],
  ['VAT1', true],
  ['x', false],
  ['', false],
  [' \n\t', false],
  ['……！？', false],
  ['𠮷野', true],
  ['误'.repeat(4000), true],
  ['误'.repeat(4001), false],
])('%s', (text, want) => {
  expect(isStated(text)).toBe(want)
})

test('the refusal names the text, its bounds and the article', () => {
  expect([checkText('scope', '关税司', 20), checkText('scope', 'x', 20)]).toEqual([
    null,
    'scope must be stated, in at least 2 Chinese characters or 4 letters, and in at most 4000 characters (art. 20).',
  ])
  expect(textBounds).toMatch(/2 .* 4 .* 4000/)
})
