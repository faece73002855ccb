import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { FaultRequest } from '../../sandbox/faults.ts'
import { type Lie, lies } from '../../sandbox/lies.ts'
import { type Sandbox, startSandbox } from '../../sandbox/start.ts'
import { type Ask, asks, type CalledId, calledIds, Callers } from './callers.ts'
import { look, received, type Received, type Sight } from './look.ts'

/** What the wire shows of each fault, department by department. */

let sandbox: Sandbox
let callers: Callers

beforeAll(async () => {
  sandbox = await startSandbox()
  callers = new Callers(sandbox.urls)
})
afterEach(() => {
  vi.restoreAllMocks()
  sandbox.faults.clear()
})
afterAll(() => sandbox.close())

/** The operation by which each department is tried, for two enterprises where it takes more than one. */
const tried: Record<CalledId, readonly [operation: string, ask: (codes: string[]) => Ask]> = {
  customs: ['queryEnterprises', asks.customs.queryEnterprises],
  tax: ['getTaxpayer', asks.tax.getTaxpayer],
  fx: ['listEnterprises', asks.fx.listEnterprises],
  market: ['listEnterprises', asks.market.listEnterprises],
  postal: ['enterprise', asks.postal.enterprise],
  commerce: ['getFiling', asks.commerce.getFiling],
}

const call = (id: CalledId, signal?: AbortSignal) =>
  callers.call(id, tried[id][1](sandbox.world.enterprises.slice(0, 2).map((e) => e.uscc)), signal)

const honestly = async (id: CalledId): Promise<Received> => {
  const answer = await received(call(id))
  if (answer === 'broken') throw new Error(`${id} is broken without a fault.`)
  return answer
}

/** What a number of calls in a row show under a fault. */
const sights = async (id: CalledId, fault: FaultRequest, calls: number): Promise<Sight[]> => {
  const honest = await honestly(id)
  sandbox.faults.set(id, fault)
  const seen: Sight[] = []
  for (let i = 0; i < calls; i++) seen.push(await look([id, tried[id][0]], await received(call(id)), honest))
  return seen
}

const all = (sight: Sight): Record<CalledId, Sight> => ({
  customs: sight,
  tax: sight,
  fx: sight,
  market: sight,
  postal: sight,
  commerce: sight,
})

/** Where a department answers one by one there is no batch to lie about, and it mixes up its records instead. */
const batched = (sight: Sight): Record<CalledId, Sight> => ({
  customs: sight,
  tax: 'other record',
  fx: sight,
  market: sight,
  postal: 'other record',
  commerce: 'other record',
})

const shownByLie: Record<Lie, Record<CalledId, Sight>> = {
  'wrong-types': all('misfit'),
  oversized: all('oversized'),
  html: all('html'),
  // The records of foreign exchange hold no Chinese letters: in both charsets they are the same bytes.
  charset: { ...all('wrong charset'), fx: 'other record' },
  'other-record': all('other record'),
  reordered: batched('reordered'),
  duplicated: batched('duplicated'),
  polluted: all('polluted'),
  truncated: all('unreadable'),
}

describe.each(calledIds)('%s', (id) => {
  test.each(lies)('lying: %s', async (lie) =>
    expect(await sights(id, { kind: 'lying', seconds: 60, lie }, 1)).toEqual([shownByLie[lie][id]]),
  )

  test('lying without a lie tells them all in turn', async () =>
    expect(await sights(id, { kind: 'lying', seconds: 60 }, lies.length)).toEqual(
      lies.map((lie) => shownByLie[lie][id]),
    ))

  test('down: the connection breaks', async () =>
    expect(await sights(id, { kind: 'down', seconds: 60 }, 2)).toEqual(['broken', 'broken']))

  test('flaky: every second call fails, by turns in two ways', async () =>
    expect(await sights(id, { kind: 'flaky', seconds: 60 }, 5)).toEqual([
      'honest',
      'status 500',
      'honest',
      'broken',
      'honest',
    ]))

  test('slow: the answer comes after the delay, and half a minute is the ordinary one', async () => {
    const before = performance.now()
    expect(await sights(id, { kind: 'slow', seconds: 60, delayMs: 25 }, 1)).toEqual(['honest'])
    expect(performance.now() - before).toBeGreaterThan(24)
    sandbox.faults.set(id, { kind: 'slow', seconds: 60 })
    await expect(call(id, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('a fault ends by itself', async () => {
    const clock = performance.now.bind(performance)
    const honest = await honestly(id)
    sandbox.faults.set(id, { kind: 'down', seconds: 60 })
    vi.spyOn(performance, 'now').mockImplementation(() => clock() + 61_000)
    expect(sandbox.faults.report()[id]).toBeNull()
    expect(await honestly(id)).toEqual(honest)
  })

  test('a call counts whatever became of it, with the codes asked', async () => {
    sandbox.calls.reset()
    sandbox.faults.set(id, { kind: 'down', seconds: 60 })
    await received(call(id))
    const report = sandbox.calls.report()[id]
    expect([report.total, report.byOperation]).toEqual([1, { [tried[id][0]]: 1 }])
    const two = sandbox.world.enterprises.slice(0, 2).map((e) => [e.uscc, 1] as const)
    expect(report.codes).toEqual(Object.fromEntries(['customs', 'fx', 'market'].includes(id) ? two : two.slice(0, 1)))
  })
})

describe('faults of one department alone', () => {
  test('fx closed: 503 with the time to come back', async () => {
    expect(await sights('fx', { kind: 'closed', seconds: 60 }, 1)).toEqual(['status 503'])
    const back = Date.parse((await call('fx')).headers.get('retry-after') ?? '')
    expect(back - Date.now()).toBeGreaterThan(50_000)
    expect(back - Date.now()).toBeLessThan(62_000)
  })

  test('tax throttled: 429 with Retry-After', async () => {
    expect(await sights('tax', { kind: 'throttled', seconds: 60 }, 1)).toEqual(['status 429'])
    expect((await call('tax')).headers.get('retry-after')).toMatch(/^(59|60)$/)
  })

  test('tax skewed: an honest timestamp is refused, with the time of the wrong clock', async () => {
    expect(await sights('tax', { kind: 'skewed', seconds: 60 }, 1)).toEqual(['status 401'])
    const { code, serverTime } = (await (await call('tax')).json()) as { code: string; serverTime: number }
    expect(code).toBe('TIMESTAMP_SKEW')
    expect(Math.round(serverTime - Date.now() / 1000 - 3600)).toBeCloseTo(0, -1)
  })

  test('customs expired: the tokens are gone once, and a new one serves while the fault lasts', async () => {
    expect(await sights('customs', { kind: 'expired', seconds: 60 }, 1)).toEqual(['status 401'])
    await callers.signIn()
    expect((await call('customs')).status).toBe(200)
  })

  test('market slow-but-alive: late, and honest', async () => {
    expect(await sights('market', { kind: 'slow-but-alive', seconds: 60, delayMs: 25 }, 1)).toEqual(['honest'])
    sandbox.faults.set('market', { kind: 'slow-but-alive', seconds: 60 })
    await expect(call('market', AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('customs hands out tokens honestly while it lies, and counts them apart', async () => {
    sandbox.calls.reset()
    sandbox.faults.set('customs', { kind: 'lying', seconds: 60, lie: 'html' })
    expect(await callers.signIn()).toMatch(/^[\w-]{32}$/)
    expect(sandbox.calls.report().customs).toMatchObject({ total: 0, tokens: 1 })
  })
})

test('other operations mix up their records too', async () => {
  const [first] = sandbox.world.enterprises
  const parcel = sandbox.world.postal.get(first?.uscc ?? '')?.shipments[0]?.mailNo ?? ''
  const declared = sandbox.world.customs.get(first?.uscc ?? '')?.declarations[0]?.invtNo ?? ''
  for (const id of calledIds) sandbox.faults.set(id, { kind: 'lying', seconds: 60, lie: 'other-record' })
  const track = await received(callers.call('postal', asks.postal.track([parcel])))
  const declaration = await received(callers.call('customs', asks.customs.getDeclaration([declared])))
  const page = await received(callers.call('customs', asks.customs.queryDeclarations([first?.uscc ?? ''])))
  const found = await received(callers.call('market', asks.market.searchEnterprises([], { division: '3501' })))
  for (const answer of [track, declaration, page, found]) {
    expect(answer).toMatchObject({ status: 200 })
    expect(answer === 'broken' ? '' : answer.bytes.toString()).not.toMatch(
      new RegExp(`${parcel}|${declared}|${first?.uscc}`),
    )
  }
})
