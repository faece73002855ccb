import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { counting, opened, type AskOptions } from '../cache/records.ts'
import { json, loaded, outcome, ScriptedDepartment, type Script } from '../support/scripted-department.ts'

/** Copies of what a department said: when they will do, when it is asked, and by how many calls. */

// One each: what is renewed behind an answer may still be under way when its test ends.
let department: ScriptedDepartment
beforeEach(async () => {
  department = await ScriptedDepartment.start()
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-02T01:00:00Z') })
  department.says(counting)
})
afterEach(async () => {
  vi.useRealTimers()
  await department.stop()
})

const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const freshness = { freshFor: 300, staleFor: 3600 }
const paths = () => department.heard.map(({ path }) => path)
const says = (uscc: string, nth: number) => ({ uscc, says: String(nth) })

describe('the age of a copy', () => {
  const cases: [string, AskOptions, number, { want: string; answered: string[] }][] = [
    ['as old as it may be: the copy', { freshness }, 300, { want: '0', answered: ['cached'] }],
    ['a little older: the copy, while the department is asked', { freshness }, 301, { want: '0', answered: ['stale'] }],
    ['half as old again: the copy still', { freshness }, 450, { want: '0', answered: ['stale'] }],
    ['older: what the department says now', { freshness }, 451, { want: '1', answered: ['live'] }],
    [
      'older than is fresh, of what is never stale: what the department says now',
      { freshness: { freshFor: 300, staleFor: 0 } },
      301,
      { want: '1', answered: ['live'] },
    ],
    ['none at all of what is given out in real time', {}, 0, { want: '1', answered: ['live'] }],
    [
      'nor of what may be stale, while the department answers',
      { freshness: { freshFor: 0, staleFor: 3600 } },
      0,
      { want: '1', answered: ['live'] },
    ],
    ['from ahead of the clock: what the department says now', { freshness }, -6, { want: '1', answered: ['live'] }],
  ]
  test.each(cases)('%s', async (_name, options, age, { want, answered }) => {
    const { ask } = opened(department)
    const first = ask({ freshness })
    expect([await first.record.load('a'), first.answered, first.calls]).toEqual([says('a', 0), ['live'], 1])
    later(age)
    const second = ask(options)
    expect(await second.record.load('a')).toEqual({ uscc: 'a', says: want })
    expect([second.answered, second.calls]).toEqual([answered, answered[0] === 'live' ? 1 : 0])
  })

  test('a copy is had at once, without a promise, and is the same for all', async () => {
    const { ask } = opened(department)
    const record = await ask({ freshness }).record.load('a')
    expect(ask({ freshness }).record.load('a')).toBe(record)
  })

  test('behind an answer the copies are renewed, those of one request together', async () => {
    const { ask, cache } = opened(department, 2)
    await loaded(ask({ freshness }).record, ['a', 'b', 'c'])
    later(310)
    department.says(counting)
    const request = ask({ freshness })
    expect(['a', 'b', 'c'].map((uscc) => request.record.load(uscc))).toHaveLength(3)
    await vi.waitFor(() => expect(paths().toSorted()).toEqual(['/a,b', '/c']))
    await vi.waitFor(() => {
      const next = ask({ freshness })
      for (const uscc of ['a', 'b', 'c']) void next.record.load(uscc)
      expect(next.answered).toEqual(['cached', 'cached', 'cached'])
    })
    expect([request.calls, cache.counts.renewed, paths()]).toEqual([0, expect.any(Number), paths().slice(0, 2)])
  })

  test('that there is no record holds for a minute, and is never stale', async () => {
    const { ask } = opened(department)
    department.says(json([]))
    const standing = async () => {
      const request = ask({ freshness })
      return [await outcome(request.record.load('a')), ...request.answered]
    }
    expect(await standing()).toEqual([null, 'live'])
    later(60)
    expect(await standing()).toEqual([null, 'cached'])
    later(1)
    expect(await standing()).toEqual([null, 'live'])
    later(61)
    department.says({ status: 500 })
    expect(await standing()).toEqual([{ problem: 'failed', message: 'It answered with status 500.', retryAt: null }])
  })

  test('a request that nobody may notice is answered from a copy, and leaves none', async () => {
    const { ask } = opened(department)
    const unseen = () => ask({ freshness, leavesCopies: false })
    expect(await unseen().record.load('a')).toEqual(says('a', 0))
    expect(await ask({ freshness }).record.load('a')).toEqual(says('a', 1))
    expect(unseen().record.load('a')).toEqual(says('a', 1))
    later(310)
    expect(await unseen().record.load('a')).toEqual(says('a', 2))
    expect(await ask({ freshness }).record.load('a')).toEqual(says('a', 1))
  })
})

describe('a department that cannot be had', () => {
  const cases: [string, Script, string][] = [
    ['breaks the connection', () => null, 'stale unreachable'],
    ['fails', () => ({ status: 500 }), 'stale failed'],
    ['is closed', () => ({ status: 503, headers: { 'retry-after': '600' } }), 'stale closed'],
    ['takes no more', () => ({ status: 429, headers: { 'retry-after': '600' } }), 'stale throttled'],
    ['does not answer in time', () => new Promise(() => undefined), 'stale timeout'],
    ['says what cannot be read', () => ({ headers: { 'content-type': 'text/html' } }), 'contract'],
    ['refuses the hub', () => ({ status: 401 }), 'refused'],
  ]
  describe.each([
    ['fresh for a while', freshness],
    ['asked every time', { ...freshness, freshFor: 0 }],
  ])('%s', (_of, wanted) => {
    test.each(cases)('%s', async (_name, script, want) => {
      const { ask } = opened(department, 1, { timeout: 100 })
      await ask({ freshness: wanted }).record.load('a')
      department.says(script)
      const standing = async (age: number) => {
        later(age)
        const request = ask({ freshness: wanted })
        const got = await outcome(request.record.load('a'))
        return got !== null && 'problem' in got ? got.problem : [got, ...request.answered]
      }
      const isStale = want.startsWith('stale')
      expect(await standing(3600)).toEqual(isStale ? [says('a', 0), want] : want)
      expect(await standing(1)).toBe(want.replace('stale ', ''))
    })
  })

  test('costs the rest of a batch nothing', async () => {
    const { ask } = opened(department, 2)
    await ask({ freshness }).record.load('a')
    later(600)
    department.says(() => null)
    const request = ask({ freshness })
    const got = await Promise.all(['a', 'b'].map((uscc) => outcome(request.record.load(uscc))))
    expect(got).toEqual([says('a', 0), { problem: 'unreachable', message: 'It cannot be reached.', retryAt: null }])
    expect(paths()).toEqual(['/a,b', '/a,b'])
  })
})

describe('requests at the same time', () => {
  /** Answers when it is told to. */
  const held = () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    department.says(async (heard, nth) => {
      await promise
      return counting(heard, nth)
    })
    return () => resolve(undefined)
  }
  const heardOf = (count: number) => vi.waitFor(() => expect(department.heard).toHaveLength(count))

  test('share one call, which is the first one’s', async () => {
    const { ask, cache } = opened(department)
    const answer = held()
    const requests = Array.from({ length: 10 }, () => ask({ freshness }))
    const all = Promise.all(requests.map(async ({ record }) => record.load('a')))
    await heardOf(1)
    answer()
    expect(await all).toEqual(Array(10).fill(says('a', 0)))
    expect(requests.map(({ calls, answered }) => [calls, ...answered])).toEqual([
      [1, 'live'],
      ...Array<unknown>(9).fill([0, 'live']),
    ])
    expect([paths(), cache.counts]).toEqual([['/a'], { hits: 0, renewed: 0, misses: 10, shared: 9, stale: 0 }])
  })

  test('of other records too send only what nobody has asked for', async () => {
    const { ask } = opened(department, 5)
    const answer = held()
    const [one, other] = [ask({ freshness }), ask({ freshness })]
    const first = loaded(one.record, ['a', 'b'])
    await heardOf(1)
    const second = loaded(other.record, ['b', 'c'])
    await heardOf(2)
    answer()
    expect([await first, await second]).toEqual([
      [says('a', 0), says('b', 0)],
      [says('b', 0), says('c', 1)],
    ])
    expect(paths()).toEqual(['/a,b', '/c'])
  })

  test('do not share where each wants what is true now', async () => {
    const { ask } = opened(department)
    const answer = held()
    const all = Promise.all([1, 2, 3].map(async () => ask().record.load('a')))
    await heardOf(3)
    answer()
    await all
    expect(paths()).toEqual(['/a', '/a', '/a'])
  })

  test('go on when the one that began is gone; the last one ends the call', async () => {
    const { ask, cache } = opened(department)
    const closed = Promise.withResolvers<string>()
    department.says((heard) => {
      void once(heard.closed, 'abort').then(() => closed.resolve('closed'))
      return new Promise(() => undefined)
    })
    const [one, other] = [new AbortController(), new AbortController()]
    const first = outcome(ask({ freshness, signal: one.signal }).record.load('a'))
    await heardOf(1)
    const second = outcome(ask({ freshness, signal: other.signal }).record.load('a'))
    await vi.waitFor(() => expect(cache.counts.shared).toBe(1))
    one.abort()
    expect(await first).toMatchObject({ problem: 'timeout' })
    const third = outcome(ask({ freshness, time: 50 }).record.load('a'))
    expect(await third).toMatchObject({ problem: 'timeout' })
    expect(paths()).toEqual(['/a'])
    other.abort()
    expect([await second, await closed.promise]).toEqual([expect.objectContaining({ problem: 'timeout' }), 'closed'])
    department.says(counting)
    expect(await ask({ freshness }).record.load('a')).toEqual(says('a', 0))
  })

  test('have their own time: who joined late asks again when the time of the first is up', async () => {
    const { ask } = opened(department)
    department.says((heard, nth) => (nth === 0 ? new Promise(() => undefined) : counting(heard, nth)))
    const first = outcome(ask({ freshness, time: 150 }).record.load('a'))
    await heardOf(1)
    const second = ask({ freshness }).record.load('a')
    expect(await first).toMatchObject({ problem: 'timeout' })
    expect(await second).toEqual(says('a', 1))
  })

  test('all hear of a failure, and nothing is kept of it', async () => {
    const { ask } = opened(department)
    department.says({ status: 500 })
    const failed = { problem: 'failed', message: 'It answered with status 500.', retryAt: null }
    expect(await Promise.all([1, 2].map(() => outcome(ask({ freshness }).record.load('a'))))).toEqual([failed, failed])
    department.says(counting)
    expect(await ask({ freshness }).record.load('a')).toEqual(says('a', 0))
  })
})

describe('what a department says has changed', () => {
  test.each([
    ['one enterprise', 'a', { a: '1', b: '0' }],
    ['all', null, { a: '1', b: '2' }],
  ])('%s: is asked for again', async (_name, changed, want) => {
    const { ask, cache } = opened(department)
    const both = async () => {
      const { record } = ask({ freshness })
      return Object.fromEntries(
        await Promise.all(['a', 'b'].map(async (uscc) => [uscc, (await record.load(uscc))?.says] as const)),
      )
    }
    department.says(() => json(['a', 'b'].map((uscc) => says(uscc, 0))))
    await both()
    department.says((heard, nth) => counting(heard, nth + 1))
    cache.changed(changed, Date.now())
    expect(await both()).toEqual(want)
    // Asked for at the moment of the change: nobody knows which came first.
    later(1)
    await both()
    expect(department.heard.slice(-1).map(({ path }) => path)).toHaveLength(1)
  })

  test('while it is being asked: that answer is nobody else’s', async () => {
    const { ask, cache } = opened(department)
    const release = Promise.withResolvers<undefined>()
    department.says(async (heard, nth) => {
      if (nth === 0) await release.promise
      return counting(heard, nth)
    })
    const first = ask({ freshness }).record.load('a')
    await vi.waitFor(() => expect(department.heard).toHaveLength(1))
    later(1)
    cache.changed('a', Date.now())
    later(1)
    expect(await ask({ freshness }).record.load('a')).toEqual(says('a', 1))
    release.resolve(undefined)
    expect(await first).toEqual(says('a', 0))
    expect(await ask({ freshness }).record.load('a')).toEqual(says('a', 1))
  })

  test('is not shown stale either', async () => {
    const { ask, cache } = opened(department)
    await ask({ freshness }).record.load('a')
    later(1)
    cache.changed('a', Date.now())
    department.says({ status: 500 })
    expect(await outcome(ask({ freshness }).record.load('a'))).toMatchObject({ problem: 'failed' })
  })
})
