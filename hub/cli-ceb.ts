/** `hutong ceb`: messages of cross-border e-commerce, looked at where they lie. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import { standards, type Standard } from '../rules/ceb/format.ts'
import { anySeverity, moreOf } from '../rules/ceb/findings.ts'
import { kindTables } from '../rules/ceb/kinds.ts'
import { readMessage, type Reading } from '../rules/ceb/read.ts'
import { violationText, type Violation } from '../rules/ceb/violation.ts'
import { messageBytes, mostMessageBytes } from './ceb-files.ts'
import { readStore } from './config.ts'

interface ValidateOptions {
  standard: Standard
  signed: boolean
  all: boolean
}

/** Lines said of one file unless all are asked for. */
const fewLines = 20

/** Adds the commands. */
export function cebCommands(program: Command, print: (text: string) => void): void {
  const ceb = program
    .command('ceb')
    .description('customs messages of cross-border e-commerce 跨境电商报文 (CEB)')
    .addHelpText('after', '\nExample:\n  npx hutong ceb validate CEB621Message.xml')
  ceb
    .command('validate')
    .argument('<file...>', 'messages, with or without their DxpMsg envelope')
    .addOption(new Option('--standard <edition>', 'the edition they follow').choices(standards).default('202205'))
    .option('--no-signed', 'do not ask for the signature that lists and what follows them must have')
    .option('--all', `say everything that is kept of a file, not ${fewLines} lines at most`, false)
    .description('say what in messages is not as the specification wants it; needs no hub and no database')
    .addHelpText(
      'after',
      `
A line for each file, and below it a line for each finding: "refused" breaks the schema, "wrong" is well formed and not
what the specification says, "tolerated" is read as it is meant. Values that could be personal are never printed.
Of each document the first 100 findings are kept, and of the message itself; the others are counted.
Signatures are not verified.

The exit code is 0 where no file is refused, and 1 where one is, or a document in it, or where one cannot be read.

Examples:
  npx hutong ceb validate CEB621Message.xml
  npx hutong ceb validate --standard 2018-113 messages/*.xml`,
    )
    .action(async (files: string[], options: ValidateOptions) => {
      const counts = { accepted: 0, findings: 0, refused: 0 }
      for (const file of files) {
        const { verdict, text } = await look(file, options)
        counts[verdict] += 1
        print(text)
      }
      const { accepted, findings, refused } = counts
      const total = files.length === 1 ? '1 file' : `${files.length} files`
      print(`${total}: ${accepted} accepted, ${findings} accepted with findings, ${refused} refused.\n`)
      if (refused > 0) process.exitCode = 1
    })
  ceb
    .command('import')
    .argument('<folder>', 'a folder of messages, *.xml or *.XML')
    .option('--receipts <folder>', 'write the receipt to each message there, under the same name')
    .option('--no-signed', 'do not ask for the signature that lists and what follows them must have')
    .description('take the messages of a folder over into the database, and match them; needs no running hub')
    .addHelpText(
      'after',
      `
The embedded database must not be in use: stop the hub first, or post the messages to it. Whatever cannot be taken over is
told, and the next file follows. A database that goes away is waited for, 10 seconds. What was taken over before does no
harm: after a break, import the folder again.

The exit code is 0 where every document was taken over, and 1 otherwise, also where the folder has no message.

Example:
  npx hutong ceb import messages --receipts receipts`,
    )
    .action(async (folder: string, { receipts, signed }: { receipts?: string; signed: boolean }) => {
      const { importFolder, importText } = await import('./ceb-import.ts')
      let stopped = false
      const stop = (): void => void (stopped = true)
      process.once('SIGINT', stop).once('SIGTERM', stop)
      const say = (text: string): void => void process.stderr.write(text)
      const options = { store: readStore(), receipts: receipts ?? null, signed, stopped: () => stopped, say }
      const imported = await importFolder(folder, options)
      print(importText(imported))
      if (stopped || imported.bad > 0 || imported.documents.refused > 0) process.exitCode = 1
    })
  ceb
    .command('summarize')
    .requiredOption('--month <YYYY-MM>', 'in which the lists were cleared 结关', monthOf)
    .option('--out <folder>', 'write the applications 汇总申请单 (CEB701) of the month there')
    .description('summarise 汇总申报 what was cleared in a month, and apply for it; needs no running hub')
    .addHelpText(
      'after',
      `
Export lists with statisticsFlag B and status 899 that are in no summary: one summary for lists of the same consignor,
transport, producer, country of arrival and customs office of exit. The applications are stored as documents of the hub, and
a list is in one of them, unless customs sends that back (100); run again, it adds what was cleared or sent back since.
Messages are written of all summaries of the month, but for those sent back, and what each sums up as JSON beside them. The
embedded database must not be in use: stop the hub first.

Example:
  npx hutong ceb summarize --month 2026-10 --out summaries`,
    )
    .action(async ({ month, out }: { month: string; out?: string }) => {
      const { summarizeMonth } = await import('./ceb-summarize.ts')
      const say = (text: string): void => void process.stderr.write(text)
      print(await summarizeMonth({ store: readStore(), month, out: out ?? null, say }))
    })
  ceb
    .command('recount')
    .description('count the statistics 统计 of trade from the start; needs no running hub')
    .addHelpText(
      'after',
      `
From the documents and receipts alone, where a doubt about them is to end. Until it is done, the statistics stay as they
were; beside a running hub on the same server, what is handed in meanwhile is stored, and matched after it. The embedded
database must not be in use: stop the hub first.

Example:
  npx hutong ceb recount`,
    )
    .action(async () => {
      const { recountStatistics } = await import('./ceb-recount.ts')
      print(await recountStatistics(readStore()))
    })
}

function monthOf(text: string): string {
  if (/^20\d\d-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new InvalidArgumentError('Give a month, e.g. 2026-10.')
}

interface Look {
  verdict: 'accepted' | 'findings' | 'refused'
  text: string
}

async function look(file: string, options: ValidateOptions): Promise<Look> {
  const bytes = await messageBytes(file)
  if (bytes === null) return { verdict: 'refused', text: `refused   ${file}: it cannot be read\n` }
  const reading = readMessage(bytes, { ...options, mostBytes: mostMessageBytes })
  const verdict = verdictOf(reading)
  const bySeverity = reading.violations.toSorted((one, other) => rank[one.severity] - rank[other.severity])
  const lines = bySeverity.map(lineOf)
  const shown = options.all ? lines : lines.slice(0, fewLines)
  const rest = lines.length - shown.length
  const more = rest === 0 ? '' : `  … and ${rest} more (--all says them)\n`
  const counted = moreOf(reading.more, anySeverity)
  const alone = counted === 0 ? '' : `  … and ${counted} more that are counted alone\n`
  return {
    verdict,
    text: `${heading[verdict]}  ${file}: ${whatIn(reading)}\n${shown.join('')}${more}${alone}${hint(bytes, reading, options)}`,
  }
}

/** The gravest first, since not all may be said. */
const rank = { refused: 0, wrong: 1, tolerated: 2 } as const

const heading = { accepted: 'accepted', findings: 'findings', refused: 'refused ' } as const

function verdictOf(reading: Reading): Look['verdict'] {
  if (!reading.read || reading.refused.length > 0) return 'refused'
  return reading.violations.some(({ severity }) => severity === 'wrong') || moreOf(reading.more, ['wrong']) > 0
    ? 'findings'
    : 'accepted'
}

function whatIn(reading: Reading): string {
  const kind = reading.read ? reading.message.kind : reading.kind
  const what = kind === null ? 'no message of the specification' : `${kind} ${kindTables[kind].zh}`
  if (!reading.read) return what
  const count = reading.message.documents.length
  const refused = reading.refused.length === 0 ? '' : `, ${reading.refused.length} refused`
  return `${what}, ${count} ${count === 1 ? 'document' : 'documents'}${refused}`
}

const lineOf = (violation: Violation): string => `  ${violation.severity.padEnd(9)} ${violationText(violation)}\n`

/** Messages do not say which edition they follow: one that is refused may fit the other. */
function hint(bytes: Uint8Array, reading: Reading, options: ValidateOptions): string {
  const [standard] = standards.filter((other) => other !== options.standard)
  if (standard === undefined || verdictOf(reading) !== 'refused') return ''
  const other = verdictOf(readMessage(bytes, { ...options, standard, mostBytes: mostMessageBytes }))
  return other === 'refused' ? '' : `  It fits the edition ${standard}: --standard ${standard}\n`
}
