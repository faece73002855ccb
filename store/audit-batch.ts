import pg from 'pg'

/**
 * What happened to a batch: all committed; certainly none, because of what a row holds; certainly none, for another
 * reason; or nobody knows.
 */
export type BatchOutcome = 'committed' | 'invalid' | 'refused' | 'unknown'

/** Rows of one chain in their order, the same place in each list; with what they refer to. */
export interface AuditBatch {
  chain: string
  suite: string
  /** Number of the first row. */
  first: number
  /** JSON of an object with `recorded_at`, `request_id`, `department`, `subjects`, `plan`. */
  index: readonly string[]
  /** JSON without line breaks. */
  records: readonly string[]
  /** 32 bytes each, in hexadecimal digits. */
  hashes: readonly string[]
  /** Plans that may not be there yet. */
  plans: readonly { hash: string; text: string }[]
}

// One parameter for each list whatever its length, so that the statement is prepared once; and none as an array of
// PostgreSQL's, in which every quote of a record would have to be escaped here and read there.
const columns = 'recorded_at, request_id, department, subjects, plan'
const insert = `
  with chain as (insert into audit_chain (chain, suite) values ($1, $2) on conflict do nothing),
  plans as (insert into audit_plan (hash, plan) select * from unnest($7::text[], $8::text[]) on conflict do nothing)
  insert into audit_record (chain, sequence, ${columns}, record, hash)
  select $1, $3::bigint - 1 + place, ${columns}, record, substring($6::bytea from 32 * (place::int - 1) + 1 for 32)
  from rows from (
    json_to_recordset($4) as (recorded_at timestamptz, request_id text, department text, subjects text[], plan text),
    string_to_table($5, E'\\n')
  ) with ordinality as entry (${columns}, record, place)
  order by place`

/** Inserts a batch in one statement. Gives up after `milliseconds`. Never throws. */
export async function insertBatch(pool: pg.Pool, batch: AuditBatch, milliseconds: number): Promise<BatchOutcome> {
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
    const { chain, suite, first, index, records, hashes, plans } = batch
    const lists = [`[${index.join(',')}]`, records.join('\n'), Buffer.from(hashes.join(''), 'hex')]
    const named = [plans.map(({ hash }) => hash), plans.map(({ text }) => text)]
    return await send(client, [chain, suite, first, ...lists, ...named], expiry.promise)
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
