import { isDateTime } from './date.ts'

/** A status code 回执状态 (CEB returnStatus) and what it means. */
export interface DeclarationStatus {
  code: string
  zh: string
  en: string
  /** Nothing follows it: a later receipt of another kind is stale. */
  terminal: boolean
}

const status = (code: string, zh: string, en: string, terminal = false): DeclarationStatus => ({
  code,
  zh,
  en,
  terminal,
})

/**
 * Status codes of a declaration list 清单 (海关跨境电商进/出口统一版 message specification, returnStatus), in the order in
 * which a list comes through them; negative codes stand between 4 and 120.
 */
export const declarationStatuses: readonly DeclarationStatus[] = [
  status('1', '电子口岸已暂存', 'Kept as a draft by the e-port'),
  status('2', '电子口岸申报中', 'Being declared through the e-port'),
  status('3', '发送海关成功', 'Sent to customs'),
  status('4', '发送海关失败', 'Could not be sent to customs'),
  status('120', '海关入库', 'Entered at customs, logic checks passed'),
  status('600', '挂起', 'Suspended'),
  status('300', '人工审核', 'Under manual review'),
  status('500', '查验', 'Under inspection'),
  status('501', '扣留移送通关', 'Detained, passed to clearance'),
  status('502', '扣留移送缉私', 'Detained, passed to anti-smuggling'),
  status('503', '扣留移送法规', 'Detained, passed to legal affairs'),
  status('505', '移交', 'Handed over'),
  status('599', '其它扣留', 'Detained otherwise'),
  status('100', '海关退单', 'Sent back by customs'),
  status('399', '海关审结', 'Review concluded'),
  status('800', '放行', 'Released'),
  status('700', '退运', 'Returned', true),
  status('899', '结关', 'Cleared', true),
]

const byCode: ReadonlyMap<string, DeclarationStatus> = new Map(declarationStatuses.map((entry) => [entry.code, entry]))
const rankByCode: ReadonlyMap<string, number> = new Map(declarationStatuses.map(({ code }, rank) => [code, rank]))
const rankOfFailure = (rankByCode.get('4') ?? 0) + 0.5

/**
 * What a status code means (CEB returnStatus). Any negative number is a failure of processing 处理异常. A positive number
 * that is not in the table is told as such: customs adds codes, and a list must not vanish for it.
 * @returns null where the text is no status code at all
 */
export function declarationStatusOf(code: string): DeclarationStatus | null {
  const known = byCode.get(code)
  if (known !== undefined) return known
  if (!/^(0|-?[1-9]\d{0,8})$/.test(code)) return null
  return code.startsWith('-')
    ? status(code, '处理异常', 'Refused by a check')
    : status(code, '代码表外状态', 'Status outside the code table')
}

/** A receipt 回执: a status and the time, RFC 3339, that the receipt itself states; `id` is its guid where it has one. */
export interface Receipt {
  status: string
  at: string
  id?: string
}

/** Where a declaration stands, and since when. */
export interface CurrentStatus {
  code: string
  zh: string
  en: string
  at: string
}

/**
 * The current status of a declaration (CEB receipts come asynchronously, repeated, stale and out of order): the latest by
 * the receipts' own time, at equal times the one further on its way; nothing but a terminal status follows a terminal
 * one (700 退运, 899 结关). The answer is the greatest of a set under a total order, so neither the order in which receipts
 * arrive nor their repetition can change it.
 * @returns null where there is no receipt, or where one of them has no status code or no time: a state is not guessed
 */
export function currentStatus(receipts: readonly Receipt[]): CurrentStatus | null {
  const candidates = receipts.map(candidateOf)
  if (!candidates.every((candidate) => candidate !== null)) return null
  const current = firstOfEach(candidates).reduce<Candidate | null>(
    (best, candidate) => (best === null || compare(candidate, best) > 0 ? candidate : best),
    null,
  )
  return current === null ? null : { code: current.code, zh: current.zh, en: current.en, at: current.at }
}

interface Candidate extends DeclarationStatus {
  at: string
  id: string | undefined
  instant: number
  rank: number
}

function candidateOf({ status, at, id }: Receipt): Candidate | null {
  const meaning = declarationStatusOf(status)
  if (meaning === null || !isDateTime(at)) return null
  const { code, zh, en, terminal } = meaning
  return { code, zh, en, terminal, at, id, instant: Date.parse(at), rank: rankOf(code) }
}

/** A receipt sent again under its id counts once, from its earliest time: a later stamp is that of the sending. */
function firstOfEach(candidates: readonly Candidate[]): readonly Candidate[] {
  const firsts = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const { code, id, at } = candidate
    const key = id === undefined ? `${code} at ${at}` : `${code} id ${id}`
    const before = firsts.get(key)
    if (before === undefined || compare(candidate, before) < 0) firsts.set(key, candidate)
  }
  return [...firsts.values()]
}

/** How far on its way a list is, a number to compare; a code outside the table comes before all others. */
export const rankOf = (code: string): number => rankByCode.get(code) ?? (code.startsWith('-') ? rankOfFailure : -1)

const compare = (one: Candidate, other: Candidate): number =>
  Number(one.terminal) - Number(other.terminal) ||
  one.instant - other.instant ||
  one.rank - other.rank ||
  // Two failures, or two codes outside the table, of the same second: any fixed order will do.
  Number(one.code) - Number(other.code) ||
  (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)
