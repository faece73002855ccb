import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UpstreamError } from '../../adapters/kernel/errors.ts'
import { Rate } from '../../adapters/kernel/rate.ts'
import { Throttle, trialEvery } from '../../adapters/kernel/throttle.ts'
import { OutOfTime } from '../../adapters/kernel/time-limit.ts'
import { inTurn, json, outcome, ScriptedDepartment } from '../support/scripted-department.ts'

/** When a department may be asked: the rate of its contract, and what it said of itself. */

const department = await ScriptedDepartment.start()
afterAll(() => department.stop())

const second = 1000
const start = Date.parse('2026-01-05T08:00:00Z')
const at = (milliseconds: number) => new Date(start + milliseconds)

/** What comes of one call's way to the department: the ms that it took, or why not. */
const passed = async (throttle: Throttle, time: number, signal?: AbortSignal): Promise<unknown> => {
  const before = performance.now()
  const asking = department.scope(time, signal)
  try {
    await throttle.pass(asking, 0)
    await throttle.turn(asking)
    return performance.now() - before
  } catch (error) {
    if (error instanceof UpstreamError) return { problem: error.problem, retryAt: error.retryAt }
    return error
  }
}

describe('with a frozen clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: start })
    vi.spyOn(Math, 'random').mockReturnValue(0)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  test.each([
    { calls: 1, seconds: 1 },
    { calls: 7, seconds: 2 },
    { calls: 50, seconds: 1 },
    { calls: 600, seconds: 60 },
  ])('no span of $seconds s has more than $calls calls, and nearly as many are made', ({ calls, seconds }) => {
    const rate = new Rate({ calls, seconds })
    const times: number[] = []
    for (let now = 0; now < 5 * seconds * second; now += rate.wait(now)) {
      if (rate.wait(now) > 0) continue
      rate.take(now)
      times.push(now)
    }
    const most = Math.max(
      ...times.map((from) => times.filter((time) => time >= from && time - from < seconds * second - 1e-6).length),
    )
    expect(most).toBeLessThanOrEqual(calls)
    expect(times.length / 5).toBeGreaterThanOrEqual(calls * 0.85)
  })

  test('after a rest a tenth go together, the next wait their turn, and more than they can wait for are refused', async () => {
    const throttle = new Throttle('tax', { calls: 100, seconds: 1 })
    const asked = Array.from({ length: 16 }, () => passed(throttle, 100))
    await vi.advanceTimersByTimeAsync(second)
    const came = await Promise.all(asked)
    expect(came.slice(0, 10)).toEqual(Array<number>(10).fill(0))
    // One every 1000/90 ms, in whole ms; at most half of the 100 ms is spent on waiting.
    expect(came.slice(10, 14)).toEqual([12, 23, 34, 45])
    const refused = { problem: 'throttled', retryAt: at(55) }
    expect(came.slice(14)).toEqual([refused, refused])
  })

  test('a 429 keeps back every other call until the time that it names, and no longer', async () => {
    const throttle = new Throttle('tax', null)
    expect(throttle.standing()).toBe(null)
    expect(throttle.told('throttled', at(10 * second))).toMatchObject({
      problem: 'throttled',
      retryAt: at(10 * second),
    })
    expect(throttle.standing()).toEqual({ problem: 'throttled', until: at(10 * second) })
    const waiting = passed(throttle, 20 * second)
    expect(await passed(throttle, 19 * second)).toEqual({ problem: 'throttled', retryAt: at(10 * second) })
    await vi.advanceTimersByTimeAsync(10 * second)
    expect(await waiting).toBe(10 * second)
    expect([throttle.standing(), throttle.pass(department.scope(1), 0)]).toEqual([null, null])
  })

  test('a 429 that names no time keeps them back for a second', async () => {
    const throttle = new Throttle('tax', null)
    expect(throttle.told('throttled', null).retryAt).toBe(null)
    expect(await passed(throttle, second)).toEqual({ problem: 'throttled', retryAt: at(second) })
    vi.advanceTimersByTime(second)
    expect(throttle.pass(department.scope(1), 0)).toBe(null)
  })

  test('a time that is past keeps nothing back', () => {
    const throttle = new Throttle('tax', null)
    throttle.told('throttled', at(0))
    throttle.told('closed', at(-second))
    expect([throttle.standing(), throttle.pass(department.scope(1), 0)]).toEqual([null, null])
  })

  test('outside service hours all are told at once, however long they could wait; once a minute one asks', async () => {
    const throttle = new Throttle('fx', null)
    const opens = at(8 * 3600 * second)
    throttle.told('closed', opens)
    const closed = { problem: 'closed', retryAt: opens }
    expect(await passed(throttle, 24 * 3600 * second)).toEqual(closed)
    await vi.advanceTimersByTimeAsync(trialEvery)
    expect([await passed(throttle, second), await passed(throttle, second)]).toEqual([0, closed])
    expect(throttle.standing()).toEqual({ problem: 'closed', until: opens })
    await vi.advanceTimersByTimeAsync(trialEvery)
    expect([await passed(throttle, second), await passed(throttle, second)]).toEqual([0, closed])
  })

  test('an answer to a trial opens it again; one to a call that began before does not', async () => {
    const throttle = new Throttle('fx', null)
    const before = performance.now()
    await vi.advanceTimersByTimeAsync(1)
    throttle.told('closed', at(3600 * second))
    throttle.answered(before)
    expect(throttle.standing()).not.toBe(null)
    await vi.advanceTimersByTimeAsync(trialEvery)
    throttle.answered(performance.now())
    expect([throttle.standing(), throttle.pass(department.scope(1), 0)]).toEqual([null, null])
  })

  test('those that wait learn when they are told to wait longer, and of whoever asked going away', async () => {
    const throttle = new Throttle('tax', null)
    throttle.told('throttled', at(second))
    const gone = new AbortController()
    const asked = [passed(throttle, 4 * second), passed(throttle, 4 * second, gone.signal)]
    await vi.advanceTimersByTimeAsync(500)
    throttle.told('throttled', at(60 * second))
    gone.abort()
    await vi.advanceTimersByTimeAsync(500)
    expect(await Promise.all(asked)).toEqual([{ problem: 'throttled', retryAt: at(60 * second) }, new OutOfTime(null)])
  })

  test('a correction of the clock moves nothing', async () => {
    const throttle = new Throttle('fx', null)
    throttle.told('closed', at(10 * second))
    vi.setSystemTime(at(3600 * second))
    expect(throttle.standing()).toEqual({ problem: 'closed', until: at(3610 * second) })
  })
})

describe('over HTTP', () => {
  const get = () => ({ method: 'GET', path: '/' }) as const
  const ok = json({})
  const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string

  test('one request learns of a 429, and no other asks', async () => {
    department.says(json({}, 429, { 'retry-after': '600' }))
    const client = department.client('tax')
    const wanted = { problem: 'throttled', message: 'It takes no more requests for now.', retryAt: isTime }
    for (let i = 0; i < 5; i++) expect(await outcome(client.call(department.scope(), get))).toEqual(wanted)
    expect([department.heard.length, department.called]).toEqual([1, 1])
    expect(client.health()).toMatchObject({ state: 'THROTTLED', retryAt: expect.any(Date) as Date })
  })

  test('calls that queue when it is said are not sent', async () => {
    department.says(json({}, 429, { 'retry-after': '600' }))
    const client = department.client('postal', { concurrency: 1 })
    const asked = Array.from({ length: 5 }, () => outcome(client.call(department.scope(), get)))
    const wanted = { problem: 'throttled', message: 'It takes no more requests for now.', retryAt: isTime }
    expect(await Promise.all(asked)).toEqual(Array<typeof wanted>(5).fill(wanted))
    expect(department.heard).toHaveLength(1)
  })

  test('outside service hours one request is told by the department, the others by the hub', async () => {
    department.says(json({}, 503, { 'retry-after': '600' }))
    const client = department.client('fx')
    const wanted = { problem: 'closed', message: 'It is outside service hours.', retryAt: isTime }
    for (let i = 0; i < 5; i++) expect(await outcome(client.call(department.scope(), get))).toEqual(wanted)
    expect(department.heard).toHaveLength(1)
    expect(client.health()).toMatchObject({ state: 'CLOSED', retryAt: expect.any(Date) as Date })
  })

  test('when the window opens all go again', async () => {
    department.says(inTurn(json({}, 503, { 'retry-after': '1' }), ok))
    const client = department.client('fx')
    expect(await outcome(client.call(department.scope(), get))).toMatchObject({ problem: 'closed' })
    await expect
      .poll(() => outcome(client.call(department.scope(), get).then(({ status }) => status)), { timeout: 5000 })
      .toBe(200)
    expect(client.health()).toMatchObject({ state: 'UP', retryAt: null })
    expect(department.heard).toHaveLength(2)
  })

  test('a rate of its contract is kept under load, and what does not fit into the time is an error', async () => {
    const times: number[] = []
    department.says(() => {
      times.push(performance.now())
      return ok
    })
    const client = department.client('tax', { rate: { calls: 100, seconds: 1 } })
    const asked = Array.from({ length: 300 }, () =>
      outcome(client.call(department.scope(2000), get).then(({ status }) => status)),
    )
    const came = await Promise.all(asked)
    const answered = came.filter((each) => each === 200)
    const wanted = { problem: 'throttled', message: 'Its contract allows no more calls for now.', retryAt: isTime }
    expect(came.filter((each) => each !== 200)).toEqual(Array<typeof wanted>(300 - answered.length).fill(wanted))
    // A tenth at once, and as many of the others as have their turn within half of the time.
    expect(answered.length).toBeGreaterThan(90)
    expect(answered.length).toBeLessThan(110)
    expect(department.heard).toHaveLength(answered.length)
  })
})
