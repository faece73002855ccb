/** Applications 汇总申请单 (701) for summaries of export lists (海关跨境电商统一版系统企业对接报文规范 202205, 2.21.4). */
import { hash } from 'node:crypto'
import type { AnyDocument, Values } from '../ceb/message.ts'
import type { TradeDocument } from './document.ts'
import { summariesOf, usualTerms, type StatedList, type SummaryGroup, type SummaryTerms } from './summary.ts'

/** A cleared list that its number can be applied for with. */
export interface NumberedList extends StatedList {
  /** invtNo 清单编号. */
  invtNo: string
  /** dxpId 传输编号 of whoever declared it. */
  sender: string
}

export interface Application {
  /** What it comes to. */
  summary: SummaryGroup
  /** Whoever declared its lists. */
  sender: string
  /** The application, in as many parts 拆分 as it takes. */
  documents: AnyDocument[]
}

/** Lists in one part. The specification knows no limit; a message of 100 such parts stays below that of this hub. */
const mostLists = 1000

/**
 * Applies for all lists that are to be summarised: one application for each summary, and for each customs office, place of
 * supervision and declarant in it, since an application names just one. Each list is in one of them.
 * @param month in which the lists were cleared, YYYY-MM
 * @param appTime YYYYMMDDhhmmss
 * @param guid makes a UUID in capitals
 */
export function applicationsOf(
  lists: readonly NumberedList[],
  month: string,
  appTime: string,
  guid: () => string,
  terms: SummaryTerms = usualTerms,
): Application[] {
  const parts = Map.groupBy(lists, ({ list: { head }, sender }) =>
    JSON.stringify([sender, head.agentCode, head.customsCode, head.loctNo ?? '']),
  )
  return [...parts.values()].flatMap((part) => {
    const byKey = new Map(part.map((each) => [each.list.key, each]))
    return summariesOf(part, new Set(), terms).flatMap((summary): Application[] => {
      const members = summary.lists.flatMap((key) => byKey.get(key) ?? [])
      const [first] = members
      if (first === undefined) return []
      const numbers = members
        .map(({ invtNo }) => ({ invtNo }))
        .sort((one, other) => (one.invtNo < other.invtNo ? -1 : 1))
      const guids = Array.from({ length: Math.ceil(numbers.length / mostLists) }, () => guid())
      const head = headOf(first.list, nameOf(summary, month, guids), appTime, terms)
      const documents = guids.map((each, index) => ({
        head: { ...head, guid: each, msgCount: `${guids.length}`, msgSeqNo: `${index + 1}` },
        lines: numbers.slice(index * mostLists, (index + 1) * mostLists),
      }))
      return [{ summary, sender: first.sender, documents }]
    })
  })
}

/** Not by its lists alone: what customs has sent back is applied for anew, under another name. */
function nameOf({ lists }: SummaryGroup, month: string, guids: readonly string[]): string {
  const digest = hash('sha256', JSON.stringify([lists, guids]))
  return `HZ${month.replace('-', '')}${digest.slice(0, 20).toUpperCase()}`
}

function headOf({ head }: TradeDocument, copNo: string, appTime: string, terms: SummaryTerms): Values {
  const { agentCode = '', agentName = '', customsCode = '', ebcCode = '', ebcName = '', loctNo } = head
  return {
    appType: '1',
    appTime,
    appStatus: '2',
    customsCode,
    copNo,
    agentCode,
    agentName,
    ebcCode,
    ebcName,
    // The declarant of the lists declares what they come to.
    declAgentCode: agentCode,
    declAgentName: agentName,
    ...(loctNo === undefined ? {} : { loctNo }),
    summaryFlag: terms.summaryFlag,
    // Left out it would stand for the class of the goods, and the schema wants one character.
    itemNameFlag: terms.byItemName ? '1' : '0',
  }
}
