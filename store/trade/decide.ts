import type pg from 'pg'
import { openStatuses } from '../../rules/trade/change.ts'
import { effectOf, nothingDecided, waybillOf, type Decided, type ListEffect } from '../../rules/trade/effect.ts'
import { yearOf } from '../../rules/trade/annual.ts'
import { stands } from '../../rules/trade/match.ts'
import { clearanceOf } from '../../rules/trade/logistics-time.ts'
import { returnedBy } from '../../rules/trade/returns.ts'
import { kindOf, type TradeDocument } from '../../rules/trade/document.ts'
import { isFinal } from '../../rules/trade/status.ts'
import { limitRows, type Purchased } from './accounts.ts'
import type { Bodies } from './bodies.ts'
import { namesOf, type Group, type Head } from './groups.ts'
import { Hanging } from './hanging.ts'
import { joinedTo } from './joined.ts'
import { writeCounted } from './statistics.ts'

/** What is stored of a list's match. */
export interface MatchRow {
  list: string
  state: ListEffect['state']
  result: Pick<ListEffect, 'match' | 'cancellation' | 'returns'>
  /** What counts against its buyer's limits; null where nothing does. */
  purchase: Purchased | null
  /** As what it counts in the statistics while it is MATCHED (statistics.ts); null where it does not. */
  counted: string | null
}

/**
 * What the lists of a group come to, and those of the same buyers whose limits are used up or free again by it.
 */
export async function decide(client: pg.PoolClient, group: Group, bodies: Bodies): Promise<MatchRow[]> {
  const documents = await bodies.read(client, group.heads)
  const before = { granted: await grantedOf(client, group.heads), closed: closedOf(group.heads) }
  const parts = partsOf(group).map((heads) => versionsOf(heads, documents))
  const rows = new Map<string, MatchRow>()
  const held = new Set(group.lists.map(({ key }) => key))
  for (const part of parts) {
    for (const row of rowsOf(part, group, { ...nothingDecided, ...before }))
      if (held.has(row.list)) rows.set(row.list, row)
  }
  const limited = await limitRows(client, [...held], rows, bodies)
  if (limited.exceeded.size > 0) {
    for (const part of parts) {
      if (![...part.versions.keys()].some((key) => limited.exceeded.has(key))) continue
      for (const row of rowsOf(part, group, { ...before, exceeded: limited.exceeded })) {
        const unlimited = rows.get(row.list)
        if (unlimited !== undefined)
          rows.set(row.list, { ...row, purchase: unlimited.purchase, counted: unlimited.counted })
      }
    }
  }
  return [...rows.values(), ...limited.others]
}

/** Cancellations and returns that customs grants. */
async function grantedOf(client: pg.PoolClient, heads: readonly Head[]): Promise<Set<string>> {
  const applications = heads.filter(({ role }) => role === 'cancellation' || role === 'return')
  if (applications.length === 0) return new Set()
  const keys = applications.map(({ key }) => key)
  const { receipts } = await joinedTo(client, keys)
  const granted = applications.filter(({ key, role, direction }) =>
    receipts.get(key)?.some(({ returnStatus }) => isFinal(kindOf(role, direction), returnStatus)),
  )
  return new Set(granted.map(({ key }) => key))
}

/** Lists that customs has begun to look at. */
const closedOf = (heads: readonly Head[]): Set<string> =>
  new Set(
    heads
      .filter(({ role, status }) => role === 'list' && status !== null && !openStatuses.includes(status))
      .map(({ key }) => key),
  )

/** Documents that hang together, by their names, and where each is stored. */
interface Part {
  versions: Map<string, TradeDocument>
  keys: Map<string, string>
  heads: Map<string, Head>
}

function versionsOf(heads: readonly Head[], documents: ReadonlyMap<string, TradeDocument>): Part {
  const part: Part = { versions: new Map(), keys: new Map(), heads: new Map() }
  for (const head of heads) {
    const { key, document, invtNo } = head
    const body = documents.get(document)
    if (body === undefined) continue
    part.versions.set(body.key, invtNo === body.invtNo ? body : { ...body, invtNo })
    part.keys.set(body.key, key)
    part.heads.set(body.key, head)
  }
  return part
}

function rowsOf({ versions, keys, heads }: Part, { receipts }: Group, decided: Decided): MatchRow[] {
  // What customs has granted or begun to look at is known by keys of the tables.
  const namesOf = (of: ReadonlySet<string>): Set<string> =>
    new Set([...keys].flatMap(([name, key]) => (of.has(key) ? [name] : [])))
  const granted = namesOf(decided.granted)
  const waybills = Map.groupBy(
    [...versions.values()].filter((one) => one.role === 'waybill' && stands(one)),
    ({ waybill }) => waybill,
  )
  return effectOf(versions, { ...decided, granted, closed: namesOf(decided.closed) }).lists.flatMap(
    ({ key, state, match, cancellation, returns }): MatchRow[] => {
      const [list, head] = [versions.get(key), heads.get(key)]
      if (list === undefined || head === undefined) return []
      const row = { list: head.key, state, result: { match, cancellation, returns } }
      if (state !== 'MATCHED') return [{ ...row, purchase: null, counted: null }]
      const standing = returns.filter((one) => one.findings.length === 0 && granted.has(one.key))
      const returned = [...returnedBy(standing.flatMap((one) => versions.get(one.key) ?? []))]
      const { buyer } = list
      const waybill = waybillOf(list, waybills.get(list.waybill) ?? []) ?? undefined
      const clearance = clearanceOf(list, waybill, receipts.get(head.key) ?? [])
      return [
        {
          ...row,
          purchase: buyer === null ? null : { buyer, year: yearOf(list), list, returned },
          counted: clearance === null ? null : writeCounted({ ...head, clearance, returned }),
        },
      ]
    },
  )
}

/** The documents of a group, by what hangs together. */
function partsOf({ heads }: Group): Head[][] {
  const hanging = new Hanging()
  const allNamesOf = (head: Head): string[] => [
    ...namesOf(head),
    ...(head.invtNo === null ? [] : [`number ${head.invtNo}`]),
  ]
  for (const head of heads) hanging.bear(allNamesOf(head))
  return [...Map.groupBy(heads, (head) => hanging.top(allNamesOf(head)[0] ?? '')).values()]
}
