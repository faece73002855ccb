/** `hutong sandbox trade`: messages of invented trade, written by the sandbox in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'

interface TradeOptions {
  lists: string
  out: string
  seed?: string
  faults?: true
}

function whole(text: string): string {
  if (/^[1-9]\d{0,8}$/.test(text)) return text
  throw new InvalidArgumentError('Give a whole number from 1.')
}

/** Adds the command. */
export function tradeCommand(sandbox: Command): void {
  sandbox
    .command('trade')
    .requiredOption('--out <folder>', 'where to write; a folder that is empty or not there yet')
    .option('--lists <number>', 'how many lists 清单, three of four of them imports', whole, '1000')
    .option('--seed <number>', 'another seed, other trade', whole)
    .option('--faults', 'plant a fault in one list of ten, each kind of fault in turn')
    .description('write customs messages (CEB) of invented enterprises and people; needs no hub and no database')
    .addHelpText(
      'after',
      `
Messages hold 100 documents at most, e.g. CEB621-000001.xml: orders, payments, waybills and lists of imports (311, 411,
511, 621) and of exports (303, 403, 505, 603). The file manifest.jsonl says of each list, a line each, what it must come
to: MATCHED, PENDING with what is missing, or REJECTED with the codes. The same seed writes the same files.

Example:
  npx hutong sandbox trade --lists 100000 --faults --out trade`,
    )
    .action(async ({ lists, out, seed, faults }: TradeOptions) => {
      const main = join(import.meta.dirname, '..', 'sandbox', 'trade', 'main.ts')
      const args = [
        ...['--lists', lists, '--out', out],
        ...(seed === undefined ? [] : ['--seed', seed]),
        ...(faults === undefined ? [] : ['--faults']),
      ]
      const [code] = (await once(spawn(process.execPath, [main, ...args], { stdio: 'inherit' }), 'close')) as [
        number | null,
      ]
      process.exitCode = code ?? 1
    })
}
