/** What resolvers are given: the loaders of one request, and who is asking. */
import type { Loaders } from '../codegen/generated/grid.ts'
import type { ItemContent } from '../auth/catalogue-content.ts'
import type { Guarded } from '../auth/guard.ts'
import type { Why } from '../auth/why.ts'
import type { Cursors } from '../rules/page.ts'
import type { Ledger } from '../store/ledger-query.ts'
import type { Corrections, CorrectionView } from '../store/sharing/correction-service.ts'
import type { CatalogueChangeView, CatalogueMatters } from '../store/sharing/catalogue-service.ts'
import type { ApplicationView, GrantView, Sharing } from '../store/sharing/service.ts'
import type { UseRecords, UseRecordView } from '../store/sharing/use-record-service.ts'
import type { TradeChanges, Watch } from '../store/trade/changes.ts'
import type { TradeReader } from '../store/trade/reader.ts'
import type { CountedPage } from './connection.ts'

export type ApplicationConnection = CountedPage<ApplicationView>
export type GrantConnection = CountedPage<GrantView>
export type CorrectionConnection = CountedPage<CorrectionView>
export type UseRecordConnection = CountedPage<UseRecordView>
export type CatalogueChangeConnection = CountedPage<CatalogueChangeView>

/** The entity: what its fields resolve from is its key alone. */
export interface Enterprise {
  uscc: string
}

/** Who is asking, as `me` shows it. */
export interface Viewer {
  department: string
  subject: string
  roles: string[]
  purposes: string[]
  purpose: string | null
  divisions: string[]
  policyVersion: string
}

/** A department and how it has been answering. */
export interface Department {
  id: string
  nameEn: string
  nameZh: string
  contractVersion: string
  health: 'UP' | 'DEGRADED' | 'DOWN' | 'THROTTLED' | 'CLOSED' | 'UNKNOWN'
  retryAt: string | null
  latencyMs: number | null
  lastCallAt: string | null
}

/** What an event of a subscription is about. */
export interface SubscriptionEvent {
  /** What is waited for; null before it is. */
  watch: Watch | null
  /** Keys of the lists that changed; null for the first event, which tells what there is. */
  changed: readonly string[] | null
  /** Keys of the lists that it tells of, in its order; none where it is not of lists. */
  lists: readonly string[]
}

export interface Context extends Guarded {
  load: Loaders
  /** Matters of data sharing, as the caller has a part in them. */
  sharing: Sharing
  corrections: Corrections
  useRecords: UseRecords
  /** What the caller may see of who used which data. */
  ledger: Ledger
  /** The catalogue, and its changes as the caller has a part in them. */
  catalogue: { items: readonly ItemContent[]; matters: CatalogueMatters }
  /** Documents that were handed in, and what they come to. */
  trade: TradeReader
  /** What changes of them. */
  changes: Pick<TradeChanges, 'watch'>
  /** Null for what is no event of a subscription. */
  event: SubscriptionEvent | null
  /** Why the caller may or may not read a field, of an enterprise or of any; null for a field that there is not. */
  why: (coordinate: string, uscc: string | null) => Why | null
  /** Cursors of a list, by its coordinate, for whoever asks. */
  cursors: (list: string) => Cursors
  viewer: Viewer
  departments: () => Department[]
}
