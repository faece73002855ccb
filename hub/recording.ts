/**
 * Step 7 of a request: nothing of an answer leaves before its record is durable; where it cannot be written, the answer
 * is withheld. A mutation has a record before it takes effect as well: an answer can be withheld, a change cannot. Only what is open to anyone may leave without one, and only where the configuration says so.
 */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Plan, PlanField } from '../auth/plan.ts'
import type { AuditLog } from '../store/audit.ts'
import type { Note } from '../store/sharing/mutation.ts'
import { auditEntry, begunEntry } from './audit-entry.ts'
import type { Config } from './config.ts'
import { auditUnavailable, mutationNotRecorded } from './errors.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Trace } from './trace.ts'

export interface RecordingParts {
  audit: AuditLog
  config: Pick<Config, 'openWithoutRecord'>
  metrics: Metrics
  log: Logger
}

/**
 * Puts a request on record.
 * @param status of its answer
 * @returns false where that cannot be done, and nothing of the answer may leave
 */
export async function record(
  { audit, config, metrics, log }: RecordingParts,
  trace: Trace,
  status: number,
): Promise<boolean> {
  const written = trace.spans === null ? null : trace.spans.ledger()
  const began = performance.now()
  let mayLeave = false
  try {
    await audit.record(auditEntry(trace))
    if (written !== null) written(true)
    mayLeave = true
  } catch (error) {
    if (written !== null) written(false)
    log.error({ requestId: trace.id, err: error }, 'an audit record could not be written')
    if (config.openWithoutRecord === 'answer' && isOpen(trace)) {
      log.warn({ requestId: trace.id }, 'an answer of open data leaves without a record')
      metrics.unrecorded()
      mayLeave = true
    } else trace.errorCodes.add('AUDIT_UNAVAILABLE')
  }
  metrics.observe(trace, mayLeave ? status : 503, performance.now() - began)
  return mayLeave
}

/** Makes the hook on sending. */
export function recording(parts: RecordingParts) {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    const { trace } = request
    reply.header('x-request-id', trace.id)
    // What one asker may see is for no cache between, by whatever method it was asked; the asker's own may keep what has
    // an entity tag, to ask with it again.
    if (!reply.hasHeader('etag')) reply.header('cache-control', 'no-store')
    if (await record(parts, trace, reply.statusCode)) return payload
    if (payload instanceof Readable) payload.destroy()
    const { message, extensions } = auditUnavailable()
    reply.code(503).headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    reply.removeHeader('content-length').removeHeader('etag')
    return JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] })
  }
}

/** Takes what the mutations of a request do; what has begun is on record before it is committed, or is not committed. */
export const noting =
  ({ audit, log }: Pick<RecordingParts, 'audit' | 'log'>, trace: Trace): Note =>
  async (event) => {
    if (event.outcome !== 'begun') {
      trace.events.push(event)
      return
    }
    const written = trace.spans === null ? null : trace.spans.ledger()
    const recorded = audit.record(begunEntry(trace, event))
    if (written !== null) {
      recorded.then(
        () => written(true),
        () => written(false),
      )
    }
    await recorded.catch((error: unknown) => {
      log.error({ requestId: trace.id, err: error }, 'a mutation was not carried out: its record could not be written')
      throw mutationNotRecorded()
    })
  }

/** True for a query that read data of departments, and none that is not open to anyone. */
export const isOpen = ({ action, executed, plan }: Pick<Trace, 'action' | 'executed' | 'plan'>): boolean =>
  action === 'query' && executed && plan !== null && restsOnOpen(plan)

function restsOnOpen({ fields, decisions }: Plan): boolean {
  const decided = [...decisions.values()].filter(({ item }) => item !== null)
  const areOpen = decided.every(({ outcomes }) => outcomes.length > 0 && outcomes.every(({ rule }) => rule === 'open'))
  // A root that leads to no item is the hub's own: applications, the ledger.
  return areOpen && fields.length > 0 && fields.every(leadsToItem)
}

const leadsToItem = ({ decision, children }: PlanField): boolean => decision.item !== null || children.some(leadsToItem)
