/** The catalogue and its changes as callers see them: each method is one field of the hub's schema, seen by one caller. */
import type { Kysely } from 'kysely'
import {
  catalogueChangeSteps,
  changeTerm,
  isSubmittedLate,
  type CatalogueChangeAction,
  type CatalogueChangeState,
} from '../../rules/catalogue-change.ts'
import type { List } from '../../rules/page.ts'
import { actionsOf } from '../../rules/transition.ts'
import { canonical } from '../canonical.ts'
import type { Database } from '../schema.ts'
import {
  actOnChange,
  announce,
  changesOf,
  changesSeenBy,
  hashOf,
  lastPublished,
  partiesOf,
  type CatalogueChange,
  type Content,
  type Section,
} from './catalogue-changes.ts'
import { listOf } from './listing.ts'
import { actorOf, courseOf, historiesOf, SharingError, type Caller, type MatterStep } from './matters.ts'
import { createMutate, type Keyed, type MutationParts, type Note } from './mutation.ts'
import { stepView, termView } from './views.ts'

export interface CatalogueParts extends MutationParts {
  /** The catalogue as this hub runs it. */
  sections: readonly Section[]
  now?: () => Date
}

export type CatalogueChangeView = ReturnType<typeof changeView>
export type CatalogueSectionView = Awaited<ReturnType<typeof sectionView>>

/** How an item stands to what was published last. */
export type Publication = 'PUBLISHED' | 'CHANGED' | 'NEW'

/** The matters of the catalogue, of one caller. */
export interface CatalogueMatters {
  sections(): Promise<CatalogueSectionView[]>
  publications(): Promise<ReadonlyMap<string, Publication>>
  changes(): List<CatalogueChangeView>
  announce(input: Keyed & { item: string | null; reason: string; occurredOn: string }): Promise<CatalogueChangeView>
  act(
    mutation: string,
    action: Exclude<CatalogueChangeAction, 'announce'>,
    input: Keyed & { change: string; reason?: string | null; days?: number | null },
  ): Promise<CatalogueChangeView>
}

/** Makes the matters of a caller; `note` takes what goes on record. */
export function createCatalogueMatters(parts: CatalogueParts): (caller: Caller, note: Note) => CatalogueMatters {
  const { db, sections, now = () => new Date() } = parts
  const current = (provider: string): Section | null => sections.find((one) => one.provider === provider) ?? null

  return (caller, note) => {
    const mutate = createMutate(parts, caller, note)
    const shown = async (ids: readonly string[]): Promise<CatalogueChangeView[]> => {
      const [found, history] = await Promise.all([changesOf(db, ids), historiesOf(db, 'catalogue-change', ids)])
      return found.map(({ change, before }) => changeView(change, before, history(change.id), caller, now()))
    }
    const theChange = async (id: string): Promise<CatalogueChangeView> => {
      const [found] = await shown([id])
      if (found === undefined) throw new SharingError('NOT_FOUND', 'There is no such change of the catalogue.')
      return found
    }
    return {
      sections: () => Promise.all(sections.map((section) => sectionView(db, section))),
      async publications() {
        const found = new Map<string, Publication>()
        for (const { provider, content } of sections) {
          const before = (await lastPublished(db, provider))?.content ?? {}
          for (const item of Object.keys(content)) found.set(item, publicationOf(item, content, before))
        }
        return found
      },
      changes: () =>
        listOf(db, { table: 'catalogue_change', newest: 'created_at', where: () => [changesSeenBy(caller)] }, shown),
      announce: async (input) =>
        theChange(await mutate('announceCatalogueChange', input, null, (tx) => announce(tx, caller, input, now()))),
      act: async (mutation, action, input) =>
        theChange(
          await mutate(mutation, input, input.change, (tx) =>
            actOnChange(tx, caller, input.change, action, {
              reason: input.reason ?? null,
              days: input.days ?? null,
              current,
              now: now(),
            }),
          ),
        ),
    }
  }
}

function publicationOf(item: string, content: Content, before: Content): Publication {
  const [now, then] = [content[item], before[item]]
  if (then === undefined) return 'NEW'
  return now !== undefined && canonical(now) === canonical(then) ? 'PUBLISHED' : 'CHANGED'
}

async function sectionView(db: Kysely<Database>, { provider, content }: Section) {
  const published = await lastPublished(db, provider)
  return {
    provider,
    hash: hashOf(content),
    publishedHash: published?.hash ?? null,
    publishedAt: published?.reviewedAt?.toISOString() ?? null,
  }
}

function changeView(
  change: CatalogueChange,
  before: Content,
  history: readonly MatterStep[],
  caller: Caller,
  at: Date,
) {
  const { content, submittedAt, reviewedAt, ...shown } = change
  const parties = partiesOf(change.provider)
  const term = changeTerm(change, at)
  const course = courseOf<CatalogueChangeState, CatalogueChangeAction>(change.state, history, parties, at, term)
  const next = actionsOf(catalogueChangeSteps, course, actorOf(caller, parties))
  const items = content ?? before
  const kept = Object.keys(items).map((item) => [item, publicationOf(item, items, before)] as const)
  return {
    ...shown,
    submittedAt: submittedAt?.toISOString() ?? null,
    reviewedAt: reviewedAt?.toISOString() ?? null,
    term: termView(term),
    submittedLate: isSubmittedLate(change),
    added: kept.flatMap(([item, publication]) => (publication === 'NEW' ? [item] : [])),
    changed: kept.flatMap(([item, publication]) => (publication === 'CHANGED' ? [item] : [])),
    removed: Object.keys(before).filter((item) => items[item] === undefined),
    actions: next.filter((action) => action !== 'announce'),
    history: history.map(stepView),
  }
}
