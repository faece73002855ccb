/** How much a department may ask in ten seconds, and how processes share what they count. */
import { randomBytes, randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openRedisCopies } from '../adapters/kernel/shared-copies.ts'
import { createRateLimits, rateWindow, type SharedCounts } from '../hub/rate-limits.ts'
import { send, told } from './attacks/over-http.ts'
import { startRedis, startRedisServer } from './cache/redis.ts'
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
  /** What Redis would hold, and what a process sees of it. */
  const store = () => {
    const counts = new Map<string, Map<string, number>>()
    const works = { taken: true }
    const seenBy = (process: string): SharedCounts => ({
      async tell(key, total) {
        if (!works.taken) throw new Error('It is not there.')
        const told = counts.get(key) ?? new Map<string, number>()
        counts.set(key, told.set(process, Math.max(total, told.get(process) ?? 0)))
        return [...told].reduce((sum, [name, count]) => (name === process ? sum : sum + count), 0)
      },
    })
    return { counts, seenBy, works }
  }

  test('know of each other within a tenth of a second; without the store each goes by its own', async () => {
    vi.useFakeTimers({ now: start, toFake: ['setInterval', 'clearInterval', 'Date'] })
    try {
      const { counts, seenBy, works } = store()
      const [one, other] = ['one', 'other'].map((name) =>
        createRateLimits({ requests: 10, subjects: 10 }, seenBy(name)),
      ) as [ReturnType<typeof createRateLimits>, ReturnType<typeof createRateLimits>]
      const ask = (rates: typeof one, amount: number) => outcome(() => rates.take('requests', 'fx', amount))
      expect([ask(one, 6), ask(other, 1)]).toEqual(['taken', 'taken'])
      await vi.advanceTimersByTimeAsync(100)
      expect([...counts].map(([key, told]) => [key, [...told]])).toEqual([
        [
          `counted:requests:fx:${start / rateWindow}`,
          [
            ['one', 6],
            ['other', 1],
          ],
        ],
      ])
      // The one that was first to tell learns of the other with what it tells next.
      expect([ask(one, 1), ask(other, 4).slice(0, 12), ask(other, 2)]).toEqual(['taken', 'RATE_LIMITED', 'taken'])
      await vi.advanceTimersByTimeAsync(100)
      expect([ask(one, 1).slice(0, 12), ask(other, 1).slice(0, 12)]).toEqual(['taken', 'RATE_LIMITED'])
      await vi.advanceTimersByTimeAsync(100)
      expect(ask(one, 1).slice(0, 12)).toBe('RATE_LIMITED')

      await vi.advanceTimersByTimeAsync(rateWindow - 300)
      works.taken = false
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

test('what was taken and not answered in time is told again, and counts once', async () => {
  vi.useFakeTimers({ now: start, toFake: ['setInterval', 'clearInterval', 'Date'] })
  try {
    const counts = new Map<string, number>()
    let isLate = true
    const tells: number[] = []
    const shared: SharedCounts = {
      async tell(key, total) {
        tells.push(total)
        counts.set(key, Math.max(total, counts.get(key) ?? 0))
        if (isLate) throw new Error('It answers late.')
        return 0
      },
    }
    const rates = createRateLimits({ requests: 10, subjects: 10 }, shared)
    rates.take('requests', 'fx', 4)
    await vi.advanceTimersByTimeAsync(200)
    isLate = false
    rates.take('requests', 'fx', 1)
    await vi.advanceTimersByTimeAsync(200)
    expect([tells, [...counts.values()]]).toEqual([[4, 4, 5], [5]])
    expect(outcome(() => rates.take('requests', 'fx', 5))).toBe('taken')
    expect(outcome(() => rates.take('requests', 'fx', 1)).slice(0, 12)).toBe('RATE_LIMITED')
    rates.stop()
  } finally {
    vi.useRealTimers()
  }
})

const server = await startRedisServer()
afterAll(() => server?.stop())
const kinds: [string, number | null][] = [['played', null]]
if (server === null) process.stderr.write('There is no redis-server: counts are shared in a played one alone.\n')
else kinds.push(['of this machine', Number(new URL(server.url).port)])

test.each(kinds)('a Redis %s keeps what each process has counted, however late it answers', async (_kind, port) => {
  const redis = await startRedis(port)
  const key = randomBytes(32)
  const [one, other] = [openRedisCopies(redis.url, key, 60), openRedisCopies(redis.url, key, 60)]
  const count = `counted:${randomUUID()}` // of no earlier run
  const told = (store: typeof one, total: number) => vi.waitFor(() => store.tell(count, total, 60_000), 5000)
  try {
    expect([await told(one, 3), await told(other, 4), await told(one, 8)]).toEqual([0, 3, 4])
    // Taken, and said so too late: whoever told it cannot know.
    await redis.be('late')
    await expect(one.tell(count, 10, 60_000)).rejects.toThrow()
    await redis.be('well')
    // Told again, an earlier count that comes after a later one, and what the other sees of them.
    expect([await told(one, 10), await told(one, 9), await told(other, 5)]).toEqual([4, 4, 10])
    await redis.be('dead')
    await expect(one.tell(count, 11, 60_000)).rejects.toThrow()
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
