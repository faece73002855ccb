/**
 * The fault matrix under full load: `npm run faults` tries every cell, keeps what came out under bench/results/ and
 * writes docs/reliability.md from it.
 *
 *   --only ‹systems›  of customs, tax, fx, market, postal, commerce, Postgres; separated by commas. Prints, keeps nothing
 */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { runCell } from './faults/cell.ts'
import { cells, systems } from './faults/matrix.ts'
import { failings, reliabilityPage, type Results } from './faults/report.ts'
import { startFaultyRig } from './faults/rig.ts'
import { machine, versions } from './machine.ts'

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const only = values.only?.split(',')
const unknown = only?.find((name) => !systems.some((system) => system === name))
if (unknown !== undefined) {
  console.error(`--only takes ${systems.join(', ')}, not "${unknown}".`)
  process.exit(2)
}

const course = { clients: 8, before: 1500, during: 3000, rest: 0 }
/** What the hub promises with its ordinary limits, and what a busy machine is allowed on top. */
const promised = { department: 5000, store: 7000, allowance: 500 }

const rig = await startFaultyRig(40)
const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  undici: versions().undici ?? '',
  course,
  promised,
  outcomes: [],
}
try {
  for (const cell of cells.filter(({ system }) => only === undefined || only.includes(system))) {
    const deadline = (cell.system === 'Postgres' ? promised.store : promised.department) + promised.allowance
    const outcome = await runCell(rig, cell, { ...course, deadline }, rig.truth)
    results.outcomes.push(outcome)
    console.error(JSON.stringify(outcome))
  }
} finally {
  await rig.stop()
}
for (const outcome of results.outcomes) {
  for (const failing of failings(outcome)) console.log(`${outcome.system} ${outcome.fault}: ${failing}`)
}
if (only === undefined) {
  const folder = join(import.meta.dirname, 'results')
  const file = join(folder, 'faults.json')
  await mkdir(folder, { recursive: true })
  await writeFile(file, await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }))
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Results
  await writeFile(join(import.meta.dirname, '..', 'docs', 'reliability.md'), reliabilityPage(kept))
}
