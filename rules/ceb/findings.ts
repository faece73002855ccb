import type { Kind } from './kinds.ts'
import type { Finding, Severity, Violation } from './violation.ts'

/** Violations that were found and not kept, counted by document; null for the message, and for documents too many to tell. */
export type More = ReadonlyMap<number | null, Readonly<Record<Severity, number>>>

/** Kept of one document, and of the message itself: more than anyone reads, and than a receipt can hold. */
const mostOfEach = 100
/** Kept of all documents: a hundred of each of the hundred documents that all but notices may have. */
const mostOfDocuments = 10_000

interface Kept {
  count: number
  isRefused: boolean
}

/**
 * Collects what is found in a message. The first violations are kept, and for each document that is refused one that
 * refuses it; all others are counted, since a hostile message may hold hundreds of thousands of them.
 */
export class Findings {
  /** In the order in which they were found. */
  readonly kept: Violation[] = []
  private readonly notKept = new Map<number | null, Record<Severity, number>>()
  private readonly places = new Map<number | null, Kept>()
  private ofDocuments = 0
  private hasRefusedMessage = false

  get more(): More {
    return this.notKept
  }

  /** Whether something refuses the message as a whole. */
  get isRefused(): boolean {
    return this.hasRefusedMessage
  }

  note(message: Kind | null, document: number | null, line: string | null, finding: Finding): void {
    const { severity, rule, expected, element = null, found = null, at = null } = finding
    if (severity === 'refused' && document === null) this.hasRefusedMessage = true
    if (this.mayKeep(document, severity))
      this.kept.push({ severity, message, document, line, element, rule, expected, found, at })
    else this.count(this.places.has(document) ? document : null, severity)
  }

  private mayKeep(document: number | null, severity: Severity): boolean {
    const kept = this.places.get(document) ?? { count: 0, isRefused: false }
    const isFirstRefusal = severity === 'refused' && !kept.isRefused
    if (kept.count >= mostOfEach && !isFirstRefusal) return false
    if (document !== null && kept.count === 0 && this.ofDocuments >= mostOfDocuments) return false
    kept.count += 1
    kept.isRefused ||= severity === 'refused'
    this.places.set(document, kept)
    if (document !== null) this.ofDocuments += 1
    return true
  }

  private count(place: number | null, severity: Severity): void {
    const counts = this.notKept.get(place) ?? { refused: 0, wrong: 0, tolerated: 0 }
    counts[severity] += 1
    this.notKept.set(place, counts)
  }
}

/** For counts of all that was found. */
export const anySeverity = ['refused', 'wrong', 'tolerated'] as const

/** How many violations were not kept: of the severities named, of one document or of the whole message. */
export function moreOf(more: More, severities: readonly Severity[], document?: number): number {
  const counts = document === undefined ? [...more.values()] : [more.get(document)]
  let sum = 0
  for (const count of counts) for (const severity of severities) sum += count?.[severity] ?? 0
  return sum
}
