/** The PostgreSQL of the bench, beside the departments and not on the core of the server under test. */
import { startPostgres } from '../../store/postgres.ts'
import { announce } from './process.ts'

const server = await startPostgres({ dataFolder: process.argv[2] ?? '' })
announce({ connection: server.connection }, () => server.stop())
