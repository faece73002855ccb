/** A part of what `npm run fuzz` sends, and what the judge of its answers takes for wrong. */
import { expect, test } from 'vitest'
import { fuzz, problemOf } from '../bench/fuzz/run.ts'
import { requestBy } from '../bench/fuzz/requests.ts'
import { samples } from '../hub/samples.ts'
import { buildView } from '../hub/schema.ts'

test(
  'spoiled requests are refused or answered, nothing of them is a fault, and the hub goes on',
  { timeout: 60_000 },
  async () => {
    const { statuses, codes, problems } = await fuzz(20_261_121, 400, () => undefined)
    expect(problems).toEqual([])
    const answers = Object.values(statuses).reduce((sum, count) => sum + count, 0)
    expect(answers).toBeGreaterThanOrEqual(400)
    // Every kind of refusal was come to, and answers with data too.
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404']))
    expect(Object.keys(codes)).toEqual(
      expect.arrayContaining([
        'none',
        'UNAUTHENTICATED',
        'GRAPHQL_PARSE_FAILED',
        'GRAPHQL_VALIDATION_FAILED',
        'LIMIT_EXCEEDED',
      ]),
    )
  },
)

test('the same seed makes the same requests, another seed others', () => {
  const usccs = Array.from({ length: 20 }, () => '91350102MYE0000341')
  const material = {
    schema: buildView().schema,
    usccs,
    samples: samples(usccs),
    askers: [{ token: 'a.b.c', purposes: ['p'] }],
  }
  const made = (seed: number) => Array.from({ length: 50 }, (_, nth) => requestBy(seed, nth, material))
  expect(made(1)).toEqual(made(1))
  expect(JSON.stringify(made(1)) === JSON.stringify(made(2))).toBe(false)
})

const json = 'application/json; charset=utf-8'
const refusal = (code: unknown) => JSON.stringify({ errors: [{ message: 'm', extensions: { code } }] })
test.each<[string, Parameters<typeof problemOf>[0], boolean, string | null]>([
  ['a refusal', { status: 400, type: json, text: refusal('BAD_REQUEST') }, false, null],
  ['data', { status: 200, type: json, text: '{"data":{"me":null}}' }, false, null],
  ['shedding', { status: 503, type: json, text: refusal('OVERLOADED') }, false, null],
  [
    'another 503',
    { status: 503, type: json, text: refusal('AUDIT_UNAVAILABLE') },
    false,
    `status 503: ${refusal('AUDIT_UNAVAILABLE')}`,
  ],
  ['a 500', { status: 500, type: json, text: '{}' }, false, 'status 500: {}'],
  [
    'a fault in a field',
    { status: 200, type: json, text: refusal('INTERNAL_SERVER_ERROR') },
    false,
    'a fault of the hub: m',
  ],
  ['no code', { status: 400, type: json, text: refusal(5) }, false, 'an error without a code: m'],
  ['no list', { status: 400, type: json, text: '{"error":"x"}' }, false, 'status 400 without an error: {"error":"x"}'],
  ['an empty list', { status: 200, type: json, text: '{"errors":[]}' }, false, 'an empty list of errors'],
  ['nothing', { status: 200, type: json, text: '' }, false, 'status 200 without a body'],
  ['nothing, as asked', { status: 405, type: json, text: '' }, true, null],
  ['a page', { status: 200, type: 'text/html', text: '<p>' }, false, 'content type text/html'],
])('%s', (_what, answer, isHead, wanted) => {
  expect(problemOf(answer, isHead)).toBe(wanted)
})
