/** A hub that trusts issuers of a test, at a date that the test sets; and what it says to tokens. */
import { afterAll, beforeAll, beforeEach, vi } from 'vitest'
import { runHub, type Running } from '../support/harness.ts'
import { Issuer } from './issuer.ts'
import { refusal, send, told, type Answered } from './over-http.ts'

/** Starts it for a file of tests. */
export function trustingHub() {
  const started: { running?: Running; issuers: Issuer[] } = { issuers: [] }
  const at = (place: number): Issuer => {
    const issuer = started.issuers[place]
    if (issuer === undefined) throw new Error('The hub has not started')
    return issuer
  }
  const running = (): Running => {
    if (started.running === undefined) throw new Error('The hub has not started')
    return started.running
  }
  beforeAll(async () => {
    // Only the date: times that stand in tokens are compared with it, on both sides of a border and without waiting.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    started.issuers = await Promise.all(
      ['https://issuer.example', 'https://other.example'].map((name) => Issuer.start(name)),
    )
    started.running = await runHub({
      config: { issuers: new Map(started.issuers.map(({ name, url }) => [name, url] as const)) },
    })
  })
  afterAll(async () => {
    vi.useRealTimers()
    await Promise.all([running().stop(), ...started.issuers.map((issuer) => issuer.stop())])
  })
  beforeEach(() => running().sandbox.calls.reset())
  const ask = (headers: Record<string, string | string[]>): Promise<Answered> =>
    send(`${running().hub.url}/graphql`, { headers: { 'content-type': 'application/json', ...headers }, body })
  return {
    running,
    issuer: () => at(0),
    other: () => at(1),
    ask,
    show: (token: string) => ask({ authorization: `Bearer ${token}` }),
  }
}

export const uscc = '91350102MYE0000341'
const body = JSON.stringify({ query: `{ me { department } enterprise(uscc: "${uscc}") { customs { creditGrade } } }` })

/** What is compared of an answer, with the challenge of a refusal. */
export const said = (answer: Answered) => ({
  ...told(answer),
  // Parameters may follow the realm (RFC 6750 §3); they have a test of their own.
  challenge: answer.headers['www-authenticate']?.split(',')[0],
})
export const refused = (message: string, status = 401) => ({
  ...refusal(status, 'UNAUTHENTICATED', message),
  challenge: 'Bearer realm="hutong"',
})

export const accepted = (department = 'customs') => ({
  status: 200,
  data: { me: { department }, enterprise: { customs: { creditGrade: 'ADVANCED_CERTIFIED' } } },
})
export const dataOf = ({ status, text }: Answered) => ({ status, data: (JSON.parse(text) as { data?: unknown }).data })
