import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheCounts, DepartmentCache } from '../adapters/kernel/cache.ts'
import type { DepartmentHttp } from '../adapters/kernel/http.ts'
import { watchDepartments } from './department-metrics.ts'
import type { Overload } from './overload.ts'
import type { RedisCopies } from '../adapters/kernel/shared-copies.ts'
import type { Matcher } from '../store/trade/matcher.ts'
import type { Places } from './places.ts'
import type { Trace } from './trace.ts'

export interface Metrics {
  registry: Registry
  /** Counts a finished request. @param waited for its record to be durable, in ms */
  observe(trace: Trace, status: number, waited: number): void
  /** Counts an answer of open data that left without a record. */
  unrecorded(): void
}

/** Prometheus metrics of one hub process. No label ever carries a credit code or a subject. */
export function createMetrics(
  departments: readonly DepartmentHttp[],
  overload: Pick<Overload, 'underWay' | 'most' | 'refused'>,
  caches: Iterable<DepartmentCache> = [],
  redis: RedisCopies | null = null,
  matcher: Pick<Matcher, 'waiting'> | null = null,
  places: Pick<Places, 'taken'> | null = null,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'hutong_requests_total',
    help: 'Requests by department asking, action and HTTP status.',
    labelNames: ['department', 'action', 'status'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'hutong_request_seconds',
    help: 'Time from the first byte to the durable record.',
    labelNames: ['action'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  const ledger = new Histogram({
    name: 'hutong_ledger_seconds',
    help: 'Time that a request waited for its record to be durable, or for the hub to give that up.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  const calls = new Counter({
    name: 'hutong_department_calls_total',
    help: 'Calls sent to each department.',
    labelNames: ['department'],
    registers: [registry],
  })
  const errors = new Counter({
    name: 'hutong_errors_total',
    help: 'Requests that carried an error of this code.',
    labelNames: ['code'],
    registers: [registry],
  })
  const unrecorded = new Counter({
    name: 'hutong_unrecorded_answers_total',
    help: 'Answers of open data that left without a record, because none could be written.',
    registers: [registry],
  })
  const documents = new Counter({
    name: 'hutong_trade_documents_total',
    help: 'Trade documents handed in, by kind of message and what became of them.',
    labelNames: ['kind', 'became'],
    registers: [registry],
  })
  if (matcher !== null) {
    new Gauge({
      name: 'hutong_trade_waiting',
      help: 'Insertions of trade documents that are not matched yet.',
      registers: [registry],
      collect() {
        this.set(matcher.waiting())
      },
    })
  }
  if (places !== null) {
    new Gauge({
      name: 'hutong_subscriptions',
      help: 'Subscriptions, and connections that they came by.',
      labelNames: ['of'],
      registers: [registry],
      collect() {
        for (const kind of ['subscriptions', 'connections'] as const) this.set({ of: kind }, places.taken(kind))
      },
    })
  }
  new Gauge({
    name: 'hutong_requests_under_way',
    help: 'Requests that have begun and not ended.',
    registers: [registry],
    collect() {
      this.set(overload.underWay())
    },
  })
  new Gauge({
    name: 'hutong_requests_under_way_most',
    help: 'Requests under way from which on the next is refused.',
    registers: [registry],
    collect() {
      this.set(overload.most())
    },
  })
  new Counter({
    name: 'hutong_requests_shed_total',
    help: 'Requests refused because the hub had more to do than it could; they are on no record.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(overload.refused())
    },
  })
  watchDepartments(registry, departments)
  new Counter({
    name: 'hutong_copies_total',
    help: 'Records looked for among the copies: hits, renewed behind the answer, misses; of the misses, shared with another request, and stale because the department could not be had.',
    labelNames: ['department', 'outcome'],
    registers: [registry],
    collect() {
      // Counted where they happen, in plain numbers: a lookup costs less than a label.
      this.reset()
      for (const { department, counts } of caches) {
        for (const outcome of Object.keys(counts) as (keyof CacheCounts)[]) {
          this.inc({ department, outcome }, counts[outcome])
        }
      }
    },
  })
  if (redis !== null) {
    new Gauge({
      name: 'hutong_redis_up',
      help: '1 while copies are shared, 0 while Redis is left alone.',
      registers: [registry],
      collect() {
        this.set(redis.isUp() ? 1 : 0)
      },
    })
    new Counter({
      name: 'hutong_redis_failures_total',
      help: 'Questions to Redis that failed, took too long, or brought what cannot be decrypted.',
      registers: [registry],
      collect() {
        this.reset()
        this.inc(redis.failures())
      },
    })
  }
  return {
    registry,
    unrecorded: () => unrecorded.inc(),
    observe(trace, status, waited) {
      requests.inc({ department: trace.principal?.department ?? 'none', action: trace.action, status: String(status) })
      duration.observe({ action: trace.action }, (performance.now() - trace.started) / 1000)
      ledger.observe(waited / 1000)
      for (const [department, count] of trace.calls) calls.inc({ department }, count)
      for (const code of trace.errorCodes) errors.inc({ code })
      for (const [became, count] of Object.entries(trace.message?.documents ?? {})) {
        if (count > 0) documents.inc({ kind: trace.message?.kind ?? 'none', became }, count)
      }
    },
  }
}
