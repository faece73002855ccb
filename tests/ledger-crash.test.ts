/**
 * Postgres is killed, the hub is killed, under load: every answer that a client received has its record, and every change
 * that took effect has one, whether an answer was received or not.
 */
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { superuser } from '../store/engine/cluster.ts'
import { waitUntil } from '../store/engine/process.ts'
import { hutong, signalGroup, type Ended } from './support/serve.ts'
import { base, data, port, post, ready, stopped, tokensOf } from './support/start.ts'

const clients = 25
const enough = 150
/** Changes before the kill: a department may hold a hundred drafts, and the kill is to come in their midst. */
const someChanges = 40
const timeout = 90_000
const query = '{ enterprise(uscc: "91350102MYE0000341") { name customs { creditGrade } tax { creditGrade } } }'
const whole = {
  enterprise: {
    name: '福州示例云帆贸易有限公司（开发数据）',
    customs: { creditGrade: 'ADVANCED_CERTIFIED' },
    tax: { creditGrade: 'A' },
  },
}

interface Body {
  data?: unknown
  errors?: { extensions: { code: string } }[]
}
/** Until the hub has looked at its grants again, nothing is shown by them. */
const guarded = { enterprise: { ...whole.enterprise, tax: { creditGrade: null } } }

/** What a client asks, and whether it is answered as it should be. */
interface Question {
  body: () => unknown
  isRight: (answer: Body) => boolean
}
const reading: Question = {
  body: () => ({ query }),
  isRight: ({ data, errors = [] }) =>
    JSON.stringify(data) === JSON.stringify(errors.length === 0 ? whole : guarded) &&
    errors.every(({ extensions }) => extensions.code === 'POLICY_UNAVAILABLE'),
}
/** A draft of an application, each with a text of its own. */
const drafting: Question = {
  body: () => ({
    query: 'mutation ($input: DraftApplicationInput!) { draftApplication(input: $input) { application { state } } }',
    variables: {
      input: {
        clientMutationId: randomUUID(),
        item: 'tax.arrears',
        purpose: 'clearance',
        basis: '《政务数据共享条例》第二十条',
        scenario: '通关核验',
        scope: '欠税信息',
        validTo: new Date(Date.now() + 86_400_000).toISOString(),
      },
    },
  }),
  // Of a database that went down in between, an answer may say that nothing was changed.
  isRight: () => true,
}

/** Clients that ask one question after the other until they are told to stop or nobody answers. */
function load(token: string, { body: next, isRight }: Question = reading) {
  const received: string[] = []
  const refused: unknown[] = []
  const odd: unknown[] = []
  let isOver = false
  const client = async (): Promise<void> => {
    while (!isOver) {
      const headers = { authorization: `Bearer ${token}`, 'x-purpose': 'clearance' }
      const answer = await post('/graphql', next(), headers)
        .then(async (response) => ({ response, body: (await response.json()) as Body }))
        .catch(() => null)
      if (answer === null) return // the connection broke: no answer was received
      const { response, body } = answer
      if (response.status === 200) received.push(response.headers.get('x-request-id') ?? '')
      else refused.push([response.status, body])
      if (response.status === 200 && !isRight(body)) odd.push(body)
    }
  }
  const over = Promise.all(Array.from({ length: clients }, client))
  const stop = async (): Promise<void> => {
    isOver = true
    await over
  }
  return { received, refused, odd, over, stop }
}

const command = (...args: string[]): Promise<Ended> => hutong(args, { PORT: String(port) }).ended

interface Kept {
  request: string
  outcome: string
  details?: { events?: { mutation: string; matter: string }[] }
}

/** What the hub that runs has on record, proved; ids of requests. */
const proved = async (): Promise<Set<string>> => new Set((await kept()).map(({ request }) => request))

async function kept(): Promise<Kept[]> {
  const [keys, ledger] = [join(base, 'keys.json'), join(base, 'ledger.ndjson')]
  await writeFile(keys, (await command('audit', 'keys')).stdout)
  const { stdout } = await command('audit', 'export')
  await writeFile(ledger, stdout)
  const verdict = await command('audit', 'verify', ledger, '--keys', keys)
  expect(verdict.stdout).toMatch(
    /^\d+ records in \d+ chains, \d+ checkpoints?, exported [\d:.TZ-]+: nothing wrong\.\n$/,
  )
  expect(verdict.code).toBe(0)
  const records = stdout.split('\n').filter((line) => line.includes('"kind":"record"'))
  return records.map((line) => (JSON.parse(line) as { record: Kept }).record)
}

/** Ids of the applications that there are. */
async function applications(): Promise<string[]> {
  const client = new pg.Client({ host: join(data, 'socket'), user: superuser, database: 'hutong' })
  await client.connect()
  const { rows } = await client.query<{ id: string }>('select id from application')
  await client.end()
  return rows.map(({ id }) => id)
}

const withheld = [
  503,
  {
    errors: [
      {
        message: 'The record of this request could not be written, so its answer is withheld. Try again shortly.',
        extensions: { code: 'AUDIT_UNAVAILABLE' },
      },
    ],
  },
]

const killPostgres = async (): Promise<void> => {
  const [postmaster] = (await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(postmaster), 'SIGKILL')
}

test('Postgres, with SIGKILL', { timeout }, async () => {
  const hub = await ready({ HUTONG_LOG: 'silent' })
  const { received, refused, odd, stop } = load(tokensOf(hub.said.stdout)[0] ?? '')
  expect(await waitUntil(() => received.length >= enough, 30_000)).toBe(true)
  await killPostgres()
  expect(await waitUntil(() => refused.length > 0, 20_000)).toBe(true)
  const before = received.length
  expect(await waitUntil(() => received.length >= before + enough, 30_000)).toBe(true)
  await stop()
  expect(refused).toEqual(refused.map(() => withheld))
  expect(odd).toEqual([])
  await stopped(hub, () => signalGroup(hub, 'SIGINT'))

  const again = await ready()
  const recorded = await proved()
  expect(received.filter((id) => !recorded.has(id))).toEqual([])
  expect(new Set(received).size).toBe(received.length)
  await stopped(again, () => signalGroup(again, 'SIGINT'))
})

test('the hub, with SIGKILL, twice', { timeout }, async () => {
  const received: string[] = []
  for (const _time of ['once', 'again']) {
    const hub = await ready({ HUTONG_LOG: 'silent' })
    const clientsOf = load(tokensOf(hub.said.stdout)[0] ?? '')
    expect(await waitUntil(() => clientsOf.received.length >= enough, 30_000)).toBe(true)
    hub.child.kill('SIGKILL')
    await Promise.all([hub.ended, clientsOf.over])
    expect([clientsOf.refused, clientsOf.odd]).toEqual([[], []])
    received.push(...clientsOf.received)
  }
  const last = await ready()
  const recorded = await proved()
  expect(received.filter((id) => !recorded.has(id))).toEqual([])
  expect(received.length).toBeGreaterThanOrEqual(2 * enough)
  await stopped(last, () => signalGroup(last, 'SIGINT'))
})

test.each(['Postgres', 'the hub'])('%s, with SIGKILL, while things change', { timeout }, async (which) => {
  const hub = await ready({ HUTONG_LOG: 'silent' })
  const { received, over, stop } = load(tokensOf(hub.said.stdout)[0] ?? '', drafting)
  expect(await waitUntil(() => received.length >= someChanges, 30_000)).toBe(true)
  if (which === 'Postgres') {
    await killPostgres()
    const before = received.length
    expect(await waitUntil(() => received.length >= before + enough, 30_000)).toBe(true)
    await stop()
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  } else {
    hub.child.kill('SIGKILL')
    await Promise.all([hub.ended, over])
  }
  const again = await ready()
  const records = await kept()
  const there = await applications()
  const begun = new Set(
    records
      .flatMap(({ outcome, details }) => (outcome === 'begun' ? (details?.events ?? []) : []))
      .map(({ matter }) => matter),
  )
  expect(there.length).toBeGreaterThanOrEqual(someChanges)
  expect(there.filter((id) => !begun.has(id))).toEqual([])
  const ended = new Set(records.filter(({ outcome }) => outcome !== 'begun').map(({ request }) => request))
  expect(received.filter((id) => !ended.has(id))).toEqual([])
  await stopped(again, () => signalGroup(again, 'SIGINT'))
})
