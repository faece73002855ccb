/** Which summaries 汇总申报 stand: one that customs has sent back lets its lists go, and another may take them. */
import type pg from 'pg'
import { isSentBack, type AppliedFor, type SummaryGroup } from '../../rules/trade/summary.ts'
import { keyOf } from './arrivals.ts'
import { joinedTo } from './joined.ts'

export interface SentBack {
  /** How many summaries have let their lists go now. */
  sentBack: number
  /** Keys of those that customs concluded after all, when another had taken lists of theirs. */
  contested: string[]
}

const plain = (column: string): string => `replace(${column}::text, '-', '')`

// One that has let its lists go is among them, since its receipts stay.
const looked = `
  select ${plain('key')} as key, body,
    array(select ${plain('each')} from unnest(applications) as each) as applications
  from trade_summary
  where month = $1 and not exists (
    select from unnest(applications) as application
    where not exists (select from trade_receipt where key = application and named and status = '100'))
  order by trade_summary.key`

// Held, since a new version of an application is taken as long as its summary stands (arrivals.ts).
const hold = `
  select ${plain('key')} as key, version, versions, status from trade_head where key = any($1::uuid[])
  order by trade_head.key for no key update`

/** The applications of a summary have this status of their own from when its lists are let go. */
const letGo = '100'
const mark = `update trade_head set status = $2 where key = any($1::uuid[])`

const free = `delete from trade_summary_list where summary = $1`

const takeBack = `
  insert into trade_summary_list (list, summary) select list, $1 from unnest($2::uuid[]) as list
  where not exists (select from trade_summary_list where trade_summary_list.list = any($2::uuid[]))`

interface Looked {
  key: string
  body: string
  applications: string[]
}

interface Head extends Omit<AppliedFor, 'receipts'> {
  key: string
  status: string | null
}

/**
 * Has the summaries of a month stand that do by the receipts of their applications, and the others let their lists go. A
 * list that is in another one by then stays there.
 * @param client in a transaction, one at a time for a month
 * @param month as its first day
 */
export async function settleStanding(client: pg.PoolClient, month: string): Promise<SentBack> {
  const { rows: summaries } = await client.query<Looked>({ name: 'trade-looked', text: looked, values: [month] })
  const keys = summaries.flatMap(({ applications }) => applications)
  if (keys.length === 0) return { sentBack: 0, contested: [] }
  const { rows } = await client.query<Head>({ name: 'trade-hold-applications', text: hold, values: [keys] })
  const heads = new Map(rows.map((head) => [head.key, head]))
  const { receipts } = await joinedTo(client, keys)
  const stated = summaries.map((summary) => {
    const its = summary.applications.flatMap((key) => heads.get(key) ?? [])
    const isOver = isSentBack(its.map((head) => ({ ...head, receipts: receipts.get(head.key) ?? [] })))
    return { ...summary, isOver, isLetGo: its.some(({ status }) => status === letGo) }
  })
  const over = stated.filter(({ isOver, isLetGo }) => isOver && !isLetGo)
  for (const { key, applications } of over) {
    await client.query(free, [key])
    await client.query(mark, [applications, letGo])
  }
  const contested: string[] = []
  for (const { key, applications, body } of stated.filter(({ isOver, isLetGo }) => !isOver && isLetGo)) {
    const lists = (JSON.parse(body) as SummaryGroup).lists.map(keyOf)
    const { rowCount } = await client.query(takeBack, [key, lists])
    if (rowCount === 0) contested.push(key)
    else await client.query(mark, [applications, null])
  }
  return { sentBack: over.length, contested }
}
