/**
 * A process that holds an embedded database open until SIGINT, for tests that kill it. Prints one line of JSON:
 * what was started, or the error. Arguments: the data folder and, to become another user first, a user id.
 */
import { StoreError } from '../../store/errors.ts'
import { startPostgres } from '../../store/postgres.ts'

const [dataFolder = '', user] = process.argv.slice(2)
if (user !== undefined) {
  process.setgroups?.([])
  process.setgid?.(Number(user))
  process.setuid?.(Number(user))
}
try {
  const server = await startPostgres({ dataFolder })
  const { connection, location, adopted } = server
  const forever = setInterval(() => undefined, 60_000)
  process.once('SIGINT', () => void server.stop().then(() => clearInterval(forever)))
  // Last: who reads it may send the signal at once.
  console.log(JSON.stringify({ connection, location, adopted }))
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
