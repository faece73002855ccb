/**
 * The numbers: `npm run bench` measures everything, prints one table and keeps it under bench/results/.
 *
 *   --quick            the most telling part of it, in less than two minutes
 *   --only ‹parts›     of hub, throughput, parts, growth, overload, trade, statistics, memory; separated by commas
 *   --servers ‹names›  of limit, hub, apollo, apollo-wrapped, mercurius, yoga, hive; those to compare
 *   --regimes ‹names›  of one, list, slow (departments at 20 ms), kept, kept-list (from copies); where they are compared
 *   --requests ‹count› of --only memory, which takes half an hour or more and so is measured when it is asked for alone;
 *                      1000000 unless told
 *   --save             keeps the results of a run that is not whole, too
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { measureGrowth } from './growth.ts'
import { layOut, machine, versions } from './machine.ts'
import { measureMemory } from './memory.ts'
import { comparable } from './noise.ts'
import { measureParts, parts } from './parts.ts'
import { hiveIsInstalled, installPeers } from './peers.ts'
import { measureOverload } from './overload.ts'
import { growthPlot } from './plot.ts'
import { reportTable, type Report } from './report.ts'
import { peers, serverNames, startRig, type ServerName } from './rig.ts'
import { measureHub } from './start.ts'
import { measureThroughput, regimeIds, type RegimeId } from './throughput.ts'
import { measureStatistics } from './statistics.ts'
import { measureTrade } from './trade.ts'

const kinds = ['hub', 'throughput', 'parts', 'growth', 'overload', 'trade', 'statistics', 'memory'] as const

/** Ends with a sentence where the command line cannot be followed. */
function refuse(why: string): never {
  console.error(why)
  process.exit(2)
}

/** A list of an option, of which every entry is known; null where the option is not given. */
function listed<T extends string>(option: string, known: readonly T[], given: string | undefined): readonly T[] | null {
  if (given === undefined) return null
  const names = given.split(',')
  const wrong = names.find((name) => !(known as readonly string[]).includes(name))
  if (wrong !== undefined) refuse(`--${option} takes ${known.join(', ')}, not "${wrong}".`)
  return known.filter((name) => names.includes(name))
}

function options() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        servers: { type: 'string' },
        regimes: { type: 'string' },
        requests: { type: 'string', default: '1000000' },
        save: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

const values = options()
const { quick } = values
const only = listed('only', kinds, values.only)
const servers = listed('servers', serverNames, values.servers)
const regimes = listed('regimes', regimeIds, values.regimes)
const quickRegimes: readonly RegimeId[] = ['one', 'kept']
const quickly: readonly ServerName[] = ['limit', 'hub', 'mercurius'] // the best of the peers
const requests = Number(values.requests)
if (!Number.isInteger(requests) || requests < 1) refuse(`--requests takes a whole number, not "${values.requests}".`)
/** What takes long, or says little in a short time, and has to be asked for. */
const byHand = quick ? ['growth', 'overload', 'trade', 'statistics', 'memory'] : ['memory']
const wanted = only ?? kinds.filter((kind) => !byHand.includes(kind))

const began = performance.now()
/** On stderr, so that the table stands alone on stdout. */
const announced = (what: string): void =>
  console.error(`${Math.round((performance.now() - began) / 1000)} s: ${what} …`)

async function measure(): Promise<Report> {
  if (wanted.includes('hub')) announced('start-up and memory')
  // Before anything is held to a core: a user's hub has the whole machine.
  const hub = wanted.includes('hub') ? { hub: await measureHub(quick ? 10_000 : 100_000) } : {}
  if (wanted.includes('trade')) announced('trade documents')
  const trade = wanted.includes('trade') ? { trade: await measureTrade(quick ? 20 : 300) } : {}
  if (wanted.includes('statistics')) announced('statistics of trade')
  const statistics = wanted.includes('statistics')
    ? { statistics: await (quick ? measureStatistics(500_000, 20, 10) : measureStatistics(10_000_000, 1, 120)) }
    : {}
  if (servers?.includes('hive') === true && !hiveIsInstalled())
    refuse('npm run bench:hive installs Hive Gateway first.')
  const compared = servers ?? (quick ? quickly : serverNames.filter((name) => name !== 'hive' || hiveIsInstalled()))
  if (wanted.includes('throughput') && compared.some((name) => peers.includes(name))) installPeers()
  const cores = layOut()
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: versions(),
    pinned: cores.server !== null,
    ...hub,
    ...trade,
    ...statistics,
  }
  if (wanted.every((kind) => ['hub', 'trade', 'statistics'].includes(kind))) return report
  announced('departments')
  const rig = await startRig(cores)
  try {
    if (wanted.includes('throughput')) {
      announced('throughput')
      report.throughput = await measureThroughput(
        rig,
        compared,
        quick ? { rounds: 3, seconds: 1, warmUp: 2 } : { rounds: 6, seconds: 6, warmUp: 10 },
        regimes ?? (quick ? quickRegimes : regimeIds),
      )
    }
    if (wanted.includes('parts')) {
      announced('parts on and off')
      const length = quick ? { rounds: 4, seconds: 1, warmUp: 2 } : { rounds: 6, seconds: 6, warmUp: 10 }
      report.parts = await measureParts(rig, quick ? ['ledger'] : parts, length)
    }
    if (wanted.includes('growth')) {
      announced('growth')
      report.growth = await measureGrowth(
        rig,
        quick ? { rounds: 3, seconds: 1, warmUp: 1 } : { rounds: 5, seconds: 4, warmUp: 5 },
      )
    }
    if (wanted.includes('overload')) {
      announced('overload')
      report.overload = await measureOverload(
        rig,
        quick ? { rounds: 3, seconds: 2, warmUp: 4 } : { rounds: 5, seconds: 6, warmUp: 10 },
      )
    }
    if (wanted.includes('memory')) {
      announced(`memory over ${requests} requests`)
      report.memory = await measureMemory(rig, requests, ({ requests: done, resident }) =>
        announced(`${resident} MiB after ${done} requests`),
      )
    }
  } finally {
    await rig.stop()
  }
  return report
}

/** Writes what was measured, beside what else was measured on the same day. */
async function save(report: Report): Promise<void> {
  const folder = join(import.meta.dirname, 'results')
  const file = join(folder, `${report.date}.json`)
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {}
  await mkdir(folder, { recursive: true })
  await writeFile(file, await format(JSON.stringify({ ...before, ...report }), { parser: 'json', printWidth: 120 }))
  if (report.growth !== undefined) {
    await writeFile(join(folder, `${report.date}.svg`), growthPlot(report.growth, report.machine))
  }
}

const report = await measure()
console.log(reportTable(report))
if (values.save || (!quick && only === null && servers === null && regimes === null)) await save(report)
if (report.throughput?.some((regime) => comparable(regime) === null)) {
  console.log('\nThe machine was too busy for these ratios to be judged: measure again when it is quiet.')
}
