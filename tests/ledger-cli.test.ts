/** `hutong audit`: the ledger of a running hub taken out, and proved without one. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { base, command, misused, port, printed, told, type Result } from './support/commands.ts'
import { run } from './support/serve.ts'

const nowhere = { PORT: '1' }
const file = (name: string): string => join(base, name)
const save = async (name: string, text: string): Promise<string> => {
  await writeFile(file(name), text)
  return file(name)
}
const verify = (ledger: string, keys = file('keys.json')): Promise<Result> =>
  command(['audit', 'verify', ledger, '--keys', keys], nowhere)
const unusable = (sentence: string): Result => ({ ...told(sentence), code: 2 })

let exported: string
beforeAll(async () => {
  const { stdout: token } = await command(['token', 'customs'])
  for (const query of ['{ me { department } }', '{ enterprise(uscc: "91350102MYE0000341") { name } }']) {
    await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token.trim()}` },
      body: JSON.stringify({ query }),
    })
  }
  await save('keys.json', (await command(['audit', 'keys'])).stdout)
  const { stdout, ...rest } = await command(['audit', 'export'])
  expect(rest).toEqual({ code: 0, stderr: '' })
  exported = stdout
  await save('ledger.ndjson', exported)
})

const records = (text: string): { action: string; department: string | null; outcome: string; roles: string[] }[] =>
  text
    .split('\n')
    .filter((line) => line.includes('"kind":"record"'))
    .map((line) => (JSON.parse(line) as { record: ReturnType<typeof records>[number] }).record)
    .filter(({ action }) => action !== 'chain')

describe('what the hub gives', () => {
  test('keys are a set of public keys', async () => {
    const { keys } = JSON.parse(await readFile(file('keys.json'), 'utf8')) as { keys: Record<string, unknown>[] }
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['crv', 'kid', 'kty', 'x']])
    const response = await fetch(`http://127.0.0.1:${port}/ledger/keys`)
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      200,
      'application/jwk-set+json; charset=utf-8',
      { keys },
    ])
  })

  test('an export holds what was asked, and itself', () => {
    expect(
      records(exported).map(({ action, department, outcome, roles }) => [action, department, outcome, roles]),
    ).toEqual([
      ['query', 'customs', 'answered', ['officer']],
      ['query', 'customs', 'answered', ['officer']],
      ['export', 'authority', 'answered', ['auditor']],
    ])
    const kinds = exported
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind)
    expect([kinds[0], kinds.at(-1)]).toEqual(['ledger', 'manifest'])
  })

  test('it is for auditors alone, and a refusal is on record too', async () => {
    const get = async (headers: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${port}/ledger/export`, { headers })
      return [response.status, await response.json()]
    }
    const as = async (...args: string[]) => ({
      authorization: `Bearer ${(await command(['token', ...args])).stdout.trim()}`,
    })
    const forbidden = [
      403,
      { errors: [{ message: 'The ledger is exported for auditors alone.', extensions: { code: 'FORBIDDEN' } }] },
    ]
    expect([
      await get(await as('customs', '--role', 'steward')),
      await get(await as('authority', '--role', 'authority')),
      await get(await as('operations')),
      await get({}),
    ]).toEqual([
      forbidden,
      forbidden,
      forbidden,
      [401, { errors: [{ message: 'Send the token of an auditor.', extensions: { code: 'UNAUTHENTICATED' } }] }],
    ])
    const { stdout } = await command(['audit', 'export'])
    expect(
      records(stdout)
        .slice(3)
        .map(({ action, department, outcome }) => [action, department, outcome]),
    ).toEqual([
      ['export', 'customs', 'refused'],
      ['export', 'authority', 'refused'],
      ['export', 'operations', 'refused'],
      ['export', null, 'refused'],
      ['export', 'authority', 'answered'],
    ])
  })

  test('the token may be given, by option before variable', async () => {
    const { stdout: token } = await command(['token', 'authority', '--role', 'auditor'])
    const { stdout: other } = await command(['token', 'tax'])
    const refused = told('The ledger is exported for auditors alone.')
    expect(await command(['audit', 'export'], { HUTONG_TOKEN: other.trim() })).toEqual(refused)
    expect(await command(['audit', 'export', '--token', other.trim()], { HUTONG_TOKEN: token.trim() })).toEqual(refused)
    expect((await command(['audit', 'export', '--token', token.trim()], { HUTONG_TOKEN: other.trim() })).code).toBe(0)
    expect(await command(['audit', 'export', '--token', 'none'])).toEqual(told('The token is not a signed JWT.'))
  })

  test('a reader that has seen enough is no failure', async () => {
    const script = `"$0" hub/hutong.js audit export | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await run('bash', ['-c', script, process.execPath], { PORT: String(port) }).ended
    expect({ stdout, stderr }).toEqual({
      stdout: '{"kind":"ledger","suite":"SHA256-Ed25519","version":2}\n0\n',
      stderr: '',
    })
  })
})

/** When it says that the export was made; that is within the last minute. */
function timeIn({ stdout }: Result): string {
  const [, at = ''] = /exported (\S+): /.exec(stdout) ?? []
  expect(Date.now() - new Date(at).getTime()).toBeLessThan(60_000)
  return at
}

describe('verify, without a hub', () => {
  test('what was exported', async () => {
    const said = await verify(file('ledger.ndjson'))
    const count = records(exported).length + 1
    const checkpoints = exported.split('"kind":"checkpoint"').length - 1
    expect(said).toEqual(
      printed(
        `${count} records in 1 chain, ${checkpoints} checkpoint${checkpoints === 1 ? '' : 's'}, exported ${timeIn(said)}: nothing wrong.\n`,
      ),
    )
  })

  test('what was changed: a line for each finding, and 1', async () => {
    const lines = exported.split('\n')
    const at = lines.findIndex((line) => line.includes('"action":"query"'))
    const changed = lines.with(at, lines[at]?.replace('"customs"', '"postal"') ?? '').join('\n')
    const checkpoints = exported.split('"kind":"checkpoint"').length - 1
    const said = await verify(await save('changed.ndjson', changed))
    expect(said).toEqual({
      code: 1,
      stdout:
        `changed      line ${at + 1}: Record 2 is not what was written there.\n` +
        `4 records in 1 chain, ${checkpoints} checkpoint${checkpoints === 1 ? '' : 's'}, exported ${timeIn(said)}: 1 finding.\n`,
      stderr: '',
    })
    const cut = `${lines.slice(0, -2).join('\n')}\n`
    const short = await verify(await save('cut.ndjson', cut))
    expect([short.code, short.stdout.split('\n')[0], short.stderr]).toEqual([
      1,
      'truncated    end: The export has no manifest at its end.',
      '',
    ])
    expect(short.stdout).toMatch(/, with no time of export: 1 finding\.\n$/)
  })

  test('the last line feed belongs to the export as every other byte does', async () => {
    const cut = await save('cut.ndjson', exported.replace(/\n$/, ''))
    const { code, stdout } = await verify(cut)
    const last = exported.split('\n').length - 1
    expect([code, stdout.split('\n')[0]]).toEqual([
      1,
      `malformed    line ${last}: The line does not end with a line feed.`,
    ])
    const more = await verify(await save('more.ndjson', `${exported}\n`))
    expect([more.code, more.stdout.split('\n')[0]]).toEqual([
      1,
      `malformed    line ${last + 1}: Something follows the manifest, which must be the last line.`,
    ])
  })

  test('lines end at a line feed and nowhere else, whatever stands in a record', async () => {
    const lines = exported.split('\n')
    const carriage = await verify(await save('carriage.ndjson', lines.join('\r\n')))
    expect(carriage.code).toBe(1)
    expect(carriage.stdout).toContain('malformed    line 1: The line is not written as an export writes it.\n')
    await writeFile(file('latin.ndjson'), Buffer.from(exported.replace('"customs"', '"custom\u00e9"'), 'latin1'))
    expect(await verify(file('latin.ndjson'))).toEqual(
      unusable(`The file ${file('latin.ndjson')} is no export of a ledger.`),
    )
    const split = await verify(await save('split.ndjson', exported.replace('"customs"', '"cus\u2028toms"')))
    expect(split.stdout).toMatch(/^changed {6}line \d+: Record 2 is not what was written there\.\n4 records/)
  })

  test('with keys that are not its own', async () => {
    const other = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'other' }
    const said = await verify(file('ledger.ndjson'), await save('other.json', JSON.stringify({ keys: [other] })))
    expect(said.code).toBe(1)
    expect(said.stdout).toMatch(/^foreign-key  line \d+: It is signed by a key that is not among the trusted ones\.\n/)
  })

  test('files that cannot be used', async () => {
    await mkdir(file('folder'))
    const keys = file('keys.json')
    expect([
      await verify(file('none')),
      await verify(file('folder')),
      await verify(keys),
      await verify(await save('empty', '')),
      await verify(file('ledger.ndjson'), file('none')),
      await verify(file('ledger.ndjson'), file('ledger.ndjson')),
      await verify(file('ledger.ndjson'), await save('no-keys.json', '{"keys":[{}]}')),
    ]).toEqual([
      unusable(`The file ${file('none')} cannot be read.`),
      unusable(`The file ${file('folder')} cannot be read.`),
      unusable(`The file ${keys} is no export of a ledger.`),
      unusable(`The file ${file('empty')} is no export of a ledger.`),
      unusable(`The file ${file('none')} cannot be read.`),
      unusable(`The file ${file('ledger.ndjson')} is no JWK set with public keys.`),
      unusable(`The file ${file('no-keys.json')} is no JWK set with public keys.`),
    ])
    expect(await command(['audit', 'verify', keys])).toEqual(misused("required option '--keys <file>' not specified"))
  })
})
