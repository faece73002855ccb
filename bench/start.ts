/** Start-up and memory of the hub as a user starts it, development departments and all. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { samples } from '../hub/samples.ts'
import { startHubProcess, type HubProcess } from './hub-process.ts'
import { machine } from './machine.ts'
import type { Figures } from './table.ts'

const connections = 10
const startsOnExistingData = 5

async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as T
}

/** Runs the first sample of the explorer over the development enterprises, round and round. */
async function ask(hub: HubProcess, queries: number): Promise<{ perSecond: number; failed: number }> {
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

/** Starts a hub on new data, some times again, and asks it so many queries. */
export async function measureHub(queries: number): Promise<Figures> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-bench-'))
  try {
    const first = await startHubProcess(dataFolder)
    await first.stop()
    const again: number[] = []
    for (let run = 0; run < startsOnExistingData; run += 1) {
      const hub = await startHubProcess(dataFolder)
      again.push(hub.readyAfter)
      await hub.stop()
    }
    const hub = await startHubProcess(dataFolder)
    const memoryAfterStart = hub.memory()
    const { perSecond, failed } = await ask(hub, queries)
    const memoryAfterQueries = hub.memory()
    await hub.stop()
    return {
      machine: machine(),
      startOnNewData: first.readyAfter,
      startsOnExistingData: again,
      memoryAfterStart,
      memoryAfterQueries,
      queries,
      connections,
      perSecond,
      failed,
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
}
