/** One CEB message from its bytes to its answer: read, taken over, and answered with the receipt that belongs to it. */
import { randomUUID } from 'node:crypto'
import type { Standard } from '../rules/ceb/format.ts'
import { isDeclaredKind, type DeclaredKind, type Kind } from '../rules/ceb/kinds.ts'
import { moreOf, type More } from '../rules/ceb/findings.ts'
import type { AnyDocument, Envelope, Message, Values } from '../rules/ceb/message.ts'
import type { Reading } from '../rules/ceb/read.ts'
import {
  accepted,
  malformedReceipt,
  receiptFor,
  refused,
  type Answered,
  type Outcome,
  type Stamp,
} from '../rules/ceb/receipt.ts'
import type { Violation } from '../rules/ceb/violation.ts'
import { writeMessage } from '../rules/ceb/write.ts'
import { tradeDocument, type TradeDocument } from '../rules/trade/document.ts'
import { isTime } from '../rules/ceb/meaning.ts'
import { refusalOf, type Refusal } from '../rules/trade/change.ts'
import { receiptsIn } from '../rules/trade/receipt.ts'
import { inForce } from './ceb-standard.ts'
import { checkUscc } from '../rules/uscc.ts'
import { clockAt } from '../rules/working-day.ts'
import type { Trade } from './trade.ts'

/** What a message came to. */
export interface Taken {
  /** Null where the message does not say. */
  kind: Kind | null
  /** Documents, by what became of them. */
  counts: Readonly<Record<TakenCount, number>>
  violations: readonly Violation[]
  /** What was found besides. */
  more: More
  /** Documents refused since customs has come too far for them to be changed, by their places in the message, from 1. */
  closed: readonly { document: number; refusal: Refusal }[]
  /** The receipt in UTF-8, or CEB900 for what is not as the schema wants it; null for a receipt, which is answered by none. */
  answer: string | null
  /** Whether the answer is CEB900. */
  isMalformed: boolean
  /** Credit codes of the enterprises that declare. */
  enterprises: ReadonlySet<string>
}

type ReadMessage = Extract<Reading, { read: true }>

export type TakenCount = 'new' | 'newer' | 'repeated' | 'stale' | 'refused'

/**
 * Takes a message over. What it answers is durable.
 * @throws StoreError TRADE_UNAVAILABLE
 */
export async function takeMessage(reading: Reading, trade: Trade, now: Date): Promise<Taken> {
  const stamp: Stamp = { time: stampOf(now), guid: () => randomUUID().toUpperCase() }
  const none = { new: 0, newer: 0, repeated: 0, stale: 0, refused: 0 }
  const { violations, more } = reading
  const refusedWhole = (kind: Kind | null, envelope: Envelope | null, standard: Standard): Taken => {
    const answer = enveloped(
      malformedReceipt({ kind, envelope, violations, more }, standard, stamp),
      envelope,
      stamp,
      now,
    )
    return { kind, counts: none, violations, more, closed: [], answer, isMalformed: true, enterprises: new Set() }
  }
  if (!reading.read) return refusedWhole(reading.kind, reading.envelope, inForce)
  const { message } = reading
  if (!isDeclaredKind(message.kind)) {
    const counts = { ...none, refused: reading.refused.length }
    for (const arrival of await trade.receipts.receive(receiptsIn(message))) counts[arrival] += 1
    const isMalformed = counts.refused > 0
    const { kind, envelope } = message
    const said = isMalformed ? malformedReceipt({ kind, envelope, violations, more }, message.standard, stamp) : null
    const answer = said === null ? null : enveloped(said, envelope, stamp, now)
    return { kind, counts, violations, more, closed: [], answer, isMalformed, enterprises: new Set() }
  }
  if (!areNamed(message.kind, reading, stamp)) return refusedWhole(message.kind, message.envelope, message.standard)
  return takeDocuments(message.kind, reading, trade, stamp, now)
}

/** Whether the receipt can name each document that is refused; whoever sent the others would take it for an answer to all. */
const areNamed = (kind: DeclaredKind, { message, refused: broken }: ReadMessage, stamp: Stamp): boolean =>
  receiptFor(
    kind,
    message.standard,
    broken.map(({ head }) => ({ head, outcome: refused(kind, []) })),
    stamp,
  ).unnamed.length === 0

async function takeDocuments(
  kind: DeclaredKind,
  { message, places, refused: broken, violations, more }: ReadMessage,
  trade: Trade,
  stamp: Stamp,
  now: Date,
): Promise<Taken> {
  const documents: readonly AnyDocument[] = message.documents
  const sender = message.transfer?.dxpId ?? ''
  const said = Map.groupBy(violations, ({ document }) => document)
  const outcomes: { place: number; answered: Answered }[] = broken.map(({ document, head }) => ({
    place: document,
    answered: { head, outcome: refused(kind, said.get(document) ?? [], moreOf(more, ['refused'], document)) },
  }))
  const counts = { new: 0, newer: 0, repeated: 0, stale: 0, refused: broken.length }
  const placed = documents.map((document, index) => ({ document, place: places[index] ?? index + 1 }))
  const answer = (place: number, head: Values, count: TakenCount, outcome: Outcome): void => {
    counts[count] += 1
    outcomes.push({ place, answered: { head, outcome } })
  }
  const reasons: Violation[] = []
  const closed: { document: number; refusal: Refusal }[] = []
  const refuse = (place: number, head: Values, reason: Reason): void => {
    const violation = { ...nowhere, ...reason, message: kind, document: place }
    reasons.push(violation)
    answer(place, head, 'refused', refused(kind, [violation]))
  }
  const taken = placed.flatMap(({ document, place }) => {
    const reason = whyNotTaken(message, document, now)
    if (reason === null) return [{ document, place, ofTrade: tradeDocument(kind, document, trade.print) }]
    refuse(place, document.head, reason)
    return []
  })
  const ofTrade = taken.map((one) => one.ofTrade)
  const arrivals = await trade.intake.receive(ofTrade, sender)
  for (const [index, { arrival, preNo }] of arrivals.entries()) {
    const one = taken[index]
    if (one === undefined) continue
    const { document, place } = one
    if (arrival === 'foreign') refuse(place, document.head, notTheFirst)
    else if (arrival === 'unstorable') refuse(place, document.head, notKept)
    else if (arrival === 'stale' || arrival === 'closed') {
      const refusal = refusalOf(one.ofTrade.role, arrival)
      const count = arrival === 'stale' ? arrival : 'refused'
      if (arrival === 'closed') closed.push({ document: place, refusal })
      answer(place, document.head, count, {
        returnStatus: refusal.code,
        returnInfo: refusal.text,
        ...(preNo === '' ? {} : { preNo }),
      })
    } else
      answer(
        place,
        document.head,
        arrival,
        accepted(kind, document.head, { preNo }, said.get(place), moreOf(more, ['wrong', 'tolerated'], place)),
      )
  }
  const inOrder = outcomes.toSorted((one, other) => one.place - other.place).map((entry) => entry.answered)
  const { receipt } = receiptFor(kind, message.standard, inOrder, stamp)
  return {
    kind,
    counts,
    violations: [...violations, ...reasons],
    more,
    closed,
    answer: enveloped(receipt, message.envelope, stamp, now),
    isMalformed: false,
    enterprises: enterprisesOf(ofTrade),
  }
}

type Reason = Pick<Violation, 'element' | 'rule' | 'expected'>
const nowhere = { severity: 'refused', line: null, found: null, at: null } as const

/** Whoever declares a document first is the one who changes it. */
const notTheFirst: Reason = {
  element: 'dxpId',
  rule: 'sender',
  expected: 'the sender that declared this document first',
}

/** What the database refuses is in the contents, whatever the specification says of them. */
const notKept: Reason = { element: null, rule: 'structure', expected: 'contents that a database can keep' }

/** Clocks differ by less than this, in ms. */
const clockSkew = 15 * 60_000

/** Why a document that fits its schema is not taken over all the same; null where it is. */
function whyNotTaken({ envelope, transfer }: Message, { head }: AnyDocument, now: Date): Reason | null {
  if (envelope !== null && envelope.SenderId !== transfer?.dxpId)
    return { element: 'dxpId', rule: 'sender', expected: 'the SenderId of the envelope' }
  const { appTime = '' } = head
  if (!isTime(appTime)) return { element: 'appTime', rule: 'time', expected: 'a time YYYYMMDDhhmmss' }
  // Of two versions the later counts, so that one from times to come could never be changed again.
  const latest = stampOf(new Date(now.getTime() + clockSkew)).slice(0, 14)
  return appTime <= latest ? null : { element: 'appTime', rule: 'time', expected: 'a time that has come' }
}

/** A receipt as it is sent: in an envelope back to whoever sent one. */
function enveloped(receipt: Message, envelope: Envelope | null, { guid }: Stamp, now: Date): string {
  if (envelope === null) return writeMessage(receipt)
  const { SenderId, ReceiverIds } = envelope
  const back: Envelope = {
    CopMsgId: guid(),
    SenderId: ReceiverIds[0] ?? '',
    ReceiverIds: [SenderId],
    CreatTime: `${clockAt(now).slice(0, 19)}+08:00`,
    MsgType: `CEB${receipt.kind}Message`,
  }
  return writeMessage({ ...receipt, envelope: back })
}

/** YYYYMMDDhhmmssSSS, in China's time. */
const stampOf = (time: Date): string => clockAt(time).replace(/\D/g, '')

/** Those who trade, where they are named by their credit code; an identity number in its place names nobody. */
const enterprisesOf = (documents: readonly TradeDocument[]): Set<string> =>
  new Set(documents.map(({ head }) => head.ebcCode ?? '').filter((code) => checkUscc(code).valid))
