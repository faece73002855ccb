/** `hutong serve`: the hub, or one slice of it, as a process, from its start to Ctrl-C. */
import type { SliceId } from '../departments.ts'
import { banner } from './banner.ts'
import { readConfig } from './config.ts'
import { credentialNames, startHub } from './hub.ts'

/**
 * Starts a hub and says so on stdout. SIGINT, SIGTERM and SIGHUP end it in order: requests under way are answered,
 * database and departments are stopped, and the exit code is 0, since it did what it was told. A signal that comes two
 * seconds after the first ends the process at once, with exit code 1.
 * @param only the one slice that is served; null for the whole view
 * @throws what kept it from starting
 */
export async function serve(only: SliceId | null, fail: (error: unknown) => never): Promise<void> {
  const started = performance.now()
  let stopping = false
  let asked = 0
  const onSignal = (): void => {
    // A terminal and npm both pass one Ctrl-C on; whoever asks again later does not want to wait.
    if (stopping && performance.now() - asked > 2_000) process.exit(1)
    if (stopping) return
    asked = performance.now()
    stopping = true
    process.stderr.write('\nStopping …\n')
    stop()
  }
  let stop = (): void => undefined // while it starts: as soon as it stands
  const end = (): never => {
    process.stderr.write('Stopped.\n')
    process.exit(0)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal)
  // Whoever read our output may leave (npm start | head); that ends a command, and not a hub.
  process.stdout.removeAllListeners('error').on('error', () => undefined)
  process.stderr.on('error', () => undefined)

  const hub = await startHub(readConfig(credentialNames, undefined, only)).catch((error: unknown) => {
    // In a terminal Ctrl-C reaches the programs of the start too, which fail then; everything was undone.
    if (stopping) return end()
    throw error
  })
  stop = () => void hub.stop().then(end, fail)
  process.on('uncaughtException', (error) => {
    console.error(error)
    if (stopping) return
    stopping = true
    void hub.stop().finally(() => process.exit(1))
  })
  if (stopping) return stop()
  try {
    process.stdout.write(await banner(hub, performance.now() - started))
  } catch (error) {
    await hub.stop()
    throw error
  }
}
