/** The terms of applications 共享期限 as the store keeps what they hang on (政务数据共享条例 arts. 21, 22, 39 no. 4). */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { answerDays, deliveryDays, deliveryStops, type Consented } from '../../rules/application.ts'
import type { SharingClass } from '../../rules/sharing.ts'
import { begunToBeOver, termOf, type Term } from '../../rules/working-day.ts'
import type { Database } from '../schema.ts'
import type { Application } from './applications.ts'

/**
 * In SQL whether the provider has not answered, or not shared, in time (arts. 21, 22, 39 no. 4): whether `answerTerm` or
 * `deliveryTerm` says `overdue`.
 * @param answeredAs the class of an item that its term hangs on
 */
export async function overdueOnes(
  db: Kysely<Database>,
  answeredAs: (item: string) => SharingClass,
  at: Date,
): Promise<RawBuilder<boolean>> {
  const { rows: terms } = await sql<{ item: string; more: number }>`
    select distinct item, coalesce(extension_days, 0) as more from application where state = 'SUBMITTED'`.execute(db)
  const over = terms.flatMap(({ item, more }) => {
    const days = answerDays[answeredAs(item)]
    const begun = days === null ? null : begunToBeOver(days + more, at)
    return begun === null ? [] : [{ item, more, begun }]
  })
  return sql`coalesce(
    state = 'SUBMITTED' and exists (
      select from unnest(
        ${over.map(({ item }) => item)}::text[], ${over.map(({ more }) => more)}::int[],
        ${over.map(({ begun }) => begun)}::timestamptz[]
      ) as over (item, more, begun)
      where over.item = application.item and over.more = coalesce(extension_days, 0) and submitted_at < over.begun
    )
    or state = 'APPROVED' and delivered_at is null and answered_at < ${begunToBeOver(deliveryDays, at)}::timestamptz
      and not exists (
        select from sharing_grant
        where sharing_grant.id = application.grant_id and case application.mode
          when 'API' then sharing_grant.valid_from <= ${at}
          else sharing_grant.state = any(${deliveryStops}::text[])
        end
      ), false)`
}

/** By when the provider must have answered; null before it is submitted and after it is answered. */
export function answerTerm(
  { state, submittedAt, extensionDays }: Application,
  answeredAs: SharingClass,
  at: Date,
): Term | null {
  const days = answerDays[answeredAs]
  if (state !== 'SUBMITTED' || submittedAt === null || days === null) return null
  return termOf(submittedAt, days + (extensionDays ?? 0), at)
}

/** An application as far as its delivery hangs on it. */
export const consented = ({ state, answeredAt, ...application }: Application): Consented => ({
  ...application,
  consentedAt: state === 'APPROVED' ? answeredAt : null,
})
