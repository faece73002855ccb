/**
 * The numbers: `npm run bench`, or `npm run bench -- --quick` for less than two minutes. Starts the hub as a user does and
 * prints what start-up, memory and the ledger come to on this machine.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { samples } from '../hub/samples.ts'
import { measureLedger, quick, thorough } from './ledger.ts'
import { startHubProcess, type HubProcess } from './hub-process.ts'
import { hubTable, ledgerTable } from './table.ts'

const isQuick = process.argv.includes('--quick')
const queries = isQuick ? 10_000 : 100_000
const connections = 10

async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as T
}

/** Runs the first sample of the explorer over the development enterprises, round and round. */
async function load(hub: HubProcess): Promise<{ perSecond: number; failed: number }> {
  const { token } = await post<{ token: string }>(`${hub.url}/explorer/token`, { viewer: 'customs' })
  const session = (await (await fetch(`${hub.url}/explorer/session`)).json()) as { enterprises: string[] }
  const [sample] = samples(session.enterprises)
  const result = await autocannon({
    url: `${hub.url}/graphql`,
    connections,
    amount: queries,
    requests: session.enterprises.map((uscc) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-purpose': 'clearance' },
      body: JSON.stringify({ query: sample?.query, variables: { uscc } }),
    })),
  })
  return { perSecond: result.requests.average, failed: result.non2xx + result.errors }
}

const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-bench-'))
try {
  const first = await startHubProcess(dataFolder)
  await first.stop()
  const again: number[] = []
  for (let run = 0; run < 5; run += 1) {
    const hub = await startHubProcess(dataFolder)
    again.push(hub.readyAfter)
    await hub.stop()
  }
  const hub = await startHubProcess(dataFolder)
  const before = hub.memory()
  const { perSecond, failed } = await load(hub)
  const after = hub.memory()
  await hub.stop()
  console.log(
    hubTable({
      machine: `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      startOnNewData: first.readyAfter,
      startsOnExistingData: again,
      memoryAfterStart: before,
      memoryAfterQueries: after,
      queries,
      connections,
      perSecond,
      failed,
    }),
  )
  console.log(`\n${ledgerTable(await measureLedger(isQuick ? quick : thorough))}`)
} finally {
  await rm(dataFolder, { recursive: true, force: true })
}
