/**
 * The sandbox as a process of its own: `node sandbox/main.ts --ports 4001 --control 4010`. It listens on the loopback
 * interface; `--host 0.0.0.0` lets other machines ask, and make departments misbehave.
 *
 * One line of JSON on stdout says that all departments answer, and where. Credentials come from the environment, as
 * `HUTONG_‹DEPARTMENT›_‹NAME›` (HUTONG_CUSTOMS_CLIENT_SECRET, HUTONG_FX_KEY …); what is not set is development's.
 */
import { parseArgs } from 'node:util'
import { type DepartmentId, departmentIds } from '../departments.ts'
import { loopback, PortUnavailable } from './listen.ts'
import { factoryOf, type Sandbox, startSandbox } from './start.ts'

const fail = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

const portOf = (name: string, value: string, last: number): number => {
  const port = Number(value)
  return /^\d{1,5}$/.test(value) && port <= last ? port : fail(`--${name} must be a port from 0 to ${last}.`)
}

const options = () => {
  try {
    const { values } = parseArgs({
      options: {
        ports: { type: 'string', default: '4001' },
        control: { type: 'string', default: '4010' },
        host: { type: 'string', default: loopback },
        'follow-stdin': { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

/** `clientSecret` of customs is read from `HUTONG_CUSTOMS_CLIENT_SECRET`. */
const variable = (id: DepartmentId, name: string) =>
  `HUTONG_${id}_${name.replace(/[A-Z]/g, (capital) => `_${capital}`)}`.toUpperCase()

const credentials = async () => {
  const given: Partial<Record<DepartmentId, Record<string, string>>> = {}
  for (const id of departmentIds) {
    const names = Object.keys((await factoryOf(id)).credentials)
    const set = names.flatMap((name) => {
      const value = process.env[variable(id, name)]
      return value ? [[name, value] as const] : []
    })
    given[id] = Object.fromEntries(set)
  }
  return given
}

/** Ends with whoever started it, so that no department outlives the gateway. */
const follow = (sandbox: Sandbox, stdin: boolean) => {
  const stop = () => void sandbox.close().finally(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('disconnect', stop)
  // Ctrl-C reaches the whole process group; a follower waits for the gateway to end, which may still need departments.
  if (!stdin) return void process.once('SIGINT', stop)
  process.on('SIGINT', () => undefined)
  process.stdin.once('end', stop).once('close', stop).once('error', stop).resume()
}

const values = options()
try {
  const sandbox = await startSandbox({
    ports: portOf('ports', values.ports, 65535 - departmentIds.length + 1),
    control: portOf('control', values.control, 65535),
    host: values.host,
    credentials: await credentials(),
  })
  follow(sandbox, values['follow-stdin'])
  process.stdout.write(`${JSON.stringify({ departments: sandbox.urls, control: sandbox.controlUrl })}\n`)
} catch (error) {
  if (error instanceof PortUnavailable) fail(error.message)
  throw error
}
