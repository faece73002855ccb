/** Looks whether the ports of a start are free, so that a taken one is told in one sentence before anything runs. */
import { createServer } from 'node:net'
import { askedBy, departmentIds } from '../departments.ts'
import { ConfigError, type Config } from './config.ts'

/** The development departments take one port each after the hub's, and one more to be told what to do. */
export const developmentPorts = departmentIds.length + 1

const lastPort = 65535

/** Throws ConfigError where a port that the start needs cannot be had. Port 0 takes any free ones. */
export async function checkPorts({ host, port, departments, only }: Config): Promise<void> {
  if (port === 0) return
  await tryPort(port, host).catch((error: unknown) => {
    throw hubPortError(error, { host, port })
  })
  if (askedBy(only).every((id) => departments.has(id))) return
  const last = port + developmentPorts
  if (last > lastPort)
    throw new ConfigError(
      `PORT must be at most ${lastPort - developmentPorts}, not ${port}: the development departments take the ${developmentPorts} ports after it.`,
    )
  for (let wanted = port + 1; wanted <= last; wanted++) {
    await tryPort(wanted, '127.0.0.1').catch((error: unknown) => {
      const who = departmentIds[wanted - port - 1]
      throw new ConfigError(
        `Port ${wanted}, wanted for ${who === undefined ? "the departments' control" : `the development department ${who}`}, ` +
          `${whyNot(error)}: ${remedy(port)}; the departments take the ${developmentPorts} ports after the hub's.`,
        { cause: error },
      )
    })
  }
}

/** What the system said when the hub's own port was opened, as one sentence. */
export function hubPortError(error: unknown, { host, port }: Pick<Config, 'host' | 'port'>): ConfigError {
  const code = codeOf(error)
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || code === 'EAI_AGAIN')
    return new ConfigError(`HOST must be an address of this machine, not "${host}" (${code}).`, { cause: error })
  return new ConfigError(`Port ${port}, wanted for the hub, ${whyNot(error)}: ${remedy(port)}.`, { cause: error })
}

function whyNot(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') return 'is taken'
  return code === 'EACCES' ? 'may not be opened by this user' : `cannot be opened (${code})`
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error)

function remedy(port: number): string {
  const other = port + 1000 + developmentPorts > lastPort ? port - 1000 : port + 1000
  return `stop what uses it, or choose another, e.g. PORT=${other}`
}

const tryPort = (port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()))
  })
