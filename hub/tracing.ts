/**
 * Requests as traces of OpenTelemetry, sent to a collector. Loaded only where one is configured.
 *
 * What is told is chosen name by name, after the stable conventions for HTTP: methods, routes, statuses, and codes of the
 * hub's own. No credit code, no variable, no document, no purpose, and no address that has an identifier in it: in the
 * place of `url.full` and `url.path`, which the conventions want, stands the template of the route or of the contract.
 */
import { readFileSync } from 'node:fs'
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as api,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api'
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import { pathsOf } from '../adapters/kernel/contract.ts'
import type { UpstreamProblem } from '../adapters/kernel/errors.ts'
import { OutOfTime, within } from '../adapters/kernel/time-limit.ts'
import type { Call } from '../adapters/kernel/http.ts'
import type { CallSpan } from '../adapters/kernel/traced.ts'
import type { DepartmentId } from '../departments.ts'
import type { Logger } from './log.ts'
import type { RequestSpans, Tracing } from './request-spans.ts'
import type { TracingSettings } from './tracing-settings.ts'

/** Longest that the end of the hub waits for the collector, in ms. */
const lastWait = 2000

type Sent = Pick<Call, 'method' | 'path'>

/** What is said of every attempt that is alike. */
interface AttemptKind {
  name: string
  options: SpanOptions
}

/** Opens the connection to the collector with the first spans. @param addresses of the departments that are asked */
export function openTracing(
  settings: TracingSettings,
  addresses: ReadonlyMap<DepartmentId, URL>,
  log: Logger,
): Tracing {
  const { url, headers, timeout, service, ratio } = settings
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const exporter = watched(new OTLPTraceExporter({ url: url.href, headers, timeoutMillis: timeout }), log)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    // A request is a trace of its own, so that nobody outside decides what is kept; its calls are kept with it.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('hutong', version)
  const kinds = new Map([...addresses].map(([id, address]) => [id, attemptKinds(id, address)]))
  const kindOf = (department: DepartmentId, sent: Sent): AttemptKind =>
    kinds.get(department)?.(sent) ?? { name: sent.method, options: { kind: SpanKind.CLIENT } }
  return {
    begin({ method, route, traceparent, started, requestId }) {
      const caller = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null
      const span = tracer.startSpan(
        `${method} ${route}`,
        {
          kind: SpanKind.SERVER,
          startTime: started,
          attributes: {
            'http.request.method': method,
            'http.route': route,
            'url.scheme': 'http',
            ...(requestId === null ? {} : { 'hutong.request.id': requestId }),
          },
          ...(caller === null ? {} : { links: [{ context: { ...caller, isRemote: true } }] }),
        },
        ROOT_CONTEXT,
      )
      return requestSpans(tracer, span, kindOf)
    },
    async stop() {
      await within(lastWait, new AbortController().signal, () => provider.shutdown()).catch((error: unknown) => {
        if (!(error instanceof OutOfTime)) log.warn({ err: error }, 'the last traces could not be sent')
      })
    },
  }
}

/** Says once when the collector fails, and once when it takes traces again; requests do not notice either. */
function watched(exporter: OTLPTraceExporter, log: Logger): SpanExporter {
  let isFailing = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS
        if (failed && !isFailing) log.warn({ problem: result.error?.message }, 'traces cannot be sent')
        if (!failed && isFailing) log.warn('traces are sent again')
        isFailing = failed
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}

/** Knows an attempt by its contract: `GET /filings/91350102MYE0000341` is a `GET /filings/{uscc}`. */
function attemptKinds(department: DepartmentId, { hostname, port, protocol }: URL): (call: Sent) => AttemptKind {
  const server = {
    'hutong.department': department,
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  }
  const templates = pathsOf(department).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/?]+')}(\\?|$)`),
  }))
  const kinds = new Map<string, AttemptKind>()
  return ({ method, path }) => {
    const template = templates.find(({ pattern }) => pattern.test(path))?.template
    const name = template === undefined ? method : `${method} ${template}`
    let kind = kinds.get(name)
    if (kind === undefined) {
      const attributes = {
        ...server,
        'http.request.method': method,
        ...(template === undefined ? {} : { 'url.template': template }),
      }
      kinds.set(name, (kind = { name, options: { kind: SpanKind.CLIENT, attributes } }))
    }
    return kind
  }
}

function requestSpans(
  tracer: Tracer,
  span: Span,
  kindOf: (department: DepartmentId, sent: Sent) => AttemptKind,
): RequestSpans {
  const inside = api.setSpan(ROOT_CONTEXT, span)
  const missing = new Set<string>()
  return {
    call(department, sent, resent) {
      const { name, options } = kindOf(department, sent)
      const attempt = tracer.startSpan(name, options, inside)
      if (resent > 0) attempt.setAttribute('http.request.resend_count', resent)
      return callSpan(attempt)
    },
    unsent(department, problem, since) {
      const attributes = { 'hutong.department': department, 'error.type': problem }
      const unsent = tracer.startSpan(`not sent to ${department}`, { startTime: since, attributes }, inside)
      unsent.setStatus({ code: SpanStatusCode.ERROR }).end()
    },
    ledger() {
      const wait = tracer.startSpan('ledger', {}, inside)
      return (isWritten) => {
        if (!isWritten) wait.setAttribute('error.type', 'AUDIT_UNAVAILABLE').setStatus({ code: SpanStatusCode.ERROR })
        wait.end()
      }
    },
    unavailable(department, problem) {
      if (missing.size === missing.add(`${department} ${problem}`).size) return
      span.addEvent('department unavailable', { 'hutong.department': department, 'error.type': problem })
    },
    end({ action, principal, errorCodes }, status) {
      const codes = [...errorCodes]
      span.setAttributes({
        ...(status === null ? {} : { 'http.response.status_code': status }),
        'hutong.action': action,
        'hutong.caller': principal?.department ?? 'none',
        ...(codes.length === 0 ? {} : { 'hutong.error.codes': codes }),
      })
      if (status !== null && status >= 500) {
        span.setAttribute('error.type', codes[0] ?? String(status)).setStatus({ code: SpanStatusCode.ERROR })
      }
      span.end()
    },
  }
}

/** Sampled or not, the department is told: it decides for itself. */
function callSpan(span: Span): CallSpan {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    headers: { traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` },
    end(status, problem) {
      if (status !== null) span.setAttribute('http.response.status_code', status)
      const failure = problem ?? failureBy(status)
      if (failure !== null) span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

/** What the adapters make of a status. That there is no such record (404) is an answer, and so is that it still holds. */
function failureBy(status: number | null): UpstreamProblem | null {
  if (status === null || status < 300 || status === 304 || status === 404) return null
  return status === 401 || status === 403 ? 'refused' : 'failed'
}
