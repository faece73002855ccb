/** What keeps a hub from starting is one sentence, exit code 1, and nothing left running. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { developmentGrants } from '../auth/development-grants.ts'
import { policies } from '../codegen/generated/grid.ts'
import { departmentIds } from '../departments.ts'
import { credentialVariable } from '../hub/config.ts'
import { credentialNames } from '../hub/hub.ts'
import { seedGrants } from '../store/grants.ts'
import { freshDatabase } from './support/database.ts'
import { leftBehind, whileTaken } from './support/serve.ts'
import { data, port, serve } from './support/start.ts'

const root = process.getuid?.() === 0

/** What a start says that fails, with what it left. */
async function failed(env: Record<string, string> = {}, options: Parameters<typeof serve>[1] = {}): Promise<unknown> {
  const { stdout, stderr, code } = await serve(env, options).ended
  return { stdout, stderr, code, left: leftBehind(data, port) }
}

const refusal = (stderr: string): unknown => ({ stdout: '', stderr: `${stderr}\n`, code: 1, left: [] })

describe('what goes wrong is one sentence', () => {
  const remedy = (): string => `stop what uses it, or choose another, e.g. PORT=${port + 1000}`

  test("the hub's port is taken", async () => {
    expect(await whileTaken(port, () => failed())).toEqual(
      refusal(`Port ${port}, wanted for the hub, is taken: ${remedy()}.`),
    )
  })

  test.each([
    [1, 'the development department customs'],
    [6, 'the development department commerce'],
    [7, "the departments' control"],
  ])('port + %i is taken', async (offset, who) => {
    expect(await whileTaken(port + offset, () => failed())).toEqual(
      refusal(
        `Port ${port + offset}, wanted for ${who}, is taken: ${remedy()}; the departments take the 7 ports after the hub's.`,
      ),
    )
  })

  test('the data folder is a file', async () => {
    await writeFile(data, '')
    expect(await failed()).toEqual(refusal(`${data} is not a folder: choose another data folder.`))
  })

  test('the data folder may not be written', async () => {
    await mkdir(data)
    await chmod(data, 0o555)
    expect(await failed({}, root ? { uid: 65534, gid: 65534 } : {})).toEqual(
      refusal(
        `No permission for ${data}: let the user that runs the hub read and write it, or choose another data folder.`,
      ),
    )
    await chmod(data, 0o755)
  })

  test('the database in the data folder is damaged', async () => {
    await mkdir(join(data, 'postgres'), { recursive: true })
    await writeFile(join(data, 'postgres', 'PG_VERSION'), 'eighteen')
    expect(await failed()).toEqual(
      refusal(
        `${data}/postgres is damaged (its PG_VERSION is not a version): restore it from a backup, or move it away.`,
      ),
    )
  })

  test('the key of the development issuer is damaged', async () => {
    await mkdir(data)
    if (root) await chmod(data, 0o755)
    await writeFile(join(data, 'development-issuer.json'), '{"kty":')
    expect(await failed()).toEqual(
      refusal(
        `${data}/development-issuer.json is not a key of the development issuer: delete it, and the next start makes one.`,
      ),
    )
  })

  const departments = Object.fromEntries(
    departmentIds.map((id) => [`HUTONG_${id.toUpperCase()}_URL`, 'http://127.0.0.1:9']),
  )
  const database = 'postgres://hutong:very-secret@127.0.0.1:9/hutong'

  test.each([
    ['PORT', { PORT: 'abc' }, 'PORT must be a whole number from 0 to 65535, not "abc".'],
    ['PORT', { PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, not "65536".'],
    [
      'PORT that leaves the departments none',
      { PORT: '65530' },
      'PORT must be at most 65528, not 65530: the development departments take the 7 ports after it.',
    ],
    ['HOST', { HOST: '192.0.2.1' }, 'HOST must be an address of this machine, not "192.0.2.1" (EADDRNOTAVAIL).'],
    ['HUTONG_MODE', { HUTONG_MODE: 'staging' }, 'HUTONG_MODE must be development or production, not "staging".'],
    [
      'HUTONG_LOG',
      { HUTONG_LOG: 'loud' },
      'HUTONG_LOG must be one of trace, debug, info, warn, error, fatal, silent, not "loud".',
    ],
    [
      'a database that does not answer',
      { DATABASE_URL: database },
      'No database server answers at 127.0.0.1:9 (ECONNREFUSED): check DATABASE_URL and that the server runs.',
    ],
    [
      'a database address of another kind',
      { DATABASE_URL: database.replace('postgres', 'mysql') },
      'DATABASE_URL is not of the form postgres://user:password@host:port/database: correct it, or unset it to use the embedded database.',
    ],
    [
      'a real department, and no mode',
      { HUTONG_TAX_URL: 'http://127.0.0.1:9' },
      'HUTONG_TAX_URL names a real system, so HUTONG_MODE must say production, or development where anyone on this machine may have a token.',
    ],
    [
      'an address with a user',
      { HUTONG_MODE: 'production', ...departments, ...secrets(), HUTONG_CUSTOMS_URL: 'http://hub:secret@127.0.0.1:9' },
      'HUTONG_CUSTOMS_URL must be an address without user, query or fragment.',
    ],
    [
      'production without departments',
      { HUTONG_MODE: 'production' },
      'HUTONG_CUSTOMS_URL must name the address of the department in production.',
    ],
    [
      'production without secrets',
      { HUTONG_MODE: 'production', ...departments },
      'HUTONG_CUSTOMS_CLIENT_ID must hold a secret that customs asks for.',
    ],
    [
      'production without issuers',
      { HUTONG_MODE: 'production', ...departments, ...secrets() },
      'HUTONG_ISSUERS must list the trusted issuers in production: issuer=JWKS address, separated by spaces.',
    ],
    [
      'production without a word on investigations',
      { HUTONG_MODE: 'production', ...departments, ...secrets(), HUTONG_ISSUERS: 'urn:issuer=http://127.0.0.1:9/jwks' },
      'HUTONG_LEDGER_INVESTIGATIONS must list the purposes of investigations in production, separated by spaces; empty where there are none.',
    ],
  ])('%s', async (_what, env, sentence) => {
    expect(await failed(env)).toEqual(refusal(sentence))
  })
})

test('production does not take over the grants of development', async () => {
  const database = await freshDatabase()
  await seedGrants(database.db, developmentGrants(Object.values(policies)))
  const env = {
    HUTONG_MODE: 'production',
    ...Object.fromEntries(departmentIds.map((id) => [`HUTONG_${id.toUpperCase()}_URL`, 'http://127.0.0.1:9'])),
    ...secrets(),
    HUTONG_ISSUERS: 'urn:issuer=http://127.0.0.1:9/jwks',
    HUTONG_LEDGER_INVESTIGATIONS: '',
    DATABASE_URL: database.url,
  }
  const said = await failed(env)
  await database.drop()
  expect(said).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^The database holds grants of development \(development:[^)]+\): in production use another database or data folder\.\n$/,
    ) as string,
    left: [],
  })
})

/** A value for every secret that a department asks for. */
function secrets(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(credentialNames).flatMap(([id, names]) => names.map((name) => [credentialVariable(id, name), 'x'])),
  )
}
