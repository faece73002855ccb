/** The ends of chains, as one process of the hub sees those of all. */
import type pg from 'pg'

/** The end of a chain: its last durable record. */
export interface ChainHead {
  chain: string
  sequence: number
  hash: string
}

/** The ends of all chains that have a record, the youngest chain first. */
export async function chainHeads(pool: pg.Pool): Promise<ChainHead[]> {
  const { rows } = await pool.query<{ chain: string; sequence: string; hash: Buffer }>(
    `select last.* from audit_chain cross join lateral (
       select chain, sequence, hash from audit_record as held
       where held.chain = audit_chain.chain order by sequence desc limit 1
     ) as last order by audit_chain.started_at desc`,
  )
  return rows.map(({ chain, sequence, hash }) => ({ chain, sequence: Number(sequence), hash: hash.toString('hex') }))
}
