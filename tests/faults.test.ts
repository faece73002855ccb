import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { departmentIds, type DepartmentId } from '../departments.ts'
import { lies } from '../sandbox/lies.ts'
import {
  errorsOf,
  fields,
  from,
  others,
  persona,
  runFaultyHub,
  sections,
  sources,
  told,
  without,
  type Enterprise,
} from './support/faulty-hub.ts'
import type { Answer } from './support/harness.ts'

/** Attack 19: a department that is down, slow, flaky or lying. Its part is an error or the truth; the others' parts stand. */

const { running, usccs, one, inTime, faulty, whole, recovered } = await runFaultyHub(1500, 600)
const { sandbox } = running
afterEach(() => sandbox.faults.clear())
afterAll(() => running.stop())

describe('attack 19, one enterprise', () => {
  let baseline: Answer
  const enterprise = () => baseline.data?.enterprise as Enterprise

  /** The department's part is null with one error a field; every other part is as it was. */
  const expectMissing = (answer: Answer, id: DepartmentId, cause: readonly string[]) => {
    const errors = errorsOf(answer, id)
    expect(answer.data).toEqual({ enterprise: without(enterprise(), id) })
    expect(errors.map(([path]) => path).toSorted()).toEqual(
      from(id)
        .map((field) => `enterprise.${field}`)
        .toSorted(),
    )
    for (const [, said] of errors) expect(cause).toContain(said)
    expect(sources(answer)).toEqual(others(id))
  }
  const expectWhole = (answer: Answer) => {
    expect(told(answer)).toEqual({ data: baseline.data, errors: undefined })
    expect(sources(answer)).toEqual(new Set(departmentIds))
  }

  beforeAll(async () => {
    baseline = await whole(one)
    // All six have something to say, or nothing is proved by comparing.
    expect(Object.keys(sections).filter((id) => enterprise()[id] === null)).toEqual([])
  })

  describe.each(departmentIds)('%s', (id) => {
    test('down: its part is an error, the others stand; then it answers again', async () => {
      faulty(id, { kind: 'down' })
      expectMissing(await inTime(one), id, ['unreachable'])
      await recovered(one, baseline)
    })

    test('down for long: it is suspended, the answer comes at once; then it answers again', async () => {
      faulty(id, { kind: 'down' })
      for (const _ of [1, 2, 3]) expectMissing(await inTime(one), id, ['unreachable', 'suspended'])
      sandbox.calls.reset()
      expectMissing(await inTime(one), id, ['suspended'])
      expect(running.calls()[id]).toBeUndefined()
      const health = await running.ask(persona, '{ departments { id health } }')
      expect(health.data?.departments).toContainEqual({ id, health: 'DOWN' })
      await recovered(one, baseline)
    })

    test('slow: its part is an error in time, the others stand; then it answers again', async () => {
      faulty(id, { kind: 'slow' })
      expectMissing(await inTime(one), id, ['timeout'])
      await recovered(one, baseline)
    })

    test('late, but within its time: the whole answer', async () => {
      faulty(id, { kind: 'slow', delayMs: 60 })
      expectWhole(await inTime(one))
      await recovered(one, baseline)
    })

    test('flaky: the whole answer, by a second attempt', async () => {
      faulty(id, { kind: 'flaky' })
      sandbox.calls.reset()
      for (const _ of [1, 2, 3]) expectWhole(await inTime(one))
      // The second answer fails with 500, the fourth by a broken connection.
      expect(running.calls()[id]).toBe(5)
      await recovered(one, baseline)
    })

    const inBatches = ['customs', 'fx', 'market'].includes(id)
    // The same record twice is the record; commerce says 304, which has no body that could be too large.
    const truth = inBatches ? 'duplicated' : id === 'commerce' ? 'oversized' : null
    test.each(lies.map((lie) => [lie, lie === truth ? 'the true record' : 'an error'] as const))(
      'lying, %s: %s',
      async (lie, want) => {
        faulty(id, { kind: 'lying', lie })
        if (want === 'an error') expectMissing(await inTime(one), id, ['contract'])
        else expectWhole(await inTime(one))
        await recovered(one, baseline)
      },
    )
  })

  test('commerce oversized about an enterprise that was not asked for before', async () => {
    const ask = () => running.ask(persona, `{ enterprise(uscc: "${usccs[1] ?? ''}") { ${fields} } }`)
    faulty('commerce', { kind: 'lying', lie: 'oversized' })
    const answer = await inTime(ask)
    expect(errorsOf(answer, 'commerce')).toEqual([['enterprise.commerce', 'contract']])
    sandbox.faults.clear()
    const after = (await ask()).data?.enterprise as Enterprise
    expect(answer.data).toEqual({ enterprise: without(after, 'commerce') })
    expect(after.commerce).not.toBeNull()
  })

  /** Asks twice while a department says when it is to be asked again: the second time it is not asked. */
  const expectHeld = async (id: DepartmentId, seconds: number, cause: string, health: string) => {
    const ends = Date.now() + seconds * 1000
    sandbox.calls.reset()
    for (const _ of [1, 2]) {
      const answer = await inTime(one)
      expectMissing(answer, id, [cause])
      expect(Math.abs(Date.parse(String(answer.errors?.[0]?.extensions.retryAt)) - ends)).toBeLessThan(1500)
    }
    expect(running.calls()).toEqual(Object.fromEntries(departmentIds.map((each) => [each, each === id ? 1 : 2])))
    const { data } = await running.ask(persona, '{ departments { id health retryAt } }')
    expect(data?.departments).toContainEqual({ id, health, retryAt: expect.stringMatching(/^20.*Z$/) as string })
    const metrics = await (await fetch(`${running.hub.url}/metrics`)).text()
    expect(metrics).toContain(`hutong_department_state{department="${id}",state="${health}"} 1\n`)
    expect(metrics).toContain(`hutong_department_state{department="${id}",state="UP"} 0\n`)
    await recovered(one, baseline)
    const after = await running.ask(persona, '{ departments { id health retryAt } }')
    expect(after.data?.departments).toContainEqual({ id, health: 'UP', retryAt: null })
  }

  test('fx closed: an error that says when it opens, and nobody else asks until then', async () => {
    sandbox.faults.set('fx', { kind: 'closed', seconds: 4 })
    await expectHeld('fx', 4, 'closed', 'CLOSED')
  })

  test('tax throttled for longer than the request may wait: an error that says until when, and nobody else asks', async () => {
    sandbox.faults.set('tax', { kind: 'throttled', seconds: 4 })
    await expectHeld('tax', 4, 'throttled', 'THROTTLED')
  })

  test('tax with a clock that is wrong, and right again: the whole answer, by one more call each time', async () => {
    const calls = async () => {
      sandbox.calls.reset()
      expectWhole(await inTime(one))
      return running.calls().tax
    }
    faulty('tax', { kind: 'skewed' })
    expect([await calls(), await calls()]).toEqual([2, 1])
    sandbox.faults.clear()
    expect([await calls(), await calls()]).toEqual([2, 1])
  })

  test('customs with tokens that have run out: the whole answer, by one new token', async () => {
    faulty('customs', { kind: 'expired' })
    sandbox.calls.reset()
    expectWhole(await inTime(one))
    expectWhole(await inTime(one))
    const { total, tokens } = sandbox.calls.report().customs
    expect([total, tokens]).toEqual([3, 1])
  })

  test('market slow but alive, late for this request: its part is an error, the others stand', async () => {
    faulty('market', { kind: 'slow-but-alive' })
    expectMissing(await inTime(one), 'market', ['timeout'])
    await recovered(one, baseline)
  })

  test('a search mixed up with another: an error, never the wrong list', async () => {
    const search = () =>
      running.ask(persona, '{ searchEnterprises(division: "3501", first: 5) { totalCount nodes { uscc } } }')
    const before = await whole(search)
    for (const lie of ['other-record', 'reordered', 'duplicated'] as const) {
      faulty('market', { kind: 'lying', lie })
      const answer = await inTime(search)
      expect([answer.data, errorsOf(answer, 'market')]).toEqual([
        { searchEnterprises: null },
        [['searchEnterprises', 'contract']],
      ])
    }
    await recovered(search, before)
  })

  test('six answers of 50 MB at once do not grow the process by one of them', async () => {
    const bytes = () => process.memoryUsage().arrayBuffers
    const [before, seen] = [bytes(), { peak: 0 }]
    const watch = setInterval(() => (seen.peak = Math.max(seen.peak, bytes())), 2)
    for (const id of departmentIds) faulty(id, { kind: 'lying', lie: 'oversized' })
    // Asked for the first time: commerce would otherwise say 304, which has no body.
    const answer = await running.ask(persona, `{ enterprise(uscc: "${usccs[2] ?? ''}") { ${fields} } }`)
    clearInterval(watch)
    expect(answer.errors?.map(({ extensions }) => extensions.cause)).toEqual(Array<string>(8).fill('contract'))
    expect(seen.peak).toBeGreaterThan(0)
    expect(seen.peak - before).toBeLessThan(50 * 1024 * 1024)
    await recovered(one, baseline)
  })

  test('all six down at once: an answer in time, that says so of each', async () => {
    for (const id of departmentIds) faulty(id, { kind: 'down' })
    const answer = await inTime(one)
    expect(answer.data).toEqual({
      enterprise: departmentIds.reduce<Enterprise>((left, id) => without(left, id), enterprise()),
    })
    expect(answer.errors?.map(({ extensions }) => extensions.cause)).toEqual(Array<string>(8).fill('unreachable'))
    expect(sources(answer)).toEqual(new Set())
    await recovered(one, baseline)
  })
})
