/** The servers that the bench compares answer alike, with the calls that it counts on. */
import { parse, visit } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agree, callsOf, fill } from '../bench/agreement.ts'
import {
  keptEnterprise,
  keptEnterprises,
  manyDepartments,
  manyFields,
  oneEnterprise,
  someEnterprises,
  type Question,
} from '../bench/documents.ts'
import { wideLimits } from '../bench/growth.ts'
import { ask } from '../bench/load.ts'
import { hiveIsInstalled, peersAreInstalled } from '../bench/peers.ts'
import { peers, serverNames, startRig, type Rig, type Server } from '../bench/rig.ts'

let rig: Rig
let servers: Server[]
let hub: Server

const names = serverNames.filter((name) =>
  name === 'hive' ? hiveIsInstalled() : peersAreInstalled() || !peers.includes(name),
)

beforeAll(async () => {
  rig = await startRig({ server: null, rest: null }, 60)
  const compared = names.map((name) => rig.start(name, [], name === 'hub' ? wideLimits : {}))
  const unguarded = rig.start('hub', ['--without', 'authorization'])
  servers = await Promise.all([...compared, unguarded])
  hub = servers[names.indexOf('hub')] as Server
})
afterAll(() => rig.stop())

const some = (question: Question, count: number): Question => ({ ...question, bodies: question.bodies.slice(0, count) })

test.each([
  ['one enterprise, seven calls', () => some(oneEnterprise(rig.usccs), 10), [7, 7]],
  ['fifty enterprises: three calls together, three for each', () => someEnterprises(rig.usccs, 50, 2), [153, 300]],
])('%s: every server answers as the limit does', async (_name, question, calls) => {
  const asked = question()
  const [limit] = servers
  const whole = limit && (await ask(limit, asked.bodies[0] ?? ''))
  expect(JSON.stringify(whole)).toMatch(/"legalRepresentative":\{"name":"[^*"]+"\}.*"overseasWarehouses":/)
  await agree(rig, servers, asked)
  const counted = servers.map((server) => [server.name, callsOf(server, asked)])
  const [least, single] = calls
  expect(counted).toEqual(servers.map(({ name }) => [name, name === 'apollo' ? single : least]))
})

test('from copies every server answers as the limit does, and asks nobody', async () => {
  const keeping = await Promise.all(names.map((name) => rig.start(name, [], { HUTONG_CACHE: 'on' })))
  const questions = [some(keptEnterprise(rig.usccs), 10), keptEnterprises(rig.usccs, 50, 2)]
  for (const question of questions) {
    await expect(agree(rig, keeping, question)).rejects.toThrow(/^limit made \d+ calls for an answer that takes 0\.$/)
    await fill(keeping, question)
    const before = await rig.calls()
    await agree(rig, keeping, question)
    expect(await rig.calls()).toBe(before)
  }
  const whole = JSON.stringify(
    await Promise.all(questions.map(({ bodies }) => ask(keeping[0] as Server, bodies[0] ?? ''))),
  )
  expect(whole).toMatch(/"abnormalListings":\[\{.*"penalties":\{"nodes":\[\{.*"monthlyVolumes":\[\{.*"filing":\{/)
  for (const server of keeping) await server.stop()
}, 120_000)

test.each([
  [1, 6],
  [10, 33],
  [60, 185],
])('%i enterprises take %i calls', async (count, calls) => {
  const question = someEnterprises(rig.usccs, count, 1)
  expect(question.calls).toBe(calls)
  await agree(rig, [hub], question)
})

test.each([10, 100, 1000])('%i fields of one enterprise take five calls', async (count) => {
  const question = some(manyFields(rig.usccs, count), 1)
  let leaves = 0
  const { query } = JSON.parse(question.bodies[0] ?? '') as { query: string }
  visit(parse(query), { Field: ({ selectionSet }) => void (leaves += selectionSet === undefined ? 1 : 0) })
  expect([leaves, question.calls]).toEqual([count, 5])
  await agree(rig, [hub], question)
})

test.each([1, 24])('%i departments more, each asked once', async (count) => {
  const wide = await rig.start('hub', ['--departments', String(count)])
  const question = some(manyDepartments(rig.usccs, count), 2)
  await agree(rig, [wide], question)
  const own = `{ enterprise(uscc: "${rig.usccs[0] ?? ''}") { commerce { filing { number zone roles status } overseasWarehouses { name country } } } }`
  const { enterprise } = (await ask(wide, JSON.stringify({ query: own }))) as { enterprise: { commerce: object } }
  expect(await ask(wide, question.bodies[0] ?? '')).toEqual({
    enterprise: Object.fromEntries(Array.from({ length: count }, (_, at) => [`department${at}`, enterprise.commerce])),
  })
  expect(JSON.stringify(enterprise.commerce)).toMatch(/"number":"[^"]+".*"overseasWarehouses":\[/)
  await wide.stop()
})

test('without authorization, what is denied is shown', async () => {
  const body = JSON.stringify({ query: `{ enterprise(uscc: "${rig.usccs[0] ?? ''}") { tax { arrears { amount } } } }` })
  await expect(ask(hub, body)).rejects.toThrow('UNAUTHORIZED_FIELD_OR_TYPE')
  expect(await ask(servers.at(-1) as Server, body)).toEqual({
    enterprise: { tax: { arrears: { amount: expect.stringMatching(/^\d+\.\d\d$/) as string } } },
  })
})

test('a server that answers otherwise, or calls once more, is found out', async () => {
  const limit = servers[0] as Server
  const question = some(oneEnterprise(rig.usccs), 1)
  await expect(agree(rig, [limit, hub], { ...question, calls: 6 })).rejects.toThrow(
    'limit made 7 calls for an answer that takes 6.',
  )
  const other = { ...hub, name: 'other', url: hub.url.replace('/graphql', '/nowhere') }
  await expect(agree(rig, [limit, other], question)).rejects.toThrow('other answered 404')
})
