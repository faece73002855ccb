/** What rounds of matching change in the statistics of trade, inserted with their results; summing.ts sums it up. */
import type pg from 'pg'
import type { Clearance } from '../../rules/trade/logistics-time.ts'
import { Tally, type CountedList, type PlacedCells } from '../../rules/trade/statistics.ts'
import type { Bodies } from './bodies.ts'
import { monthOfDay } from './months.ts'

/** A list that counts, and as what: see writeCounted. */
export interface Standing {
  list: string
  counted: string
}

interface Counted {
  /** Where the list's document lies, which never changes. */
  document: string
  month: string
  clearance: Clearance
  returned: readonly (readonly [gnum: string, qty: string])[]
}

/** As what a list counts, as a text that is the same for the same. */
export const writeCounted = ({ document, month, clearance: { time, seconds }, returned }: Counted): string =>
  JSON.stringify([document, month, time, seconds, returned])

function readCounted(text: string): Counted {
  const [document, month, time, seconds, returned] = JSON.parse(text) as [
    string,
    string,
    Clearance['time'],
    number,
    Counted['returned'],
  ]
  return { document, month, clearance: { time, seconds }, returned }
}

/** Whoever counts holds this from the beginning, so that a count from the start (rebuildStatistics) has it alone. */
export const beginCounting = 'lock table trade_statistics_delta in row exclusive mode'

/** Writes what changes where lists that counted before count otherwise now, or not at all. */
export async function recount(
  client: pg.PoolClient,
  before: readonly Standing[],
  now: readonly Standing[],
  bodies: Bodies,
): Promise<void> {
  const same = new Map(before.map(({ list, counted }) => [list, counted]))
  const [outgoing, incoming]: [Counted[], Counted[]] = [[], []]
  for (const { list, counted } of now) {
    if (same.get(list) === counted) same.delete(list)
    else incoming.push(readCounted(counted))
  }
  for (const counted of same.values()) outgoing.push(readCounted(counted))
  if (outgoing.length + incoming.length === 0) return
  const documents = await bodies.read(client, [...outgoing, ...incoming])
  const tally = new Tally()
  const countedList = ({ document, clearance, returned }: Counted): CountedList => {
    const list = documents.get(document)
    if (list === undefined) throw new TypeError(`The document ${document} of a list that counts is missing.`)
    return { list, clearance, returned: new Map(returned) }
  }
  for (const one of outgoing) tally.remove(countedList(one))
  for (const one of incoming) tally.add(countedList(one))
  await insert(client, tally.cells())
}

async function insert(client: pg.PoolClient, cells: readonly PlacedCells[]): Promise<void> {
  if (cells.length === 0) return
  const index = [...Map.groupBy(cells, ({ subject }) => subject)].map(([subject, each]) => ({
    subject,
    months: [...new Set(each.map(({ day }) => monthOfDay(day)))],
    cells: JSON.stringify(each),
  }))
  await client.query({ name: 'trade-delta', text: insertDeltas, values: [JSON.stringify(index)] })
}

const insertDeltas = `
  insert into trade_statistics_delta (subject, months, cells)
  select subject, months, cells from json_to_recordset($1) as (subject text, months date[], cells text)`

/** The cells of deltas as rows; what a reader adds to the sums. */
export const deltaCells = `
  trade_statistics_delta as delta
  cross join lateral json_to_recordset(delta.cells::json) as place (
    day date, city text, office text, district text, direction text, mode text, time text, cells json)
  cross join lateral json_to_recordset(place.cells) as cell (
    category text, key text, currency text, lists bigint, seconds numeric, amount numeric)`
