/**
 * The fault matrix under full load: `npm run faults` tries every cell, keeps what came out under bench/results/ and
 * writes docs/reliability.md from it.
 *
 *   --only ‹systems›  of customs, tax, fx, market, postal, commerce, Postgres, Redis; separated by commas. Prints, and keeps
 *                     nothing
 *   --keep            with --only: keeps these rows in the place of those that were measured before
 */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { runCell } from './faults/cell.ts'
import { cells, systems } from './faults/matrix.ts'
import { writeReliabilityPage } from './faults/page.ts'
import { failings, type Results } from './faults/report.ts'
import { startFaultyRig } from './faults/rig.ts'
import { machine, versions } from './machine.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } } })
const only = values.only?.split(',')
const unknown = only?.find((name) => !systems.some((system) => system === name))
if (unknown !== undefined) {
  console.error(`--only takes ${systems.join(', ')}, not "${unknown}".`)
  process.exit(2)
}

const course = { clients: 8, before: 1500, during: 3000, rest: 0 }
/** What the hub promises with its ordinary limits, and what a busy machine is allowed on top. */
const promised = { department: 5000, store: 7000, allowance: 500 }

const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  machine: machine(),
  undici: versions().undici ?? '',
  course,
  promised,
  outcomes: [],
}
const folder = join(import.meta.dirname, 'results')
const file = join(folder, 'faults.json')
const before = values.keep ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : null
const wanted = cells.filter(({ system }) => only === undefined || only.includes(system))
// Copies would answer in the place of a department that fails: so Redis fails behind a hub of its own.
for (const keepsCopies of [false, true]) {
  const row = wanted.filter(({ system }) => (system === 'Redis') === keepsCopies)
  if (row.length === 0) continue
  const rig = await startFaultyRig(40, keepsCopies)
  try {
    for (const cell of row) {
      const deadline = (cell.system === 'Postgres' ? promised.store : promised.department) + promised.allowance
      const outcome = await runCell(rig, cell, { ...course, deadline }, rig.truth)
      results.outcomes.push(outcome)
      console.error(JSON.stringify(outcome))
    }
  } finally {
    await rig.stop()
  }
}
for (const outcome of results.outcomes) {
  for (const failing of failings(outcome)) console.log(`${outcome.system} ${outcome.fault}: ${failing}`)
}
if (only === undefined || before !== null) {
  const measured = results.outcomes
  const others = (before?.outcomes ?? []).filter(({ system }) => only?.includes(system) !== true)
  const outcomes = cells.flatMap(({ system, fault }) =>
    [...measured, ...others].filter((outcome) => outcome.system === system && outcome.fault === fault),
  )
  const { date, machine } = results
  const again = Object.fromEntries((only ?? []).map((system) => [system, { date, machine }]))
  const kept: Results = before === null ? results : { ...before, outcomes, again: { ...before.again, ...again } }
  await mkdir(folder, { recursive: true })
  await writeFile(file, await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 }))
  await writeReliabilityPage()
}
