/**
 * The development departments as a process beside the hub. The hub never imports them; it starts them with secrets made
 * for this run, reads where they listen, and they end when the hub's end of the pipe closes.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { departmentIds, type DepartmentId } from '../departments.ts'
import { credentialVariable, type CredentialNames, type DepartmentAddress } from './config.ts'

export interface DevelopmentDepartments {
  addresses: ReadonlyMap<DepartmentId, DepartmentAddress>
  /** Where faults are set and calls are counted. */
  control: URL
  stop(): Promise<void>
}

interface Ready {
  departments: Record<DepartmentId, string>
  control: string
}

/** The development departments did not start; the message says what they said. */
export class DepartmentsError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DepartmentsError'
  }
}

/** How long they may take to end in order, in ms. */
const stopLimit = 5000

/** Starts them on ports from `port` on (0: any free ones). Throws DepartmentsError. */
export async function startDevelopmentDepartments(
  port: number,
  names: CredentialNames,
): Promise<DevelopmentDepartments> {
  const secrets = new Map(
    departmentIds.map((id) => [
      id,
      Object.fromEntries(names[id].map((name) => [name, randomBytes(16).toString('hex')])),
    ]),
  )
  const env: Record<string, string> = {}
  for (const [id, held] of secrets) {
    for (const [name, secret] of Object.entries(held)) env[credentialVariable(id, name)] = secret
  }
  const control = port === 0 ? 0 : port + departmentIds.length
  const main = join(import.meta.dirname, '..', 'sandbox', 'main.ts')
  const ports = ['--ports', String(port), '--control', String(control)]
  // detached: Ctrl-C in a terminal reaches the hub alone, whose last requests may still need the departments.
  const child = spawn(process.execPath, [main, ...ports, '--follow-stdin'], { env, stdio: 'pipe', detached: true })
  let complaint = ''
  let expected = false
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-2000)))
  child.stdin.on('error', () => undefined) // they may be gone already
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const first = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', (cause) =>
      reject(new DepartmentsError('The development departments cannot be run.', { cause })),
    )
    void ended.then(() =>
      reject(new DepartmentsError(complaint.trim() || 'The development departments did not start.')),
    )
  })
  const ready = JSON.parse(first) as Ready
  void ended.then(() => {
    if (!expected) process.stderr.write(`The development departments have ended; start the hub again.\n${complaint}`)
  })
  return {
    addresses: new Map(
      departmentIds.map((id) => [id, { url: new URL(ready.departments[id]), credentials: secrets.get(id) ?? {} }]),
    ),
    control: new URL(ready.control),
    stop: () => {
      expected = true
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), stopLimit)
      return ended.finally(() => clearTimeout(timer))
    },
  }
}
