/**
 * docs/adding-a-department.md followed to the letter: what it promises, and what happens without one of its files. The
 * steps share one copy of the house and one running hub.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Copy, edits, example, files, recipe } from './adding-a-department/recipe.ts'
import { clear, leftBehind, makeFolder, run, signalGroup, untilReady, type Command } from './support/serve.ts'

/** In ms; for commands that take seconds, on a machine that is busy. */
const timeout = 90_000

const paths = files.map(({ path }) => path)
let base: string
let copy: Copy
let before: Map<string, string>

beforeAll(async () => {
  base = await makeFolder()
  copy = await Copy.make(join(base, 'hutong'))
  before = await copy.contents()
  await copy.follow()
})
afterAll(() => rm(base, { recursive: true, force: true }))

test('one file in each room and one line, each with its reason', () => {
  expect(paths).toEqual([
    'schema/transport.graphql',
    'codegen/contracts/transport.yaml',
    'adapters/transport.ts',
    'resolvers/transport.ts',
    'auth/policies/transport.ts',
    'sandbox/transport.ts',
    'tests/departments/transport.test.ts',
    'tests/access/transport.yaml',
  ])
  expect(edits.map(({ path, text }) => [path, text.match(/^[+-].*/gm)])).toEqual([
    ['departments.ts', ["+  transport: { en: 'Transport', zh: '交通运输' },"]],
  ])
  expect([...files, ...edits].filter(({ why }) => why === '')).toEqual([])
})

describe('its commands', () => {
  const [codegen = '', types = '', tests = '', ...more] = example('sh').trim().split('\n')
  const quiet = { code: 0, stdout: '', stderr: '' }

  test('are these', () => {
    expect([codegen, types, more]).toEqual(['npm run codegen', 'npm run types', ['npm start']])
    expect(tests).toBe('npx vitest run tests/house.test.ts tests/access.test.ts tests/departments/transport.test.ts')
  })

  test('npm run codegen', async () => {
    expect(await copy.shell('npm run --silent codegen')).toEqual({
      ...quiet,
      stdout: 'codegen/generated: 12 files written.\n',
    })
  })

  test.concurrent('npm run types', { timeout }, async () => {
    expect(await copy.shell('npm run --silent types')).toEqual(quiet)
  })

  test.concurrent('npx vitest run …: its tests pass, and no law of the house names it', { timeout }, async () => {
    const { stdout, stderr } = await copy.shell(tests)
    const lines = (stdout + stderr).split('\n').map((line) => line.trim().replace(/ \d+ms$/, ''))
    // A case of access is named where it took long, which says nothing against it.
    const named = lines.filter((line) => line.includes('transport') && !/^✓ .*transport\.yaml: /.test(line))
    expect(named).toEqual(['✓ tests/departments/transport.test.ts (6 tests)'])
    expect(lines.filter((line) => line.includes('tests/access.test.ts'))).toEqual([
      expect.stringMatching(/^✓ tests\/access\.test\.ts \(\d+ tests\)$/),
    ])
    expect(stdout).toMatch(/ tests\/house\.test\.ts \(\d+ tests/)
  })

  test.concurrent('format and lint find nothing', { timeout }, async () => {
    const sources = paths.filter((path) => path.endsWith('.ts'))
    const [format, lint] = await Promise.all([
      copy.shell(`prettier --check departments.ts ${paths.join(' ')}`),
      copy.shell(`eslint departments.ts ${sources.join(' ')}`),
    ])
    const stdout = 'Checking formatting...\nAll matched files use Prettier code style!\n'
    expect([format, lint]).toEqual([{ ...quiet, stdout }, quiet])
  })

  test('no other file was edited', async () => {
    const after = await copy.contents()
    const changed = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)
    const generated = 'grid.ts policies.json resolvers.ts schema.graphql supergraph.graphql transport.ts'.split(' ')
    expect(changed.sort()).toEqual(
      ['departments.ts', ...paths, ...generated.map((name) => `codegen/generated/${name}`)].sort(),
    )
    expect([...before.keys()].filter((path) => !after.has(path))).toEqual([])
  })
})

describe('the hub that starts', () => {
  let hub: Command
  let data: string
  let url: string

  const hutong = (args: string[], env: Record<string, string>): Command =>
    run(process.execPath, [join(copy.folder, 'hub', 'hutong.js'), ...args], env, { cwd: copy.folder })

  beforeAll(async () => {
    data = join(base, 'data')
    hub = hutong(['serve'], { PORT: '0', HUTONG_DATA: data })
    await untilReady(hub)
    url = /GraphQL +(\S+)\/graphql/.exec(hub.said.stdout)?.[1] ?? ''
  })
  afterAll(() => clear(hub, data))

  const query = example('graphql')

  interface Answer {
    data?: unknown
    errors?: unknown
    extensions?: { provenance: { department: string }[] }
  }

  async function post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }
    const response = await fetch(url + path, { ...init, body: JSON.stringify(body) })
    return (await response.json()) as T
  }
  async function headersOf(viewer: string, purpose?: string): Promise<Record<string, string>> {
    const { token } = await post<{ token: string }>('/explorer/token', { viewer })
    return { authorization: `Bearer ${token}`, ...(purpose === undefined ? {} : { 'x-purpose': purpose }) }
  }
  const ask = async (viewer: string, purpose?: string, document = query): Promise<Answer> =>
    post('/graphql', { query: document }, await headersOf(viewer, purpose))

  const live = {
    department: 'transport',
    fetchedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    freshness: 'live',
    milliseconds: expect.any(Number) as number,
  }
  /** What comes with an answer for which these were asked. */
  const after = (...provenance: unknown[]): unknown => ({
    requestId: expect.any(String) as string,
    policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    provenance,
  })

  const licence = { scopes: ['GENERAL', 'CONTAINER'], validTo: '2029-07-08' }
  const denied = (field: string, line: number, reason: string, message: string, more = {}): unknown => ({
    message,
    locations: [{ line, column: 7 }],
    path: ['enterprise', 'transport', field],
    extensions: {
      code: 'UNAUTHORIZED_FIELD_OR_TYPE',
      coordinate: `TransportRecord.${field}`,
      department: 'transport',
      reason,
      catalogueItem: `transport.${field}`,
      ...more,
    },
  })
  const apply = { mutation: 'draftApplication', item: 'transport.vehicles', fields: null }
  const applying =
    'Apply to transport for transport.vehicles, stating basis, scenario and scope (政务数据共享条例 art. 20).'
  const noVehicles = (viewer: string, more = {}, advice = applying): unknown =>
    denied(
      'vehicles',
      5,
      'no-grant',
      `${viewer} holds no grant for transport.vehicles (营运车辆信息), which is shared conditionally 有条件共享. ${advice}`,
      more,
    )

  test('customs, for clearance: the answer that the recipe prints', async () => {
    const printed = JSON.parse(example('json')) as Answer
    expect(await ask('customs', 'clearance')).toEqual({ ...printed, extensions: after(live) })
  })

  test('explain says what the recipe prints', async () => {
    const args = /`npx hutong (explain [^`]+) query\.graphql`/.exec(recipe)?.[1]?.split(' ') ?? []
    const document = join(base, 'query.graphql')
    await writeFile(document, query)
    const { code, stdout, stderr } = await hutong([...args, document], { PORT: new URL(url).port }).ended
    const said = { code, stdout: stdout.replace(/\(policy [0-9a-f]{12}\)/, '(policy …)'), stderr }
    expect(said).toEqual({ code: 0, stdout: example('text'), stderr: '' })
  })

  test('transport reads all of it', async () => {
    expect(await ask('transport')).toEqual({
      data: { enterprise: { transport: { licence, vehicles: [{ plate: '闽·示例0-1', load: '20.1' }] } } },
      extensions: after(live),
    })
  })

  test('tax reads the licence', async () => {
    expect(await ask('tax', 'refund-review')).toEqual({
      data: { enterprise: { transport: { licence, vehicles: null } } },
      errors: [noVehicles('tax', { apply })],
      extensions: after(live),
    })
  })

  test('the public portal reads nothing, and nobody is asked', async () => {
    const message =
      'transport.licence (道路运输经营许可证) is shared with departments only, and portal is none. ' +
      'Turn to transport, which provides it.'
    const turning = 'Only departments apply (政务数据共享条例 art. 20): turn to transport, which provides it.'
    expect(await ask('portal')).toEqual({
      data: { enterprise: { transport: { licence: null, vehicles: null } } },
      errors: [denied('licence', 4, 'not-a-department', message), noVehicles('portal', {}, turning)],
      extensions: after(),
    })
  })

  test('the departments, as the hub lists them', async () => {
    const { data: listed } = await ask('tax', undefined, '{ departments { id nameEn nameZh contractVersion health } }')
    const { departments } = listed as { departments: { id: string }[] }
    const six = ['customs', 'tax', 'fx', 'market', 'postal', 'commerce']
    expect(departments.map(({ id }) => id)).toEqual([...six, 'transport'])
    expect(departments.at(-1)).toEqual({
      id: 'transport',
      nameEn: 'Transport',
      nameZh: '交通运输',
      contractVersion: '1.0.0',
      health: 'UP',
    })
  })

  test('it stops in order', async () => {
    signalGroup(hub, 'SIGINT')
    const { code, signal, stderr } = await hub.ended
    const left = leftBehind(data, NaN)
    expect({ code, signal, stderr, left }).toEqual({
      code: 0,
      signal: null,
      stderr: '\nStopping …\nStopped.\n',
      left: [],
    })
  })
})

describe('without one of the files', () => {
  const isTest = (path: string): boolean => path.startsWith('tests/')

  test.each(paths.filter((path) => !isTest(path)))('%s: codegen names it', async (path) => {
    expect(await copy.without([path], () => copy.shell('node codegen/run.ts'))).toEqual({
      code: 1,
      stdout: '',
      stderr: `A department is one file in each room. Missing: ${path}. See docs/adding-a-department.md.\n`,
    })
  })

  test('adapters, resolvers, auth/policies: a compile error each', { timeout }, async () => {
    const away = ['adapters/transport.ts', 'resolvers/transport.ts', 'auth/policies/transport.ts']
    const { code, stdout } = await copy.without(away, () => copy.shell('tsc -p .'))
    const missing = [...stdout.matchAll(/^codegen\/generated\/grid\.ts\(.*\): error TS2307: (.*)$/gm)]
    expect({ code, missing: missing.map(([, sentence]) => sentence) }).toEqual({
      code: 2,
      missing: away.map((path) => `Cannot find module '../../${path}' or its corresponding type declarations.`),
    })
  })

  test('tests/departments, tests/access: the house says which department lacks them', { timeout }, async () => {
    const house = "npx vitest run tests/house.test.ts -t 'holds a file of every department'"
    const { stdout, stderr } = await copy.without(paths.filter(isTest), () => copy.shell(house))
    const output = stdout + stderr
    expect({
      failed: output.match(/^ FAIL .*$/gm),
      transport: new Set(output.match(/^\+ +"transport",$/gm)),
    }).toEqual({
      failed: ['departments', 'access'].map(
        (room) =>
          ` FAIL  tests/house.test.ts > the laws of the house > 3 tests/${room} holds a file of every department`,
      ),
      transport: new Set(['+   "transport",']),
    })
  })
})
