/** What matters of every kind show alike in the hub's schema. */
import type { Term } from '../../rules/working-day.ts'
import type { MatterStep } from './matters.ts'

export const stepView = ({ at, ...step }: MatterStep) => ({ ...step, at: at.toISOString() })

const termStates = { running: 'RUNNING', overdue: 'OVERDUE', unknown: 'UNKNOWN' } as const

export const termView = (term: Term | null) =>
  term === null ? null : { lastDay: term.lastDay, state: termStates[term.state] }
