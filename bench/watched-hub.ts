/** A hub as a user starts it, with its departments and database, that tells what it holds; all that it says is looked at. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../tests/support/serve.ts'
import type { Held } from './hub-watch.ts'

export interface WatchedHub {
  url: string
  /** @param collect true for what is left after a collection of garbage */
  held(collect: boolean): Promise<Held>
  /** Null while it lives. */
  code(): number | null
  /** What it has said on both streams that is to be seen: lines in which one of the texts stands, and those of a fault. */
  found(): readonly string[]
  /** Adds to the texts that must not stand in what it says. */
  watchFor(secrets: readonly string[]): void
  /** Values of private keys in its data folder. */
  keys(): Promise<string[]>
  stop(): Promise<void>
}

const faulty = /unhandled|uncaught|Warning: |ERR_[A-Z_]+|"level":"(error|fatal)"/i
const longestKept = 300

export async function startWatchedHub(settings: Readonly<Record<string, string>> = {}): Promise<WatchedHub> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-watched-'))
  const port = await freePorts()
  const args = ['--expose-gc', '--import', join(import.meta.dirname, 'hub-watch.ts')]
  const child = spawn(process.execPath, [...args, join(import.meta.dirname, '..', 'hub', 'hutong.js'), 'serve'], {
    env: { ...process.env, PORT: String(port), HUTONG_DATA: folder, ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const secrets: string[] = []
  const found: string[] = []
  let isReady = false
  let said = ''
  const look = (line: string): void => {
    if (found.length >= 20) return
    if (secrets.some((secret) => line.includes(secret))) found.push(`a secret: ${line.slice(0, longestKept)}`)
    else if (isReady && faulty.test(line)) found.push(line.slice(0, longestKept))
  }
  const lines = (stream: NodeJS.ReadableStream | null): void => {
    if (stream === null) return
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      if (!isReady) said += text
      for (const line of parts) look(line)
    })
    stream.on('end', () => look(rest))
  }
  lines(child.stdout)
  lines(child.stderr)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGINT')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (said.includes('Ctrl-C ends everything.')) resolve()
    })
    void ended.then(() => reject(new Error(`The hub did not start: ${said.slice(-1000)}`)))
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  isReady = true
  return {
    url: `http://127.0.0.1:${port}`,
    held: (collect) =>
      new Promise((resolve) => {
        child.once('message', (held: Held) => resolve(held))
        child.send(collect ? 'collect' : 'held')
      }),
    code: () => child.exitCode,
    found: () => found,
    watchFor: (more) => void secrets.push(...more),
    async keys() {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.json'))
      const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
      return texts.flatMap((text) =>
        [...text.matchAll(/"(?:d|k|key)":\s*"([\w+/=-]{20,})"/g)].map(([, key = '']) => key),
      )
    },
    stop,
  }
}
