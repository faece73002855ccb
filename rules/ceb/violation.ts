import { terms } from './terms.ts'
import type { Kind } from './kinds.ts'

/**
 * What follows from a violation. `refused`: the schema is broken, so nothing is read where it stands (the document, or
 * the whole message). `wrong`: the form is right and the contents are not what the specification says; the document is
 * read, and whoever answers it can refuse it. `tolerated`: real messages are so, and it is clear what is meant.
 */
export type Severity = 'refused' | 'wrong' | 'tolerated'

/** Which rule is broken: a closed list, so that answers and tests can tell them apart. */
export type Rule =
  // the message as bytes and as XML
  | 'size'
  | 'encoding'
  | 'well-formed'
  | 'unsafe'
  // the schema
  | 'root'
  | 'namespace'
  | 'envelope'
  | 'standard'
  | 'unknown-element'
  | 'duplicate-element'
  | 'order'
  | 'missing-element'
  | 'count'
  | 'structure'
  | 'empty'
  | 'length'
  | 'number'
  | 'white-space'
  // the text of the specification
  | 'guid'
  | 'value'
  | 'time'
  | 'currency'
  | 'country'
  | 'unit'
  | 'transport-mode'
  | 'customs-code'
  | 'division'
  | 'enterprise-code'
  | 'identity-number'
  | 'commodity-code'
  | 'document-number'
  | 'amount'
  | 'arithmetic'
  | 'weight'
  | 'sequence'
  | 'pair'
  | 'trade-mode'
  | 'sender'
  | 'signature'

/**
 * One thing that is not as the standard says. `found` is a count, or what passes one of the tests of
 * rules/ceb/quote.ts; these go by the form of a value, so that a name of up to 4 letters in the place of a code, or the few digits of a
 * number that is somebody's, would pass.
 */
export interface Violation {
  severity: Severity
  /** Null where the message does not say what it is. */
  message: Kind | null
  /** Which document of the message, from 1; null for the message itself. */
  document: number | null
  /** The line's gnum, or its place where it has none; null for what is no line. */
  line: string | null
  /** Null for the document or message as a whole. */
  element: string | null
  rule: Rule
  /** What should stand there, as the end of "expected …". */
  expected: string
  found: string | null
  /** The line of the XML, from 1, where the text itself is to blame. */
  at: number | null
}

/** A violation before it is known where it stands. */
export type Finding = Pick<Violation, 'severity' | 'rule' | 'expected'> & {
  element?: string
  found?: string | null
  at?: number
}

/** One line for a person, e.g. `621, document 2, line 1: totalPrice 总价 breaks arithmetic: expected 20, found 12`. */
export function violationText({ message, document, line, element, rule, expected, found, at }: Violation): string {
  const where = [
    message ?? 'message',
    ...(document === null ? [] : [`document ${document}`]),
    ...(line === null ? [] : [`line ${line}`]),
    ...(at === null ? [] : [`line ${at} of the XML`]),
  ].join(', ')
  const what = element === null ? '' : `${element} ${terms[element] ?? ''}`.trim()
  return `${where}: ${what === '' ? '' : `${what}: `}${rule}: expected ${expected}${found === null ? '' : `, found ${found}`}`
}
