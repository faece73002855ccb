/**
 * The ledger as lines of JSON (NDJSON), for whoever must prove or disprove it without the hub. Each line is canonical
 * (RFC 8785), so that no byte of it can be another. In their order:
 *
 *   {"kind":"ledger","suite":…,"version":2}                        the hash over the lines is of this suite
 *   {"key":…,"kind":"key","signed":…}                              a public key, and a compact JWS over it by the one before
 *   {"chain":…,"kind":"chain","startedAt":…,"suite":…}             a run of records of one process
 *   {"chain":…,"hash":…,"kind":"anchor","sequence":…}              where the retention job removed what came before
 *   {"kind":"checkpoint","signed":…}                               compact JWS over {at, chain, hash, heads, sequence}
 *   {"chain":…,"hash":…,"kind":"record","record":…,"sequence":…}   `hash` as linkHash makes it
 *   {"chain":…,"kind":"unchained","record":…,"sequence":…}         from before records were chained: nothing proves it
 *   {"hash":…,"kind":"plan","plan":…}                              what was decided, by coordinate, under which roots
 *   {"kind":"manifest","signed":…}                                 compact JWS over {at, digest, heads, records}, the last
 *
 * `heads` of a checkpoint are ends of other chains as its process saw them. `digest` is the hash of all lines before the
 * manifest, each with its line feed.
 */
import type pg from 'pg'
import { canonical, type Json } from './canonical.ts'
import type { ChainHead } from './ledger-heads.ts'
import { ledgerKeys } from './ledger-key.ts'
import { createDigest, type LedgerSigner, type SuiteName } from './ledger-suite.ts'

const page = 1_000
/**
 * Every record of the ledger as one moment holds it.
 * @param seconds that it may take in all: whoever reads it ends it then, and the database does where nobody is left to
 * @param head where this hub's own chain ended before: what vanished from the store after it was durable then shows
 */
export async function* exportLedger(
  pool: pg.Pool,
  signer: LedgerSigner,
  head: ChainHead | null,
  seconds: number,
): AsyncGenerator<string, void, undefined> {
  const heads = new Map<string, ChainHead>()
  const digest = createDigest(signer.suite)
  let records = 0
  for await (const text of linesOf(pool, signer.suite, seconds, (end) => {
    heads.set(end.chain, end)
    records += 1
  })) {
    digest.update(text)
    yield text
  }
  if (head !== null && (heads.get(head.chain)?.sequence ?? 0) < head.sequence) heads.set(head.chain, head)
  const ends = [...heads.values()].map(({ chain, sequence, hash }) => ({ chain, sequence, hash }))
  const at = new Date().toISOString()
  const manifest = canonical({ at, digest: digest.digest('hex'), heads: ends, records })
  yield line({ kind: 'manifest', signed: await signer.sign(manifest) })
}

/** All lines but the last. */
async function* linesOf(
  pool: pg.Pool,
  suite: SuiteName,
  seconds: number,
  recorded: (end: ChainHead) => void,
): AsyncGenerator<string, void, undefined> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    // Whoever reads may be slow.
    await client.query("select set_config('idle_in_transaction_session_timeout', $1, true)", [`${seconds}s`])
    yield line({ kind: 'ledger', suite, version: 2 })
    for (const { key, signed } of await ledgerKeys(client)) yield line({ kind: 'key', key: key as Json, signed })
    const chains = await client.query<{ chain: string; suite: string; started_at: Date }>(
      'select chain, suite, started_at from audit_chain order by started_at, chain',
    )
    const anchors = await anchorsOf(client)
    for (const { chain, suite, started_at } of chains.rows) {
      yield line({ kind: 'chain', chain, suite, startedAt: started_at.toISOString() })
      const anchor = anchors.get(chain)
      if (anchor !== undefined) yield line({ kind: 'anchor', ...anchor })
    }
    for (const { chain } of chains.rows) {
      // The time as text: a Date would round it.
      const checkpoints = pages<{ sequence: string; at: string; signed: string }>(
        client,
        `select sequence, signed_at::text as at, signed from audit_checkpoint
         where chain = $1 and (sequence, signed_at) > ($2, $3) order by sequence, signed_at limit $4`,
        (last) => [chain, last?.sequence ?? 0, last?.at ?? '-infinity', page],
      )
      for await (const { signed } of checkpoints) yield line({ kind: 'checkpoint', signed })
    }
    for (const { chain } of chains.rows) {
      const held = pages<{ sequence: string; hash: Buffer; record: string }>(
        client,
        'select sequence, hash, record from audit_record where chain = $1 and sequence > $2 order by sequence limit $3',
        (last) => [chain, last?.sequence ?? 0, page],
      )
      for await (const { record, ...row } of held) {
        const [sequence, hash] = [Number(row.sequence), row.hash.toString('hex')]
        recorded({ chain, sequence, hash })
        // What is stored is canonical already.
        yield `{"chain":"${chain}","hash":"${hash}","kind":"record","record":${record},"sequence":${sequence}}\n`
      }
    }
    const unchained = pages<{ chain: string; sequence: string; record: string }>(
      client,
      `select chain, sequence, record from audit_record where hash is null and (chain, sequence) > ($1, $2)
       order by chain, sequence limit $3`,
      (last) => [last?.chain ?? '00000000-0000-0000-0000-000000000000', last?.sequence ?? 0, page],
    )
    for await (const { chain, sequence, record } of unchained) {
      yield `{"chain":"${chain}","kind":"unchained","record":${record},"sequence":${sequence}}\n`
    }
    const plans = pages<{ hash: string; plan: string }>(
      client,
      'select hash, plan from audit_plan where hash > $1 order by hash limit $2',
      (last) => [last?.hash ?? '', page],
    )
    for await (const { hash, plan } of plans) yield `{"hash":"${hash}","kind":"plan","plan":${plan}}\n`
  } finally {
    await client.query('rollback').catch(() => undefined)
    client.release()
  }
}

/** The rows of a query that is asked again after its last row, until there are none left. */
async function* pages<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  text: string,
  values: (last: Row | undefined) => unknown[],
): AsyncGenerator<Row, void, undefined> {
  for (let last: Row | undefined; ;) {
    const { rows } = await client.query<Row>(text, values(last))
    yield* rows
    if (rows.length < page) return
    last = rows.at(-1)
  }
}

/** What retention records say was removed last of each chain, where it is gone indeed. */
export async function anchorsOf(client: Pick<pg.Pool, 'query'>): Promise<Map<string, ChainHead>> {
  const { rows } = await client.query<{ removed: ChainHead[] }>(
    `select record::jsonb -> 'details' -> 'removed' as removed from audit_record
     where record like '%"action":"retention"%' and record::jsonb ->> 'action' = 'retention'`,
  )
  const firsts = await client.query<{ chain: string; first: string }>(
    `select audit_chain.chain, first.sequence as first from audit_chain cross join lateral (
       select sequence from audit_record as held where held.chain = audit_chain.chain order by sequence limit 1
     ) as first`,
  )
  const begins = new Map(firsts.rows.map(({ chain, first }) => [chain, Number(first)]))
  const anchors = new Map<string, ChainHead>()
  for (const { chain, sequence, hash } of rows.flatMap(({ removed }) => removed)) {
    const known = anchors.get(chain)
    if ((begins.get(chain) ?? Infinity) <= sequence) continue
    if (known === undefined || known.sequence < sequence) anchors.set(chain, { chain, sequence, hash })
  }
  return anchors
}

const line = (value: Parameters<typeof canonical>[0]): string => `${canonical(value)}\n`
