/**
 * Messages of invented trade as a process of its own: `node sandbox/trade/main.ts --lists 1000 --out <folder>`. Progress
 * goes to stderr; one line on stdout says what was written.
 */
import { parseArgs } from 'node:util'
import { developmentSeed } from '../world.ts'
import { FolderInUse, writeTrade } from './write.ts'

const fail = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

const { values } = parseArgs({
  options: {
    lists: { type: 'string', default: '1000' },
    out: { type: 'string' },
    seed: { type: 'string', default: String(developmentSeed) },
    faults: { type: 'boolean', default: false },
  },
})
const whole = (name: 'lists' | 'seed'): number =>
  /^\d{1,9}$/.test(values[name]) ? Number(values[name]) : fail(`--${name} must be a whole number.`)

const { out = fail('--out must name a folder.'), faults } = values
const lists = whole('lists')
try {
  const written = await writeTrade({ lists, out, seed: whole('seed'), faults }, (done) =>
    process.stderr.write(`${done} of ${lists} lists\n`),
  )
  const { documents, messages, faults: planted } = written
  process.stdout.write(`${lists} lists, ${documents} documents in ${messages} messages, ${planted} faults: ${out}\n`)
} catch (error) {
  const isMendable = error instanceof FolderInUse || (error instanceof Error && 'code' in error)
  if (isMendable) fail(error.message)
  throw error
}
