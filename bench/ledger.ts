/**
 * What the ledger costs: two hubs that differ in nothing but whether they keep it, under the same load in turns, so that
 * what else the machine does falls on both. `node bench/ledger.ts` measures this alone.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'
import { cpuSeconds } from './cpu.ts'
import { samples } from '../hub/samples.ts'
import { ledgerTable, type LedgerCost, type Load } from './table.ts'

const connections = 50
const rounds = 6
/** Seconds of each load: two queries, two hubs, one load more than there are rounds until they are warm. */
export const quick = 2
export const thorough = 10

interface Subject {
  pid: number
  url: string
  token: string
  stop(): Promise<void>
}

async function start(ledger: 'on' | 'off', dataFolder: string): Promise<Subject> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-hub.ts'), ledger], {
    env: { ...process.env, PORT: '0', HUTONG_DATA: dataFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, token } = JSON.parse(line) as { url: string; token: string }
    const stop = async (): Promise<void> => {
      child.kill('SIGINT')
      await ended
    }
    return { pid: child.pid ?? 0, url, token, stop }
  }
  throw new Error('The hub ended before it was ready.')
}

async function load({ pid, url, token }: Subject, seconds: number, bodies: readonly string[]): Promise<Load> {
  const before = cpuSeconds(pid)
  const result = await autocannon({
    url: `${url}/graphql`,
    connections,
    duration: seconds,
    requests: bodies.map((body) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-purpose': 'clearance' },
      body,
    })),
  })
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed.`)
  const answers = result['2xx']
  return { perSecond: answers / result.duration, cpu: (1000 * (cpuSeconds(pid) - before)) / answers }
}

/** Measures six sections, and a query that calls no department, where the ledger weighs most. */
export async function measureLedger(seconds: number): Promise<LedgerCost[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-bench-'))
  const subjects: Subject[] = []
  try {
    const on = await start('on', join(folder, 'on'))
    subjects.push(on)
    const off = await start('off', join(folder, 'off'))
    subjects.push(off)
    const session = (await (await fetch(`${on.url}/explorer/session`)).json()) as { enterprises: string[] }
    const [sample] = samples(session.enterprises)
    const six = session.enterprises.map((uscc) => JSON.stringify({ query: sample?.query, variables: { uscc } }))
    const costs: LedgerCost[] = []
    for (const [query, bodies] of [
      ['Six sections', six],
      ['No department asked', [JSON.stringify({ query: '{ me { department } }' })]],
    ] as const) {
      for (const subject of subjects) await load(subject, seconds, bodies) // until it is warm
      const measured: LedgerCost['rounds'] = []
      for (let round = 0; round < rounds; round += 1) {
        // The order changes with every round: on off, off on.
        const first = await load(round % 2 === 0 ? on : off, seconds, bodies)
        const second = await load(round % 2 === 0 ? off : on, seconds, bodies)
        measured.push(round % 2 === 0 ? { on: first, off: second } : { on: second, off: first })
      }
      costs.push({ query, connections, rounds: measured })
    }
    return costs
  } finally {
    for (const subject of subjects) await subject.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) console.log(ledgerTable(await measureLedger(process.argv.includes('--quick') ? quick : thorough)))
