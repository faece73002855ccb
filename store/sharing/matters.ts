/**
 * What all matters of data sharing have in common: a state that only their table of steps changes, a history that only
 * grows, and mutations that a client may send twice.
 */
import { createHash } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import { isViewerId, type CallerId } from '../../departments.ts'
import type { EndCause } from '../../rules/grant-life.ts'
import type { Role } from '../../rules/roles.ts'
import { textBounds } from '../../rules/stated-text.ts'
import {
  holders,
  transition,
  type Actor,
  type Course,
  type Refusal,
  type Side,
  type Stated,
  type Step,
} from '../../rules/transition.ts'
import { endOf, type Term } from '../../rules/working-day.ts'
import type { Database } from '../schema.ts'

/** Who acts. */
export interface Caller {
  department: CallerId
  subject: string
  roles: readonly Role[]
}

export type MatterKind = 'application' | 'grant' | 'correction' | 'catalogue-change'

export interface MatterStep {
  action: string
  at: Date
  department: string
  subject: string
  from: string | null
  to: string
  reason: string | null
  /** Why a grant was ended. */
  cause: EndCause | null
  /** Until which day (YYYY-MM-DD, Beijing) the step leaves time. */
  until: string | null
  article: number
}

/** The two departments of a matter. */
export interface Parties {
  consumer: string
  provider: string
}

/**
 * Why a matter cannot be begun or carried on. The set is closed.
 *
 * - `NOT_FOUND` there is none, or none that the caller has a part in
 * - `FORBIDDEN` the step is for another side or role
 * - `CONFLICT`  the matter is in another state, or the client's key was used for something else
 * - `INVALID`   what was sent cannot be used; the message says what
 */
export class SharingError extends Error {
  override readonly name = 'SharingError'
  readonly code: 'NOT_FOUND' | 'FORBIDDEN' | 'CONFLICT' | 'INVALID'
  constructor(code: SharingError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** How a caller stands to a matter; who holds no role of its side has no part in it. */
export function actorOf(caller: Caller, parties: Parties): Actor {
  const { department, roles } = caller
  const holds = (...wanted: readonly Role[]): boolean => wanted.some((role) => roles.includes(role))
  const sides: Side[] = []
  if (department === parties.consumer && holds('officer', 'steward')) sides.push('consumer')
  if (department === parties.provider && holds('officer', 'steward')) sides.push('provider')
  if (department === 'authority' && holds('authority', 'auditor')) sides.push('authority')
  return { sides, roles }
}

/** True where a caller may see a matter: its two sides, the authority and its auditors. */
export const maySee = (caller: Caller, parties: Parties): boolean => actorOf(caller, parties).sides.length > 0

/** The step that brought a matter into its state. */
export const arrivalOf = (history: readonly MatterStep[]): MatterStep | undefined =>
  history.findLast(({ from, to }) => from !== to)

/**
 * How far a matter has come, as its history tells.
 * @param term that runs by law; null where none does, or where the step itself left one
 */
export function courseOf<State extends string, Action extends string>(
  state: State | null,
  history: readonly MatterStep[],
  parties: Parties,
  at: Date,
  term: Term | null = null,
): Course<State, Action> {
  const done = history.map(({ action }) => action as Action)
  const last = arrivalOf(history)
  if (last === undefined) return { state, done }
  const side = (Object.keys(parties) as (keyof Parties)[]).find((one) => parties[one] === last.department)
  const lastDay = last.until ?? term?.lastDay ?? null
  return {
    state,
    done,
    side: side ?? (last.department === 'authority' ? 'authority' : null),
    ...(lastDay === null ? {} : { isTermOver: endOf(lastDay) <= at }),
  }
}

export interface Move<State extends string, Action extends string> {
  kind: MatterKind
  matter: string
  steps: readonly Step<State, Action>[]
  state: State | null
  action: Action
  caller: Caller
  parties: Parties
  reason?: string | null
  cause?: EndCause | null
  until?: string | null
  /** That runs by law while it is in its state. */
  term?: Term | null
  now: Date
}

/** Makes a step and writes it into the history; the caller of this stores the new state. Throws SharingError. */
export async function move<State extends string, Action extends string>(
  tx: Transaction<Database>,
  {
    kind,
    matter,
    steps,
    state,
    action,
    caller,
    parties,
    reason = null,
    cause = null,
    until = null,
    term = null,
    now,
  }: Move<State, Action>,
): Promise<State> {
  const course = courseOf<State, Action>(state, await historyOf(tx, kind, matter), parties, now, term)
  const stated = { reason, cause }
  const result = transition(steps, course, action, actorOf(caller, parties), stated)
  if ('refused' in result) {
    throw refusal(result.refused, action, stated, state, whose(holders(steps, course, action, stated), parties))
  }
  await tx
    .insertInto('matter_step')
    .values({
      kind,
      matter,
      action,
      department: caller.department,
      subject: caller.subject,
      from_state: state,
      to_state: result.to,
      reason,
      cause,
      until,
      article: result.article,
    })
    .execute()
  return result.to
}

function refusal(why: Refusal, action: string, { cause }: Stated, state: string | null, holder: string): SharingError {
  const step = `To ${words(action)}${cause == null ? '' : ` for ${cause.toLowerCase()}`}`
  switch (why) {
    case 'not-yours':
      return new SharingError('FORBIDDEN', `${step} is for ${holder}.`)
    case 'wrong-state':
      return new SharingError('CONFLICT', `${step} is not possible in the state ${state ?? 'NEW'}.`)
    case 'too-early':
      return new SharingError('CONFLICT', `${step} is possible once the time to put it right is over (art. 27).`)
    case 'too-late':
      return new SharingError('CONFLICT', `${step} is possible until the term is over, and it is.`)
    case 'once-only':
      return new SharingError('CONFLICT', `${step} is possible once, and has been done.`)
    case 'reason-missing':
      return new SharingError('INVALID', `${step}, state a reason, ${textBounds}.`)
  }
}

/** Who may make a step, e.g. `a steward of tax or the authority`. */
function whose(holders: readonly `${Side}:${Role}`[], parties: Parties): string {
  const roles = new Map<string, string[]>()
  for (const holder of holders) {
    const [side, role] = holder.split(':') as [Side, Role]
    const party = side === 'authority' ? '' : isViewerId(parties[side]) ? parties[side] : 'a department'
    roles.set(party, [...(roles.get(party) ?? []), role === 'officer' ? 'an officer' : `a ${role}`])
  }
  return [...roles]
    .map(([party, its]) => (party === '' ? 'the authority' : `${its.join(' or ')} of ${party}`))
    .join(' or ')
}

/** `consentToExtension` → `consent to extension` */
const words = (action: string): string => action.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)

/** The steps of a matter, oldest first. */
export const historyOf = async (db: Kysely<Database>, kind: MatterKind, matter: string): Promise<MatterStep[]> =>
  (await historiesOf(db, kind, [matter]))(matter)

/** The steps of matters, each oldest first, by their ids. */
export async function historiesOf(
  db: Kysely<Database>,
  kind: MatterKind,
  matters: readonly string[],
): Promise<(matter: string) => MatterStep[]> {
  const rows = await db
    .selectFrom('matter_step')
    .selectAll()
    .where('kind', '=', kind)
    .where('matter', 'in', matters)
    .orderBy('id')
    .execute()
  const histories = Map.groupBy(rows, ({ matter }) => matter)
  return (id) =>
    (histories.get(id) ?? []).map(
      ({ id: _id, kind: _kind, matter: _matter, from_state: from, to_state: to, ...step }) => ({ ...step, from, to }),
    )
}

/**
 * Carries a mutation out once for a client's key: sent again, it answers as the first time and changes nothing. Whoever
 * sends it again holds the roles in which it was done: a token of the same person with fewer may not act as with more.
 * @param request what was asked for; under the same key it must be the same
 * @param work makes the change and returns the id of its matter
 * @throws SharingError
 */
export async function once(
  db: Kysely<Database>,
  caller: Caller,
  key: string,
  request: unknown,
  work: (tx: Transaction<Database>) => Promise<string>,
): Promise<{ result: string; isRepeated: boolean }> {
  if (!/^[\x21-\x7e]{8,128}$/.test(key)) {
    throw new SharingError('INVALID', 'clientMutationId must be 8 to 128 visible ASCII characters, e.g. a UUID.')
  }
  const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex')
  const { department, subject, roles } = caller
  return db.transaction().execute(async (tx) => {
    // Of two at once the second waits here for the first.
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('mutation_key')
      .values({ department, subject, key, roles: [...roles], request: hash, result: '' })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 0n) {
      const before = await tx
        .selectFrom('mutation_key')
        .select(['request', 'result', 'roles'])
        .where('department', '=', department)
        .where('subject', '=', subject)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      if (before.request !== hash) {
        throw new SharingError('CONFLICT', 'This clientMutationId was used for another request; send a new one.')
      }
      if (before.roles.every((role) => roles.some((held) => held === role))) {
        return { result: before.result, isRepeated: true }
      }
      throw new SharingError('FORBIDDEN', `This clientMutationId was used as ${before.roles.join(' and ')}.`)
    }
    const result = await work(tx)
    await tx
      .updateTable('mutation_key')
      .set({ result })
      .where('department', '=', department)
      .where('subject', '=', subject)
      .where('key', '=', key)
      .execute()
    return { result, isRepeated: false }
  })
}

/** Tells every process of the hub that what may be shared has changed. */
export async function bumpEpoch(tx: Transaction<Database>): Promise<void> {
  await sql`update sharing_epoch set epoch = epoch + 1`.execute(tx)
}
