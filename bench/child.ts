/** A process of the bench: it says who it is in lines of JSON and ends when its stdin closes. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Child {
  pid: number
  /** The next line that it has said or will say. Throws where it ends first. */
  said<T>(): Promise<T>
  tell(line: string): void
  stop(): Promise<void>
}

/** How long a process may take to end in order, in ms. */
const patience = 10_000

/**
 * Runs a file of TypeScript, on the core that is named where there are programs to hold it there.
 * @param core null for wherever the system puts it
 */
export function startChild(
  core: number | null,
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Child {
  const command = [process.execPath, file, ...args]
  const [program = '', ...rest] = core === null ? command : ['taskset', '-c', String(core), ...command]
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => undefined) // it may be gone already
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let code: number | null = null
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', (status) => {
      code = status
      resolve()
    })
  })
  return {
    pid: child.pid ?? 0,
    async said<T>() {
      const { value, done } = (await lines.next()) as { value: string; done?: boolean }
      if (done !== true) return JSON.parse(value) as T
      await ended
      throw new Error(`${[file, ...args].join(' ')} ended with ${String(code)} before it said anything.`)
    },
    tell: (line) => child.stdin.write(`${line}\n`),
    async stop() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), patience)
      await ended
      clearTimeout(timer)
    },
  }
}
