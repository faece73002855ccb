import { answerOf, layoutOf, type AnswerOf, type DeclaredKind, type Kind } from './kinds.ts'
import type { Field, Standard } from './format.ts'
import type { Envelope, Message, MessageOf, Values } from './message.ts'
import { valueOf } from './values.ts'
import { moreOf, type More } from './findings.ts'
import { violationText, type Violation } from './violation.ts'

/** What became of a document: the status and text of its receipt 回执, and numbers given out for it. */
export interface Outcome {
  /** returnStatus 回执状态, e.g. `2`, `120`, `100`; a negative number for an error of processing 处理异常. */
  returnStatus: string
  /** returnInfo 回执信息. */
  returnInfo: string
  /** Numbers of the e-port and of customs, where there are some by now. */
  preNo?: string
  invtNo?: string
  sumNo?: string
  rkdNo?: string
}

/** What a receipt takes from outside: when it is given, and numbers of its own. */
export interface Stamp {
  /** YYYYMMDDhhmmssSSS, in China's time. */
  time: string
  /** Makes a UUID in capitals, for the receipt and for each entry. */
  guid: () => string
}

/** The receipt of a kind of message. */
export type ReceiptOf<K extends DeclaredKind> = Extract<Message, { kind: AnswerOf<K> }>

/** A document and its outcome. Of a document that was refused, what could be read of its head will do. */
export interface Answered {
  head: Values
  outcome: Outcome
}

/**
 * The receipt 回执 to documents of a message, one entry each (specification, parts 2 and 3: the tables of 回执): what names
 * the document is taken from its head, the rest from the outcome. Entries that cannot name their document, because the
 * document does not, or not as the receipt wants it, are left out: CEB900 answers those.
 */
export function receiptFor<K extends DeclaredKind>(
  kind: K,
  standard: Standard,
  answered: readonly Answered[],
  { time, guid }: Stamp,
): { receipt: ReceiptOf<K>; unnamed: number[] } {
  const answer: Kind = answerOf(kind)
  const fields = layoutOf(answer, standard)?.head.fields ?? []
  const said = layoutOf(kind, standard)?.head.byName
  const unnamed: number[] = []
  const documents = answered.flatMap(({ head, outcome }, index) => {
    const given: Values = { ...head, ...numbersOf(outcome), guid: guid(), returnTime: time }
    given.returnStatus = outcome.returnStatus
    given.returnInfo = cut(outcome.returnInfo, mostInfo)
    const entry: Values = {}
    for (const field of fields) {
      const value = given[field.name]
      if (value !== undefined && fits(field, value)) entry[field.name] = value
      else if (field.need === 'required') {
        // An arrival 运抵单 need not say the billNo that its receipt asks for, and is named without it.
        if (field.least === 0 && said?.get(field.name)?.need === 'optional') {
          entry[field.name] = ''
          continue
        }
        unnamed.push(index)
        return []
      }
    }
    return [{ head: entry, lines: [] }]
  })
  const bare = { envelope: null, transfer: null, subscriptions: [], signature: null, extension: null }
  const receipt = { standard, kind: answer, guid: guid(), version: '1.0', ...bare, documents }
  // The table of the receipt has said which values stand in it, which is what the type is made of.
  return { receipt: receipt as unknown as ReceiptOf<K>, unnamed }
}

/** Whether a value may stand there: what the schema takes in a document it may not take in the receipt. */
function fits(field: Field, value: string): boolean {
  if (value === '') return field.least === 0
  let isRefused = false
  valueOf(field, value, ({ severity }) => (isRefused ||= severity === 'refused'))
  return !isRefused
}

/** Characters of returnInfo in every receipt. */
const mostInfo = 1000

/** The beginning of a text, in whole characters; white space may not stand around a value. */
function cut(text: string, most: number): string {
  const trimmed = text.trim()
  // A character takes two units at most, so that no more of a long text is taken apart than can be kept.
  return trimmed.length <= most ? trimmed : [...trimmed.slice(0, 2 * most)].slice(0, most).join('').trimEnd()
}

/** Violations a line each, as many as fit into so many characters; then how many there are besides. */
function listed(violations: readonly Violation[], more: number, separator: string, most: number): string {
  const texts: string[] = []
  let length = roomForMore
  for (const violation of violations) {
    const text = violationText(violation) + (violation.severity === 'tolerated' ? ' (tolerated)' : '')
    length += text.length + separator.length
    if (length > most) break
    texts.push(text)
  }
  const left = violations.length - texts.length + more
  return (left === 0 ? texts : [...texts, `… and ${left} more`]).join(separator)
}

/** Characters of "… and 600000 more", and some. */
const roomForMore = 25

function numbersOf({ preNo, invtNo, sumNo, rkdNo }: Outcome): Values {
  const numbers = Object.entries({ preNo, invtNo, sumNo, rkdNo })
  return Object.fromEntries(numbers.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/**
 * The answer to a message that cannot be read as a whole: CEB900Message 报文格式校验回执 (specification, 3.19). The message
 * itself is not sent back: it may be large, and there may be persons in it.
 */
export function malformedReceipt(
  reading: { kind: Kind | null; envelope: Envelope | null; violations: readonly Violation[]; more: More },
  standard: Standard,
  { time, guid }: Stamp,
): MessageOf<'900'> {
  const refusing = reading.violations.filter(({ severity }) => severity === 'refused')
  const info = listed(refusing, moreOf(reading.more, ['refused']), '\n', mostMalformedInfo)
  return {
    standard,
    kind: '900',
    guid: guid(),
    version: '1.0',
    envelope: null,
    transfer: null,
    subscriptions: [],
    documents: [
      {
        head: {
          guid: guid(),
          // 0002 of table 7-1, 数据包不能通过schema验证; the receipt wants a negative number.
          returnStatus: '-0002',
          returnInfo: cut(info, mostMalformedInfo),
          returnTime: time,
          oriCopMsgId: cut(reading.envelope?.CopMsgId ?? '', mostMessageId),
          oriMessageType: reading.kind === null ? 'Unknown' : `CEB${reading.kind}Message`,
          oriBizMessage: '',
        },
        lines: [],
      },
    ],
    signature: null,
    extension: null,
  }
}

const mostMalformedInfo = 5000
const mostMessageId = 255

const done: Readonly<Record<string, string>> = { '1': '新增', '2': '变更', '3': '删除' }
/** Of a 603, where 2 is 申报 by the text. */
const doneOfExport: typeof done = { ...done, '2': '' }

/**
 * A document taken over: status 2 电子口岸申报中, 1 电子口岸已暂存 for a draft, in the words of the e-port's own receipts,
 * with what was found in it that is not as the specification says: what is wrong, then what was read as it is meant.
 * @param more how many such violations there are that were not kept
 */
export function accepted(
  kind: DeclaredKind,
  head: Values,
  numbers: Pick<Outcome, 'preNo' | 'invtNo' | 'sumNo' | 'rkdNo'> = {},
  violations: readonly Violation[] = [],
  more = 0,
): Outcome {
  const isDraft = head.appStatus === '1'
  const what = `${(kind === '603' ? doneOfExport : done)[head.appType ?? ''] ?? ''}${isDraft ? '暂存' : '申报'}成功[${head.guid ?? ''}]`
  const said = (['wrong', 'tolerated'] as const).flatMap((each) =>
    violations.filter(({ severity }) => severity === each),
  )
  const found = said.length + more === 0 ? '' : bracketed(what, said, more)
  return { returnStatus: isDraft ? '1' : '2', returnInfo: `${what}${found}`, ...numbers }
}

/** What stands behind the words of a receipt. */
const bracketed = (words: string, violations: readonly Violation[], more: number): string =>
  `，[${listed(violations, more, '; ', mostInfo - words.length - '，[]'.length)}]`

/** What each kind says of a document that does not pass 参数校验, 报文校验 (specification, table 7-2 and 7-3). */
const checkFailures: Partial<Record<Kind, readonly [code: string, text: string]>> = {
  '303': ['-301008', '参数校验不通过'],
  '311': ['-301008', '参数校验不通过'],
  '403': ['-401009', '参数校验不通过'],
  '411': ['-401009', '参数校验不通过'],
  '505': ['-504011', '参数校验不通过'],
  '511': ['-504011', '参数校验不通过'],
  '513': ['-505011', '参数校验不通过'],
  '621': ['-621001', '清单报文校验失败'],
  '623': ['-623001', '报文校验失败'],
  '625': ['-625001', '退货申请单报文校验失败'],
  '711': ['-800001', '校验不通过'],
}
/** For kinds that the tables name no code for: 报文格式错误 of the exchange platform (table 7-1), as a negative number. */
const usualFailure = ['-0001', '报文格式错误'] as const

/**
 * A document refused, with the reasons, as many as a receipt has room for; what else was found in it is no reason.
 * @param more how many reasons there are that were not kept
 */
export function refused(kind: Kind, violations: readonly Violation[], more = 0): Outcome {
  const [returnStatus, text] = checkFailures[kind] ?? usualFailure
  const reasons = violations.filter(({ severity }) => severity === 'refused')
  return { returnStatus, returnInfo: text + bracketed(text, reasons, more) }
}
