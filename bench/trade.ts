/**
 * Lists of exports a minute that one hub takes over and matches, each with its order, payment and waybill, on the whole
 * machine with the embedded database. Whoever hands in shares the machine. Counted in the database at the end.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { Pool } from 'undici'
import { startPostgres } from '../store/postgres.ts'
import { startHubProcess, type HubProcess } from './hub-process.ts'
import { row, type Memory } from './table.ts'
import { documentsEach, dxpId, tradeKinds, tradeMessage } from './trade/messages.ts'

export interface TradeFigures {
  /** For which messages were handed in, in seconds. */
  seconds: number
  /** Until all of it was matched, in seconds. */
  matchedAfter: number
  /** In the database at the end: documents, and lists by state. */
  documents: number
  lists: Readonly<Record<string, number>>
  /** Messages that were not answered by a receipt. */
  failed: number
  /** Of answers, in ms. */
  p50: number
  p99: number
  memory: Memory
}

/** Lists a minute at the peak of customs' system for exports in 2024. */
const peak = 85_000

/** Whoever hands in at the same time. */
const senders = 8

export async function measureTrade(seconds: number): Promise<TradeFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-trade-'))
  try {
    const hub = await startHubProcess(folder, { HUTONG_RATE_REQUESTS: '1000000000' })
    const handed = await handIn(hub, seconds).finally(() => hub.stop())
    return { ...handed, ...(await counted(folder)) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Handed = Omit<TradeFigures, 'documents' | 'lists'>

/** Hands in, as all senders together, for as long as it is told to go on; how long each answer took, in ms. */
export async function send(url: string, goesOn: () => boolean): Promise<Pick<Handed, 'failed'> & { took: number[] }> {
  const pool = new Pool(url, { connections: senders })
  const authorization = `Bearer ${await tokenOf(pool)}`
  const headers = { authorization, 'content-type': 'application/xml' }
  const took: number[] = []
  let failed = 0
  let next = 0
  const sender = async (): Promise<void> => {
    while (goesOn()) {
      const first = (next += documentsEach)
      for (const kind of tradeKinds) {
        const body = tradeMessage(kind, first)
        const sent = performance.now()
        const answer = await pool.request({ path: '/ceb', method: 'POST', headers, body })
        const text = await answer.body.text()
        took.push(performance.now() - sent)
        if (answer.statusCode !== 200 || text.includes('<ceb:returnStatus>-')) failed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: senders }, sender))
  await pool.close()
  return { took, failed }
}

async function handIn(hub: HubProcess, seconds: number): Promise<Handed> {
  const began = performance.now()
  const { took, failed } = await send(hub.url, () => performance.now() - began < seconds * 1000)
  const handedIn = performance.now()
  const pool = new Pool(hub.url, { connections: 1 })
  while ((await waiting(pool)) > 0);
  const matchedAfter = (performance.now() - began) / 1000
  await pool.close()
  took.sort((one, other) => one - other)
  const quantile = (part: number): number => took[Math.floor(part * (took.length - 1))] ?? Number.NaN
  return {
    seconds: (handedIn - began) / 1000,
    matchedAfter,
    failed,
    p50: quantile(0.5),
    p99: quantile(0.99),
    memory: hub.memory(),
  }
}

async function tokenOf(pool: Pool): Promise<string> {
  const answer = await pool.request({
    path: '/explorer/token',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ viewer: 'portal', dxpIds: [dxpId] }),
  })
  return ((await answer.body.json()) as { token: string }).token
}

/** Insertions that are not matched yet. */
async function waiting(pool: Pool): Promise<number> {
  const { body } = await pool.request({ path: '/metrics', method: 'GET' })
  return Number(/^hutong_trade_waiting (\d+)$/m.exec(await body.text())?.[1] ?? Number.NaN)
}

async function counted(dataFolder: string): Promise<Pick<TradeFigures, 'documents' | 'lists'>> {
  const server = await startPostgres({ dataFolder })
  const client = new pg.Client({ ...server.connection })
  await client.connect()
  try {
    const documents = await client.query<{ count: number }>('select count(*)::int as count from trade_head')
    const lists = await client.query<{ state: string; count: number }>(
      'select state, count(*)::int as count from trade_match group by state order by state',
    )
    return {
      documents: documents.rows[0]?.count ?? 0,
      lists: Object.fromEntries(lists.rows.map(({ state, count }) => [state, count])),
    }
  } finally {
    await client.end()
    await server.stop()
  }
}

export function tradeTable({
  seconds,
  matchedAfter,
  documents,
  lists,
  failed,
  p50,
  p99,
  memory,
}: TradeFigures): string {
  const matched = lists.MATCHED ?? 0
  const perMinute = (matched / matchedAfter) * 60
  const states = Object.entries(lists).map(([state, count]) => `${count} ${state}`)
  return [
    `Trade documents handed in for ${Math.round(seconds)} s, ${senders} messages of ${documentsEach} at once:`,
    row('  lists stored and matched a minute', Math.round(perMinute).toString()),
    row('  of the peak of customs in 2024', (perMinute / peak).toFixed(2)),
    row('  documents; lists', `${documents}; ${states.join(', ')}`),
    row('  matched after the last answer (s)', (matchedAfter - seconds).toFixed(1)),
    row('  p50, p99 of answers (ms)', `${p50.toFixed(0)}, ${p99.toFixed(0)}`),
    row('  failed', String(failed)),
    row('  resident memory (MiB)', `hub ${memory.hub}, Postgres ${memory.postgres}`),
  ].join('\n')
}
