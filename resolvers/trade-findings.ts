/** Findings of matching as the view shows them, each side with the value that it quotes, or what was expected. */
import type { Quotation } from '../auth/quotation.ts'
import type { Finding, Place } from '../rules/trade/finding.ts'
import { paymentOf as paymentFor } from '../rules/trade/match.ts'
import { toldSides, type ToldSide } from '../rules/trade/told-sides.ts'
import type { StoredDocument } from '../store/trade/life.ts'
import type { TradeReader } from '../store/trade/reader.ts'
import { fieldAt, roleOf, valueAt, type Evidence, type TradeFinding, type TradeFindingSide } from './trade-documents.ts'

/** @param before findings of the same match that come before it */
export function findingOf(
  finding: Finding,
  before: readonly Finding[],
  evidence: Evidence,
  trade: TradeReader,
): TradeFinding {
  const { rule, code, text } = finding
  const told = toldSides(finding, before)
  const [one, other] = [sayingOf(finding.left, told[0]), sayingOf(finding.right, told[1])]
  const side = (saying: Saying, { quotes }: Saying) => sideOf(saying, quotes, evidence, trade)
  return { rule, code, text, left: side(one, other), right: side(other, one) }
}

/** What a side says: what stands at its place, or what is told instead. */
interface Saying {
  place: Place
  told: ToldSide | null
  quotes: Quotation['quotes']
}

function sayingOf(place: Place, told: ToldSide | null): Saying {
  const fields = (told?.from ?? [place]).map(fieldAt)
  return { place, told, quotes: fields.every((field) => field !== null) ? fields : null }
}

function sideOf(
  { place, told, quotes }: Saying,
  beside: Quotation['beside'],
  evidence: Evidence,
  trade: TradeReader,
): TradeFindingSide {
  const { element, gnum = null } = told ?? place
  return {
    role: roleOf(place.role),
    element,
    gnum,
    quotes,
    // What is the same whatever documents say tells nothing of what it stands beside.
    beside: quotes?.length === 0 ? [] : beside,
    nobodys: told === null && place.role === 'waybill' && evidence.waybill?.uscc === null,
    // Opened, or worked out, where it is shown alone.
    get value() {
      if (told !== null) return told.value((role) => documentOf({ role }, evidence)?.document ?? null)
      const stored = documentOf(place, evidence)
      return stored === null ? null : valueAt(stored, place, trade)
    },
  }
}

/** Null for a place of a document that is not among the evidence: a rival's, or another seller's. */
function documentOf(
  { role, key }: Pick<Place, 'role' | 'key'>,
  { list, order, payments, waybill }: Evidence,
): StoredDocument | null {
  if (key !== undefined && key !== list.document.key) return null
  if (role === 'list') return list
  if (role === 'order') return order
  if (role === 'waybill') return waybill?.stored ?? null
  if (role !== 'payment') return null
  const documents = payments.map(({ document }) => document)
  const chosen = paymentFor(list.document, order?.document ?? null, documents)
  return payments.find(({ document }) => document === chosen) ?? null
}
