/** Messages that are read in threads say the same as those that are read at once. */
import { afterAll, expect, test } from 'vitest'
import { readAsItFits } from '../../hub/ceb-standard.ts'
import { createMessageReader } from '../../hub/ceb-reader.ts'
import { errorCode } from '../../store/errors.ts'
import { messageOf, purchase } from '../trade/messages.ts'

const reader = createMessageReader()
afterAll(() => reader.close())

/** Handed over as copies: a reader takes the memory of what it is given. */
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const many = Array.from({ length: 60 }, (_, number) => ({ copNo: `QD${number}` }))
const large = messageOf('621', ...many)
const messages: Record<string, Uint8Array> = {
  'of one document': bytesOf(purchase('1')['311']),
  'of many': bytesOf(large),
  'with more wrong than is told': bytesOf(large.replaceAll('<ceb:gnum>', '<ceb:x/>'.repeat(120) + '<ceb:gnum>')),
  'that ends in the middle': bytesOf(large.slice(0, large.length / 2)),
  'that is none': new Uint8Array(20_000),
}

test.each(Object.entries(messages))('a message %s', async (_what, bytes) => {
  const reading = readAsItFits(bytes)
  expect(await reader.read(bytes.slice())).toEqual(reading)
  expect(await reader.read(bytes.slice(), false)).toEqual(readAsItFits(bytes, false))
})

test('what is counted and not told is in the answer of a thread, too', async () => {
  const { more } = await reader.read(messages['with more wrong than is told']?.slice() ?? new Uint8Array())
  expect([...more.values()].reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(1000)
})

test('a reader that was closed reads no more', async () => {
  const closed = createMessageReader()
  await closed.close()
  await expect(closed.read(messages['of many']?.slice() ?? new Uint8Array())).rejects.toMatchObject({
    code: 'TRADE_UNAVAILABLE',
  })
})

test('a reader that is closed tells who waits for it to send the message again', async () => {
  const closing = createMessageReader()
  const waiting = [1, 2, 3].map(() => closing.read(messages['of many']?.slice() ?? new Uint8Array()))
  const told = Promise.allSettled(waiting)
  await closing.close()
  const unavailable = { status: 'rejected', reason: { code: 'TRADE_UNAVAILABLE' } }
  expect(await told).toMatchObject([unavailable, unavailable, unavailable])
})

test.each([
  ['begins', 8, null],
  ['lasts', 24, 'ERR_WORKER_OUT_OF_MEMORY'],
])('where no thread %s nobody waits for ever', async (_what, megabytes, own) => {
  const failing = createMessageReader({ maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 1 })
  const heavy = bytesOf(large.replaceAll('<ceb:gnum>', '<ceb:x/>'.repeat(5_000) + '<ceb:gnum>'))
  const told = await Promise.all(
    [1, 2, 3].map(() =>
      failing.read(heavy.slice()).then(
        () => 'read',
        (error: unknown) => errorCode(error),
      ),
    ),
  )
  await failing.close()
  // As many as there are threads are told why theirs ended.
  expect(told.filter((code) => code !== own)).toEqual(told.filter((code) => code === 'TRADE_UNAVAILABLE'))
})

test('more than may wait is refused at once', async () => {
  const crowded = createMessageReader()
  const bytes = new Uint8Array(16 * 1024 * 1024)
  const readings = Array.from({ length: 6 }, () => crowded.read(bytes.slice()).then(({ read }) => read, String))
  expect((await Promise.all(readings)).map((said) => (said === false ? 'no message' : said))).toEqual([
    ...Array.from({ length: 4 }, () => 'no message'),
    ...Array.from({ length: 2 }, () => expect.stringContaining('A message was not read: send it again.') as string),
  ])
  await crowded.close()
})
