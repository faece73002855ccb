/** The thread in which editions of the statistics of trade are made; it ends when they are. */
import { workerData } from 'node:worker_threads'
import { createPool } from '../connection.ts'
import { makeEditions, type EditionWork } from './editions.ts'

const { connection, today, zones } = workerData as EditionWork
const pool = createPool(connection, 1, 'unlimited')
try {
  await makeEditions(pool, today, 'due', zones)
} finally {
  await pool.end()
}
