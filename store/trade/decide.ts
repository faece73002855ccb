import type pg from 'pg'
import { effectOf, nothingDecided, type Decided, type ListEffect } from '../../rules/trade/effect.ts'
import { returnedBy } from '../../rules/trade/returns.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { limitRows, type Purchased } from './accounts.ts'
import type { Bodies } from './bodies.ts'
import type { Group, Head } from './groups.ts'

/** What is stored of a list's match. */
export interface MatchRow {
  list: string
  state: ListEffect['state']
  result: Pick<ListEffect, 'match' | 'cancellation' | 'returns'>
  /** What counts against its buyer's limits; null where nothing does. */
  purchase: Purchased | null
}

/** Status 399 海关审结, by which customs grants a cancellation or a return. */
const granted = `select replace(key::text, '-', '') as key from trade_receipt where key = any($1::uuid[]) and status = '399'`

/**
 * What the lists of a group come to, and those of the same buyers whose limits are used up or free again by it.
 */
export async function decide(client: pg.PoolClient, group: Group, bodies: Bodies): Promise<MatchRow[]> {
  const documents = await bodies.read(client, group.heads)
  const allowed = await grantedOf(client, group.heads)
  const parts = partsOf(group).map((heads) => versionsOf(heads, group, documents))
  const rows = new Map<string, MatchRow>()
  const held = new Set(group.lists.map(({ key }) => key))
  for (const part of parts) {
    for (const row of rowsOf(part, { ...nothingDecided, granted: allowed }))
      if (held.has(row.list)) rows.set(row.list, row)
  }
  const limited = await limitRows(client, rows, bodies)
  if (limited.exceeded.size > 0) {
    for (const part of parts) {
      if (![...part.versions.keys()].some((key) => limited.exceeded.has(key))) continue
      for (const row of rowsOf(part, { granted: allowed, exceeded: limited.exceeded })) {
        const before = rows.get(row.list)
        if (before !== undefined) rows.set(row.list, { ...row, purchase: before.purchase })
      }
    }
  }
  return [...rows.values(), ...limited.others]
}

async function grantedOf(client: pg.PoolClient, heads: readonly Head[]): Promise<Set<string>> {
  const keys = heads.filter(({ role }) => role === 'cancellation' || role === 'return').map(({ key }) => key)
  if (keys.length === 0) return new Set()
  const { rows } = await client.query<{ key: string }>(granted, [keys])
  return new Set(rows.map(({ key }) => key))
}

/** Documents that hang together, by their names, and under which key each is stored. */
interface Part {
  versions: Map<string, TradeDocument>
  keys: Map<string, string>
}

function versionsOf(heads: readonly Head[], group: Group, documents: ReadonlyMap<string, TradeDocument>): Part {
  const numbers = new Map(group.lists.map(({ key, invtNo }) => [key, invtNo]))
  const part: Part = { versions: new Map(), keys: new Map() }
  for (const { key, document } of heads) {
    const body = documents.get(document)
    if (body === undefined) continue
    const invtNo = body.invtNo ?? numbers.get(key) ?? null
    part.versions.set(body.key, invtNo === body.invtNo ? body : { ...body, invtNo })
    part.keys.set(body.key, key)
  }
  return part
}

function rowsOf({ versions, keys }: Part, decided: Decided): MatchRow[] {
  // What customs has granted is known by keys of the tables.
  const byName = new Set([...keys].flatMap(([name, key]) => (decided.granted.has(key) ? [name] : [])))
  return effectOf(versions, { ...decided, granted: byName }).lists.map(
    ({ key, state, match, cancellation, returns }): MatchRow => {
      const list = versions.get(key)
      const standing = returns.filter((one) => one.findings.length === 0 && byName.has(one.key))
      const back = standing.flatMap((one) => versions.get(one.key) ?? [])
      const year = yearOf(list?.head.appTime ?? '')
      const counts = list?.buyer != null && list.role === 'list' && state === 'MATCHED'
      return {
        list: keys.get(key) ?? '',
        state,
        result: { match, cancellation, returns },
        purchase:
          list !== undefined && list.buyer !== null && counts
            ? { buyer: list.buyer, year, list, returned: [...returnedBy(back)] }
            : null,
      }
    },
  )
}

/** Of a time YYYYMMDDhhmmss; what is none counts for no year that there was. */
const yearOf = (time: string): number => (/^\d{4}/.test(time) ? Number(time.slice(0, 4)) : 0)

/** The documents of a group, by what hangs together. */
function partsOf({ heads }: Group): Head[][] {
  const parent = new Map<string, string>()
  const top = (name: string): string => {
    let at = name
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up
    return at
  }
  const join = (one: string, other: string): void => {
    const [a, b] = [top(one), top(other)]
    if (a !== b) parent.set(a, b)
  }
  const namesOf = ({ order, waybill, invtNo }: Head): string[] =>
    [order && `order ${order}`, waybill && `waybill ${waybill}`, invtNo && `number ${invtNo}`].flatMap(
      (name) => name ?? [],
    )
  for (const head of heads) {
    const [first, ...others] = namesOf(head)
    for (const other of others) if (first !== undefined) join(first, other)
  }
  return [...Map.groupBy(heads, (head) => top(namesOf(head)[0] ?? '')).values()]
}
