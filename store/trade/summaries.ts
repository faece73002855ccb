/** Summaries 汇总申报 of cleared export lists, with their applications 汇总申请单: no list is in two that stand. */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Values } from '../../rules/ceb/message.ts'
import { applicationsOf, type Application, type NumberedList } from '../../rules/trade/application.ts'
import { tradeDocument, type TradeDocument } from '../../rules/trade/document.ts'
import { isSummable, type SummaryGroup } from '../../rules/trade/summary.ts'
import { clockAt, dayOf } from '../../rules/working-day.ts'
import { inTransaction } from '../transaction.ts'
import { insertDocuments, keyOf } from './arrivals.ts'
import { joinedTo, numberOf } from './joined.ts'
import { ensureMonths, monthOfDay } from './months.ts'
import type { PersonalVault } from './personal-vault.ts'
import { settleStanding, type SentBack } from './standing.ts'

/** A summary as it is stored. */
export interface StoredSummary {
  /** Names it: 32 hexadecimal digits, those of the first of its applications. */
  key: string
  group: SummaryGroup
  /** Keys of its applications 701, by their msgSeqNo. */
  applications: string[]
  /** Names the run that added it: the same for all that it added; by them, runs stand in their order. */
  run: string
  /** False once it has let its lists go, since customs has sent it back. */
  stands: boolean
}

/** What a run came to. */
export interface Summarized extends SentBack {
  /** Summaries that it added, and the lists in them. */
  summaries: number
  lists: number
  /** Lists that are to be summarised as soon as their invtNo is known. */
  waiting: number
}

export interface TradeSummaries {
  /**
   * Summarises what was cleared in a month (YYYY-MM, by customs' own time) and is in no summary that stands. Processes that
   * do so at once wait for each other.
   */
  summarize(month: string): Promise<Summarized>
  /** The summaries of a month, by the runs that added them and their keys. */
  of(month: string): Promise<StoredSummary[]>
}

/** One process at a time: two would look at the same lists. */
const hold = `select pg_advisory_xact_lock(1953653094, hashtext($1))`

const candidates = `
  select replace(head.key::text, '-', '') as key, head.sender, head.invt_no as "invtNo", body
  from trade_head as head join trade_document as document on document.id = head.document and document.month = head.month
  where head.role = 'list' and head.direction = 'export' and head.status = '899'
    and head.status_at >= $1 and head.status_at < $2 and head.key > $3::uuid
    and not exists (select from trade_summary_list where list = head.key)
    and not exists (select from trade_match where list = head.key and state = 'CANCELLED')
  order by head.key limit 1000`

const store = `
  with listed as (
    insert into trade_summary_list (list, summary) select list, $1 from unnest($5::uuid[]) as list
  )
  insert into trade_summary (key, month, applications, body) values ($1, $2, $3, $4)`

// What one transaction stores has been received at one time.
const stored = `
  select replace(summary.key::text, '-', '') as key, summary.body,
    array(select replace(each::text, '-', '') from unnest(applications) as each) as applications,
    to_char(received_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') as run, head.status is null as stands
  from trade_summary as summary
  join trade_head as head on head.key = summary.key
  join trade_document as document on document.id = head.document and document.month = head.month
  where summary.month = $1 order by run, summary.key`

interface Candidate {
  key: string
  sender: string
  invtNo: string | null
  body: string
}

/** Documents in one statement. */
const mostAtOnce = 100

export function createTradeSummaries(
  pool: pg.Pool,
  vault: PersonalVault,
  now: () => Date = () => new Date(),
): TradeSummaries {
  async function candidatesOf(
    client: pg.PoolClient,
    month: string,
  ): Promise<{ lists: NumberedList[]; waiting: number }> {
    const [from, to] = [`${month}-01`, nextMonth(month)].map((day) => day.replaceAll('-', ''))
    const lists: NumberedList[] = []
    let waiting = 0
    let after = '0'.repeat(32)
    for (;;) {
      const { rows } = await client.query<Candidate>({
        name: 'trade-cleared',
        text: candidates,
        values: [from, to, after],
      })
      const { receipts } = await joinedTo(
        client,
        rows.map(({ key }) => key),
      )
      for (const { key, sender, invtNo, body } of rows) {
        const list = JSON.parse(body) as TradeDocument
        if (!isSummable({ list, status: '899' })) continue
        const number = numberOf(receipts.get(key), invtNo)
        if (number === null) waiting += 1
        else lists.push({ list: slim(list), status: '899', invtNo: number, sender })
      }
      const last = rows.at(-1)
      if (last === undefined) return { lists, waiting }
      after = last.key
    }
  }

  async function add(client: pg.PoolClient, { summary, sender, documents }: Application, month: string): Promise<void> {
    const parts = documents.map((document) => ({ ...tradeDocument('701', document, vault.print), sender }))
    for (let first = 0; first < parts.length; first += mostAtOnce)
      await insertDocuments(client, vault, parts.slice(first, first + mostAtOnce), dayOf(now()))
    const keys = parts.map(({ key }) => keyOf(key))
    const lists = summary.lists.map(keyOf)
    await client.query(store, [keys[0], monthOfDay(month), keys, JSON.stringify(summary), lists])
  }

  return {
    async summarize(month) {
      const time = now()
      await ensureMonths(pool, dayOf(time))
      return inTransaction(pool, async (client) => {
        await client.query(hold, [`summary ${month}`])
        const standing = await settleStanding(client, monthOfDay(month))
        const { lists, waiting } = await candidatesOf(client, month)
        const applications = applicationsOf(lists, month, stampOf(time), () => randomUUID().toUpperCase())
        for (const application of applications) await add(client, application, month)
        return { summaries: applications.length, lists: lists.length, waiting, ...standing }
      })
    },
    async of(month) {
      const { rows } = await pool.query<Omit<StoredSummary, 'group'> & { body: string }>(stored, [monthOfDay(month)])
      return rows.map(({ body, ...summary }) => ({ ...summary, group: JSON.parse(body) as SummaryGroup }))
    },
  }
}

/** The first day of the month after one. */
function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number)).toISOString().slice(0, 10)
}

/** YYYYMMDDhhmmss, in China's time. */
const stampOf = (time: Date): string => clockAt(time).replace(/\D/g, '').slice(0, 14)

/** What of a list counts for its summary: a month has many. */
const slim = (list: TradeDocument): TradeDocument => ({
  ...list,
  personal: {},
  head: pick(list.head, ofHead),
  lines: list.lines.map((line) => pick(line, ofLine)),
})

const ofHead = [
  ...['agentCode', 'agentName', 'customsCode', 'loctNo', 'ebcCode', 'ebcName', 'ownerCode', 'trafMode', 'country'],
  ...['portCode', 'statisticsFlag', 'grossWeight', 'netWeight'],
]
const ofLine = [
  ...['gnum', 'gcode', 'gname', 'itemName', 'country', 'currency', 'totalPrice'],
  ...['qty', 'unit', 'qty1', 'unit1', 'qty2', 'unit2'],
]

const pick = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])))
