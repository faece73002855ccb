/** An answer that is the same as the last one to the same call is not read again; any other is. */
import { expect, test } from 'vitest'
import type { Answer, Call } from '../../adapters/kernel/http.ts'
import { KnownAnswers } from '../../adapters/kernel/known-answers.ts'

const call: Call = { method: 'POST', path: '/records', body: '{"uscc":"1"}' }
const answer = (text: string, status = 200, type = 'application/json'): Answer => ({
  status,
  headers: { 'content-type': type },
  body: Buffer.from(text),
  at: new Date(0),
  milliseconds: 1,
})

/** Reads one answer after the other and says of each which reading it was given. */
function readings(given: readonly { call?: Call; answer: Answer; isSecret?: boolean; fails?: boolean }[]): unknown[] {
  const answers = new KnownAnswers()
  let count = 0
  return given.map(({ call: asked = call, answer: said, isSecret = false, fails = false }) => {
    const make = (): number => {
      count += 1
      if (fails) throw new Error(`reading ${count} failed`)
      return count
    }
    try {
      return answers.read({ leavesCopies: !isSecret }, asked, said, make)
    } catch (error) {
      return (error as Error).message
    }
  })
}

test.each<[what: string, given: Parameters<typeof readings>[0], read: unknown[]]>([
  ['the same bytes', [{ answer: answer('{"a":1}') }, { answer: answer('{"a":1}') }], [1, 1]],
  [
    'other bytes, of the same length, and then the first again',
    ['{"a":1}', '{"a":2}', '{"a":1}'].map((text) => ({ answer: answer(text) })),
    [1, 2, 3],
  ],
  ['bytes that begin alike', [{ answer: answer('null') }, { answer: answer('null ') }], [1, 2]],
  ['another status', [{ answer: answer('{}') }, { answer: answer('{}', 404) }], [1, 2]],
  ['another media type', [{ answer: answer('{}') }, { answer: answer('{}', 200, 'text/html') }], [1, 2]],
  [
    'another call: method, path or body',
    [
      { answer: answer('{}') },
      { call: { ...call, method: 'GET' }, answer: answer('{}') },
      { call: { ...call, path: '/others' }, answer: answer('{}') },
      { call: { ...call, body: '{"uscc":"2"}' }, answer: answer('{}') },
      { answer: answer('{}') },
    ],
    [1, 2, 3, 4, 1],
  ],
  [
    'one that could not be read',
    [{ answer: answer('{}'), fails: true }, { answer: answer('{}') }, { answer: answer('{}') }],
    ['reading 1 failed', 2, 2],
  ],
  [
    'of a request that leaves nothing behind: it finds what others left, and leaves nothing',
    [
      { answer: answer('{}'), isSecret: true },
      { answer: answer('{}') },
      { answer: answer('{}'), isSecret: true },
      { answer: answer('[]'), isSecret: true },
      { answer: answer('{}') },
    ],
    [1, 2, 2, 3, 2],
  ],
  [
    'one that is too long to be kept',
    [{ answer: answer('1'.repeat(600_000)) }, { answer: answer('1'.repeat(600_000)) }],
    [1, 2],
  ],
])('%s', (_what, given, read) => {
  expect(readings(given)).toEqual(read)
})

test('what changed in the piece of memory that an answer came in changes nothing here', () => {
  const answers = new KnownAnswers()
  const first = answer('{"a":1}')
  answers.read({ leavesCopies: true }, call, first, () => 'first')
  first.body.fill(0x20)
  expect(answers.read({ leavesCopies: true }, call, answer('{"a":1}'), () => 'again')).toBe('first')
})

test('no more than 4 MiB are kept: those used longest ago give way', () => {
  const answers = new KnownAnswers()
  const read = (nth: number): string =>
    answers.read({ leavesCopies: true }, { ...call, path: `/${nth}` }, answer('1'.repeat(100_000)), () => `made ${nth}`)
  for (let nth = 0; nth < 50; nth += 1) read(nth)
  const kept = Array.from({ length: 50 }, (_, nth) =>
    answers.read({ leavesCopies: false }, { ...call, path: `/${nth}` }, answer('1'.repeat(100_000)), () => ''),
  )
  expect(kept).toEqual(Array.from({ length: 50 }, (_, nth) => (nth < 9 ? '' : `made ${nth}`)))
})

test('small ones take more than their bytes: of 5,000 the first have given way', () => {
  const answers = new KnownAnswers()
  const read = (nth: number, leavesCopies: boolean): string =>
    answers.read({ leavesCopies }, { ...call, path: `/${nth}` }, answer('{}'), () => (leavesCopies ? 'made' : 'gone'))
  for (let nth = 0; nth < 5_000; nth += 1) read(nth, true)
  expect([read(0, false), read(1_000, false), read(1_500, false), read(4_999, false)]).toEqual([
    'gone',
    'gone',
    'made',
    'made',
  ])
})
