/** `hutong audit`: the ledger taken out of a running hub, and proved without one. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import type { JWK } from 'jose'
import { verifyLedger, type Verification } from '../store/ledger-verify.ts'
import { askHub, CommandError, streamOfHub } from './ask.ts'
import { readToken } from './config.ts'

/** Adds the commands. */
export function auditCommands(program: Command, print: (text: string) => void): void {
  const audit = program
    .command('audit')
    .description('the ledger of who saw what: take it out, and prove that nobody had their hands on it')
    .addHelpText(
      'after',
      `
Example:
  npx hutong audit keys > keys.json
  npx hutong audit export > ledger.ndjson
  npx hutong audit verify ledger.ndjson --keys keys.json`,
    )
  audit
    .command('export')
    .option('--token <token>', "an auditor's token (HUTONG_TOKEN, or one of the development issuer)")
    .description('print every record of the running hub as lines of JSON, signed at the end')
    .addHelpText(
      'after',
      `
The export is itself on record. In production the token must come from a trusted issuer.

Example:
  npx hutong audit export > ledger.ndjson`,
    )
    .action(async ({ token }: { token?: string }) => {
      const shown = token ?? readToken() ?? (await developmentToken())
      const lines = await streamOfHub('/ledger/export', { authorization: `Bearer ${shown}` })
      await pipeline(lines, process.stdout, { end: false }).catch((cause: unknown) => {
        if (codeOf(cause) === 'EPIPE') process.exit(0) // the reader has seen enough
        throw new CommandError('The export broke off, what was printed is not whole: ask again.', { cause })
      })
    })
  audit
    .command('keys')
    .description('print the public keys that an export is verified with, as a JWK set')
    .addHelpText(
      'after',
      `
Fetch them once and keep them away from the hub: keys that come with the export prove nothing.

Example:
  npx hutong audit keys > keys.json`,
    )
    .action(async () => print(`${JSON.stringify(await askHub('/ledger/keys'), null, 2)}\n`))
  audit
    .command('verify')
    .argument('<file>', 'an export')
    .requiredOption('--keys <file>', 'the public keys that are trusted, a JWK set')
    .description('say whether an export is whole and unchanged; needs no hub and no database')
    .addHelpText(
      'after',
      `
Prints a line for each finding, and a summary. The exit code is 0 where nothing is wrong, 1 where something is, and 2
where a file cannot be used.

Example:
  npx hutong audit verify ledger.ndjson --keys keys.json`,
    )
    .action(async (file: string, { keys }: { keys: string }) => {
      const verification = await verify(file, keys)
      print(textOf(verification))
      if (verification.findings.length > 0) process.exitCode = 1
    })
}

async function developmentToken(): Promise<string> {
  const body = { viewer: 'authority', roles: ['auditor'] }
  return (await askHub<{ token: string }>('/explorer/token', { body })).token
}

/** Throws CommandError, exit code 2, where a file cannot be used. */
async function verify(file: string, keysFile: string): Promise<Verification> {
  const keys = await keysOf(keysFile)
  try {
    return await verifyLedger(linesOf(file), keys)
  } catch (cause) {
    if (cause instanceof CommandError || codeOf(cause) === undefined) throw cause
    throw new CommandError(`The file ${file} cannot be read.`, { cause, exitCode: 2 })
  }
}

/** The lines of an export, one at a time, each with its line feed where it has one. */
async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  // At the line feed and nowhere else; other ends of lines may stand within a record, and count as bytes.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const unusable = (cause?: unknown): CommandError =>
    new CommandError(`The file ${file} is no export of a ledger.`, { cause, exitCode: 2 })
  const decoded = (bytes?: Buffer): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (cause) {
      throw unusable(cause)
    }
  }
  let rest = ''
  let isFirst = true
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    const lines = (rest + decoded(bytes)).split('\n')
    rest = lines.pop() ?? ''
    if (isFirst && !(lines[0] ?? rest).startsWith('{"kind":"ledger",')) throw unusable()
    isFirst = false
    for (const line of lines) yield `${line}\n`
  }
  rest += decoded()
  if (isFirst) throw unusable()
  if (rest !== '') yield rest
}

async function keysOf(file: string): Promise<JWK[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandError(`The file ${file} cannot be read.`, { cause, exitCode: 2 })
  })
  const keys = keysIn(text)
  if (keys === null) throw new CommandError(`The file ${file} is no JWK set with public keys.`, { exitCode: 2 })
  return keys
}

function keysIn(text: string): JWK[] | null {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown }
    if (!Array.isArray(keys) || keys.length === 0) return null
    const isKey = (key: unknown): key is JWK => typeof key === 'object' && key !== null && 'kid' in key && 'kty' in key
    return keys.every(isKey) ? keys : null
  } catch {
    return null
  }
}

/** A line for each finding, then what was looked at. */
function textOf({ records, unchained, chains, checkpoints, at, findings }: Verification): string {
  const found = findings.map(
    ({ problem, line, message }) => `${problem.padEnd(11)}  ${line === null ? 'end' : `line ${line}`}: ${message}\n`,
  )
  const wrong = findings.length === 0 ? 'nothing wrong' : counted(findings.length, 'finding')
  const looked = `${counted(records, 'record')} in ${counted(chains, 'chain')}, ${counted(checkpoints, 'checkpoint')}${
    unchained === 0 ? '' : `, ${counted(unchained, 'record')} from before records were chained, which nothing proves`
  }`
  const exported = at === null ? 'with no time of export' : `exported ${at}`
  return `${found.join('')}${looked}, ${exported}: ${wrong}.\n`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
