/** How the page asks: a token for who is asking, then `POST /graphql`. Tokens live in this module's memory and nowhere else. */
import type { FormattedExecutionResult } from 'graphql'
import type { Viewer } from './samples.ts'

/** Who asks and for what. `viewer` is null in production, where the token that was pasted says who. */
export interface Asker {
  viewer: Viewer | null
  pastedToken: string
  purpose: string
}

export interface Question {
  query: string
  variables?: unknown
  operationName?: string | null | undefined
}

export type Answer = FormattedExecutionResult

/** A failure that one sentence tells, in both languages. */
export class Refusal extends Error {}

const noAnswer = 'The hub does not answer; is it running? 互通网关没有应答，请确认它正在运行。'
const deadline = 60_000

interface Held {
  token: string
  renewAt: number
}
const held = new Map<string, Promise<Held>>()

async function issue(viewer: Viewer): Promise<Held> {
  const response = await send('/explorer/token', { viewer: viewer.id }, {})
  const body = await readJson(response)
  const token = body?.['token']
  if (!response.ok || typeof token !== 'string') {
    throw new Refusal(
      `No token was issued for ${viewer.en} (status ${response.status}). 未能取得${viewer.zh}的令牌（状态 ${response.status}）。`,
    )
  }
  const seconds = typeof body?.['expiresIn'] === 'number' ? body['expiresIn'] : 60
  // Renewed a minute before it expires, or after nine tenths of a short life.
  return { token, renewAt: Date.now() + 1000 * Math.max(seconds - 60, seconds * 0.9) }
}

async function tokenFor(viewer: Viewer): Promise<string> {
  const before = held.get(viewer.id)
  const current = before && (await before)
  if (current && current.renewAt > Date.now()) return current.token
  // Another caller may have begun to renew while this one waited.
  const begun = held.get(viewer.id)
  if (begun && begun !== before) return (await begun).token
  const next = issue(viewer)
  held.set(viewer.id, next)
  next.catch(() => held.delete(viewer.id))
  return (await next).token
}

/** Asks once, and once more with a fresh token where the hub no longer takes the one held (it was restarted with new keys). */
export async function ask(asker: Asker, question: Question, headers: Record<string, string> = {}): Promise<Answer> {
  let response = await askOnce(asker, question, headers)
  if (response.status === 401 && asker.viewer) {
    held.delete(asker.viewer.id)
    response = await askOnce(asker, question, headers)
  }
  if (response.status === 401) {
    if (asker.viewer) held.delete(asker.viewer.id)
    const [en, zh] = asker.viewer ? [`of ${asker.viewer.en}`, asker.viewer.zh] : ['that was pasted', '所粘贴']
    throw new Refusal(`The hub refused the token ${en}; it may have expired. 网关拒绝了${zh}的令牌，可能已过期。`)
  }
  const answer: Answer | null = await readJson(response)
  if (answer?.data !== undefined) return { data: answer.data, ...answer } // data stands first, errors after it
  if (Array.isArray(answer?.errors)) return answer
  throw new Refusal(
    `The hub gave no GraphQL answer (status ${response.status}). 网关没有返回 GraphQL 应答（状态 ${response.status}）。`,
  )
}

async function askOnce(asker: Asker, question: Question, headers: Record<string, string>): Promise<Response> {
  const token = asker.viewer ? await tokenFor(asker.viewer) : asker.pastedToken
  if (!token) throw new Refusal('Paste a token first. 请先粘贴令牌。')
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Refusal('What was pasted is not a token. 所粘贴的内容不是令牌。')
  if (!/^[\x21-\x7e]*$/.test(asker.purpose)) {
    throw new Refusal('A purpose is an identifier such as clearance. 用途应为标识符，例如 clearance。')
  }
  // The bar's headers come last: it tells who asked, so a header typed in the editor never replaces them.
  const sent = new Headers(headers)
  sent.set('authorization', `Bearer ${token}`)
  sent.delete('x-purpose')
  if (asker.purpose) sent.set('x-purpose', asker.purpose)
  return send('/graphql', { ...question, operationName: operationOf(question) }, Object.fromEntries(sent))
}

/** GraphiQL reads a moment late which operation stands in the editor; a name that is no longer there is left out. */
const operationOf = ({ query, operationName }: Question): string | undefined =>
  operationName && new RegExp(`\\b${operationName}\\b`).test(query) ? operationName : undefined

async function send(url: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(deadline),
    })
  } catch {
    throw new Refusal(noAnswer)
  }
}

async function readJson(response: Response): Promise<Record<string, unknown> | null> {
  try {
    const value: unknown = await response.json()
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
