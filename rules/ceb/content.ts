import { checkCurrencyCode } from '../currency.ts'
import { addDecimals, compareDecimals, isDecimal } from '../decimal.ts'
import { checkIdentityNumber } from '../identity-number.ts'
import { canSimplify, simplifiedLimit, type Parcel } from '../trade/simplified.ts'
import { checkArithmetic } from './arithmetic.ts'
import { labelOf, type LineReport } from './group.ts'
import type { Kind } from './kinds.ts'
import type { AnyDocument, Values } from './message.ts'
import { quotableCode, quotableNumber } from './quote.ts'
import { askedBy, isBonded } from './trade-mode.ts'
import type { Report } from './values.ts'

/**
 * Checks a document that fits the schema against what the specification's text says of its contents, as far as the
 * document alone can tell (海关跨境电商统一版系统企业对接报文规范 202205, remarks 说明 of parts 2 and 3).
 */
export function checkDocument(kind: Kind, { head, lines }: AnyDocument, report: Report, ofLine: LineReport): void {
  checkArithmetic(kind, { head, lines }, report, ofLine)
  checkSequence(kind, lines, ofLine)
  checkPersons(head, report)
  checkWeights(head, report)
  checkSplit(head, report)
  for (const [index, line] of lines.entries()) checkSecondUnit(line, ofLine(labelOf(line, index)))
  const further = byKind[kind]
  further?.({ head, lines }, report, ofLine)
}

/** Kinds whose lines point to lines of another document: any numbers, each once. */
const pointing: ReadonlySet<Kind> = new Set(['213', '625'])
/** Kinds whose lines may come from many documents. */
const unnumbered: ReadonlySet<Kind> = new Set(['701', '792'])

function checkSequence(kind: Kind, lines: readonly Values[], ofLine: LineReport): void {
  if (unnumbered.has(kind)) return
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const { gnum = '' } = line
    const isFit = pointing.has(kind) ? !seen.has(gnum) && /^[1-9]/.test(gnum) : gnum === `${index + 1}`
    seen.add(gnum)
    if (isFit) continue
    const expected = pointing.has(kind)
      ? 'a number above 0 that no other line has'
      : `${index + 1}, since lines are numbered from 1`
    ofLine(`${index + 1}`)({
      severity: 'wrong',
      element: 'gnum',
      rule: 'sequence',
      expected,
      found: quotableNumber(gnum),
    })
  }
}

/** The number is personal data: neither it nor what is wrong with which character is said. */
function checkPersons(head: Values, report: Report): void {
  for (const who of ['buyer', 'payer']) {
    const number = head[`${who}IdNumber`]
    if (number === undefined || head[`${who}IdType`] !== '1' || checkIdentityNumber(number).valid) continue
    const expected = 'a number that GB 11643 allows'
    report({ severity: 'wrong', element: `${who}IdNumber`, rule: 'identity-number', expected })
  }
}

function checkWeights({ grossWeight, netWeight }: Values, report: Report): void {
  if (grossWeight === undefined || netWeight === undefined || compareDecimals(netWeight, grossWeight) <= 0) return
  report({ severity: 'wrong', element: 'netWeight', rule: 'weight', expected: 'no more than grossWeight' })
}

function checkSplit({ msgCount, msgSeqNo }: Values, report: Report): void {
  if (msgCount === undefined || msgSeqNo === undefined || Number(msgSeqNo) <= Number(msgCount)) return
  report({
    severity: 'wrong',
    element: 'msgSeqNo',
    rule: 'sequence',
    expected: 'no more than msgCount',
    found: quotableNumber(msgSeqNo),
  })
}

/** Either both or none (error -625009 says it of returns; the lists have the same two elements). */
function checkSecondUnit({ qty2, unit2 }: Values, report: Report): void {
  if ((qty2 === undefined || !/[1-9]/.test(qty2)) === (unit2 === undefined || unit2 === '')) return
  const element = unit2 === undefined || unit2 === '' ? 'unit2' : 'qty2'
  report({ severity: 'wrong', element, rule: 'pair', expected: 'qty2 and unit2 together, or neither' })
}

function checkPresent(values: Values, names: readonly string[], why: string, report: Report): void {
  for (const element of names) {
    const value = values[element]
    if (value === undefined || value === '')
      report({ severity: 'wrong', element, rule: 'trade-mode', expected: `a value, ${why}` })
  }
}

type Check = (document: AnyDocument, report: Report, ofLine: LineReport) => void

const importList: Check = ({ head, lines }, report, ofLine) => {
  const { tradeMode } = head
  const asked = askedBy(tradeMode)
  if (asked === null) return
  const why = `since tradeMode is ${tradeMode}`
  checkPresent(head, asked.head, why, report)
  for (const [index, line] of lines.entries()) checkPresent(line, asked.line, why, ofLine(labelOf(line, index)))
  if (isBonded(tradeMode) && head.country !== '142' && head.country !== 'CHN') {
    const found = quotableCode(head.country ?? '')
    report({ severity: 'wrong', element: 'country', rule: 'trade-mode', expected: `142, ${why}`, found })
  }
}

/** Special areas export under 1210 (2.11.4); a simplified declaration names 4 digits where it may be one, or 10 (gcode). */
const exportList: Check = ({ head, lines }, report, ofLine) => {
  const { tradeMode, statisticsFlag } = head
  const isOfBooks = isBonded(tradeMode)
  const why = `since tradeMode is ${tradeMode}`
  const isSimplified = statisticsFlag === 'A' && canSimplify(parcelOf(head, lines))
  if (isOfBooks) checkPresent(head, ['iacCode', 'iacName', 'emsNo'], why, report)
  for (const [index, line] of lines.entries()) {
    const reportLine = ofLine(labelOf(line, index))
    if (isOfBooks) checkPresent(line, ['itemRecordNo'], why, reportLine)
    const { gcode = '' } = line
    if (gcode.length === 10 || (gcode.length === 4 && isSimplified)) continue
    const expected =
      gcode.length !== 4
        ? `10 digits${isSimplified ? ', or 4' : ''}`
        : statisticsFlag !== 'A'
          ? '10 digits, since statisticsFlag is not A'
          : `10 digits: 4 are for 9610, without a licence and up to ${simplifiedLimit} yuan`
    reportLine({ severity: 'wrong', element: 'gcode', rule: 'commodity-code', expected, found: quotableCode(gcode) })
  }
}

/** What a list says of its parcel. Duties and refunds it does not say, and other currencies not what it is worth. */
function parcelOf({ tradeMode = '', licenseNo = '' }: Values, lines: readonly Values[]): Parcel {
  const prices = lines.flatMap(({ currency = '', totalPrice = '' }) => {
    const code = checkCurrencyCode(currency)
    return code.valid && code.currency.numeric === '142' && isDecimal(totalPrice) ? [totalPrice] : []
  })
  const value = addDecimals(...prices)
  return { tradeMode, value, exportDuty: false, refund: false, licence: licenseNo !== '' }
}

/** Goods come back from abroad (2.17.4). */
const exportReturn: Check = ({ head }, report) => {
  if (head.country !== '142' && head.country !== 'CHN') return
  report({
    severity: 'wrong',
    element: 'country',
    rule: 'country',
    expected: 'a country other than China',
    found: head.country,
  })
}

/** Either the lists one by one or all of a time (2.21.4). */
const summary: Check = ({ head, lines }, report) => {
  const { startTime, endTime } = head
  if ((startTime === undefined) !== (endTime === undefined)) {
    const element = startTime === undefined ? 'startTime' : 'endTime'
    report({ severity: 'wrong', element, rule: 'pair', expected: 'startTime and endTime together, or neither' })
  } else if (startTime !== undefined && endTime !== undefined && endTime < startTime) {
    report({
      severity: 'wrong',
      element: 'endTime',
      rule: 'time',
      expected: 'no time before startTime',
      found: quotableNumber(endTime),
    })
  } else if (startTime === undefined && lines.length === 0) {
    report({ severity: 'wrong', rule: 'count', expected: 'lists, or a startTime and an endTime' })
  }
}

const byKind: Partial<Record<Kind, Check>> = {
  '621': importList,
  '603': exportList,
  '213': exportReturn,
  '701': summary,
}
