/** Subscribers that do not read, departments that ask by registered documents alone, and a ledger that cannot be written. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { waitUntil } from '../../store/engine/process.ts'
import { recordsOf, type Recorded } from '../support/audit.ts'
import { acknowledged, subscription } from '../support/connection.ts'
import { runHub, type Persona, type RunOptions, type Running } from '../support/harness.ts'
import { subscribe, ways } from '../support/subscribed.ts'
import { handIn, platform, seller } from './handed.ts'
import { purchase, receiptOf } from './messages.ts'

let running: Running
afterEach(() => running.stop())
const start = async (config: RunOptions['config'] = {}): Promise<void> => {
  running = await runHub({ config })
}

const customs: Persona = { as: 'customs' }
const state = `subscription { matchChanged(platform: "${platform}", number: "SO1") { state missing } }`
/** Much of it, so that what waits between the hub and whoever does not read is soon full. */
const large = `subscription Stuck { matchChanged(platform: "${platform}", number: "SO1") { missing ${Array.from({ length: 55 }, (_, nth) => `l${nth}: list { lines { gnum hsCode name quantity unit price total currency country } statuses { code zh en at receipt } }`).join(' ')} } }`

const open = async (): Promise<string> => {
  const text = await (await fetch(`${running.hub.url}/metrics`)).text()
  return [...text.matchAll(/^hutong_subscriptions\{.*\} (\d+)$/gm)].map(([, count]) => count).join(' ')
}
/** The statuses that the list has besides the one that changes. */
const others = ['3', '4', '600', '300', '500', '501', '502', '503', '505', '599', '399', '800']
/** Changes the list: what it says of a status was said before that already. */
const change = (nth: number): Promise<void> =>
  handIn(running, [receiptOf('QD1', '120', { returnTime: `202611211200${59_999 - nth}` })], customs)
async function startWithList(config: RunOptions['config'] = {}): Promise<void> {
  await start(config)
  await handIn(running, [purchase('1')['621']])
  await handIn(
    running,
    others.map((status) => receiptOf('QD1', status)),
    customs,
  )
}
/** Changes the list again and again, until somebody who does read is told of it alone. */
async function changedUntilNobodyElseIsLeft(): Promise<void> {
  const asked = `subscription Reading { matchChanged(platform: "${platform}", number: "SO1") { list { statuses { receipt } } } }`
  const reading = await subscribe(running, 'sse', customs, asked)
  await reading.nth(0)
  for (let nth = 0; (await open()) !== '1 1'; nth += 1) {
    const seen = reading.events.length
    await change(nth)
    await reading.nth(seen)
    if (nth > 100) throw new Error('It is never given up.')
  }
  await reading.leave()
}
const recordsNamed = async (name: string | null): Promise<Recorded[]> =>
  (await recordsOf(running.database.db)).filter(
    ({ action, operation }) => action === 'subscription' && operation === name,
  )
/** Those of subscriptions that were refused, once there is one. */
async function refusals(...names: (string | null)[]): Promise<Recorded[]> {
  let found: Recorded[] = []
  const areThere = await waitUntil(async () => {
    found = (await Promise.all(names.map(recordsNamed))).flat().filter(({ outcome }) => outcome === 'refused')
    return found.length > 0
  }, 10_000)
  if (!areThere) throw new Error('Nothing is on record.')
  return found
}
const unread = { department: 'customs', outcome: 'refused', errors: ['LIMIT_EXCEEDED'] }

test.each([
  ['for too long', 16, { unread: 1_000 }, { each: true, all: 0 }],
  ['and too much of it', 60, {}, { each: false, all: 1 }],
] as const)(
  'attack 12: what comes over WebSocket is not read, %s',
  { timeout: 120_000 },
  async (_how, subscriptions, limits, refused) => {
    await startWithList({ limits })
    const connection = await acknowledged(running.hub.url, { authorization: `Bearer ${await running.token(customs)}` })
    for (let id = 0; id < subscriptions; id += 1) connection.say(subscription(String(id), large))
    await connection.nth(subscriptions)
    connection.socket.pause()
    await changedUntilNobodyElseIsLeft()
    connection.socket.resume()
    expect((await connection.closed)[0]).toBeOneOf([1008, 1006])
    const found = await refusals('Stuck', null)
    expect(found).toEqual(found.map(() => expect.objectContaining(unread) as unknown))
    // Where a ping that nobody answers breaks it, there is none. Of subscriptions, those that were told by then.
    const count = (name: string | null): number => found.filter(({ operation }) => operation === name).length
    expect({ each: count('Stuck') > 0, all: count(null) }).toEqual(refused)
  },
)

test(
  'attack 12: for who does not read a stream nothing more is made, and it is ended',
  { timeout: 120_000 },
  async () => {
    await startWithList({ limits: { unread: 3_000 } })
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${await running.token(customs)}`,
    }
    const stuck = request(`${running.hub.url}/graphql/stream`, { method: 'POST', headers, agent: false })
    stuck.end(JSON.stringify({ query: large }))
    const [response] = (await once(stuck, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(200)
    const broken = expect(once(response, 'end')).rejects.toThrow('aborted')
    await changedUntilNobodyElseIsLeft()
    await refusals('Stuck')
    const [made, read] = [await recordsNamed('Stuck'), await recordsNamed('Reading')]
    expect(made.slice(0, -1).every(({ outcome }) => outcome === 'answered')).toBe(true)
    expect(made.at(-1)).toMatchObject(unread)
    // While it was not read, others were told of change after change.
    expect(read.length - made.length).toBeGreaterThan(0)
    response.resume()
    await broken
  },
)

test.each(ways)('%s: who is told that too much has changed is on record', async (way) => {
  await start()
  await handIn(running, [purchase('1')['621']])
  const asked = `subscription Behind { tradeListsChanged(uscc: "${seller}") { copNo } }`
  const told = await subscribe(running, way, { ...customs, purpose: 'clearance' }, asked)
  await told.nth(0)
  const { pool, db } = running.database
  await pool.query(`
    begin;
    insert into trade_head (key, role, direction, version, document, month, sender, pre_no, seller)
      select gen_random_uuid(), role, direction, version, document, month, sender, nth::text, seller
      from trade_head, generate_series(1, 2001) as nth;
    insert into trade_change (documents, orders, numbers) select array_agg(key), '{}', '{}' from trade_head;
    commit`)
  expect(await told.ended()).toBe('complete')
  expect(told.events.at(-1)).toEqual({
    errors: [
      {
        message: 'More has changed than is kept to be told: subscribe again, which begins with what there is.',
        extensions: { code: 'LIMIT_EXCEEDED' },
      },
    ],
  })
  const records = (await recordsOf(db)).filter(({ operation }) => operation === 'Behind')
  const [first] = records
  expect(records.at(-1)).toEqual({
    ...first,
    at: expect.any(String) as unknown,
    request: expect.any(String) as unknown,
    microseconds: expect.any(Number) as unknown,
    action: 'subscription',
    plan: null,
    subjects: [],
    outcome: 'refused',
    errors: ['LIMIT_EXCEEDED'],
  })
  expect([first?.department, first?.purpose]).toEqual(['customs', 'clearance'])
})

test.each(ways)('%s: nothing is told that cannot be put on record', async (way) => {
  await start()
  const one = purchase('1')
  await handIn(running, [one['621']])
  const told = await subscribe(running, way, customs, state)
  await told.nth(0)
  await running.database.pool.query('alter table audit_record rename to audit_record_away')
  const { pool } = running.database
  await pool.query(`update trade_match set state = 'CANCELLED'`)
  await pool.query(
    `insert into trade_change (documents, orders, numbers) select '{}', array[order_key], '{}' from trade_head`,
  )
  expect(await told.nth(1)).toEqual({
    errors: [
      {
        message: 'The record of this request could not be written, so its answer is withheld. Try again shortly.',
        extensions: { code: 'AUDIT_UNAVAILABLE' },
      },
    ],
  })
  expect(await told.ended()).toBe('complete')
  await pool.query('alter table audit_record_away rename to audit_record')
})

test.each(ways)(
  '%s: a department that is limited to its registered documents is here too, at each event',
  async (way) => {
    await start()
    const one = purchase('1')
    await handIn(running, [one['621']])
    const told = await subscribe(running, way, customs, state)
    await told.nth(0)
    const { pool } = running.database
    await pool.query(`insert into limited_department (department) values ('customs')`)
    await pool.query('update sharing_epoch set epoch = epoch + 1')
    const refused = [
      {
        message:
          'customs may ask by its registered documents alone, and this is none of them: send the documentId of one.',
        extensions: { code: 'DOCUMENT_NOT_REGISTERED' },
      },
    ]
    const isLimited = async () => (await running.ask(customs, '{ me { department } }')).status === 403
    expect(await waitUntil(isLimited, 10_000)).toBe(true)
    expect(await (await subscribe(running, way, customs, state)).ended()).toEqual(refused)
    await handIn(running, [one['311']])
    expect(await told.nth(1)).toEqual({ errors: refused })
    expect(await told.ended()).toBe('complete')
  },
)

test('the slice alone has them as the whole has', async () => {
  await start({ only: 'trade' })
  const one = purchase('1')
  const told = await Promise.all(ways.map((way) => subscribe(running, way, customs, state)))
  await handIn(running, [one['621']])
  for (const { nth } of told)
    expect(await nth(0)).toEqual({ data: { matchChanged: { state: 'PENDING', missing: ['ORDER'] } } })
  for (const { leave } of told) await leave()
})
