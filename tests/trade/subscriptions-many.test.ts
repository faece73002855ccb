/** Many subscribers of one seller's lists, by both ways and of several departments: each is told of each change, once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../../store/engine/process.ts'
import { grantOf, runGrantedHub } from '../attacks/granted-hub.ts'
import { recordsOf } from '../support/audit.ts'
import { acknowledged, subscription, type Connection } from '../support/connection.ts'
import type { Persona, Running } from '../support/harness.ts'
import { subscribe, type Subscribed } from '../support/subscribed.ts'
import { handIn, seller } from './handed.ts'
import { messageOf } from './messages.ts'

const purpose = 'watching'
const departments = ['customs', 'tax', 'fx'] as const
/** Of each department: streams, connections over WebSocket, and subscriptions of each of those. */
const [streams, connections, each] = [50, 5, 10]
const most = departments.length * (streams + connections * each)

let running: Running
beforeAll(async () => {
  const items = ['customs.tradeLists', 'customs.tradeMatches', 'customs.tradeStatuses']
  running = await runGrantedHub(
    departments.slice(1).flatMap((reader) => items.map((item) => grantOf(reader, item, purpose))),
  )
})
afterAll(() => running.stop())

const persona = (as: (typeof departments)[number]): Persona => ({ as, purpose, purposes: [purpose] })
const asked = `subscription Many { tradeListsChanged(uscc: "${seller}") { copNo } }`
const list = (copNo: string): Promise<void> =>
  handIn(running, [messageOf('621', { orderNo: `SO${copNo}`, logisticsNo: `YD${copNo}`, copNo })])

/** What each subscriber has heard: lists of each event. */
type Heard = () => string[][]
const listsOf = (event: unknown): string[] =>
  (event as { data: { tradeListsChanged: { copNo: string }[] } }).data.tradeListsChanged.map(({ copNo }) => copNo)
const heardBy =
  ({ events }: Subscribed): Heard =>
  () =>
    events.map(listsOf)
const heardOver =
  ({ heard }: Connection, id: string): Heard =>
  () =>
    (heard as { id?: string; payload?: unknown }[])
      .filter((one) => one.id === id)
      .map(({ payload }) => listsOf(payload))

test(`${most} of them`, { timeout: 120_000 }, async () => {
  const everyone: Heard[] = []
  const leave: (() => unknown)[] = []
  for (const as of departments) {
    for (let nth = 0; nth < streams; nth += 1) {
      const one = await subscribe(running, 'sse', persona(as), asked)
      everyone.push(heardBy(one))
      leave.push(() => one.leave())
    }
    const authorization = `Bearer ${await running.token(persona(as))}`
    for (let nth = 0; nth < connections; nth += 1) {
      const connection = await acknowledged(running.hub.url, { authorization, 'x-purpose': purpose })
      for (let id = 0; id < each; id += 1) {
        connection.say(subscription(String(id), asked))
        everyone.push(heardOver(connection, String(id)))
      }
      leave.push(() => connection.socket.close())
    }
  }
  const told = (events: number) => waitUntil(() => everyone.every((heard) => heard().length >= events), 30_000)
  expect([everyone.length, await told(1)]).toEqual([most, true])
  await list('QD1')
  expect(await told(2)).toBe(true)
  // What is told twice comes before what changes then.
  await list('QD2')
  expect(await told(3)).toBe(true)
  const wanted = [[], ['QD1'], ['QD2']]
  expect(everyone.map((heard) => heard())).toEqual(everyone.map(() => wanted))
  const records = (await recordsOf(running.database.db)).filter(({ operation }) => operation === 'Many')
  const counts = Object.groupBy(records, ({ department, action, outcome }) => [department, action, outcome].join(' '))
  expect(Object.fromEntries(Object.entries(counts).map(([key, found]) => [key, found?.length]))).toEqual(
    Object.fromEntries(departments.map((as) => [`${as} subscription answered`, 3 * (streams + connections * each)])),
  )
  for (const one of leave) await one()
})
