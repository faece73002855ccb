import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { departmentIds } from '../../departments.ts'

/** The sandbox as a process: it says when it is ready, and never outlives whoever started it. */

type Process = ChildProcessByStdio<Writable, Readable, Readable>
const started: Process[] = []

const start = (args: string[], env: Record<string, string> = {}): Process => {
  const main = new URL('../../sandbox/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  started.push(child)
  return child
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

const ready = async (child: Process) => {
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return JSON.parse(line) as { departments: Record<string, string>; control: string }
}

const ephemeral = ['--ports', '0', '--control', '0']

test('one line of JSON says where everybody is; it ends when its standard input does, and not at Ctrl-C', async () => {
  const child = start([...ephemeral, '--follow-stdin'])
  const { departments, control } = await ready(child)
  expect(Object.keys(departments)).toEqual(departmentIds)
  child.kill('SIGINT')
  expect((await fetch(`${control}/healthz`)).status).toBe(200)
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each(['SIGINT', 'SIGTERM'] as const)('started by hand it ends at %s', async (signal) => {
  const child = start(ephemeral)
  await ready(child)
  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('credentials come from the environment', async () => {
  const { departments } = await ready(start(ephemeral, { HUTONG_CUSTOMS_CLIENT_SECRET: 'from-the-environment' }))
  const form = { grant_type: 'client_credentials', client_id: 'hutong' }
  const token = (client_secret: string) =>
    fetch(`${departments['customs']}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, client_secret }),
    })
  expect((await token('from-the-environment')).status).toBe(200)
  expect((await token('development-customs-secret')).status).toBe(401)
})

test('a port that is taken is named, with who wanted it, in one sentence', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const { port } = squatter.address() as AddressInfo
  const child = start(['--ports', '0', '--control', String(port)])
  const said: Buffer[] = []
  child.stderr.on('data', (part: Buffer) => said.push(part))
  expect(await once(child, 'close')).toEqual([1, null])
  expect(Buffer.concat(said).toString()).toBe(`Port ${port}, wanted for the control server, is already in use.\n`)
  squatter.close()
})

test('a mistake on the command line is one sentence', async () => {
  const child = start(['--ports', '99999'])
  const said: Buffer[] = []
  child.stderr.on('data', (part: Buffer) => said.push(part))
  expect(await once(child, 'close')).toEqual([1, null])
  expect(Buffer.concat(said).toString()).toBe(`--ports must be a port from 0 to ${65536 - departmentIds.length}.\n`)
})
