/** Subscriptions at hubs that are processes of their own: what one takes over the other tells, and one that stops says so. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { clear, freePorts, hutong, makeFolder, untilReady, type Command } from '../support/serve.ts'
import { subscribeWith, ways, type Subscribed } from '../support/subscribed.ts'
import { platform } from './handed.ts'
import { purchase, receiptOf } from './messages.ts'

interface Process {
  url: string
  command: Command
}

let store: FreshDatabase
let folder: string
let hubs: [Process, Process]
let tokens: { portal: string; customs: string }
beforeAll(async () => {
  ;[store, folder] = await Promise.all([freshDatabase(), makeFolder()])
  const env = { DATABASE_URL: store.url, HUTONG_DATA: join(folder, 'data'), HUTONG_LIMIT_WAIT: '60000' }
  const begin = async (): Promise<Process> => {
    const port = await freePorts()
    return { url: `http://127.0.0.1:${port}`, command: hutong(['serve'], { ...env, PORT: String(port) }) }
  }
  const first = await begin()
  await untilReady(first.command)
  const second = await begin()
  await untilReady(second.command)
  hubs = [first, second]
  const token = async (...args: string[]): Promise<string> =>
    (await hutong(['token', ...args], { ...env, PORT: new URL(first.url).port }).ended).stdout.trim()
  tokens = {
    portal: await token('portal', '--dxp', 'DXPENT0000000001'),
    customs: await token('customs', '--purpose', 'clearance'),
  }
}, 60_000)
afterAll(async () => {
  for (const { command } of hubs) await clear(command, join(folder, 'data'))
  await store.drop()
})

async function handIn({ url }: Process, token: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/xml', authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/ceb`, { method: 'POST', headers, body })
  const text = await response.text()
  if (!response.ok || /returnStatus>-/.test(text)) throw new Error(text)
  // What is stored and not matched yet can be read as well.
  const waiting = async (): Promise<boolean> => (await store.pool.query('select from trade_arrival')).rowCount !== 0
  while (await waiting());
}

test(
  'a change that one takes over is told by the other, each once; a hub that stops says so',
  { timeout: 60_000 },
  async () => {
    const asked = `subscription { matchChanged(platform: "${platform}", number: "SO1") { state missing list { statuses { code } } } }`
    const [one, other] = hubs
    const headers = { authorization: `Bearer ${tokens.customs}` }
    const messages = purchase('1')
    await handIn(one, tokens.portal, messages['621'])
    const everyone: Subscribed[] = ways.flatMap((way) =>
      hubs.map(({ url }) => subscribeWith(url, way, headers, { query: asked })),
    )
    const match = (state: string, missing: string[], ...codes: string[]) => ({
      data: { matchChanged: { state, missing, list: { statuses: codes.map((code) => ({ code })) } } },
    })
    for (const { nth } of everyone) expect(await nth(0)).toEqual(match('PENDING', ['ORDER']))
    await handIn(other, tokens.portal, messages['311'])
    for (const { nth } of everyone) expect(await nth(1)).toEqual(match('PENDING', ['PAYMENT', 'WAYBILL']))
    await handIn(one, tokens.portal, messages['411'])
    for (const { nth } of everyone) expect(await nth(2)).toEqual(match('PENDING', ['WAYBILL']))
    await handIn(other, tokens.portal, messages['511'])
    for (const { nth } of everyone) expect(await nth(3)).toEqual(match('MATCHED', []))
    await handIn(one, tokens.customs, receiptOf('QD1', '120'))
    for (const { nth } of everyone) expect(await nth(4)).toEqual(match('MATCHED', [], '120'))

    one.command.child.kill('SIGTERM')
    const began = performance.now()
    const [socket, , stream] = everyone
    expect([await socket?.ended(), await stream?.ended()]).toEqual([[1001, 'The hub stops.'], 'complete'])
    const { code, stderr } = await one.command.ended
    expect([code, stderr, performance.now() - began < 4_000]).toEqual([0, '\nStopping …\nStopped.\n', true])

    await handIn(other, tokens.customs, receiptOf('QD1', '399', { returnTime: '20261121130000000' }))
    for (const { nth } of [everyone[1], everyone[3]] as Subscribed[])
      expect(await nth(5)).toEqual(match('MATCHED', [], '120', '399'))
    expect(everyone.map(({ events }) => events.length)).toEqual([5, 6, 5, 6])
    for (const { leave } of everyone) await leave()
  },
)
