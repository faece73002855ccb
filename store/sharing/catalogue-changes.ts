/** Changes of the catalogue 目录更新 as the store keeps them; each is a version of what a department shares (arts. 16–17). */
import { createHash, randomUUID } from 'node:crypto'
import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely'
import {
  catalogueChangeSteps,
  changeTerm,
  updateExtension,
  type CatalogueChangeAction,
  type CatalogueChangeState,
} from '../../rules/catalogue-change.ts'
import { dayOf } from '../../rules/working-day.ts'
import { canonical, type Json } from '../canonical.ts'
import type { CatalogueChangeTable, Database } from '../schema.ts'
import { hasPart } from './listing.ts'
import { bumpEpoch, maySee, move, SharingError, type Caller } from './matters.ts'

/** What a department shares, by the ids of its items. */
export type Content = { readonly [item: string]: Json }

/** The catalogue of one department, as this hub runs it. */
export interface Section {
  provider: string
  content: Content
}

export interface CatalogueChange {
  id: string
  provider: string
  /** The item it was announced for; null for any of them. */
  item: string | null
  reason: string | null
  /** Day of the change of law or duties (YYYY-MM-DD, Beijing); null where the hub found the change by itself. */
  occurredOn: string | null
  extensionDays: number | null
  state: CatalogueChangeState
  hash: string | null
  content: Content | null
  submittedAt: Date | null
  reviewedAt: Date | null
}

/** Equal contents have equal hashes, on every machine. */
export const hashOf = (content: Content): string => createHash('sha256').update(canonical(content)).digest('hex')

const changeOf = (row: Selectable<CatalogueChangeTable>): CatalogueChange => ({
  id: row.id,
  provider: row.provider,
  item: row.item,
  reason: row.reason,
  occurredOn: row.occurred_on,
  extensionDays: row.extension_days,
  state: row.state,
  hash: row.hash,
  content: row.content,
  submittedAt: row.submitted_at,
  reviewedAt: row.reviewed_at,
})

/** A change has a provider and the authority; nobody applies for it. */
export const partiesOf = (provider: string) => ({ consumer: '', provider })

/** In SQL which changes a caller has a part in. */
export const changesSeenBy = (caller: Caller): RawBuilder<boolean> =>
  hasPart(caller, sql`''`, sql.ref('catalogue_change.provider'))

/** Changes by their ids, in no order, each with what was published when it was, or would be; nothing before the first. */
export async function changesOf(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<{ change: CatalogueChange; before: Content }[]> {
  const rows = await db
    .selectFrom('catalogue_change as change')
    .selectAll('change')
    .select((outer) =>
      outer
        .selectFrom('catalogue_change as earlier')
        .select('earlier.content')
        .whereRef('earlier.provider', '=', 'change.provider')
        .whereRef('earlier.id', '<>', 'change.id')
        .where('earlier.state', '=', 'PUBLISHED')
        .where(
          sql<boolean>`earlier.reviewed_at <
            case when change.state = 'PUBLISHED' and change.reviewed_at is not null
              then change.reviewed_at else 'infinity' end`,
        )
        .orderBy('earlier.reviewed_at', 'desc')
        .limit(1)
        .as('before'),
    )
    .where('change.id', 'in', ids)
    .execute()
  return rows.map(({ before, ...row }) => ({ change: changeOf(row), before: before ?? {} }))
}

/** The version of a department's catalogue that was published last; null before the first. */
export async function lastPublished(db: Kysely<Database>, provider: string): Promise<CatalogueChange | null> {
  const row = await db
    .selectFrom('catalogue_change')
    .selectAll()
    .where('provider', '=', provider)
    .where('state', '=', 'PUBLISHED')
    .orderBy('reviewed_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : changeOf(row)
}

/** What departments have published last, of each that has. */
export async function publishedContents(db: Kysely<Database>): Promise<Content[]> {
  const rows = await db
    .selectFrom('catalogue_change')
    .distinctOn('provider')
    .select('content')
    .where('state', '=', 'PUBLISHED')
    .orderBy('provider')
    .orderBy('reviewed_at', 'desc')
    .execute()
  return rows.map(({ content }) => content ?? {})
}

/** Throws SharingError for an item that the authority has not published yet (art. 20: 按照统一发布的目录). */
export async function mustBePublished(db: Kysely<Database>, item: { id: string; provider: string }): Promise<void> {
  const published = await lastPublished(db, item.provider)
  if (published?.content?.[item.id] !== undefined) return
  throw new SharingError(
    'CONFLICT',
    `${item.id} is not published in the catalogue yet; it can be applied for once the authority has published it (art. 20).`,
  )
}

/** Announces that law or duties have changed. Throws SharingError. */
export async function announce(
  tx: Transaction<Database>,
  caller: Caller,
  given: { item: string | null; reason: string; occurredOn: string },
  now: Date,
): Promise<string> {
  const { item, reason, occurredOn } = given
  const id = randomUUID()
  const provider = caller.department
  const state = await move(tx, {
    kind: 'catalogue-change',
    matter: id,
    steps: catalogueChangeSteps,
    state: null,
    action: 'announce',
    caller,
    parties: partiesOf(provider),
    reason,
    now,
  })
  if (item !== null && !item.startsWith(`${provider}.`)) {
    throw new SharingError('INVALID', `${item} is not an item of ${provider}.`)
  }
  if (occurredOn > dayOf(now)) throw new SharingError('INVALID', 'occurredOn must not lie in the future.')
  await tx
    .insertInto('catalogue_change')
    .values({ id, provider, item, reason, occurred_on: occurredOn, state })
    .execute()
  return id
}

/** Carries a change one step on. @param current the section as this hub runs it. Throws SharingError. */
export async function actOnChange(
  tx: Transaction<Database>,
  caller: Caller,
  id: string,
  action: Exclude<CatalogueChangeAction, 'announce'>,
  given: { reason: string | null; days: number | null; current: (provider: string) => Section | null; now: Date },
): Promise<string> {
  const row = await tx.selectFrom('catalogue_change').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined || !maySee(caller, partiesOf(row.provider))) {
    throw new SharingError('NOT_FOUND', 'There is no such change of the catalogue.')
  }
  const { reason, days, now } = given
  const state = await move(tx, {
    kind: 'catalogue-change',
    matter: id,
    steps: catalogueChangeSteps,
    state: row.state,
    action,
    caller,
    parties: partiesOf(row.provider),
    reason,
    term: changeTerm(changeOf(row), now),
    now,
  })
  const section = given.current(row.provider)
  const hash = section === null ? null : hashOf(section.content)
  if (action === 'publish' && row.hash !== hash) {
    throw new SharingError(
      'CONFLICT',
      `The catalogue of ${row.provider} has gone on since this was submitted; return it, and the latest is submitted.`,
    )
  }
  if (action === 'submit' && (await lastPublished(tx, row.provider))?.hash === hash) {
    throw new SharingError('CONFLICT', `The catalogue of ${row.provider} is as it was published; nothing has changed.`)
  }
  await tx
    .updateTable('catalogue_change')
    .set({
      state,
      ...(action === 'submit' && section !== null ? submission(section, now) : {}),
      ...(action === 'publish' || action === 'return' ? { reviewed_at: now } : {}),
      ...(action === 'consentToExtension' ? { extension_days: extensionOf(days) } : {}),
    })
    .where('id', '=', id)
    .execute()
  // What policies open may be in force now.
  if (action === 'publish') await bumpEpoch(tx)
  return id
}

/** What a submission puts before the authority. */
export const submission = ({ content }: Section, now: Date) => ({
  hash: hashOf(content),
  content: JSON.stringify(content),
  submitted_at: now,
  reviewed_at: null,
})

function extensionOf(days: number | null): number {
  if (days !== null && days >= 1 && days <= updateExtension) return days
  throw new SharingError('INVALID', `days must be from 1 to ${updateExtension} working days (art. 17).`)
}
