/** One running hub, and commands that ask it: what stands on stdout, what on stderr, and the code. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { waitUntil } from '../../store/engine/process.ts'
import { clear, freePorts, hutong, makeFolder, untilReady, type Command } from './serve.ts'

/** A folder for files. */
export let base: string
/** Of the hub. */
export let port: number
let hub: Command

beforeAll(async () => {
  base = await makeFolder()
  port = await freePorts()
  hub = hutong(['serve'], { PORT: String(port), HUTONG_DATA: join(base, 'data') })
  await untilReady(hub)
})
afterAll(async () => {
  hub.child.kill('SIGINT')
  await waitUntil(() => hub.child.exitCode !== null, 10_000)
  await clear(hub, join(base, 'data'))
  await rm(base, { recursive: true, force: true })
})

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

export async function command(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const { code, stdout, stderr } = await hutong(args, { PORT: String(port), ...env }).ended
  return { code, stdout, stderr }
}

export const told = (stderr: string): Result => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
export const misused = (complaint: string): Result => told(`error: ${complaint}\n(add --help for help)`)
export const printed = (stdout: string): Result => ({ code: 0, stdout, stderr: '' })
export const viewers = 'customs, tax, fx, market, postal, commerce, bank, portal'
export const callers = `${viewers}, authority, operations`
