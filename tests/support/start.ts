/** A hub as a process for each test, with a data folder and ports of its own, ended and cleared away after it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import {
  clear,
  freePorts,
  hutong,
  leftBehind,
  makeFolder,
  portsAreFree,
  untilReady,
  type Command,
  type Ended,
} from './serve.ts'

/** A folder of this test's own. */
export let base: string
/** A data folder below it that does not exist yet. */
export let data: string
/** The first of eight free ports. */
export let port: number
/** What is ended after the test. */
export let started: Command[]

beforeEach(async () => {
  base = await makeFolder()
  data = join(base, 'data')
  port = await freePorts()
  started = []
})

afterEach(async () => {
  for (const command of started) await clear(command, data)
  await rm(base, { recursive: true, force: true })
})

/** Starts a hub there. */
export const serve = (
  env: Record<string, string> = {},
  options: Parameters<typeof hutong>[2] = {},
  more: readonly string[] = [],
): Command => {
  const command = hutong(['serve', ...more], { PORT: String(port), HUTONG_DATA: data, ...env }, options)
  started.push(command)
  return command
}

/** Starts one and waits until it says so. */
export async function ready(env: Record<string, string> = {}, more: readonly string[] = []): Promise<Command> {
  const command = serve(env, {}, more)
  await untilReady(command)
  return command
}

/** A stop in order: what was said on stderr, the code, and nothing left; within some seconds. */
export async function stopped(command: Command, signal: () => void): Promise<{ ended: Ended; seconds: number }> {
  const before = performance.now()
  signal()
  const ended = await command.ended
  expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({
    code: 0,
    signal: null,
    stderr: '\nStopping …\nStopped.\n',
  })
  expect(leftBehind(data, port)).toEqual([])
  expect(await portsAreFree(port)).toBe(true)
  return { ended, seconds: (performance.now() - before) / 1000 }
}

export const tokensOf = (screen: string): string[] => screen.match(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/gm) ?? []

export async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  at = port,
): Promise<Response> {
  return fetch(`http://127.0.0.1:${at}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

const me = '{ me { department } }'
export const asCustoms = { data: { me: { department: 'customs' } } }

export async function whoAmI(token: string): Promise<unknown> {
  const response = await post('/graphql', { query: me }, { authorization: `Bearer ${token}` })
  const { data } = (await response.json()) as { data: unknown }
  return { data }
}
