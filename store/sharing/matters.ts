/**
 * What all matters of data sharing have in common: a state that only their table of steps changes, a history that only
 * grows, and mutations that a client may send twice.
 */
import { createHash } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { CallerId } from '../../departments.ts'
import type { Role } from '../../rules/roles.ts'
import { textBounds } from '../../rules/stated-text.ts'
import { transition, type Actor, type Refusal, type Side, type Step } from '../../rules/transition.ts'
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
  article: number
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

/** How a caller stands to a matter. */
export function actorOf(caller: Caller, parties: { consumer: string; provider: string }): Actor {
  const sides: Side[] = []
  if (caller.department === parties.consumer) sides.push('consumer')
  if (caller.department === parties.provider) sides.push('provider')
  if (caller.department === 'authority') sides.push('authority')
  return { sides, roles: caller.roles }
}

/** True where a caller may see a matter: its two sides, the authority and its auditors. */
export const maySee = (caller: Caller, parties: { consumer: string; provider: string }): boolean =>
  actorOf(caller, parties).sides.length > 0

export interface Move<State extends string, Action extends string> {
  kind: MatterKind
  matter: string
  steps: readonly Step<State, Action>[]
  state: State | null
  action: Action
  caller: Caller
  parties: { consumer: string; provider: string }
  reason?: string | null
}

/** Makes a step and writes it into the history; the caller of this stores the new state. Throws SharingError. */
export async function move<State extends string, Action extends string>(
  tx: Transaction<Database>,
  { kind, matter, steps, state, action, caller, parties, reason = null }: Move<State, Action>,
): Promise<State> {
  const done = (await historyOf(tx, kind, matter)).map((step) => step.action as Action)
  const result = transition(steps, { state, done }, action, actorOf(caller, parties), reason)
  if ('refused' in result) throw refusal(result.refused, action, state)
  const step = steps.find((candidate) => candidate.action === action && candidate.to === result.to)
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
      article: step?.article ?? 0,
    })
    .execute()
  return result.to
}

function refusal(why: Refusal, action: string, state: string | null): SharingError {
  switch (why) {
    case 'not-yours':
      return new SharingError('FORBIDDEN', `To ${words(action)} is for another department or role.`)
    case 'wrong-state':
      return new SharingError('CONFLICT', `To ${words(action)} is not possible in the state ${state ?? 'NEW'}.`)
    case 'once-only':
      return new SharingError('CONFLICT', `To ${words(action)} is possible once, and has been done.`)
    case 'reason-missing':
      return new SharingError('INVALID', `To ${words(action)}, state a reason, ${textBounds}.`)
  }
}

/** `consentToExtension` → `consent to extension` */
const words = (action: string): string => action.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)

/** The steps of a matter, oldest first. */
export async function historyOf(db: Kysely<Database>, kind: MatterKind, matter: string): Promise<MatterStep[]> {
  const rows = await db
    .selectFrom('matter_step')
    .selectAll()
    .where('kind', '=', kind)
    .where('matter', '=', matter)
    .orderBy('id')
    .execute()
  return rows.map(({ action, at, department, subject, from_state, to_state, reason, article }) => ({
    action,
    at,
    department,
    subject,
    from: from_state,
    to: to_state,
    reason,
    article,
  }))
}

/**
 * Carries a mutation out once for a client's key: sent again, it answers as the first time and changes nothing.
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
): Promise<string> {
  if (!/^[\x21-\x7e]{8,128}$/.test(key)) {
    throw new SharingError('INVALID', 'clientMutationId must be 8 to 128 visible ASCII characters, e.g. a UUID.')
  }
  const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex')
  const { department, subject } = caller
  return db.transaction().execute(async (tx) => {
    // Of two at once the second waits here for the first.
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('mutation_key')
      .values({ department, subject, key, request: hash, result: '' })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 0n) {
      const before = await tx
        .selectFrom('mutation_key')
        .select(['request', 'result'])
        .where('department', '=', department)
        .where('subject', '=', subject)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      if (before.request === hash) return before.result
      throw new SharingError('CONFLICT', 'This clientMutationId was used for another request; send a new one.')
    }
    const result = await work(tx)
    await tx
      .updateTable('mutation_key')
      .set({ result })
      .where('department', '=', department)
      .where('subject', '=', subject)
      .where('key', '=', key)
      .execute()
    return result
  })
}

/** Tells every process of the hub that what may be shared has changed. */
export async function bumpEpoch(tx: Transaction<Database>): Promise<void> {
  await sql`update sharing_epoch set epoch = epoch + 1`.execute(tx)
}
