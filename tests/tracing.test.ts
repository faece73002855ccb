/** Requests as traces of OpenTelemetry: what a collector is told of them, the whole tree of each. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { departmentIds, type DepartmentId } from '../departments.ts'
import { readConfig } from '../hub/config.ts'
import { credentialNames } from '../hub/hub.ts'
import { startCollector, type Collector, type ToldSpan } from './support/collector.ts'
import { runHub, type Running, type RunOptions } from './support/harness.ts'
import { inAMonth } from './support/mutations.ts'
import { startTap, type Tap } from './support/tap.ts'

const uscc = '91350102MYE0000341'
const clearance = { as: 'customs', purpose: 'clearance' } as const
const callerTrace = '4bf92f3577b34da6a3ce929d0e0e4736'
const callerSpan = '00f067aa0ba902b7'
const traceparent = `00-${callerTrace}-${callerSpan}-01`

let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.stop())

interface Told {
  name: string
  kind: string
  attributes: Record<string, unknown>
  events?: ToldSpan['events']
  links?: string[]
  isError?: true
  children?: Told[]
}

/** A span with all below it, without what is by chance; children in the order of their names. */
function treeOf(span: ToldSpan, spans: readonly ToldSpan[]): Told {
  const { name, kind, attributes, events, links, isError } = span
  const children = spans.filter(({ parent, traceId }) => parent === span.spanId && traceId === span.traceId)
  return {
    name,
    kind,
    attributes,
    ...(events.length === 0 ? {} : { events }),
    ...(links.length === 0 ? {} : { links }),
    ...(isError ? { isError } : {}),
    ...(children.length === 0
      ? {}
      : { children: children.map((child) => treeOf(child, spans)).toSorted((a, b) => (a.name < b.name ? -1 : 1)) }),
  }
}

describe('a hub', () => {
  let running: Running
  let taps: Map<DepartmentId, Tap>
  const start = async (env: Record<string, string> = {}, options: RunOptions = {}) => {
    taps = new Map()
    const { tracing } = readConfig(credentialNames, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env })
    running = await runHub({
      ...options,
      config: { tracing, ...options.config },
      between: {
        async department(id, url) {
          const tap = await startTap(url)
          taps.set(id, tap)
          return tap.url
        },
      },
    })
  }
  afterEach(async () => {
    await running.stop()
    for (const tap of taps.values()) await tap.stop()
  })
  /** What was told once the hub has ended, by request. */
  const trees = async (): Promise<Told[]> => {
    await running.hub.stop()
    return collector.spans.filter(({ parent }) => parent === null).map((root) => treeOf(root, collector.spans))
  }
  const portOf = (id: DepartmentId): number => Number(taps.get(id)?.url.port)
  const call = (id: DepartmentId, method: string, template: string, more: object = {}): Told => ({
    name: `${method} ${template}`,
    kind: 'client',
    attributes: {
      'hutong.department': id,
      'http.request.method': method,
      'url.template': template,
      'server.address': '127.0.0.1',
      'server.port': portOf(id),
      'http.response.status_code': 200,
      ...more,
    },
  })
  const failed = (span: Told, attributes: Record<string, unknown>, dropped: string[] = []): Told => ({
    ...span,
    attributes: Object.fromEntries(
      Object.entries({ ...span.attributes, ...attributes }).filter(([name]) => !dropped.includes(name)),
    ),
    isError: true,
  })
  const ledger: Told = { name: 'ledger', kind: 'internal', attributes: {} }
  const request = (children: Told[], more: object = {}, name = 'POST /graphql'): Told => ({
    name,
    kind: 'server',
    attributes: {
      'http.request.method': name.split(' ')[0],
      'http.route': name.split(' ')[1],
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'hutong.request.id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      'hutong.action': 'query',
      'hutong.caller': 'customs',
      ...more,
    },
    children,
  })
  const unavailable = { 'hutong.error.codes': ['DEPARTMENT_UNAVAILABLE'] }
  const event = (id: DepartmentId, problem: string): ToldSpan['events'][number] => [
    'department unavailable',
    { 'hutong.department': id, 'error.type': problem },
  ]

  test('one question to six departments is one trace: the request, each call, and the wait for the ledger', async () => {
    await start()
    const query = `query Named($uscc: USCC!) { enterprise(uscc: $uscc) {
      name customs { creditGrade declarations(first: 1) { totalCount } } tax { creditGrade } fx { class }
      postal { shipments(first: 1) { totalCount } } commerce { filing { status } } } }`
    const { errors } = await running.ask(clearance, query, { uscc }, { traceparent, tracestate: 'v=1' })
    expect(errors).toBeUndefined()
    expect(await trees()).toEqual([
      {
        ...request([
          call('market', 'GET', '/api/enterprises'),
          call('commerce', 'GET', '/filings/{uscc}'),
          call('postal', 'GET', '/partner/api/public/p/enterprise/{uscc}'),
          call('tax', 'GET', '/taxpayers/{uscc}'),
          call('fx', 'GET', '/v1/enterprises'),
          call('customs', 'POST', '/oauth/token'),
          call('customs', 'POST', '/v2/declarations/query'),
          call('customs', 'POST', '/v2/enterprises/query'),
          ledger,
        ]),
        links: [`${callerTrace} ${callerSpan}`],
      },
    ])
    // Each call says which span it is, and nothing else that the caller sent goes on.
    const spans = new Map(collector.spans.map((span) => [`00-${span.traceId}-${span.spanId}-01`, span]))
    for (const id of departmentIds) {
      const sent = taps.get(id)?.headers('traceparent') ?? []
      expect(sent.map((header) => spans.get(header)?.attributes['hutong.department'])).toEqual(sent.map(() => id))
      expect(sent).toHaveLength(id === 'customs' ? 3 : 1)
      expect(taps.get(id)?.headers('tracestate')).toEqual([])
    }
    const [root] = collector.spans.filter(({ parent }) => parent === null)
    for (const { took, traceId } of collector.spans) {
      expect([traceId, took >= 0 && took <= (root?.took ?? 0)]).toEqual([root?.traceId, true])
    }
    expect(traceparent).not.toContain(root?.traceId ?? '')
    expect(collector.resources[0]).toEqual({ 'service.name': 'hutong', 'service.version': '0.1.0' })
    expect(new Set(collector.heard.map(({ path }) => path))).toEqual(new Set(['/v1/traces']))
  })

  test('only a well-formed traceparent is a link, and none of it decides anything', async () => {
    await start()
    const sent = [
      `00-${callerTrace}-${callerSpan}-00`, // not sampled by the caller, which is the caller's own matter
      `00-${'0'.repeat(32)}-${callerSpan}-01`,
      `00-${callerTrace}-${'0'.repeat(16)}-01`,
      `ff-${callerTrace}-${callerSpan}-01`,
      `00-${callerTrace.toUpperCase()}-${callerSpan}-01`,
      `00-${callerTrace}-${callerSpan}-01-more`,
      'x'.repeat(5000),
    ]
    for (const header of sent) {
      await running.ask(clearance, '{ me { department } }', {}, { traceparent: header })
    }
    const links = (await trees()).map(({ links: its = [] }) => its)
    expect(links).toEqual([[`${callerTrace} ${callerSpan}`], ...sent.slice(1).map(() => [])])
  })

  test('what goes wrong: retries, what was not sent, and why, in the words of the hub', async () => {
    await start()
    const ask = (fields: string) => running.ask(clearance, `{ enterprise(uscc: "${uscc}") { ${fields} } }`)
    running.sandbox.faults.set('tax', { kind: 'down', seconds: 60 })
    await ask('tax { creditGrade }')
    running.sandbox.faults.set('fx', { kind: 'closed', seconds: 60 })
    await ask('fx { class }')
    await ask('fx { class registered }')
    running.sandbox.faults.set('market', { kind: 'lying', seconds: 60, lie: 'html' })
    await ask('market { registration { name } }')
    const tax = call('tax', 'GET', '/taxpayers/{uscc}')
    const broken = (more: object = {}) =>
      failed(tax, { 'error.type': 'unreachable', ...more }, ['http.response.status_code'])
    const fx = call('fx', 'GET', '/v1/enterprises')
    expect(await trees()).toEqual([
      {
        ...request([broken(), broken({ 'http.request.resend_count': 1 }), ledger], unavailable),
        events: [event('tax', 'unreachable')],
      },
      {
        ...request([failed(fx, { 'http.response.status_code': 503, 'error.type': 'closed' }), ledger], unavailable),
        events: [event('fx', 'closed')],
      },
      {
        ...request(
          [
            ledger,
            {
              name: 'not sent to fx',
              kind: 'internal',
              attributes: { 'hutong.department': 'fx', 'error.type': 'closed' },
              isError: true,
            },
          ],
          unavailable,
        ),
        events: [event('fx', 'closed')],
      },
      {
        ...request([call('market', 'GET', '/api/enterprises'), ledger], unavailable),
        events: [event('market', 'contract')],
      },
    ])
  })

  test('refusals, a change, an explanation, a ledger that takes nothing; no probe and no page', async () => {
    await start()
    const { url } = running.hub
    for (const path of ['/livez', '/readyz', '/metrics', '/explorer/', '/nowhere']) await fetch(`${url}${path}`)
    await running.ask(null, `{ enterprise(uscc: "${uscc}") { name } }`, {}, { 'x-request-id': `id-${uscc}` })
    const authority = { as: 'authority', roles: ['authority'] } as const
    await running.ask(
      authority,
      `mutation { suspendGrant(input: { clientMutationId: "suspended-once", grant: "development:customs:tax.creditGrade:clearance",
        reason: "涉嫌超范围使用", putRightBy: "${inAMonth}" }) { grant { state } } }`,
    )
    const authorization = `Bearer ${await running.token(clearance)}`
    await fetch(`${url}/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: '{ me { department } }' }),
    })
    await running.database.pool.query('alter table audit_record rename to audit_record_away')
    await running.ask(clearance, '{ me { department } }')
    await running.database.pool.query('alter table audit_record_away rename to audit_record')
    const unwritten = { 'error.type': 'AUDIT_UNAVAILABLE' }
    const refused = request([ledger], {
      'http.response.status_code': 401,
      'hutong.action': 'query',
      'hutong.caller': 'none',
      'hutong.error.codes': ['UNAUTHENTICATED'],
    })
    delete refused.attributes['hutong.request.id'] // the caller chose it
    expect(await trees()).toEqual([
      refused,
      request([ledger, ledger], { 'hutong.action': 'mutation', 'hutong.caller': 'authority' }),
      request([ledger], { 'hutong.action': 'explain' }, 'POST /explain'),
      {
        ...request([failed(ledger, unwritten)], {
          ...unwritten,
          'http.response.status_code': 503,
          'hutong.error.codes': ['AUDIT_UNAVAILABLE'],
        }),
        isError: true,
      },
    ])
  })

  test('what is not sampled is not told, and the departments know that it is not', async () => {
    await start({ OTEL_TRACES_SAMPLER: 'always_off' })
    await running.ask(clearance, `{ enterprise(uscc: "${uscc}") { fx { class } } }`, {}, { traceparent })
    expect(taps.get('fx')?.headers('traceparent')).toEqual([
      expect.stringMatching(new RegExp(`^00-(?!${callerTrace})[0-9a-f]{32}-[0-9a-f]{16}-00$`)),
    ])
    expect([await trees(), collector.heard]).toEqual([[], []])
  })

  test('without a collector nothing is told to anyone', async () => {
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })
    await running.ask(clearance, `{ enterprise(uscc: "${uscc}") { fx { class } } }`, {}, { traceparent })
    expect([running.hub.config.tracing, taps.get('fx')?.headers('traceparent'), collector.heard]).toEqual([
      null,
      [],
      [],
    ])
  })

  test('copies: whoever begins a call has it in the trace, renewals behind an answer too', async () => {
    await start({}, { config: { cache: { use: 'on' } } })
    const ask = () => running.ask(clearance, `{ enterprise(uscc: "${uscc}") { fx { class } } }`)
    await ask()
    await ask()
    expect(await trees()).toEqual([request([call('fx', 'GET', '/v1/enterprises'), ledger]), request([ledger])])
  })
})
