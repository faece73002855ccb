/** docs/operating.md on backup and on a new key, its commands run as printed: what was lost comes back, and verifies. */
import { readFileSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { dumpableServer } from './support/dumpable-server.ts'
import { clear, hutong, leftBehind, project, run, signalGroup, type Command, type Ended } from './support/serve.ts'
import { base, port, post, ready, serve, started, stopped } from './support/start.ts'
import { inAMonth } from './support/mutations.ts'

const page = readFileSync(join(project, 'docs', 'operating.md'), 'utf8')
/** The blocks in `sh` under a heading. */
const blocks = (heading: string): string[] => {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
}
const [backup = '', restore = '', dump = '', undump = '', ...others] = blocks('Backup and restore')
const [renew = ''] = blocks('Its key')
const shell = async (
  commands: string,
  env: Record<string, string> = {},
): Promise<Pick<Ended, 'code' | 'stdout' | 'stderr'>> => {
  const { code, stdout, stderr } = await run('sh', ['-ec', commands], env, { cwd: base }).ended
  return { code, stdout, stderr }
}
const done = { code: 0, stdout: '', stderr: '' }

const folder = (): string => join(base, '.hutong')
const start = (env: Record<string, string> = {}): Promise<Command> => ready({ HUTONG_DATA: folder(), ...env })
const stop = async (hub: Command): Promise<void> => {
  await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  expect(leftBehind(folder(), port)).toEqual([])
}
afterEach(async () => {
  for (const command of started) await clear(command, folder())
})

const command = (...args: string[]): Promise<Ended> => hutong(args, { PORT: String(port) }).ended
const ask = async (as: string[], purpose: string, query: string): Promise<unknown> => {
  const token = (await command('token', ...as)).stdout.trim()
  const headers = { authorization: `Bearer ${token}`, ...(purpose === '' ? {} : { 'x-purpose': purpose }) }
  const { data, errors } = (await (await post('/graphql', { query }, headers)).json()) as {
    data: unknown
    errors?: { extensions: { reason: string } }[]
  }
  return errors?.map(({ extensions }) => extensions.reason) ?? data
}
const read = (item: 'creditGrade' | 'exportRefundClass'): Promise<unknown> =>
  ask(['customs'], 'clearance', `{ enterprise(uscc: "91350102MYE0000341") { tax { ${item} } } }`)
const suspend = (): Promise<unknown> =>
  ask(
    ['authority', '--role', 'authority'],
    '',
    `mutation { suspendGrant(input: {
      clientMutationId: "suspended-once", grant: "development:customs:tax.creditGrade:clearance", reason: "涉嫌超范围使用", putRightBy: "${inAMonth}"
    }) { grant { state } } }`,
  )
const keysFile = (): string => join(base, 'keys.json')
const keepKeys = async (): Promise<void> => writeFile(keysFile(), (await command('audit', 'keys')).stdout)
/** What is on record, and what is found in it with the keys that were kept. */
async function proved(): Promise<{ mutations: number; verdict: string }> {
  const exported = join(base, 'ledger.ndjson')
  await writeFile(exported, (await command('audit', 'export')).stdout)
  const { stdout } = await command('audit', 'verify', exported, '--keys', keysFile())
  const mutations = (await readFile(exported, 'utf8')).split('"action":"mutation"').length - 1
  return { mutations, verdict: stdout.replace(/^.*: (nothing wrong\.\n)$/s, '$1') }
}

test('the page has blocks for backup and restore, of either kind of database, and one for a new key', () => {
  expect(others).toEqual([])
  const lengths = [backup, restore, dump, undump, renew].map((block) => block.split('\n').length - 1)
  expect(lengths).toEqual([1, 2, 3, 4, 1])
})

test(
  'backup, loss, restore: grants, records and the key are there again, and the ledger verifies',
  { timeout: 90_000 },
  async () => {
    const first = await start()
    expect(await suspend()).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } })
    await keepKeys()
    // A copy of a database that is running is none.
    expect((await shell(backup)).code).toBe(1)
    await stop(first)
    expect(await shell(backup)).toEqual(done)

    await rm(folder(), { recursive: true })
    const empty = await start()
    expect(await read('creditGrade')).toEqual({ enterprise: { tax: { creditGrade: 'A' } } })
    expect(((await proved()).verdict.match(/foreign-key/g) ?? []).length).toBeGreaterThan(0)
    await stop(empty)

    expect(await shell(restore)).toEqual(done)
    const again = await start()
    expect(await read('creditGrade')).toEqual(['suspended'])
    expect(await read('exportRefundClass')).toEqual({
      enterprise: { tax: { exportRefundClass: expect.anything() as unknown } },
    })
    expect(await suspend()).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } }) // as the first time
    expect(await proved()).toEqual({ mutations: 3, verdict: 'nothing wrong.\n' })
    await stop(again)
  },
)

test('a dump of a server, taken while the hub runs, comes back to an empty database', { timeout: 90_000 }, async () => {
  const server = await dumpableServer()
  if (typeof server === 'string') {
    expect(server).toMatch(/^this machine('s)? /)
    console.log(`The dump was not tried: ${server}.`)
    return
  }
  try {
    const first = { DATABASE_URL: await server.createDatabase() }
    const hub = await start(first)
    expect(await suspend()).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } })
    await keepKeys()
    expect(await shell(dump, first)).toEqual(done)
    await stop(hub)
    await rm(folder(), { recursive: true })

    const second = { DATABASE_URL: await server.createDatabase() }
    expect(await shell(undump, second)).toEqual(done)
    const again = await start(second)
    expect(await read('creditGrade')).toEqual(['suspended'])
    expect(await read('exportRefundClass')).toEqual({
      enterprise: { tax: { exportRefundClass: expect.anything() as unknown } },
    })
    expect(await suspend()).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } }) // as the first time
    expect(await proved()).toEqual({ mutations: 3, verdict: 'nothing wrong.\n' })
    await stop(again)
  } finally {
    for (const command of started) await clear(command, folder())
    await server.stop()
  }
})

test('a database without its key is refused, and no key is made', { timeout: 60_000 }, async () => {
  const hub = await start()
  await read('creditGrade')
  await keepKeys()
  await stop(hub)
  const { keys } = JSON.parse(await readFile(keysFile(), 'utf8')) as { keys: { kid: string }[] }
  const file = join(folder(), 'ledger-key.json')
  const kept = await readFile(file)
  await rm(file)
  expect(await serve({ HUTONG_DATA: folder() }).ended).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: `The ledger is signed by the key ${keys[0]?.kid}, and ${file} is missing: put that key back from a backup; how to go on with another, docs/operating.md says.\n`,
  })
  expect(await readdir(folder())).not.toContain('ledger-key.json')
  await writeFile(file, kept)
  await stop(await start())
})

test('a new key, as the page says: whoever kept the old one verifies on', { timeout: 60_000 }, async () => {
  const hub = await start()
  await read('creditGrade')
  await keepKeys()
  await stop(hub)
  expect(await shell(renew)).toEqual(done)
  const again = await start()
  await read('creditGrade')
  expect((await proved()).verdict).toBe('nothing wrong.\n')
  const { keys } = JSON.parse((await command('audit', 'keys')).stdout) as { keys: { kid: string }[] }
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2)
  await stop(again)
})
