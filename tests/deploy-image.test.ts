/** The Dockerfile: linted, and the hub and the departments run from nothing but what it copies, as it runs them. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { validate, ValidationSeverity } from 'dockerfile-utils'
import ts from 'typescript'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { departmentIds } from '../departments.ts'
import { credentialVariable, readPort } from '../hub/config.ts'
import { credentialNames } from '../hub/hub.ts'
import { startSandbox, type Sandbox } from '../sandbox/start.ts'
import { waitUntil } from '../store/engine/process.ts'
import { Issuer } from './attacks/issuer.ts'
import { copyStage, dockerfile, filesOf, productionModules, sent, stages, steps } from './deploy/image.ts'
import type { FreshDatabase } from './support/database.ts'
import { publishedDatabase } from './support/published.ts'
import { freePorts, makeFolder, project } from './support/serve.ts'

const pinned = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
  version: string
  dependencies: Record<string, string>
  devDependencies: { node: string }
}
const root = process.getuid?.() === 0
/** As whom the image runs: nobody in particular, with no home. */
const somebody = root ? { uid: 65534, gid: 65534 } : {}

let base: string
let sandbox: Sandbox
let issuer: Issuer
let database: FreshDatabase
beforeAll(async () => {
  base = await makeFolder()
  for (const name of ['hub', 'departments']) {
    await mkdir(join(base, name))
    copyStage(name, join(base, name))
  }
  ;[sandbox, issuer, database] = await Promise.all([
    startSandbox({ ports: 0, control: 0 }),
    Issuer.start('https://issuer.example'),
    publishedDatabase(),
  ])
})
afterAll(async () => {
  await Promise.all([sandbox.close(), issuer.stop(), database.drop()])
  await chmod(join(base, 'hub'), 0o755)
  await rm(base, { recursive: true, force: true })
})

const running: { child: ReturnType<typeof spawn>; ended: Promise<number | null> }[] = []
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    if (child.exitCode === null) child.kill('SIGKILL')
    await ended
  }
})
/** Runs a command of the image in its folder, with Node alone on the path. */
function run(name: string, [program = '', ...args]: readonly string[], env: Record<string, string>) {
  const cwd = join(base, name)
  const child = spawn(program === 'node' ? process.execPath : program, args, { cwd, env, stdio: 'pipe', ...somebody })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (part: Buffer) => (said.stdout += part.toString()))
  child.stderr.on('data', (part: Buffer) => (said.stderr += part.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const one = { child, said, ended }
  running.push(one)
  return one
}
const command = (name: string): string[] => {
  const [cmd, ...more] = steps(name, 'CMD')
  expect(more).toEqual([])
  expect(cmd?.isExec).toBe(true) // a shell in between would keep SIGTERM to itself
  return cmd?.words ?? []
}

test('the Dockerfile is one, by the rules of its linter', () => {
  const { ERROR } = ValidationSeverity
  const strict = {
    deprecatedMaintainer: ERROR,
    directiveCasing: ERROR,
    emptyContinuationLine: ERROR,
    instructionCasing: ERROR,
    instructionCmdMultiple: ERROR,
    instructionEntrypointMultiple: ERROR,
    instructionHealthcheckMultiple: ERROR,
    instructionJSONInSingleQuotes: ERROR,
    instructionWorkdirRelative: ERROR,
  }
  expect(validate(dockerfile, strict)).toEqual([])
  expect(validate(`${dockerfile}\nCMD node\n`, strict)).toHaveLength(1) // it looks
})

test('every stage has the Node that package.json brings; the last one is the hub, and is nobody', () => {
  expect(stages.map(({ name, image }) => [name, image])).toEqual(
    ['modules', 'page', 'departments', 'hub'].map((name) => [
      name,
      `node:${pinned.devDependencies.node}-bookworm-slim`,
    ]),
  )
  for (const name of ['departments', 'hub']) {
    expect(steps(name, 'USER').map(({ words }) => words)).toEqual([['1000:1000']])
  }
  expect(steps('hub', 'EXPOSE').map(({ words }) => words)).toEqual([[String(readPort({}))]])
  expect(steps('hub', 'ENTRYPOINT')).toEqual([])
  const modules = steps('modules', 'RUN').map(({ words }) => words.join(' '))
  expect(modules).toEqual(['npm ci --omit=dev --omit=optional --ignore-scripts'])
})

test('what is sent to the builder is what is copied, and nothing of it is missing', () => {
  const copied = stages
    .flatMap(({ steps: its }) => its)
    .filter(({ keyword, from }) => keyword === 'COPY' && from === null)
    .flatMap(({ words }) => words.slice(0, -1).map((path) => path.replace(/\/$/, '')))
  const isOf = (path: string, whole: string): boolean => path === whole || path.startsWith(`${whole}/`)
  expect(copied.filter((path) => !existsSync(join(project, path)))).toEqual([])
  expect(copied.filter((path) => !sent.some((one) => isOf(path, one) || isOf(one, path)))).toEqual([])
  expect(sent.filter((path) => !copied.some((one) => isOf(path, one) || isOf(one, path)))).toEqual([])
})

/** Relative imports of a file, those that wait included, and packages. */
function importsOf(folder: string, from: string): { files: string[]; packages: string[] } {
  const text = readFileSync(join(folder, from), 'utf8')
  const { importedFiles } = ts.preProcessFile(text, true, true)
  const kept = new Set<string>()
  // Types alone are not imported when it runs.
  const typesAlone = new Set(
    [...text.matchAll(/^(?:import|export) type [^;]*?from '([^']+)'/gm)].map((match) => match[1] ?? ''),
  )
  const others = new Set(
    [...text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gm)].map((match) => match[1] ?? ''),
  )
  for (const { fileName } of importedFiles) {
    if (!typesAlone.has(fileName) || others.has(fileName)) kept.add(fileName)
  }
  const all = [...kept]
  return {
    files: all.filter((name) => name.startsWith('.')).map((name) => posix.join(posix.dirname(from), name)),
    packages: all.filter((name) => !name.startsWith('.') && !name.startsWith('node:')),
  }
}

test('the image has every module that any command of the hub imports, and packages of production alone', () => {
  const folder = join(base, 'hub')
  const found = new Set(['hub/hutong.js'])
  const missing: string[] = []
  const packages = new Set<string>()
  for (const file of found) {
    if (!existsSync(join(folder, file))) {
      missing.push(file)
      continue
    }
    if (!/\.[jt]s$/.test(file)) continue
    const { files, packages: its } = importsOf(folder, file)
    for (const each of files) found.add(each)
    for (const each of its)
      packages.add(
        each
          .split('/')
          .slice(0, each.startsWith('@') ? 2 : 1)
          .join('/'),
      )
  }
  expect(missing).toEqual([])
  expect(found.size).toBeGreaterThan(150)
  const names = Object.keys(pinned.dependencies)
  expect([...packages].filter((name) => !names.includes(name))).toEqual([])
  expect(names.filter((name) => !productionModules.includes(`node_modules/${name}`))).toEqual([])
  const strangers = filesOf(folder).filter((path) => /^(tests|bench|sandbox|docs|deploy|\.)/.test(path))
  expect(strangers).toEqual([])
})

const settings = (port: number): Record<string, string> => ({
  ...Object.fromEntries(
    steps('hub', 'ENV').flatMap(({ words }) => words.map((pair) => pair.split('=') as [string, string])),
  ),
  PORT: String(port),
  HUTONG_MODE: 'production',
  DATABASE_URL: database.url,
  HUTONG_ISSUERS: `${issuer.name}=${issuer.url.href}`,
  HUTONG_LEDGER_INVESTIGATIONS: '',
})

test(
  'the hub runs from it, as a user without a home, where it may write to its data folder alone',
  { timeout: 60_000 },
  async () => {
    const folder = join(base, 'hub')
    const data = join(base, 'data')
    await mkdir(data)
    await chmod(data, 0o777)
    await chmod(folder, 0o555)
    const port = await freePorts()
    const before = filesOf(folder).length
    const env = settings(port)
    expect(env).toMatchObject({ HOST: '0.0.0.0', HUTONG_DATA: '/data' })
    const departments = Object.fromEntries(
      departmentIds.flatMap((id) => [
        [`HUTONG_${id.toUpperCase()}_URL`, sandbox.urls[id]],
        ...credentialNames[id].map((name) => [credentialVariable(id, name), secretOf(id, name)]),
      ]),
    ) as Record<string, string>
    const hub = run('hub', command('hub'), { ...env, ...departments, HUTONG_DATA: data })
    await waitUntil(() => hub.said.stdout.includes('is ready after') || hub.child.exitCode !== null, 30_000)
    expect(hub.said.stderr).toBe('')
    const url = `http://127.0.0.1:${port}`
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${await issuer.sign()}`,
    }
    const query =
      '{ me { department } enterprise(uscc: "91350102MYE0000341") { name customs { creditGrade } commerce { filing { status } } } }'
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({
        data: {
          me: { department: 'customs' },
          enterprise: {
            name: '福州示例云帆贸易有限公司（开发数据）',
            customs: { creditGrade: 'ADVANCED_CERTIFIED' },
            commerce: { filing: { status: 'VALID' } },
          },
        },
      }),
    ])
    const page = await fetch(`${url}/explorer/`, { headers })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])

    const [check] = steps('hub', 'HEALTHCHECK')
    expect(check?.words).toEqual(['node', '-e', expect.stringContaining('/livez')])
    const health = (at: number) => run('hub', check?.words ?? [], { PORT: String(at) }).ended
    expect([await health(port), await health(port + 1)]).toEqual([0, 1])

    hub.child.kill('SIGTERM')
    expect([await hub.ended, hub.said.stderr]).toEqual([0, '\nStopping …\nStopped.\n'])
    expect(filesOf(folder)).toHaveLength(before)
    expect(filesOf(data).toSorted()).toEqual(['ledger-key.json', 'trade-key.json'])
  },
)

const secretOf = (id: string, name: string): string =>
  (({ clientId: 'hutong', paasid: 'hutong' }) as Record<string, string>)[name] ??
  `development-${id}-${name === 'clientSecret' ? 'secret' : name}`

test(
  'it traces, prints the schema and verifies from it as well: what is loaded when it is asked for',
  { timeout: 60_000 },
  async () => {
    const [, script = ''] = command('hub')
    const said = async (...args: string[]) => {
      const { said: its, ended } = run('hub', ['node', script, ...args], {})
      return [await ended, its.stdout.slice(0, 20), its.stderr.split('\n')[0]]
    }
    expect(await said('--version')).toEqual([0, `${pinned.version}\n`, ''])
    const schema = await said('schema')
    expect([schema[0], schema[2]]).toEqual([0, ''])
    expect((await said('audit', 'verify', 'nowhere.ndjson', '--keys', 'nowhere.json'))[0]).toBe(2)
    const tracing = run(
      'hub',
      ['node', '-e', "import('./hub/tracing.ts').then(({ openTracing }) => console.log(typeof openTracing))"],
      {},
    )
    expect([await tracing.ended, tracing.said.stdout]).toEqual([0, 'function\n'])
  },
)

test('the departments of development run from theirs', { timeout: 60_000 }, async () => {
  const port = await freePorts()
  const words = command('departments')
  expect(words).toEqual(['node', 'sandbox/main.ts', '--host', '0.0.0.0', '--ports', '4001', '--control', '4007'])
  const exposed = steps('departments', 'EXPOSE').flatMap((step) => step.words)
  expect(exposed).toEqual(Array.from({ length: departmentIds.length + 1 }, (_, at) => String(4001 + at)))
  const here = words.map((word) => (/^40\d\d$/.test(word) ? String(port + Number(word) - 4001) : word))
  const { child, said, ended } = run('departments', here, {})
  await waitUntil(() => said.stdout.includes('\n') || child.exitCode !== null, 20_000)
  expect([said.stderr, JSON.parse(said.stdout)]).toEqual([
    '',
    {
      departments: Object.fromEntries(departmentIds.map((id, at) => [id, `http://127.0.0.1:${port + at}`])),
      control: `http://127.0.0.1:${port + departmentIds.length}`,
    },
  ])
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})
