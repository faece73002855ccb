/** Some seconds of what `npm run soak` does for half an hour, and what it takes for wrong. */
import { expect, test } from 'vitest'
import { memoryPlot } from '../bench/soak/plot.ts'
import { problemsOf, soak, wrongWith, type Point } from '../bench/soak/run.ts'

const mebibyte = 1024 * 1024
const held = (heap: number, handles = 40): Point => ({
  minute: 0,
  heap: heap * mebibyte,
  resident: 2 * heap * mebibyte,
  handles,
  lag: 1,
  answers: 100,
  p99: 10,
})

test('a steady load is answered, and looked at', { timeout: 60_000 }, async () => {
  const told: Point[] = []
  const { problems, points, answers, documents } = await soak(0.08, 1_500, (point) => told.push(point))
  expect(problems).toEqual([])
  expect(told).toEqual(points)
  expect(points.length).toBeGreaterThanOrEqual(3)
  expect(points.reduce((sum, point) => sum + point.answers, 0)).toBe(answers)
  expect([answers > 100, documents > 0]).toEqual([true, true])
  expect(points.every(({ heap, resident, handles }) => heap > 0 && resident > heap && handles > 0)).toBe(true)
})

test.each<[string, Point[], string[]]>([
  ['nothing at all', [], ['nothing was looked at']],
  ['a heap that fills its caches and stays', [held(50), held(80), held(82), held(81), held(85)], []],
  ['one that is within what is allowed', [held(50), held(80), held(80), held(90), held(97.9)], []],
  [
    'one that grows',
    [held(50), held(80), held(90), held(95), held(99)],
    [`the heap grew from ${80 * mebibyte} to ${99 * mebibyte} bytes`],
  ],
  ['handles that are left', [held(80), held(80), held(80), held(80), held(80, 91)], ['handles grew from 40 to 91']],
])('what is wrong with %s', (_what, points, problems) => {
  expect(problemsOf(points)).toEqual(problems)
})

const body = (...codes: string[]): string =>
  JSON.stringify({ data: null, errors: codes.map((code) => ({ message: 'm', extensions: { code } })) })
test.each<[string, number, string, string | null]>([
  ['an answer', 200, '{"data":{}}', null],
  ['one that holds back what its asker may not see', 200, body('UNAUTHORIZED_FIELD_OR_TYPE'), null],
  ['one without a department', 200, body('UNAUTHORIZED_FIELD_OR_TYPE', 'UPSTREAM'), 'status 200, UPSTREAM: m'],
  ['a refusal', 503, body('OVERLOADED'), 'status 503, OVERLOADED: m'],
  ['another status', 500, '{}', 'status 500'],
])('what is wrong with %s', (_what, status, text, wrong) => {
  expect(wrongWith(status, text)).toBe(wrong)
})

test('the curve is drawn over the time', () => {
  const plot = memoryPlot([held(50), { ...held(100), minute: 10 }], 'a machine')
  // From 0 to 200 MiB over 240 units, 640 units to ten minutes.
  expect(plot.match(/points="[^"]*"/g)).toEqual(['points="60.0,160.0 700.0,40.0"', 'points="60.0,220.0 700.0,160.0"'])
})
