import { isDecimal } from '../decimal.ts'
import type { Field } from './format.ts'
import { quotableCode, quotableNumber } from './quote.ts'
import type { Finding } from './violation.ts'

/** What is said of a value that is found wanting. */
export type Report = (finding: Finding) => void

const refused = (field: Field, rule: Finding['rule'], expected: string, found: string | null): Finding => ({
  severity: 'refused',
  element: field.name,
  rule,
  expected,
  found,
})

/**
 * The value of a field as it is kept: without white space around it, numbers in the one form the hub writes. Null where
 * nothing is kept, because nothing stands there or the schema refuses it.
 */
export function valueOf(field: Field, written: string, report: Report): string | null {
  const value = isTrimmed(written) ? written : trimmed(field, written, report)
  if (value === '') return emptyOf(field, report)
  if (field.form === 'text') return textOf(field, value, report)
  return field.form === 'decimal' ? decimalOf(field, value, report) : wholeOf(field, value, report)
}

const isTrimmed = (text: string): boolean => text.charCodeAt(0) > 32 && text.charCodeAt(text.length - 1) > 32

/** White space of XML goes from both ends; one pass, since there may be much of it in between. */
function withoutSpace(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

function trimmed(field: Field, written: string, report: Report): string {
  const value = withoutSpace(written)
  // An element written over two lines is empty, and a number with space around it the same number (XML Schema, whiteSpace).
  if (value !== '' && value !== written && field.form === 'text') {
    report({
      severity: 'tolerated',
      element: field.name,
      rule: 'white-space',
      expected: 'no white space around the value',
    })
  }
  return value
}

/** Optional elements are often written without a value; the schema takes that for texts without a least length only. */
function emptyOf(field: Field, report: Report): string | null {
  const fits = field.form === 'text' && field.least === 0
  if (field.need === 'required') {
    const expected = `a value of the form ${field.written}`
    report({ severity: fits ? 'wrong' : 'refused', element: field.name, rule: 'empty', expected })
    return fits ? '' : null
  }
  if (field.need === 'required by the text') {
    report({ severity: 'wrong', element: field.name, rule: 'empty', expected: `a value of the form ${field.written}` })
  } else if (!fits) {
    report({ severity: 'tolerated', element: field.name, rule: 'empty', expected: 'no element, or one with a value' })
  }
  return null
}

function textOf(field: Field, value: string, report: Report): string | null {
  const { name, least, most, values } = field
  if (value.length > most || value.length < least) {
    const length = [...value].length
    if (length > most || length < least) {
      const severity = name === 'guid' && length <= 64 ? 'tolerated' : 'refused'
      report({ severity, element: name, rule: 'length', expected: `${field.written} characters`, found: `${length}` })
      if (severity === 'refused') return null
    }
  }
  if (values !== null && !values.has(value)) {
    report({
      // Whoever does not say what is to be done with the document asks for nothing (-301012, 未找到对应操作).
      severity: name === 'appType' && !/^[123]$/.test(value) ? 'refused' : 'wrong',
      element: name,
      rule: 'value',
      expected: [...values].join(' or '),
      found: quotableCode(value),
    })
  }
  return value
}

/** Characters of a number that is looked at: with all zeros that any writer puts around it. */
const longestNumber = 64

function decimalOf(field: Field, value: string, report: Report): string | null {
  if (value.length <= longestNumber && isDecimal(value)) return value
  const parts = value.length > longestNumber ? null : /^([+-]?)0*(\d*)(?:\.(\d*))?$/.exec(value)
  const [, sign = '', whole = '', fraction = ''] = parts ?? []
  const digits = fraction.replace(/0+$/, '')
  const plain = `${whole === '' ? '0' : whole}${digits === '' ? '' : `.${digits}`}`
  const canonical = sign === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain
  if (parts === null || !/\d/.test(value) || !isDecimal(canonical)) {
    report(refused(field, 'number', 'a decimal number of the form N19,5', quotableNumber(value)))
    return null
  }
  report({
    severity: 'tolerated',
    element: field.name,
    rule: 'number',
    expected: 'the plain form of N19,5',
    found: quotableNumber(value),
  })
  return canonical
}

function wholeOf(field: Field, value: string, report: Report): string | null {
  const expected = `a whole number of at most ${field.most} digits`
  const parts = value.length > longestNumber ? null : /^([+-]?)0*(\d+)$/.exec(value)
  const digits = parts?.[2] ?? ''
  if (parts === null || digits.length > field.most) {
    report(refused(field, 'number', expected, quotableNumber(value)))
    return null
  }
  const canonical = parts[1] === '-' && digits !== '0' ? `-${digits}` : digits
  if (canonical !== value) {
    report({
      severity: 'tolerated',
      element: field.name,
      rule: 'number',
      expected: 'its plain form',
      found: quotableNumber(value),
    })
  }
  if (field.values !== null && !field.values.has(canonical)) {
    const allowed = [...field.values].join(' or ')
    report({ severity: 'wrong', element: field.name, rule: 'value', expected: allowed, found: quotableNumber(value) })
  }
  return canonical
}
