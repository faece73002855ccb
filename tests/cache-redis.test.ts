/** Copies that processes share in Redis: encrypted, of use to others, and no cost where Redis cannot be had. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openRedisCopies, type RedisCopies } from '../adapters/kernel/shared-copies.ts'
import { ConfigError, readConfig } from '../hub/config.ts'
import { credentialNames } from '../hub/hub.ts'
import { counting, opened } from './cache/records.ts'
import { redisHere, startRedis, type TestRedis } from './cache/redis.ts'
import { json, ScriptedDepartment } from './support/scripted-department.ts'

const real = await redisHere()
const kinds: [string, number | null][] = [['played', null]]
if (real === null) process.stderr.write('No Redis listens on port 6379: copies are shared in a played one alone.\n')
else kinds.push(['of this machine', real])

const freshness = { freshFor: 300, staleFor: 3600 }
const secret = { uscc: 'a', says: 'secret 110105199003071234' }

describe.each(kinds)('a Redis %s', (_kind, port) => {
  let redis: TestRedis
  let department: ScriptedDepartment
  let open: RedisCopies[]
  let key: Buffer
  beforeEach(async () => {
    redis = await startRedis(port)
    department = await ScriptedDepartment.start()
    department.says(counting)
    open = []
    key = randomBytes(32)
  })
  afterEach(async () => {
    vi.useRealTimers()
    await Promise.all(open.map((copies) => copies.close()))
    await Promise.all([redis.stop(), department.stop()])
  })

  /** A process of the hub, as far as copies go, once it has its connection. */
  const process = async (its: Buffer = key, isConnected = true, size = 5) => {
    const shared = openRedisCopies(redis.url, its, 3600)
    open.push(shared)
    const { ask, cache } = opened(department, size, { shared })
    const here = {
      shared,
      cache,
      load: async (uscc: string) => {
        const request = ask({ freshness })
        const record = await request.record.load(uscc)
        return [record?.says ?? null, ...request.answered]
      },
    }
    if (isConnected) await written(here, 'x')
    return here
  }
  /** Until others can read what is written. */
  const written = (here: { shared: RedisCopies }, uscc: string) =>
    vi.waitFor(async () => {
      here.shared.put('fx', '1', uscc, { record: { uscc }, begun: 1, fetchedAt: new Date(1) })
      expect((await here.shared.get('fx', '1', [uscc])).size).toBe(1)
    }, 5000)
  const arrived = ({ shared }: { shared: RedisCopies }, ...usccs: string[]) =>
    vi.waitFor(async () => expect((await shared.get('tax', '1', usccs)).size).toBe(usccs.length), 5000)

  test('what one process has fetched is no call of the others', async () => {
    const [one, other] = [await process(), await process()]
    expect([await one.load('a'), await one.load('b')]).toEqual([
      ['0', 'live'],
      ['1', 'live'],
    ])
    await arrived(other, 'a', 'b')
    expect([await other.load('a'), await other.load('b'), await other.load('a')]).toEqual([
      ['0', 'cached'],
      ['1', 'cached'],
      ['0', 'cached'],
    ])
    expect(department.heard).toHaveLength(2)
  })

  test('nobody else reads or makes it: another key, another contract, another enterprise', async () => {
    department.says(json([secret]))
    const one = await process()
    await one.load('a')
    await arrived(one, 'a')
    const stranger = await process(randomBytes(32))
    const before = stranger.shared.failures()
    expect(await stranger.shared.get('tax', '1', ['a'])).toEqual(new Map())
    expect(await one.shared.get('tax', '2', ['a'])).toEqual(new Map())
    expect(await one.shared.get('market', '1', ['a'])).toEqual(new Map())
    expect(stranger.shared.failures()).toBe(before)
  })

  test('dead: requests go on, and it is used again by itself', async () => {
    const one = await process()
    await redis.be('dead')
    await vi.waitFor(async () => {
      await one.shared.get('tax', '1', ['z'])
      expect(one.shared.isUp()).toBe(false)
    }, 5000)
    const before = one.shared.failures()
    const started = performance.now()
    for (let nth = 0; nth < 200; nth += 1) await one.shared.get('tax', '1', ['a'])
    // Left alone: 200 questions cost no attempt each.
    expect(one.shared.failures() - before).toBeLessThanOrEqual(1 + (performance.now() - started) / 1000)
    expect(await one.load('a')).toEqual(['0', 'live'])
    await redis.be('well')
    await written(one, 'y')
    expect(one.shared.isUp()).toBe(true)
  })

  test('slow: a request waits its short deadline, three times in all; then it is used again by itself', async () => {
    const one = await process()
    await redis.be('slow')
    for (const uscc of ['a', 'b', 'c', 'd']) expect(await one.load(uscc)).toEqual([expect.any(String), 'live'])
    expect([one.shared.isUp(), one.shared.failures()]).toEqual([false, expect.toSatisfy((n: number) => n >= 3)])
    await redis.be('well')
    await written(one, 'y')
    expect(one.shared.isUp()).toBe(true)
  })

  test('not there when the hub begins: used once it is', async () => {
    await redis.be('dead')
    const one = await process(key, false)
    expect(await one.load('a')).toEqual(['0', 'live'])
    await redis.be('well')
    await written(one, 'y')
  })
})

test('what is kept shows neither record nor enterprise, and one changed byte makes it nothing', async () => {
  const redis = await startRedis()
  const copies = openRedisCopies(redis.url, randomBytes(32), 3600)
  const uscc = '91350102MYE0000341'
  const copy = { record: { ...secret, uscc }, begun: 5, fetchedAt: new Date(7) }
  await vi.waitFor(async () => {
    copies.put('market', '1', uscc, copy)
    expect(await copies.get('market', '1', [uscc])).toEqual(new Map([[uscc, copy]]))
  }, 5000)
  const [[name = '', value = ''] = []] = redis.kept
  expect(redis.kept.size).toBe(1)
  for (const text of [name, value, Buffer.from(value, 'base64').toString('latin1')]) {
    for (const part of ['secret', '110105', uscc, 'market', '"begun"']) expect(text).not.toContain(part)
  }
  const failures = copies.failures()
  const bytes = Buffer.from(value, 'base64')
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
  redis.kept.set(name, bytes.toString('base64'))
  expect([await copies.get('market', '1', [uscc]), copies.failures()]).toEqual([new Map(), failures + 1])
  // Put in the place of another.
  redis.kept.set(name, value)
  const names = new Set(redis.kept.keys())
  await vi.waitFor(() => {
    copies.put('market', '1', 'other', { ...copy, record: { uscc: 'other' } })
    expect(redis.kept.size).toBe(2)
  }, 5000)
  for (const other of redis.kept.keys()) if (!names.has(other)) redis.kept.set(other, value)
  expect(await copies.get('market', '1', ['other'])).toEqual(new Map())
  await copies.close()
  await redis.stop()
})

describe('settings', () => {
  const read = (env: Record<string, string>) => readConfig(credentialNames, env).cache.redis
  const key = randomBytes(32).toString('base64')
  test('an address and a key', () => {
    expect(read({ REDIS_URL: 'redis://localhost:6379', HUTONG_CACHE_KEY: key })).toEqual({
      url: 'redis://localhost:6379',
      key: Buffer.from(key, 'base64'),
    })
    expect(read({ HUTONG_CACHE_KEY: key })).toBeNull()
  })
  test.each([
    ['no key', { REDIS_URL: 'redis://localhost' }],
    ['a short key', { REDIS_URL: 'redis://localhost', HUTONG_CACHE_KEY: 'c2hvcnQ=' }],
    ['no address of a Redis', { REDIS_URL: 'http://localhost', HUTONG_CACHE_KEY: key }],
  ])('%s: refused', (_name, env) => {
    expect(() => read(env as Record<string, string>)).toThrow(ConfigError)
  })
})
