/**
 * Spoiled requests against a hub that runs as a user starts it: `npm run fuzz` sends 100,000, keeps what came out under
 * bench/results/ and writes docs/reliability.md from it. Ends with 1 where something was not as it should be.
 *
 *   --requests ‹number›  how many; prints what came out, and keeps nothing unless told
 *   --keep               keeps it all the same
 *   --seed ‹number›      another seed, other requests (1)
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { fuzz } from './fuzz/run.ts'
import { machine } from './machine.ts'
import { writeReliabilityPage, type KeptFuzz } from './faults/page.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const [requests, seed] = [Number(values.requests ?? 100_000), Number(values.seed)]
if (!Number.isSafeInteger(requests) || requests < 1 || !Number.isSafeInteger(seed)) {
  console.error('--requests takes a whole number from 1, --seed a whole number.')
  process.exit(2)
}
const fuzzed = await fuzz(seed, requests, (text) => console.error(text))
console.log(JSON.stringify(fuzzed, null, 2))
if (values.requests === undefined || values.keep) {
  const kept: KeptFuzz = { date: new Date().toISOString().slice(0, 10), machine: machine(), ...fuzzed }
  const folder = join(import.meta.dirname, 'results')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'fuzz.json'), await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 }))
  await writeReliabilityPage()
}
process.exitCode = fuzzed.problems.length === 0 ? 0 : 1
