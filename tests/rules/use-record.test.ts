import { describe, expect, test } from 'vitest'
import { textBounds } from '../../rules/stated-text.ts'
import { checkUse, endOfGrant, keptUntil, type Use } from '../../rules/use-record.ts'

const now = new Date('2026-06-01T00:00:00Z')
const day = (text: string): Date => new Date(`${text}T00:00:00Z`)

describe('what a record of use states (政务数据共享条例 art. 29)', () => {
  const use: Use = {
    scenario: '通关',
    process: '系统自动比对',
    effect: '减少人工复核',
    storage: '不落库',
    destruction: null,
    from: day('2026-01-01'),
    to: day('2026-03-31'),
  }
  const stated = (name: string) => `${name} must be stated, ${textBounds} (art. 29).`
  test.each<[string, { change?: Partial<Use>; validFrom?: Date; want: string | null }]>([
    ['all of it', { want: null }],
    ['with destruction', { change: { destruction: '已销毁' }, want: null }],
    ['no scenario', { change: { scenario: ' ' }, want: stated('scenario') }],
    ['no process', { change: { process: '' }, want: stated('process') }],
    ['no effect', { change: { effect: '无' }, want: stated('effect') }],
    ['no storage', { change: { storage: '存'.repeat(4001) }, want: stated('storage') }],
    ['an empty destruction', { change: { destruction: '' }, want: stated('destruction') }],
    ['an instant', { change: { to: day('2026-01-01') }, want: null }],
    ['a time that runs backwards', { change: { to: day('2025-12-31') }, want: 'to must not lie before from.' }],
    ['a time up to now', { change: { to: now }, want: null }],
    [
      'a time to come',
      { change: { to: day('2026-06-02') }, want: 'to must not lie in the future: a record tells of what was done.' },
    ],
    ['a time in which the grant began', { validFrom: day('2026-03-31'), want: null }],
    [
      'a time before the grant',
      { validFrom: day('2026-04-01'), want: 'The grant began after the time that the record tells of.' },
    ],
  ])('%s', (_what, { change, validFrom = null, want }) => {
    expect(checkUse({ ...use, ...change }, { validFrom }, now)).toBe(want)
  })
})

describe('the three years that it is kept', () => {
  test.each([
    ['2026-03-01T10:00:00.000Z', '2029-03-01T10:00:00.000Z'],
    // Not a day less for a day that there is not.
    ['2028-02-29T10:00:00.000Z', '2031-03-01T10:00:00.000Z'],
  ])('from %s to %s', (recorded, want) => {
    expect(keptUntil(new Date(recorded)).toISOString()).toBe(want)
  })
})

describe('when a grant ended (art. 27)', () => {
  const [before, later, future] = [day('2026-01-01'), day('2026-02-01'), day('2026-12-31')]
  test.each<[string, { validTo: Date | null; stoppedAt: Date | null; want: Date | null }]>([
    ['not without an end', { validTo: null, stoppedAt: null, want: null }],
    ['not before its term', { validTo: future, stoppedAt: null, want: null }],
    ['with its term', { validTo: now, stoppedAt: null, want: now }],
    ['stopped within its term', { validTo: future, stoppedAt: later, want: later }],
    ['stopped without a term', { validTo: null, stoppedAt: later, want: later }],
    ['stopped after its term', { validTo: before, stoppedAt: later, want: before }],
    ['stopped before its term was over', { validTo: later, stoppedAt: before, want: before }],
  ])('%s', (_what, { validTo, stoppedAt, want }) => {
    expect(endOfGrant({ validTo }, stoppedAt, now)).toEqual(want)
  })
})
