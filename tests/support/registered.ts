/** A hub for a file of tests, the commands that register documents in its database, and requests by their ids. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { runHub, type Persona, type Running } from './harness.ts'
import { hutong, type Ended } from './serve.ts'

export let running: Running
let folder: string
beforeAll(async () => {
  running = await runHub()
  folder = await mkdtemp(join(tmpdir(), 'hutong-documents-'))
})
afterAll(async () => {
  await running.stop()
  await rm(folder, { recursive: true, force: true })
})

export const uscc = '91350102MYE0000341'
export const grade = `query Grade($uscc: USCC!) {\n  enterprise(uscc: $uscc) { tax { creditGrade refunds { totalCount } } }\n}\n`
export const me = '{ me { department } }'
export const idOf = (source: string): string => `sha256:${createHash('sha256').update(source).digest('hex')}`

let nth = 0
/** A folder of its own with these files. */
export async function folderOf(files: Record<string, string | Buffer>): Promise<string> {
  const path = join(folder, String((nth += 1)))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), text)
  }
  await mkdir(path, { recursive: true })
  return path
}

export const documents = (...args: string[]): Promise<Ended> =>
  hutong(['documents', ...args], { DATABASE_URL: running.database.url }).ended
export const done = ({ code, stdout, stderr }: Ended) => ({ code, stdout, stderr: stderr.replaceAll(folder, '') })
export const inForce = 'Hubs that run on this database go by it within a second.'

interface Said {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions: Record<string, unknown> }[]
  extensions?: { requestId: string }
}
export interface Reply {
  status: number
  headers: Headers
  text: string
  body: Said
}
export const clearance: Persona = { as: 'customs', purpose: 'clearance' }

export async function send(persona: Persona | null, path: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(running.hub.url + path, {
    ...init,
    headers: {
      'apollo-require-preflight': '1',
      ...(persona === null ? {} : { authorization: `Bearer ${await running.token(persona)}` }),
      ...(persona?.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
      ...(init.headers as Record<string, string> | undefined),
    },
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (text === '' ? {} : JSON.parse(text)) as Said,
  }
}
export const post = (persona: Persona | null, body: object): Promise<Reply> =>
  send(persona, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
export const variables = encodeURIComponent(JSON.stringify({ uscc }))
export const get = (persona: Persona | null, id: string, headers: Record<string, string> = {}): Promise<Reply> =>
  send(persona, `/graphql/${id}?variables=${variables}`, { headers })
export const refused = ({ status, body }: Reply) => [
  status,
  body.errors?.map(({ message, extensions }) => [extensions.code, message]),
]
