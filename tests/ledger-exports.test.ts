/** Exports that nobody reads, and lists that wait: neither takes a connection that a decision needs. */
import { randomUUID } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { runHub, type Running } from './support/harness.ts'

const seconds = 4
let running: Running
let token: string
beforeAll(async () => {
  running = await runHub({ config: { ledger: { exportTime: seconds } } })
  token = await running.token({ as: 'authority', roles: ['auditor'] })
  // More than the sockets between hub and reader hold.
  await running.database.pool.query(
    `insert into audit_record (chain, sequence, recorded_at, request_id, subjects, record, hash)
     select $1, n, now(), n::text, '{}', json_build_object('request', repeat('x', 4000))::text, '\\x00'
     from generate_series(1, 10000) as n`,
    [randomUUID()],
  )
  await running.database.pool.query(
    'insert into audit_chain (chain, suite) select distinct chain, $1 from audit_record on conflict do nothing',
    ['SHA256-Ed25519'],
  )
})
afterAll(() => running.stop())

/** An export whose reader takes the head of the answer and no more. */
const unread = (): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(
      `${running.hub.url}/ledger/export`,
      { headers: { authorization: `Bearer ${token}` }, agent: false },
      resolve,
    ).on('error', reject)
  })
const ended = (answer: IncomingMessage): Promise<string> =>
  new Promise((resolve) => {
    answer.once('error', (error) => resolve(error.message)).once('end', () => resolve('whole'))
    answer.resume()
  })

test('two exports at once; a third is told when to come again, and one that is not read ends in time', async () => {
  const [one, two] = [await unread(), await unread()]
  expect([one.statusCode, two.statusCode]).toEqual([200, 200])
  const third = await fetch(`${running.hub.url}/ledger/export`, { headers: { authorization: `Bearer ${token}` } })
  expect([third.status, third.headers.get('retry-after'), await third.json()]).toEqual([
    503,
    '60',
    {
      errors: [
        {
          message: '2 exports of the ledger are under way, as many as go at once: ask again in 60 seconds.',
          extensions: { code: 'OVERLOADED' },
        },
      ],
    },
  ])
  const again = async (): Promise<boolean> => {
    const answer = await unread()
    answer.destroy()
    return answer.statusCode === 200
  }
  expect(await waitUntil(again, seconds * 1000 + 10_000)).toBe(true)
  expect(await Promise.all([ended(one), ended(two)])).toEqual(['aborted', 'aborted'])
})

test('what decisions need goes on while everything else waits for the database', async () => {
  const holder = new pg.Client(running.database.connection)
  await holder.connect()
  await holder.query('begin; lock table application')
  const waiting = Array.from({ length: 12 }, () =>
    running.ask({ as: 'commerce', roles: ['steward'] }, '{ applications(first: 1) { totalCount } }'),
  )
  try {
    const held = async (): Promise<boolean> => {
      const { rows } = await running.database.pool.query<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows[0]?.waiting === 10
    }
    expect(await waitUntil(held, 5_000)).toBe(true)
    // For longer than grants count that nobody has looked at again.
    for (const since = performance.now(); performance.now() - since < 2_500;) {
      const answer = await running.ask(
        { as: 'customs', purpose: 'clearance' },
        '{ enterprise(uscc: "91350102MYE0000341") { tax { creditGrade } } }',
      )
      expect([answer.errors, answer.data]).toEqual([undefined, { enterprise: { tax: { creditGrade: 'A' } } }])
    }
    expect((await fetch(`${running.hub.url}/readyz`)).status).toBe(200)
  } finally {
    await holder.query('rollback')
    await holder.end()
    await Promise.all(waiting)
  }
})
