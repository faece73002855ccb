/** A hub as a process that sends traces: what the collector is never told, and that it may fail. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startCollector, type Collector } from './support/collector.ts'
import { json, ScriptedDepartment } from './support/scripted-department.ts'
import { post, ready, tokensOf } from './support/start.ts'

const uscc = '91350102MYE0000341'
let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.stop())

test('what is personal reaches neither the collector nor the log', { timeout: 60_000 }, async () => {
  const market = await ScriptedDepartment.start()
  market.says(json({ code: 500, message: 'planted-answer 李示范 110105199003071234' }, 500))
  const hub = await ready({
    HUTONG_MODE: 'development',
    HUTONG_LOG: 'trace',
    HUTONG_MARKET_URL: market.url.href,
    HUTONG_MARKET_KEY: 'planted-key',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20planted-collector,x-scope=one',
  })
  const [token = ''] = tokensOf(hub.said.stdout)
  const headers = {
    authorization: `Bearer ${token}`,
    'x-purpose': 'clearance',
    'x-request-id': `planted-${uscc}`,
    'user-agent': 'planted-agent',
    'x-forwarded-for': '203.0.113.77',
    baggage: 'enterprise=planted-baggage',
    tracestate: 'planted=state',
  }
  const documents = [
    `query PlantedName($planted: USCC!) { # planted-comment
      planted_alias: enterprise(uscc: $planted) { market { legalRepresentative { name idNumber } } tax { creditGrade }
        postal { shipments(first: 1) { nodes { trackingNumber } } } commerce { filing { number } } } }`,
    `query { enterprise(uscc: "${uscc}") { name customs { declarations(first: 1) { nodes { number } } } } }`,
    '{ searchEnterprises(name: "planted-search", first: 1) { totalCount } }',
    '{ planted_field }',
  ]
  for (const query of documents) {
    await post(
      '/graphql',
      { query, operationName: null, variables: { planted: uscc, note: 'planted-variable' } },
      headers,
    )
  }
  await post('/graphql?planted-search=1', { query: '{ me { department } }' }, headers)
  await post('/notices/planted-department', {}, headers)
  await post('/graphql', { query: documents[1] }, { ...headers, authorization: 'Bearer planted-token' })
  hub.child.kill('SIGINT')
  const { stderr } = await hub.ended
  await market.stop()
  const told = collector.heard.map(({ body }) => body).join('\n')
  expect(collector.spans.filter(({ kind }) => kind === 'client').map(({ name }) => name)).toEqual(
    expect.arrayContaining(['GET /api/enterprises', 'GET /taxpayers/{uscc}', 'GET /filings/{uscc}']),
  )
  expect(collector.heard[0]?.headers).toMatchObject({ authorization: 'Bearer planted-collector', 'x-scope': 'one' })
  expect(stderr).toContain('"department":"market"')
  const log = stderr.replaceAll(`"requestId":"planted-${uscc}"`, '') // the caller's own word for the request
  const people = ['李示范', '110105199003071234', uscc, '陈演示', '203.0.113.77', 'PlantedName', token]
  for (const text of [told, log]) {
    expect([...people, 'planted'].filter((word) => text.toLowerCase().includes(word.toLowerCase()))).toEqual([])
  }
  expect(told).not.toContain('clearance')
})

describe('a collector that fails', () => {
  test(
    'costs no answer, is in the log once, and holds the end up for two seconds at most',
    { timeout: 60_000 },
    async () => {
      collector.answers(400)
      const hub = await ready({ HUTONG_LOG: 'warn', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
      const [token = ''] = tokensOf(hub.said.stdout)
      const ask = () => post('/graphql', { query: '{ me { department } }' }, { authorization: `Bearer ${token}` })
      expect((await ask()).status).toBe(200)
      await expect.poll(() => hub.said.stderr, { timeout: 15_000 }).toContain('traces cannot be sent')
      expect((await ask()).status).toBe(200)
      await collector.stop() // nobody listens now, which is tried again and again
      const before = performance.now()
      hub.child.kill('SIGTERM')
      const { code, stderr } = await hub.ended
      expect([code, performance.now() - before < 6000]).toEqual([0, true])
      expect(stderr.split('\n').filter((line) => line.startsWith('{'))).toEqual([
        expect.stringMatching(/^\{"level":"warn","time":"[^"]+","problem":"[^"]+","msg":"traces cannot be sent"\}$/),
      ])
    },
  )
})
