/**
 * Which document a receipt 回执 speaks of that does not name it, as real receipts of customs do. It gives a number instead:
 * preNo 电子口岸编号, invtNo 清单编号, or that of the order.
 */
import type { Direction, Role } from './document.ts'

/** The numbers that something says; null where it does not. */
export interface Numbers {
  role: Role
  direction: Direction
  preNo: string | null
  invtNo: string | null
  /** The key of the order (TradeDocument.order, or what stands for it). */
  order: string | null
}

/** What gives numbers to a document. */
export interface Numbered extends Numbers {
  document: string
  /** `customs`: a receipt that names the document. `hub`: the preNo given out here. `sender`: the document itself. */
  by: 'customs' | 'hub' | 'sender'
  /** In the order in which documents were stored. */
  place: number
}

/** A receipt is to join a document, or a document is looked for. */
export type Purpose = 'join' | 'find'

/** The numbers that tell which document it is; invtNo is the list's own, and of what applies to a list just a hint. */
function tellingOf({ role, direction, preNo, invtNo, order }: Numbers): string[] {
  const names = [
    preNo === null ? null : `pre ${preNo}`,
    invtNo === null ? null : `invt ${invtNo}`,
    order === null ? null : `order ${order}`,
  ].flatMap((name) => (name === null ? [] : `${role} ${direction} ${name}`))
  return role === 'list' ? names.slice(0, 2) : names.slice(0, 1)
}

/**
 * The numbers by which a document is found. By an invtNo that only the sender of a list says no receipt joins it: such
 * numbers can be guessed, and nothing else of the receipt would have to agree.
 */
function givenOf(numbered: Numbered, purpose: Purpose): string[] {
  const { role, preNo, invtNo, order, by } = numbered
  const none = { ...numbered, preNo: null, invtNo: null, order: null }
  const pre = tellingOf({ ...none, preNo })
  if (by === 'hub') return pre
  const counts = role === 'list' ? by === 'customs' || purpose === 'find' : by === 'sender'
  const number = counts ? tellingOf({ ...none, invtNo }) : []
  return [...pre, ...number, ...(by === 'sender' && role !== 'list' ? tellingOf({ ...none, order }) : [])]
}

/**
 * The documents of which receipts without a name speak. Numbers that one receipt gives together are of one document. They
 * are those of whom customs says so; else of whom the hub gave the preNo to; else of the first that claims them itself: who
 * claims them later takes nothing away. The answer depends on the set of receipts and documents, and on the order of
 * rival claims alone.
 */
export function ownersOf<N extends Numbers>(
  unnamed: readonly N[],
  numbered: readonly Numbered[],
  purpose: Purpose = 'join',
): Map<N, ReadonlySet<string>> {
  const parent = new Map<string, string>()
  const top = (name: string): string => {
    let at = name
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up
    return at
  }
  for (const numbers of unnamed) {
    const [first, ...others] = tellingOf(numbers)
    if (first === undefined) continue
    for (const other of others) {
      const [a, b] = [top(first), top(other)]
      if (a !== b) parent.set(a, b)
    }
  }
  const found = new Map<string, Record<Numbered['by'], Set<string>>>()
  for (const one of numbered.toSorted((first, second) => first.place - second.place)) {
    for (const name of givenOf(one, purpose)) {
      const at = top(name)
      const owners = found.get(at) ?? { customs: new Set(), hub: new Set(), sender: new Set() }
      if (one.by !== 'sender' || owners.sender.size === 0) owners[one.by].add(one.document)
      found.set(at, owners)
    }
  }
  const none: ReadonlySet<string> = new Set()
  return new Map(
    unnamed.map((numbers) => {
      const [name] = tellingOf(numbers)
      const owners = name === undefined ? undefined : found.get(top(name))
      if (owners === undefined) return [numbers, none]
      const { customs, hub, sender } = owners
      if (customs.size > 0) return [numbers, customs]
      if (hub.size > 0) return [numbers, hub]
      return [numbers, sender]
    }),
  )
}
