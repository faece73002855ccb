import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { again, RetryBudget } from '../../adapters/kernel/retry-budget.ts'
import { json, outcome, ScriptedDepartment } from '../support/scripted-department.ts'

/** Retries are a share of calls, and do not come in step. */

const { signal } = new AbortController()

describe('with a frozen clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  const withdrawn = (budget: RetryBudget, times: number) =>
    Array.from({ length: times }, () => budget.withdraw()).filter(Boolean).length

  test('twenty are there at the beginning, then one for every five calls, and no more than twenty are saved', () => {
    const budget = new RetryBudget()
    expect([withdrawn(budget, 30), budget.made, budget.withheld]).toEqual([20, 20, 10])
    for (let i = 0; i < 50; i++) budget.deposit()
    expect(withdrawn(budget, 30)).toBe(10)
    for (let i = 0; i < 5000; i++) budget.deposit()
    expect(withdrawn(budget, 30)).toBe(20)
  })

  test('a department that is seldom asked has one a second', () => {
    const budget = new RetryBudget()
    withdrawn(budget, 20)
    const seen = [1, 2, 3].map(() => {
      vi.advanceTimersByTime(1000)
      budget.deposit()
      return withdrawn(budget, 5)
    })
    expect(seen).toEqual([1, 1, 1])
  })

  test.each([0, 0.5, 0.99])('a retry comes after a time by chance, of at most 100 ms (%d)', async (chance) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance)
    const times: number[] = []
    const begun = performance.now()
    const asked = again(() => true, new RetryBudget()).execute(async () => {
      times.push(performance.now() - begun)
      if (times.length === 1) throw new Error('once')
      return 'answer'
    }, signal)
    await vi.advanceTimersByTimeAsync(100)
    expect(await asked).toBe('answer')
    expect(times).toEqual([0, Math.ceil(chance * 100)])
  })

  test('there is one, and none for what another attempt cannot mend', async () => {
    const budget = new RetryBudget()
    const attempts = async (isTransient: boolean) => {
      let made = 0
      const asked = again(() => isTransient, budget).execute(
        async () => Promise.reject(new Error(`nth ${++made}`)),
        signal,
      )
      const failed = asked.catch((error: unknown) => (error as Error).message)
      await vi.advanceTimersByTimeAsync(100)
      return [made, await failed]
    }
    expect([await attempts(true), await attempts(false)]).toEqual([
      [2, 'nth 2'],
      [1, 'nth 1'],
    ])
    expect([budget.made, budget.withheld]).toEqual([1, 0])
  })
})

describe('over HTTP', async () => {
  const department = await ScriptedDepartment.start()
  afterAll(() => department.stop())

  test('a department that fails on every other call is asked a fifth more, not twice', async () => {
    // Never five failures in a row, so that the breaker stays out of it.
    department.says((_heard, nth) => json({}, nth % 2 === 0 ? 500 : 200))
    const client = department.client('tax', { concurrency: 1 })
    const calls = 400
    for (let i = 0; i < calls; i++) {
      await outcome(client.call(department.scope(), () => ({ method: 'GET', path: '/' })))
    }
    const { made, withheld } = client.health().retries
    expect(made + calls).toBe(department.heard.length)
    // 20 saved, a fifth of the calls, and one a second.
    expect(made).toBeGreaterThanOrEqual(95)
    expect(made).toBeLessThan(20 + calls * 0.2 + 15)
    expect(withheld).toBeGreaterThan(0)
  })
})
