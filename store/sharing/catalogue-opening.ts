/** What the hub does with the catalogue when it starts: it compares what it runs with what was published last. */
import { randomUUID } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import { catalogueChangeSteps } from '../../rules/catalogue-change.ts'
import type { Database } from '../schema.ts'
import { hashOf, lastPublished, partiesOf, submission, type Section } from './catalogue-changes.ts'
import { bumpEpoch, move, type Caller } from './matters.ts'

/** The hub in the place of a department or of the authority; the history says that it was the hub. */
const hubFor = (department: Caller['department'], role: 'steward' | 'authority'): Caller => ({
  department,
  subject: 'hub',
  roles: [role],
})

/**
 * Submits each section that differs from what was published last, for the authority to review within 2 working days
 * (政务数据共享条例 arts. 16–17). In development the first version of a section is published by itself.
 * @returns the departments whose section the authority has not published as it runs
 */
export async function openCatalogue(
  db: Kysely<Database>,
  sections: readonly (Section & { provider: Caller['department'] })[],
  options: { publishFirst: boolean },
  now: Date = new Date(),
): Promise<Caller['department'][]> {
  return db.transaction().execute(async (tx) => {
    // Hubs that start together submit once.
    await sql`lock table catalogue_change in share row exclusive mode`.execute(tx)
    const unpublished: Caller['department'][] = []
    for (const section of sections) {
      const hash = hashOf(section.content)
      const published = await lastPublished(tx, section.provider)
      if (published?.hash === hash) continue
      const publishes = published === null && options.publishFirst
      if (!publishes) unpublished.push(section.provider)
      const pending = await openChanges(tx, section.provider)
      // It lies with the authority, or the authority has returned it as it is.
      if (pending.some((change) => change.hash === hash)) continue
      const announced = pending.find(({ state }) => state !== 'SUBMITTED')
      const id = await submit(tx, section, announced ?? null, now)
      if (publishes) await publish(tx, id, section, now)
    }
    return unpublished
  })
}

const openChanges = (tx: Transaction<Database>, provider: string) =>
  tx
    .selectFrom('catalogue_change')
    .select(['id', 'state', 'hash'])
    .where('provider', '=', provider)
    .where('state', 'not in', ['PUBLISHED', 'WITHDRAWN'])
    .orderBy('created_at')
    .execute()

/** Submits what the department announced or was given back, else a change of its own. */
async function submit(
  tx: Transaction<Database>,
  section: Section & { provider: Caller['department'] },
  open: Awaited<ReturnType<typeof openChanges>>[number] | null,
  now: Date,
): Promise<string> {
  const { provider } = section
  const id = open?.id ?? randomUUID()
  const state = await move(tx, {
    kind: 'catalogue-change',
    matter: id,
    steps: catalogueChangeSteps,
    state: open?.state ?? null,
    action: 'submit',
    caller: hubFor(provider, 'steward'),
    parties: partiesOf(provider),
    now,
  })
  const change = { state, ...submission(section, now) }
  if (open === null)
    await tx
      .insertInto('catalogue_change')
      .values({ id, provider, ...change })
      .execute()
  else await tx.updateTable('catalogue_change').set(change).where('id', '=', id).execute()
  return id
}

async function publish(tx: Transaction<Database>, id: string, { provider }: Section, now: Date): Promise<void> {
  const state = await move(tx, {
    kind: 'catalogue-change',
    matter: id,
    steps: catalogueChangeSteps,
    state: 'SUBMITTED',
    action: 'publish',
    caller: hubFor('authority', 'authority'),
    parties: partiesOf(provider),
    now,
  })
  await tx.updateTable('catalogue_change').set({ state, reviewed_at: now }).where('id', '=', id).execute()
  await bumpEpoch(tx)
}
