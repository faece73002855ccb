/** How much a department may ask in ten seconds, and how processes share what they count. */
import { randomBytes, randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openRedisCopies } from '../adapters/kernel/shared-copies.ts'
import { createRateLimits, rateWindow, type SharedCounts } from '../hub/rate-limits.ts'
import { send, told } from './attacks/over-http.ts'
import { redisHere, startRedis } from './cache/redis.ts'
import { runHub } from './support/harness.ts'

/** Ten seconds begin at this time. */
const start = Date.parse('2026-03-02T01:00:00.000Z')

const outcome = (ask: () => void): string => {
  try {
    ask()
    return 'taken'
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return `${String(error.extensions.code)}: ${error.message} ${JSON.stringify(error.extensions.http, (_key, held: unknown) => (held instanceof Map ? [...held] : held))}`
  }
}

describe('one process', () => {
  test('takes what is allowed in ten seconds, refuses what is more, and begins anew', () => {
    let now = start
    const rates = createRateLimits({ requests: 2, subjects: 10 }, null, () => now)
    const asked = (kind: 'requests' | 'subjects', department: string, amount: number) =>
      outcome(() => rates.take(kind, department, amount))
    const refused = (allowance: string, seconds: number): string =>
      `RATE_LIMITED: tax may ask for ${allowance} in 10 seconds, and this is more. {"status":429,"headers":[["retry-after","${seconds}"]]}`
    expect(asked('requests', 'tax', 1)).toBe('taken')
    expect(asked('requests', 'tax', 1)).toBe('taken')
    now = start + 2001
    expect(asked('requests', 'tax', 1)).toBe(refused('2 requests', 8))
    expect(asked('requests', 'customs', 1)).toBe('taken') // each for itself
    expect(asked('subjects', 'tax', 10)).toBe('taken')
    expect(asked('subjects', 'tax', 1)).toBe(refused('10 enterprises', 8))
    expect(asked('subjects', 'tax', 0)).toBe('taken')
    now = start + rateWindow
    expect(asked('requests', 'tax', 1)).toBe('taken')
    expect(asked('subjects', 'tax', 11)).toBe(refused('10 enterprises', 10)) // more than ever is allowed
    expect(asked('subjects', 'tax', 10)).toBe('taken') // what was refused did not count
    rates.stop()
  })
})

describe('processes that share their counts', () => {
  /** What Redis would hold. */
  const store = () => {
    const counts = new Map<string, number>()
    let works = true
    const shared: SharedCounts = {
      async add(key, amount) {
        if (!works) throw new Error('It is not there.')
        const sum = (counts.get(key) ?? 0) + amount
        counts.set(key, sum)
        return sum
      },
    }
    return { counts, shared, breaks: () => (works = false) }
  }

  test('know of each other within a tenth of a second; without the store each goes by its own', async () => {
    vi.useFakeTimers({ now: start, toFake: ['setInterval', 'clearInterval', 'Date'] })
    try {
      const { counts, shared, breaks } = store()
      const [one, other] = [0, 1].map(() => createRateLimits({ requests: 10, subjects: 10 }, shared)) as [
        ReturnType<typeof createRateLimits>,
        ReturnType<typeof createRateLimits>,
      ]
      const ask = (rates: typeof one, amount: number) => outcome(() => rates.take('requests', 'fx', amount))
      expect([ask(one, 6), ask(other, 1)]).toEqual(['taken', 'taken'])
      await vi.advanceTimersByTimeAsync(100)
      expect([...counts]).toEqual([[`rate:requests:fx:${start / rateWindow}`, 7]])
      // The one that was first to tell learns of the other with what it tells next.
      expect([ask(one, 1), ask(other, 4).slice(0, 12), ask(other, 2)]).toEqual(['taken', 'RATE_LIMITED', 'taken'])
      await vi.advanceTimersByTimeAsync(100)
      expect([ask(one, 1).slice(0, 12), ask(other, 1).slice(0, 12)]).toEqual(['taken', 'RATE_LIMITED'])
      await vi.advanceTimersByTimeAsync(100)
      expect(ask(one, 1).slice(0, 12)).toBe('RATE_LIMITED')

      await vi.advanceTimersByTimeAsync(rateWindow - 300)
      breaks()
      expect([ask(one, 8), ask(other, 8)]).toEqual(['taken', 'taken'])
      await vi.advanceTimersByTimeAsync(100)
      expect([ask(one, 2), ask(other, 3).slice(0, 12)]).toEqual(['taken', 'RATE_LIMITED'])
      one.stop()
      other.stop()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

const real = await redisHere()
const kinds: [string, number | null][] = [['played', null]]
if (real === null) process.stderr.write('No Redis listens on port 6379: counts are shared in a played one alone.\n')
else kinds.push(['of this machine', real])

test.each(kinds)('a Redis %s keeps one count of two processes; where it is dead there is none', async (_kind, port) => {
  const redis = await startRedis(port)
  const key = randomBytes(32)
  const [one, other] = [openRedisCopies(redis.url, key, 60), openRedisCopies(redis.url, key, 60)]
  const count = `rate:${randomUUID()}` // of no earlier run
  const connected = (store: typeof one) => vi.waitFor(() => store.add(`${count}:begun`, 1, 1000), 5000)
  try {
    await Promise.all([connected(one), connected(other)])
    const sums = [await one.add(count, 3, 60_000), await other.add(count, 4, 60_000), await one.add(count, 1, 60_000)]
    expect(sums).toEqual([3, 7, 8])
    await redis.be('dead')
    await expect(one.add(count, 1, 60_000)).rejects.toThrow()
  } finally {
    await Promise.all([one.close(), other.close()])
    await redis.stop()
  }
})

describe('a hub over HTTP', async () => {
  const running = await runHub({ config: { rates: { requests: 30, subjects: 5 } } })
  afterAll(() => running.stop())
  const codes = running.sandbox.world.enterprises.slice(0, 5).map(({ uscc }) => uscc)
  const ask = async (query: string) =>
    send(`${running.hub.url}/graphql`, {
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await running.token({ as: 'fx' })}`,
      },
      body: JSON.stringify({ query }),
    })
  /** Asks until the ten seconds hold both, so that a boundary between them does not matter. */
  const refusedAfter = async (first: string, then: string) => {
    for (;;) {
      await ask(first)
      const answer = await ask(then)
      if (answer.status === 429) return answer
    }
  }

  test('enterprises are counted before a department is called, and the refusal says when to come again', async () => {
    const list = `{ enterprises(usccs: ${JSON.stringify(codes)}) { uscc } }`
    const answer = await refusedAfter(list, list)
    running.sandbox.calls.reset()
    const { status, body } = told(answer)
    expect({ status, body }).toEqual({
      status: 429,
      body: {
        errors: [
          {
            message: 'fx may ask for 5 enterprises in 10 seconds, and this is more.',
            extensions: { code: 'RATE_LIMITED', retryAt: expect.stringMatching(/^2\d{3}-.*Z$/) as unknown },
          },
        ],
      },
    })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(10)
    expect(running.calls()).toEqual({})
  })

  test('requests are counted by department; another goes on', async () => {
    const { body } = told(await refusedAfter('{ me { department } }', '{ me { department } }'))
    expect(body).toMatchObject({
      errors: [{ message: 'fx may ask for 30 requests in 10 seconds, and this is more.' }],
    })
    const other = await running.ask({ as: 'tax' }, '{ me { department } }')
    expect(other.data).toEqual({ me: { department: 'tax' } })
  })
})
