import { once } from 'node:events'
import { createServer } from 'node:https'
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates, type SecureContextOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { json, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** How a department is called, whatever it says: deadline, retry, breaker, bulkhead, the cap on answers. */

const department = await ScriptedDepartment.start()
afterAll(() => department.stop())

const get = () => ({ method: 'GET', path: '/' }) as const
const ok = json({})
const late = { problem: 'timeout', message: 'It did not answer in time.', retryAt: null }
const failure = { problem: 'failed', message: 'It answered with status 500.', retryAt: null }
const never = () => Promise.withResolvers<Said>().promise
const isIsoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string
const busy = { problem: 'busy', message: 'Too many calls to it are under way.', retryAt: null }
const suspended = {
  problem: 'suspended',
  message: 'It failed repeatedly and is not asked for a moment.',
  retryAt: isIsoTime,
}
const statusOf = ({ status }: { status: number }) => status
/** Generous: a machine may be busy; without the deadline the wait would be for ever. */
const margin = 1500

test('a department may stand below a path', async () => {
  department.says(ok)
  for (const below of ['/gateway/tax', '/gateway/tax/']) {
    const client = department.client('tax', { url: new URL(below, department.url) })
    await client.call(department.scope(), () => ({ method: 'GET', path: '/taxpayers/1?a=b' }))
    expect(department.heard.map(({ path }) => path)).toEqual(['/gateway/tax/taxpayers/1?a=b'])
    department.says(ok)
  }
})

describe('deadline', () => {
  test('one answer that does not come ends at the timeout of the department', async () => {
    department.says(never)
    const client = department.client('tax', { timeout: 50 })
    const before = performance.now()
    expect(await outcome(client.call(department.scope(10_000), get))).toEqual(late)
    expect(performance.now() - before).toBeLessThan(50 + margin)
    expect(department.heard).toHaveLength(1)
  })

  test('a body that stops in the middle ends there too', async () => {
    department.says({ headers: { 'content-length': '100' }, body: 'half' })
    const client = department.client('tax', { timeout: 50 })
    expect(await outcome(client.call(department.scope(10_000), get))).toEqual(late)
  })

  test('calls of one request end each in its own time, whatever ended before', async () => {
    department.says(never)
    const scope = department.scope(10_000)
    const ended: string[] = []
    const ask = async (name: string, timeout: number): Promise<void> => {
      expect(await outcome(department.client('tax', { timeout }).call(scope, get))).toEqual(late)
      ended.push(name)
    }
    await Promise.all([ask('last', 300), ask('first', 50), ask('second', 150)])
    expect(ended).toEqual(['first', 'second', 'last'])
  })

  test('a call that waits its turn keeps the deadline of its request, and does not reach the department', async () => {
    department.says(never)
    const client = department.client('tax', { concurrency: 1 })
    const first = client.call(department.scope(), get)
    const before = performance.now()
    expect(await outcome(client.call(department.scope(50), get))).toEqual(busy)
    expect(performance.now() - before).toBeLessThan(50 + margin)
    await client.close()
    expect(await outcome(first)).toMatchObject({ problem: 'unreachable' })
    expect(department.heard).toHaveLength(1)
  })

  test('more calls than may wait are refused at once', async () => {
    department.says(never)
    const client = department.client('tax', { concurrency: 1 })
    const gone = new AbortController()
    const first = outcome(client.call(department.scope(60_000, gone.signal), get))
    const waiting = Array.from({ length: 32 }, () => outcome(client.call(department.scope(300), get)))
    expect(await outcome(client.call(department.scope(), get))).toEqual(busy)
    expect(await Promise.all(waiting)).toEqual(Array<typeof busy>(32).fill(busy))
    gone.abort()
    expect(await first).toEqual(late)
  })

  test('without time left it is not asked', async () => {
    department.says(ok)
    expect(await outcome(department.client('tax').call(department.scope(0), get))).toEqual(late)
    expect([department.heard, department.called]).toEqual([[], 0])
  })

  test('it ends with its request, before a second attempt', async () => {
    const gone = new AbortController()
    department.says(() => {
      gone.abort()
      return json({}, 500)
    })
    const client = department.client('tax')
    expect(await outcome(client.call(department.scope(10_000, gone.signal), get))).toEqual(late)
    expect([department.heard.length, department.called]).toEqual([1, 1])
  })
})

describe('breaker', () => {
  const states = async (client: ReturnType<typeof department.client>, calls: number) => {
    const seen: unknown[] = []
    for (let i = 0; i < calls; i++) seen.push(await outcome(client.call(department.scope(), get).then(statusOf)))
    return seen
  }

  test('five failures in a row open it; one good trial call closes it', async () => {
    department.says(json({}, 500))
    const client = department.client('tax')
    expect(client.health()).toEqual({
      state: 'UNKNOWN',
      retryAt: null,
      latency: null,
      lastCallAt: null,
      retries: { made: 0, withheld: 0 },
    })
    // Two attempts a call: the fifth attempt is the first of the third call, whose second is not made.
    expect(await states(client, 4)).toEqual([failure, failure, suspended, suspended])
    expect([department.heard.length, client.health().state]).toEqual([5, 'DOWN'])
    department.says(ok)
    await expect.poll(() => outcome(client.call(department.scope(), get).then(statusOf)), { timeout: 5000 }).toBe(200)
    expect(client.health().state).toBe('UP')
  })

  test('failures that a success stands between do not', async () => {
    department.says((_heard, nth) => (nth % 4 === 3 ? ok : json({}, 500)))
    const client = department.client('tax')
    // Two attempts a call: three failures and a success, over and over.
    expect(await states(client, 8)).toEqual([failure, 200, failure, 200, failure, 200, failure, 200])
    expect(client.health().state).toBe('UP')
  })

  test('while a trial call is under way, others are told at once', async () => {
    department.says(json({}, 500))
    const client = department.client('tax')
    await states(client, 3)
    department.says(never)
    const trial = () => client.call(department.scope(20_000), get)
    await expect
      .poll(() => Promise.race([outcome(trial()), after(20, 'on trial')]), { timeout: 5000, interval: 20 })
      .toBe('on trial')
    expect(await outcome(client.call(department.scope(50), get))).toEqual(suspended)
    expect(client.health().state).toBe('DOWN')
  })

  test('callers that hang up and requests that come late do not open it', async () => {
    department.says(never)
    const client = department.client('tax', { timeout: 5000 })
    for (let i = 0; i < 12; i++) {
      const gone = new AbortController()
      const asked = outcome(client.call(department.scope(i % 2 === 0 ? 20 : 10_000, gone.signal), get))
      if (i % 2 === 1) gone.abort()
      expect(await asked).toEqual(late)
    }
    department.says(ok)
    expect(await states(client, 1)).toEqual([200])
  })

  test('a department that does not answer in its time is suspended', async () => {
    department.says(never)
    const client = department.client('tax', { timeout: 20 })
    expect(await states(client, 6)).toEqual([late, late, late, late, late, suspended])
  })

  test('refusals and answers that do not fit say that it is alive', async () => {
    department.says(json({}, 429, { 'retry-after': '0' }))
    const client = department.client('tax', { maxAnswerBytes: 10 })
    await states(client, 6)
    department.says({ body: 'more than ten bytes' })
    await states(client, 6)
    department.says(ok)
    expect(await states(client, 1)).toEqual([200])
  })
})

describe('what cannot be spoken to', () => {
  const { authority, valid, expired } = makeCertificates()
  const trusted = getCACertificates('default')
  beforeAll(() => setDefaultCACertificates([...trusted, authority]))
  afterAll(() => setDefaultCACertificates(trusted))

  /** What comes of calls to a server, one after the other. */
  const outcomesOf = async (server: Server, protocol: string, calls: number) => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = department.client('tax', { url: new URL(`${protocol}://127.0.0.1:${port}`) })
    const seen: unknown[] = []
    for (let i = 0; i < calls; i++) {
      seen.push(await outcome(client.call(department.scope(), get).then(({ status }) => status)))
    }
    await client.close()
    server.close()
    return seen
  }
  const secured = (certificate: SecureContextOptions): [Server, () => number] => {
    let heard = 0
    const server = createServer(certificate, (_request, response) => {
      heard += 1
      response.end('{}')
    })
    return [server, () => heard]
  }

  test('a certificate that is good is spoken to', async () => {
    const [server, heard] = secured(valid)
    expect([await outcomesOf(server, 'https', 2), heard()]).toEqual([[200, 200], 2])
  })

  const others = makeCertificates()
  test.each([
    ['has expired', expired, 'Its certificate has expired.'],
    ['is of another authority', others.valid, 'Its certificate is signed by nobody whom the hub trusts.'],
  ])('a certificate that %s is not, and soon not even tried', async (_name, certificate, message) => {
    const [server, heard] = secured(certificate)
    const untrusted = { problem: 'untrusted', message, retryAt: null }
    const said = await outcomesOf(server, 'https', 6)
    expect([said, heard()]).toEqual([[...Array<typeof untrusted>(5).fill(untrusted), suspended], 0])
  })

  test('what is not HTTP is not believed', async () => {
    const server = createPlainServer((socket) =>
      socket.once('data', () => socket.end('220 mail.example.com ESMTP\r\n')),
    )
    expect(await outcomesOf(server, 'http', 1)).toEqual([
      { problem: 'contract', message: 'The answer is not HTTP.', retryAt: null },
    ])
  })
})

describe('the cap on answers', () => {
  const tooLarge = { problem: 'contract', message: 'The answer is larger than 1000000 bytes.', retryAt: null }

  test('an answer that announces too much is not read', async () => {
    department.says({ headers: { 'content-length': '50000000' }, body: 'x' })
    const client = department.client('tax', { maxAnswerBytes: 1_000_000 })
    expect(await outcome(client.call(department.scope(), get))).toEqual(tooLarge)
  })

  test('one that does not is read to the cap and no further', async () => {
    department.says({ headers: { 'transfer-encoding': 'chunked' }, body: Buffer.alloc(50_000_000, ' ') })
    const client = department.client('tax', { maxAnswerBytes: 1_000_000 })
    const before = process.memoryUsage().arrayBuffers
    expect(await outcome(client.call(department.scope(), get))).toEqual(tooLarge)
    // The 50 MB of the department itself are in this process too: measured above them.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25_000_000)
  })
})

test('20,000 calls leave nothing behind', async () => {
  department.says(() => ok)
  const client = department.client('tax', { concurrency: 32 })
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const round = async () => {
    const gone = new AbortController()
    const scope = department.scope(10_000, gone.signal)
    await Promise.all(Array.from({ length: 100 }, () => client.call(scope, get)))
    department.heard = []
  }
  await round()
  const before = { timers: timers(), heap: process.memoryUsage().heapUsed }
  for (let i = 0; i < 200; i++) await round()
  expect(timers()).toBeLessThan(before.timers + 10)
  expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(100_000_000)
})
