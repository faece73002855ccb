/**
 * A hub under a steady, mixed load for half an hour: `npm run soak` looks every half minute at what the process holds,
 * keeps the curve under bench/results/ and writes docs/reliability.md from it. Ends with 1 where something was not as it
 * should be.
 *
 *   --minutes ‹number›  how long; prints what came out, and keeps nothing unless told
 *   --keep              keeps it all the same
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { writeReliabilityPage, type KeptSoak } from './faults/page.ts'
import { machine } from './machine.ts'
import { memoryPlot } from './soak/plot.ts'
import { soak } from './soak/run.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, keep: { type: 'boolean', default: false } },
})
const minutes = Number(values.minutes ?? 30)
if (!(minutes > 0)) {
  console.error('--minutes takes a number above 0.')
  process.exit(2)
}
const soaked = await soak(minutes, Math.min(30_000, minutes * 6_000), (point) => console.error(JSON.stringify(point)))
console.log(JSON.stringify(soaked, null, 2))
if (values.minutes === undefined || values.keep) {
  const kept: KeptSoak = { date: new Date().toISOString().slice(0, 10), machine: machine(), ...soaked }
  const folder = join(import.meta.dirname, 'results')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'soak.json'), await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 }))
  await writeFile(join(folder, 'soak.svg'), memoryPlot(kept.points, kept.machine))
  await writeReliabilityPage()
}
process.exitCode = soaked.problems.length === 0 ? 0 : 1
