/**
 * The command line. What is meant for another program goes to stdout alone; everything said to a person goes to stderr.
 * A command loads only what it needs, so that those which ask a running hub are quick.
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { PolicyError } from '../auth/policy-error.ts'
import { departmentIds, isSliceId, sliceIds, type SliceId } from '../departments.ts'
import { StoreError } from '../store/errors.ts'
import { askHub, CommandError } from './ask.ts'
import { auditCommands } from './cli-audit.ts'
import { caller, callers, viewer, viewers } from './cli-callers.ts'
import { cebCommands } from './cli-ceb.ts'
import { documentCommands } from './cli-documents.ts'
import { tradeCommand } from './cli-trade.ts'
import { ConfigError } from './config.ts'
import { DepartmentsError } from './development.ts'
import type { Explanation } from './explain.ts'
import type { DevelopmentEnterprise } from './explorer.ts'
import { writeExplanation } from './explanation-text.ts'

function slice(text: string): SliceId {
  if (isSliceId(text)) return text
  throw new InvalidArgumentError(`It must be one of ${sliceIds.join(', ')}.`)
}

const whole = (text: string, pattern: RegExp, wanted: string): number => {
  const value = Number(pattern.exec(text)?.[1])
  if (Number.isNaN(value) || value < 1) throw new InvalidArgumentError(wanted)
  return value
}

/** What ends a hub in order. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

// A reader that has seen enough (npx hutong schema | head) closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? process.exit(0) : fail(error)))

function print(text: string): void {
  process.stdout.write(text)
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('hutong')
  .version(version, '--version', 'print the version')
  .description('Hutong 互通: one GraphQL view of an enterprise over the systems of six departments')
  .showHelpAfterError('(add --help for help)')
  .addHelpText(
    'after',
    `
Commands other than serve, schema, policy, audit verify, ceb, documents and sandbox trade ask the hub that runs on
this machine at PORT (4000 unless set).

Examples:
  npx hutong serve
  npx hutong token customs
  npx hutong explain --as tax --purpose refund-review query.graphql
  npx hutong sandbox fault tax --kind down --for 30s`,
  )

program
  .command('serve')
  .description('start the hub, in development mode with its database and six development departments')
  .option('--only <slice>', 'start one slice, as a subgraph for a router (hub or a department)', slice)
  .addHelpText(
    'after',
    `
Settings are environment variables:
  PORT           the hub's port (4000); development departments take the seven ports after it
  HOST           the address to listen on (127.0.0.1)
  HUTONG_DATA    the folder of the embedded database and of the development key (.hutong/)
  DATABASE_URL   a PostgreSQL server to use instead of the embedded one
  HUTONG_MODE    development (the default) or production
  HUTONG_LOG     trace, debug, info, warn, error (the default), fatal or silent

Ctrl-C ends everything that was started; the exit code is then 0. A start that fails exits with 1.

Example:
  PORT=5000 HUTONG_DATA=/tmp/hutong npx hutong serve`,
  )
  .action(async ({ only }: { only?: SliceId }) => {
    // While the hub's modules are loaded there is nothing to stop yet; it ends as it does later. These listeners go when
    // those of serve stand: a signal that has come and is not delivered yet would be lost between the two.
    const leave = (): never => {
      process.stderr.write('\nStopping …\nStopped.\n')
      process.exit(0)
    }
    for (const signal of endings) process.on(signal, leave)
    const { serve } = await import('./serve.ts')
    const serving = serve(only ?? null, fail)
    for (const signal of endings) process.off(signal, leave)
    await serving
  })

program
  .command('token')
  .argument('<who>', callers.join(', '), caller)
  .option('--role <role>', 'a role of the token, may be repeated (officer; operator for operations)', collect)
  .option('--purpose <purpose>', 'a purpose that the token may state, may be repeated (those of its grants)', collect)
  .option('--mandate <codes>', 'credit codes that the mandate names, separated by commas')
  .option('--dxp <numbers>', 'DXP numbers whose messages it hands in, separated by commas')
  .description('print a development token, good for an hour')
  .addHelpText(
    'after',
    `
A purpose is stated with each request, in the header X-Purpose. Roles are officer and steward for a department,
authority or auditor for the authority, operator for operations.

Example:
  curl -s localhost:4000/graphql -H 'content-type: application/json' \\
    -H "authorization: Bearer $(npx hutong token tax)" -H 'x-purpose: refund-review' -d '{"query":"{ me { purpose } }"}'`,
  )
  .action(async (who: string, options: { role?: string[]; purpose?: string[]; mandate?: string; dxp?: string }) => {
    const { role: roles, purpose: purposes, mandate, dxp } = options
    const body = { viewer: who, roles, purposes, mandate: mandate?.split(','), dxpIds: dxp?.split(',') }
    const { token } = await askHub<{ token: string }>('/explorer/token', { body })
    print(`${token}\n`)
  })

program
  .command('explain')
  .requiredOption('--as <who>', viewers.join(', '), viewer)
  .option('--purpose <purpose>', 'the purpose to state (none)')
  .option('--operation <name>', 'which operation, where the document holds several')
  .option('--why', 'the reasons as well, in the order in which they are considered')
  .argument('<file>', 'a GraphQL document')
  .description('say for every field of a document whether it may be read, by which rule, and what to do about it')
  .addHelpText('after', '\nExample:\n  npx hutong explain --as customs --purpose clearance query.graphql')
  .action(async (file: string, options: { as: string; purpose?: string; operation?: string; why?: true }) => {
    const query = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new CommandError(`The file ${file} cannot be read.`, { cause })
    })
    // A purpose that is about to be applied for can be explained as well.
    const purposes = options.purpose === undefined ? undefined : [options.purpose]
    const { token } = await askHub<{ token: string }>('/explorer/token', { body: { viewer: options.as, purposes } })
    const headers = {
      authorization: `Bearer ${token}`,
      ...(options.purpose === undefined ? {} : { 'x-purpose': options.purpose }),
    }
    const body = { query, operationName: options.operation }
    print(writeExplanation(await askHub<Explanation>('/explain', { body, headers }), options.why))
  })

program
  .command('schema')
  .description('print the schema')
  .addHelpText('after', '\nExample:\n  npx hutong schema > schema.graphql')
  .action(async () => {
    const { viewSdl } = await import('./schema.ts')
    print(viewSdl())
  })

auditCommands(program, print)
cebCommands(program, print)
documentCommands(program, print)

const policy = program
  .command('policy')
  .description('what the policies allow')
  .addHelpText('after', '\nExample:\n  npx hutong policy diff HEAD^ codegen/generated/policies.json')

policy
  .command('diff')
  .argument('<old>', 'a snapshot of policies (codegen/generated/policies.json), or a git revision that has one')
  .argument('<new>', 'another')
  .description('print who gains or loses which field, for every reader and purpose of development')
  .addHelpText(
    'after',
    `
The snapshots are written by npm run codegen. The exit code is 0 whatever the difference.

Examples:
  npx hutong policy diff HEAD^ HEAD
  npx hutong policy diff main codegen/generated/policies.json`,
  )
  .action(async (before: string, after: string) => {
    const { policyDiff } = await import('./policy-diff.ts')
    print(await policyDiff(before, after))
  })

const sandbox = program
  .command('sandbox')
  .description('the development departments of a running hub')
  .addHelpText('after', '\nExample:\n  npx hutong sandbox enterprises --limit 3')

sandbox
  .command('enterprises')
  .addOption(
    new Option('--limit <number>', 'how many')
      .default(20)
      .argParser((text) => whole(text, /^(\d{1,6})$/, 'Give a whole number from 1.')),
  )
  .description('print credit codes of the development data, one a line')
  .addHelpText('after', '\nExample:\n  npx hutong sandbox enterprises --limit 3')
  .action(async ({ limit }: { limit: number }) => {
    const list = await askHub<DevelopmentEnterprise[]>(`/enterprises?limit=${limit}`, { at: await controlOfHub() })
    print(list.map(({ uscc }) => `${uscc}\n`).join(''))
  })

sandbox
  .command('fault')
  .argument('<department>', departmentIds.join(', '))
  .requiredOption('--kind <kind>', 'one of the kinds below')
  .addOption(
    new Option('--for <seconds>', 'how long')
      .default(30, '30s')
      .argParser((text) => whole(text, /^(\d{1,6})s?$/, 'Give seconds, e.g. 30s.')),
  )
  .description('make a development department misbehave for a while')
  .addHelpText(
    'after',
    `
Kinds, of every department:
  down            the connection breaks before an answer
  slow            every answer comes 30 s late, which is later than the hub waits
  flaky           every second call for data fails
  lying           answers do not fit the contract, in one way after the other

Kinds, of one department:
  expired         customs: the access tokens given out so far are refused, once
  throttled       tax: too many requests, until the time is over
  skewed          tax: its clock is an hour fast, so that signatures look old
  closed          fx: outside service hours, until the time is over
  slow-but-alive  market: every answer comes 1.5 s late, which the hub waits for

Example:
  npx hutong sandbox fault customs --kind down --for 30s`,
  )
  .action(async (department: string, options: { kind: string; for: number }) => {
    const body = { kind: options.kind, seconds: options.for }
    await askHub(`/faults/${encodeURIComponent(department)}`, { at: await controlOfHub(), body })
    process.stderr.write(`${department} is ${options.kind} for ${options.for} s.\n`)
  })

tradeCommand(sandbox)

async function controlOfHub(): Promise<string> {
  const { control } = await askHub<{ control: string | null }>('/development')
  if (control === null) throw new CommandError('The running hub has no development departments.')
  return control
}

/** What the operating system refuses at start-up and a person can mend: its own message is a sentence. */
const refusals: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE'])

/** One sentence for what a person can mend; the stack only for what is a fault of the hub. */
function fail(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const known = [CommandError, ConfigError, DepartmentsError, PolicyError, StoreError].some(
    (kind) => error instanceof kind,
  )
  if (error instanceof Error && (known || refusals.has(code))) console.error(error.message)
  else console.error(error)
  process.exit(error instanceof CommandError ? error.exitCode : 1)
}

await program.parseAsync().catch(fail)
