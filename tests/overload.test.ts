/** A hub with more to do than it can: what it refuses is refused early, what it takes it answers. */
import { once } from 'node:events'
import { Agent, IncomingMessage, request, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Capacity, watchOverload, type Window } from '../hub/overload.ts'
import { runHub } from './support/harness.ts'

describe('how many requests may be under way', () => {
  const limits = { wait: 150, underWay: 2000 }
  /** A tenth of a second. */
  const window = (busy: number, finished: number, each: number): Window => ({
    length: 100,
    busy,
    finished,
    took: finished * each,
  })
  const after = (...windows: Window[]): [number, number] => {
    const capacity = new Capacity(limits)
    for (const each of windows) capacity.observe(each)
    return [capacity.most, capacity.atOnce]
  }
  const times = (count: number, each: Window): Window[] => Array.from({ length: count }, () => each)

  test.each<[string, Window[], [under: number, atOnce: number]]>([
    ['before anything is known, as many as ever, not all at once', [], [2000, 256]],
    [
      'as many as ever while there is time to spare, however long departments take',
      times(50, window(0.5, 10, 4000)),
      [2000, 64],
    ],
    // 500 a second for 150 ms.
    ['with no time to spare, those that are answered within the wait', times(50, window(1, 50, 300)), [75, 75]],
    // Half busy with 250 a second means 500 a second; departments take 1,000 ms, and the wait comes on top.
    [
      'what departments take is not counted against the hub',
      [...times(100, window(0.5, 25, 1000)), window(1, 50, 3000)],
      [575, 75],
    ],
    ['the least is taken by the slowest hub', times(50, window(1, 5, 1000)), [64, 64]],
    ['no more than the limit is taken by the fastest', times(50, window(1, 5000, 1)), [2000, 7500]],
    [
      'a window without answers says nothing of the speed',
      [...times(50, window(1, 50, 300)), window(1, 0, 0)],
      [75, 75],
    ],
    ['it is over at once', [...times(50, window(1, 50, 300)), window(0.2, 10, 5)], [2000, 75]],
  ])('%s', (_name, windows, most) => {
    expect(after(...windows)).toEqual(most)
  })
})

test('a request is counted until its answer is closed or it is let go, whichever comes first and however often', () => {
  const overload = watchOverload({ wait: 100, underWay: 10 })
  const [one, other] = [1, 2].map(() => new ServerResponse(new IncomingMessage(new Socket())))
  const found = [one, other].map((response) => [response && overload.take(response), overload.underWay()])
  const steps = [() => one?.emit('close'), () => one && overload.letGo(one), () => one?.emit('close')]
  const left = steps.map((step) => [step(), overload.underWay()][1])
  const last = [() => other && overload.letGo(other), () => other?.emit('close')].map(
    (step) => [step(), overload.underWay()][1],
  )
  overload.stop()
  expect([found, left, last]).toEqual([
    [
      [true, 1],
      [true, 2],
    ],
    [1, 1, 1],
    [0, 0],
  ])
})

describe('a hub that takes five requests at once', async () => {
  const running = await runHub({ config: { limits: { underWay: 5 }, departmentTimeout: 2000 } })
  const agent = new Agent({ keepAlive: true })
  const token = await running.token({ as: 'tax', purposes: ['refund-review'] })
  const [uscc = ''] = running.sandbox.world.enterprises.map((enterprise) => enterprise.uscc)
  afterAll(async () => {
    agent.destroy()
    await running.stop()
  })
  beforeEach(() => running.sandbox.faults.clear())

  const query = JSON.stringify({ query: `{ enterprise(uscc: "${uscc}") { name fx { registered } } }` })
  const send = (path = '/graphql', body: string | null = query) => {
    const sent = request(running.hub.url + path, {
      agent,
      method: body === null ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-purpose': 'refund-review' },
    })
    sent.end(body ?? undefined)
    return sent
  }
  const answerOf = async (sent: ReturnType<typeof send>) => {
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const text = (await response.setEncoding('utf8').toArray()).join('')
    return { status: response.statusCode, headers: response.headers, text }
  }
  const refused = {
    status: 503,
    body: {
      errors: [
        {
          message: 'The hub has more to do than it can: ask again in 1 second.',
          extensions: { code: 'OVERLOADED' },
        },
      ],
    },
    headers: {
      'retry-after': '1',
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  }
  const metric = async (name: string): Promise<number> => {
    const { text } = await answerOf(send('/metrics', null))
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
  }

  test('the sixth is refused before anything of it is read, the five are answered, and then it takes more', async () => {
    const records = async (): Promise<number> =>
      Number((await running.database.pool.query<{ count: string }>('select count(*) from audit_record')).rows[0]?.count)
    const whole = await answerOf(send())
    expect(whole.status).toBe(200)
    const [before, shed] = [await records(), await metric('hutong_requests_shed_total')]

    running.sandbox.faults.set('fx', { kind: 'slow', seconds: 60, delayMs: 60_000 })
    const waiting = Array.from({ length: 5 }, () => send())
    const answers = waiting.map(answerOf)
    while ((await metric('hutong_requests_under_way')) < 5);

    for (const path of ['/graphql', '/explain', '/ledger/export']) {
      const { status, headers, text } = await answerOf(send(path, path === '/ledger/export' ? null : 'no JSON at all'))
      expect({ path, status, body: JSON.parse(text) as unknown, headers }).toMatchObject({ path, ...refused })
    }
    // Probes are for those who watch a busy hub.
    for (const path of ['/livez', '/readyz']) expect((await answerOf(send(path, null))).status).toBe(200)
    expect(await metric('hutong_requests_shed_total')).toBe(shed + 3)

    running.sandbox.faults.clear()
    const late = (await Promise.all(answers)).map(({ status, text }) => ({ status, text: JSON.parse(text) as object }))
    for (const { status, text } of late) {
      expect(status).toBe(200)
      expect(text).toMatchObject({ data: { enterprise: { fx: null } } })
    }
    const again = await answerOf(send())
    expect(again.status).toBe(200)
    // The warm-up is on record already; the refused are not.
    expect(await records()).toBe(before + 6)
  })
})
