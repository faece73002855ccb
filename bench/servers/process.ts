/** What every server of this bench does as a process: read where the departments are, say its address, end with stdin. */
import type { Transport } from './transport.ts'
import { openDepartments, type Departments } from './departments.ts'

/** Whether departments' records are kept in the process, as the hub says it. */
export const keepsRecords = process.env.HUTONG_CACHE === 'on'

/** Where the departments are and what they want to be shown, as whoever started this process says. */
export const named = () =>
  JSON.parse(process.env.BENCH_DEPARTMENTS ?? '{}') as Record<'addresses' | 'secrets', Record<string, string>>

/** Opens these departments. */
export function openNamed(transport: Transport): Promise<Departments> {
  const { addresses, secrets } = named()
  return openDepartments(addresses, secrets, transport)
}

/**
 * Prints one line of JSON for whoever started this process, and ends when its end of the pipe closes.
 * @param said what it needs to know; `url` is where documents are sent
 * @param stop lets go of what would outlive the process
 */
export function announce(said: Readonly<Record<string, unknown>>, stop: () => Promise<void> = async () => undefined) {
  console.log(JSON.stringify(said))
  process.on('SIGINT', () => undefined) // Ctrl-C in a terminal reaches all; whoever started it ends it
  process.stdin.resume().once('end', () => void stop().finally(() => process.exit(0)))
}
