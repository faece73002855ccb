import { checkCountryCode } from '../country.ts'
import { checkCurrencyCode } from '../currency.ts'
import { isDate } from '../date.ts'
import { checkHsCode } from '../hs-code.ts'
import { isTransportModeCode } from '../transport-mode.ts'
import { isUnitCode } from '../unit.ts'
import { checkUscc } from '../uscc.ts'
import type { Report } from './values.ts'
import { quotableCode, quotableNumber } from './quote.ts'
import type { Finding } from './violation.ts'

/** Looks at a value whose form is right. The elements of a name mean the same in every message. */
type Meaning = (value: string, element: string, report: Report) => void

const wrong = (element: string, rule: Finding['rule'], expected: string, value: string): Finding => ({
  severity: 'wrong',
  element,
  rule,
  expected,
  found: rule === 'time' || rule === 'amount' ? quotableNumber(value) : quotableCode(value),
})

const guid: Meaning = (value, element, report) => {
  if (value.length !== 36) return // said by its length
  if (/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(value)) return
  report({ severity: 'tolerated', element, rule: 'guid', expected: '36 characters of a UUID in capitals' })
}

const twoDigits = (text: string, at: number, below: number): boolean => Number(text.slice(at, at + 2)) < below

/** A time in the specification's form, in China's time, e.g. `20261121130000`. */
export const isTime = (text: string): boolean =>
  /^\d+$/.test(text) &&
  isDate(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`) &&
  twoDigits(text, 8, 24) &&
  twoDigits(text, 10, 60) &&
  twoDigits(text, 12, 60)

const time =
  (written: string): Meaning =>
  (value, element, report) => {
    if (value.length !== written.length || !isTime(value)) report(wrong(element, 'time', `a time ${written}`, value))
  }

const currency: Meaning = (value, element, report) => {
  const check = checkCurrencyCode(value)
  const expected = 'a 3-digit code of 货币代码 (JGS-20)'
  if (!check.valid) report(wrong(element, 'currency', expected, value))
  else if (value !== check.currency.numeric) {
    report({ severity: 'tolerated', element, rule: 'currency', expected, found: value })
  }
}

const country: Meaning = (value, element, report) => {
  const check = checkCountryCode(value)
  const expected = 'a 3-digit code of 国别（地区）代码 (JGS-20)'
  if (!check.valid) report(wrong(element, 'country', expected, value))
  else if (value !== check.country.numeric)
    report({ severity: 'tolerated', element, rule: 'country', expected, found: value })
}

const unit: Meaning = (value, element, report) => {
  if (!isUnitCode(value)) report(wrong(element, 'unit', 'a 3-digit code of 计量单位代码 (JGS-20)', value))
}

const transportMode: Meaning = (value, element, report) => {
  if (!isTransportModeCode(value)) report(wrong(element, 'transport-mode', 'a code of 运输方式代码 (JGS-20)', value))
}

const customs: Meaning = (value, element, report) => {
  if (!/^\d{4}$/.test(value))
    report(wrong(element, 'customs-code', 'the 4 digits of a customs office 关区代码 (JGS/T 18)', value))
}

const division: Meaning = (value, element, report) => {
  if (!/^[1-9]\d{5}$/.test(value)) report(wrong(element, 'division', 'the 6 digits of a division 行政区划', value))
}

/** 10 characters of customs' register or 18 of GB 32100; a text that stands for a missing code where the text allows one. */
const enterprise =
  (instead?: string): Meaning =>
  (value, element, report) => {
    if (value === instead || /^\d{4}[0-9A-Z]{6}$/.test(value)) return
    if (value.length === 18 && checkUscc(value).valid) return
    const expected = `a customs code of 10 characters or a credit code of 18${instead === undefined ? '' : `, or ${instead}`}`
    report(wrong(element, 'enterprise-code', expected, value))
  }

const register = enterprise()

/** A platform may also bear a number that the e-port gave it, or, abroad, none 无. */
const platform: Meaning = (value, element, report) => {
  if (value === '无' || (/^[0-9A-Z]{1,17}$/.test(value) && value.length !== 10)) return
  register(value, element, report)
}

const commodity: Meaning = (value, element, report) => {
  if (!checkHsCode(value).valid) report(wrong(element, 'commodity-code', 'a 商品编码 of 10 digits', value))
}

const numbered =
  (form: RegExp, expected: string): Meaning =>
  (value, element, report) => {
    if (!form.test(value)) report(wrong(element, 'document-number', expected, value))
  }

const amount: Meaning = (value, element, report) => {
  if (value.startsWith('-')) report(wrong(element, 'amount', 'no negative number', value))
}
const quantity: Meaning = (value, element, report) => {
  if (!/[1-9]/.test(value) || value.startsWith('-')) report(wrong(element, 'amount', 'a number above 0', value))
}

const fourteen = time('YYYYMMDDhhmmss')
const seventeen = time('YYYYMMDDhhmmssSSS')
const date: Meaning = (value, element, report) => {
  if (!isTime(`${value}000000`)) report(wrong(element, 'time', 'a date YYYYMMDD', value))
}

/** By the names of elements (海关跨境电商统一版系统企业对接报文规范 202205, the remarks 说明 of its tables). */
const meanings = {
  guid,
  appTime: fourteen,
  payTime: fourteen,
  accountingDate: fourteen,
  leaveTime: fourteen,
  logisticsTime: fourteen,
  startTime: fourteen,
  endTime: fourteen,
  returnTime: seventeen,
  opDate: seventeen,
  ieDate: date,
  declTime: date,
  currency,
  fCurrency: currency,
  iCurrency: currency,
  country,
  tradeCountry: country,
  unit,
  unit1: unit,
  unit2: unit,
  trafMode: transportMode,
  customsCode: customs,
  portCode: customs,
  consigneeDistrict: division,
  ebcCode: register,
  ebpCode: platform,
  logisticsCode: register,
  agentCode: register,
  payCode: register,
  copCode: register,
  declAgentCode: register,
  operatorCode: register,
  iacCode: register,
  areaCode: register,
  ownerCode: enterprise('NO'),
  gcode: commodity,
  preNo: numbered(/^[A-Z]20\d{6}\d{9}$/, 'a letter, a date YYYYMMDD and 9 digits'),
  invtNo: numbered(/^\d{4}20\d\d[IE]\d{9,11}$/, 'customs office, year, I or E, and 9 to 11 digits'),
  goodsValue: amount,
  freight: amount,
  insuredFee: amount,
  discount: amount,
  taxTotal: amount,
  acturalPaid: amount,
  amountPaid: amount,
  charge: amount,
  price: amount,
  totalPrice: amount,
  qty: quantity,
  qty1: amount,
  qty2: amount,
  weight: amount,
  grossWeight: amount,
  netWeight: amount,
  packNo: quantity,
  msgCount: quantity,
  msgSeqNo: quantity,
} satisfies Record<string, Meaning>

const byName: ReadonlyMap<string, Meaning> = new Map(Object.entries(meanings))

/** What the values of an element mean; undefined where any value of the right form will do. */
export const meaningOf = (element: string): Meaning | undefined => byName.get(element)
