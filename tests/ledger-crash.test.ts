/** Postgres is killed, the hub is killed, under load: every answer that a client received has its record. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { hutong, signalGroup, type Ended } from './support/serve.ts'
import { base, data, port, post, ready, stopped, tokensOf } from './support/start.ts'

const clients = 25
const enough = 150
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
const isAsItShouldBe = ({ data, errors = [] }: Body): boolean =>
  JSON.stringify(data) === JSON.stringify(errors.length === 0 ? whole : guarded) &&
  errors.every(({ extensions }) => extensions.code === 'POLICY_UNAVAILABLE')

/** Clients that ask one question after the other until they are told to stop or nobody answers. */
function load(token: string) {
  const received: string[] = []
  const refused: unknown[] = []
  const odd: unknown[] = []
  let isOver = false
  const client = async (): Promise<void> => {
    while (!isOver) {
      const headers = { authorization: `Bearer ${token}`, 'x-purpose': 'clearance' }
      const answer = await post('/graphql', { query }, headers)
        .then(async (response) => ({ response, body: (await response.json()) as Body }))
        .catch(() => null)
      if (answer === null) return // the connection broke: no answer was received
      const { response, body } = answer
      if (response.status === 200) received.push(response.headers.get('x-request-id') ?? '')
      else refused.push([response.status, body])
      if (response.status === 200 && !isAsItShouldBe(body)) odd.push(body)
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

/** What the hub that runs has on record, proved; ids of requests. */
async function proved(): Promise<Set<string>> {
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
  return new Set(records.map((line) => (JSON.parse(line) as { record: { request: string } }).record.request))
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

test('Postgres, with SIGKILL', { timeout }, async () => {
  const hub = await ready({ HUTONG_LOG: 'silent' })
  const { received, refused, odd, stop } = load(tokensOf(hub.said.stdout)[0] ?? '')
  expect(await waitUntil(() => received.length >= enough, 30_000)).toBe(true)
  const [postmaster] = (await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(postmaster), 'SIGKILL')
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
