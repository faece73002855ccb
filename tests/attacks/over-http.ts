/** Requests as an attacker sends them: any method, repeated headers, bodies that never end; and what was recorded. */
import { request, type IncomingHttpHeaders } from 'node:http'
import { recordsOf } from '../support/audit.ts'
import type { Running } from '../support/harness.ts'

export interface Sent {
  method?: string
  /** A list sends the header once for each. */
  headers?: Record<string, string | string[]>
  body?: string | Buffer
  /** False leaves the body open. */
  ends?: boolean
}

export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** Sends a request; rejects where the connection breaks, and where the other side changes the protocol. */
export const send = (url: string, { method = 'POST', headers = {}, body, ends = true }: Sent = {}): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      let text = ''
      incoming
        .setEncoding('utf8')
        .on('data', (part: string) => (text += part))
        .on('error', reject)
        .on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
          outgoing.destroy()
        })
    })
    outgoing.on('error', reject)
    outgoing.on('upgrade', (_incoming, socket) => {
      socket.destroy()
      reject(new Error('the protocol was changed'))
    })
    if (body !== undefined) outgoing.write(body)
    if (ends) outgoing.end()
    else outgoing.flushHeaders()
  })

/** Status and body, which is JSON. */
export const told = ({ status, text }: Answered) => ({ status, body: JSON.parse(text) as unknown })

/** The body of a refusal: one error and nothing else. */
export const refusal = (status: number, code: string, message: string, extensions: Record<string, unknown> = {}) => ({
  status,
  body: { errors: [{ message, extensions: { ...extensions, code } }] },
})

/** What stands in the audit record of an answer. */
export async function recordOf({ database }: Running, { headers }: Answered): Promise<unknown> {
  const records = await recordsOf(database.db, String(headers['x-request-id']))
  return records.map(({ department, subject, purpose, action, outcome, errors, subjects, calls }) => ({
    department,
    subject,
    purpose,
    action,
    outcome,
    error_codes: errors,
    subjects,
    departments_called: calls,
  }))
}
