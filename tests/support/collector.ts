/** A collector of OpenTelemetry for tests: takes traces as OTLP over HTTP, in JSON, and keeps them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A value of OTLP: one member, named by its kind; a whole number as a number or as text. */
interface Value {
  stringValue?: string
  boolValue?: boolean
  intValue?: number | string
  doubleValue?: number
  arrayValue?: { values: Value[] }
}
interface Attribute {
  key: string
  value: Value
}
interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Attribute[]
  events: { name: string; attributes: Attribute[] }[]
  links: { traceId: string; spanId: string }[]
  status: { code?: number }
}
interface Exported {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[]
}

export interface ToldSpan {
  traceId: string
  spanId: string
  parent: string | null
  name: string
  kind: string
  attributes: Record<string, unknown>
  events: [string, Record<string, unknown>][]
  links: string[]
  isError: boolean
  /** In ms. */
  took: number
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string
  spans: ToldSpan[]
  /** What the sender says of itself. */
  resources: Record<string, unknown>[]
  /** Everything that came, as it came. */
  heard: { path: string; headers: Record<string, unknown>; body: string }[]
  /** From now on it answers with this status, and keeps nothing. */
  answers(status: number): void
  stop(): Promise<void>
}

const kinds = ['unspecified', 'internal', 'server', 'client']

const valueOf = ({ stringValue, boolValue, intValue, doubleValue, arrayValue }: Value): unknown =>
  arrayValue?.values.map(valueOf) ?? stringValue ?? boolValue ?? doubleValue ?? Number(intValue)

const told = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))

const read = (span: Span): ToldSpan => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parent: span.parentSpanId ?? null,
  name: span.name,
  kind: kinds[span.kind] ?? String(span.kind),
  attributes: told(span.attributes),
  events: span.events.map(({ name, attributes }) => [name, told(attributes)]),
  links: span.links.map(({ traceId, spanId }) => `${traceId} ${spanId}`),
  isError: span.status.code === 2,
  took: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
})

/** Starts one; the caller stops it. */
export async function startCollector(): Promise<Collector> {
  const spans: ToldSpan[] = []
  const resources: Record<string, unknown>[] = []
  const heard: Collector['heard'] = []
  let status = 200
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      heard.push({ path: request.url ?? '', headers: request.headers, body })
      if (status === 200) {
        for (const { resource, scopeSpans } of (JSON.parse(body) as Exported).resourceSpans) {
          resources.push(told(resource.attributes))
          for (const scope of scopeSpans) spans.push(...scope.spans.map(read))
        }
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    resources,
    heard,
    answers: (next) => (status = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
