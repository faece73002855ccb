import pg from 'pg'

/**
 * What happened to a batch: all committed; certainly none, because of what a row holds; certainly none, for another
 * reason; or nobody knows.
 */
export type BatchOutcome = 'committed' | 'invalid' | 'refused' | 'unknown'

const columns = `
  recorded_at timestamptz, request_id text, department text, subject text, purpose text, action text,
  operation_name text, document_hash text, coordinates text[], decisions jsonb, subjects text[],
  departments_called jsonb, outcome text, error_codes text[], duration_ms real`
const names = columns.replace(/ (timestamptz|text\[\]|text|jsonb|real)/g, '')

// One parameter whatever the number of rows, so that the statement is prepared once.
const insert = `
  insert into audit_record (process_id, sequence, ${names})
  select $1, $2::bigint - 1 + place, ${names}
  from rows from (jsonb_to_recordset($3) as (${columns})) with ordinality as entry (${names}, place)
  order by place`

/**
 * Inserts rows (each a JSON object with the columns' names) as `first`, `first + 1` … of a chain, in one statement.
 * Gives up after `milliseconds`. Never throws.
 */
export async function insertBatch(
  pool: pg.Pool,
  chain: string,
  first: number,
  rows: readonly string[],
  milliseconds: number,
): Promise<BatchOutcome> {
  const expiry = Promise.withResolvers<'expired'>()
  const timer = setTimeout(() => expiry.resolve('expired'), milliseconds)
  try {
    const connecting = pool.connect()
    const client = await Promise.race([connecting, expiry.promise])
    if (client === 'expired') {
      connecting.then(
        (late) => late.release(),
        () => undefined,
      )
      return 'refused'
    }
    return await send(client, [chain, first, `[${rows.join(',')}]`], expiry.promise)
  } catch {
    // Not even connected: nothing was sent.
    return 'refused'
  } finally {
    clearTimeout(timer)
  }
}

async function send(client: pg.PoolClient, values: unknown[], expiry: Promise<'expired'>): Promise<BatchOutcome> {
  const ignore = (): void => undefined
  // A checked-out client has no listener of the pool's; without one a lost connection would end the process.
  client.on('error', ignore)
  try {
    const query = client.query({ name: 'audit-insert', text: insert, values })
    query.catch(ignore)
    const outcome = await Promise.race([query, expiry])
    client.off('error', ignore)
    // A connection that is still busy is of no more use.
    client.release(outcome === 'expired')
    return outcome === 'expired' ? 'unknown' : 'committed'
  } catch (error) {
    const outcome = outcomeOf(error)
    if (outcome !== 'unknown') client.off('error', ignore)
    client.release(outcome === 'unknown')
    return outcome
  }
}

/** By the classes of SQLSTATE. */
function outcomeOf(error: unknown): BatchOutcome {
  // Only an ERROR that the server itself reports leaves the session standing and the statement surely rolled back.
  if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') return 'unknown'
  // Data exception, integrity violation, program limit exceeded (a value too long for an index).
  return ['22', '23', '54'].includes((error.code ?? '').slice(0, 2)) ? 'invalid' : 'refused'
}
