/** `hutong ceb summarize`: what was cleared in a month is applied for together, straight from the database. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Message } from '../rules/ceb/message.ts'
import { writeMessage } from '../rules/ceb/write.ts'
import { dueDay } from '../rules/trade/summary.ts'
import { openDatabase } from '../store/database.ts'
import type { StoredDocument } from '../store/trade/life.ts'
import type { StoredSummary, Summarized } from '../store/trade/summaries.ts'
import type { StoreConfig } from './config.ts'
import { openTrade, type Trade } from './trade.ts'

export interface SummarizeOptions {
  store: StoreConfig
  /** YYYY-MM. */
  month: string
  /** The folder that messages are written to; null for none. */
  out: string | null
  /** Told of what failed and is tried again. */
  say: (text: string) => void
}

/** @throws StoreError */
export async function summarizeMonth({ store, month, out, say }: SummarizeOptions): Promise<string> {
  if (out !== null) await mkdir(out, { recursive: true })
  const database = await openDatabase(
    store.databaseUrl === null ? { dataFolder: store.dataFolder } : { databaseUrl: store.databaseUrl },
  )
  try {
    const trade = await openTrade(database, store.trade, (error) =>
      say(`Matching failed, and is tried again: ${String(error)}\n`),
    )
    try {
      // Receipts that came last say what is cleared once they are looked at.
      await trade.matcher.idle()
      const summarized = await trade.summaries.summarize(month)
      const written = out === null ? 0 : await writeMonth(trade, month, out)
      return summarizedText(
        month,
        summarized,
        out === null ? null : `${written} ${plural(written, 'message')} in ${out}, and the sums in ${sumsOf(month)}`,
      )
    } finally {
      await trade.stop()
    }
  } finally {
    await database.stop()
  }
}

/** Applications in one message. */
const mostDocuments = 100

/**
 * Writes all applications of a month that stand, those of earlier runs among them. What a run added stays in its own
 * messages, so that each is the same again whatever is added later; what customs has sent back is left out of them, and a
 * message that has nothing else is removed.
 */
async function writeMonth({ summaries, life }: Trade, month: string, folder: string): Promise<number> {
  const all = await summaries.of(month)
  const sums = all.filter(({ stands }) => stands).map(toldOf)
  await writeWhole(join(folder, sumsOf(month)), `${JSON.stringify(sums, null, 2)}\n`)
  const added = all.flatMap(({ run, stands, applications }) => applications.map((key) => ({ run, stands, key })))
  const documents = await life.documentsOf(added.map(({ key }) => key))
  const inOrder = added.flatMap(({ key, ...of }) => {
    const document = documents.get(key)
    return document === undefined ? [] : [{ ...of, document }]
  })
  const messages = Map.groupBy(inOrder, ({ run, document: { sender, document } }) =>
    JSON.stringify([run, sender, document.head.agentCode, document.head.agentName]),
  )
  let count = 0
  for (const of of messages.values()) {
    for (let first = 0; first < of.length; first += mostDocuments) {
      const whole = of.slice(first, first + mostDocuments)
      const path = join(folder, `CEB701-${month}-${whole[0]?.document.key}.xml`)
      const part = whole.flatMap(({ stands, document }) => (stands ? [document] : []))
      if (part.length === 0) {
        await rm(path, { force: true })
        continue
      }
      count += 1
      await writeWhole(path, writeMessage(messageOf(part, whole[0]?.document.document.head.guid ?? '')))
    }
  }
  return count
}

/** Whoever takes files from the folder finds no half of one. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text)
  await rename(`${path}.part`, path)
}

/** The file of what a month's summaries say: its applications name the lists alone. */
const sumsOf = (month: string): string => `summaries-${month}.json`

/** A summary for whoever declares it: sums as decimals, quantities by unit, lists by their copNo and agentCode. */
function toldOf({ key, group }: StoredSummary) {
  const { lists, lines, ...head } = group
  return {
    key,
    ...head,
    lists: lists.map(nameOf),
    lines: lines.map(({ from, ...line }) => ({
      ...line,
      from: from.map(({ list, gnum }) => ({ ...nameOf(list), gnum })),
    })),
  }
}

/** @param key of a list of exports (TradeDocument.key) */
function nameOf(key: string): { copNo: string; agentCode: string } {
  const [, , , copNo = '', agentCode = ''] = JSON.parse(key) as string[]
  return { copNo, agentCode }
}

/** @param guid of the message, the same whichever of its applications stand */
function messageOf(applications: readonly StoredDocument[], guid: string): Message {
  const { sender, document } = applications[0] as StoredDocument
  const { agentCode = '', agentName = '' } = document.head
  const message = {
    standard: '202205',
    kind: '701',
    guid,
    version: '1.0',
    envelope: null,
    transfer: { copCode: agentCode, copName: agentName, dxpMode: 'DXP', dxpId: sender },
    subscriptions: [],
    documents: applications.map(({ document: { head, lines } }) => ({ head, lines })),
    signature: null,
    extension: null,
  }
  // The table of the message has said which values stand in it, which is what the type is made of.
  return message as unknown as Message
}

const plural = (count: number, what: string): string => (count === 1 ? what : `${what}s`)

function summarizedText(
  month: string,
  { summaries, lists, waiting, sentBack, contested }: Summarized,
  written: string | null,
): string {
  const due = dueDay(`${month}-01`)
  const by = due === null ? 'the 15th of the next month, or the next working day' : due
  const added =
    lists === 0
      ? `No list more of what was cleared in ${month} is to be summarised.\n`
      : `${lists} ${plural(lists, 'list')} cleared in ${month} in ${summaries} ${summaries === 1 ? 'summary' : 'summaries'}, due by ${by}.\n`
  const left =
    waiting === 0 ? '' : `${waiting} ${plural(waiting, 'list')} left for later: no invtNo 清单编号 is known yet.\n`
  const free =
    sentBack === 0
      ? ''
      : `${sentBack} ${sentBack === 1 ? 'summary' : 'summaries'} sent back by customs: what was in ${sentBack === 1 ? 'it' : 'them'} may be applied for anew.\n`
  const both = contested.map(
    (key) =>
      `Summary ${key} has come further since customs sent it back, and lists of it are in another one: withdraw one.\n`,
  )
  return `${free}${both.join('')}${added}${left}${written === null ? '' : `${written}.\n`}`
}
