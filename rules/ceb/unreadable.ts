import { XmlError } from '../xml.ts'
import { EncodingError } from './decode.ts'
import type { Finding } from './violation.ts'

/** What is said of a message whose bytes cannot be read; any other failure is thrown on. */
export function unreadable(cause: unknown): Finding {
  const refused = { severity: 'refused' } as const
  if (cause instanceof EncodingError)
    return { ...refused, rule: 'encoding', expected: `UTF-8 or a declared GB encoding. ${cause.message}` }
  if (!(cause instanceof XmlError)) throw cause
  const { line, message } = cause
  if (line !== null) return { ...refused, rule: 'well-formed', expected: 'well-formed XML 1.0', at: line }
  return { ...refused, rule: 'unsafe', expected: `XML that can be read safely. ${message}` }
}
