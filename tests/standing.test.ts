/** How grants stand while a request is under way, and what its record says of it. */
import { expect, test } from 'vitest'
import { auditEntry } from '../hub/audit-entry.ts'
import type { LivePolicy } from '../hub/live-policy.ts'
import { standing } from '../hub/standing.ts'
import { beginTrace } from '../hub/trace.ts'

type Stands = ReturnType<LivePolicy['standingOf']>

/** Asks for one grant again and again. Says what was answered, and which lapses are on record. */
function asked(...stands: Stands[]) {
  const trace = beginTrace(undefined)
  const left = [...stands]
  const { lapseOf } = standing(
    trace,
    new Set(),
    { standingOf: () => left.shift() ?? 'active' },
    { count: async () => [] },
  )
  return [stands.map(() => lapseOf('g', '91350102MYE0000341')), auditEntry(trace).lapsed]
}

const lapsed = [{ grant: 'g', uscc: null, rule: 'suspended' }]

test.each<[what: string, stands: Stands[], lapses: unknown[], onRecord: unknown]>([
  ['it stands', ['active', 'active'], [null, null], undefined],
  ['it has ended', ['ended', 'ended'], ['ended', 'ended'], lapsed],
  ['it ends in between: what was shown by it was', ['active', 'ended'], [null, 'ended'], undefined],
  ['it is not known, and then it is: it was used', ['unknown', 'active'], ['unknown', null], undefined],
])('%s', (_what, stands, lapses, onRecord) => {
  expect(asked(...stands)).toEqual([lapses, onRecord])
})
