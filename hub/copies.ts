/** The copies of departments' records in one hub: in the process, shared with others, and ended by notices. */
import type { JWTVerifyGetKey } from 'jose'
import type { Pool } from 'pg'
import { DepartmentCache } from '../adapters/kernel/cache.ts'
import { openRedisCopies, type RedisCopies } from '../adapters/kernel/shared-copies.ts'
import type { Catalogue } from '../auth/catalogue.ts'
import { createNoticeVerifier, type VerifyNotice } from '../auth/notice.ts'
import { departmentIds, type DepartmentId } from '../departments.ts'
import { freshnessOfItem } from '../rules/freshness.ts'
import type { Config } from './config.ts'
import type { Logger } from './log.ts'
import { openNotices, type Notices } from './notices.ts'

export interface Copies {
  caches: ReadonlyMap<DepartmentId, DepartmentCache>
  /** Null where processes share none. */
  redis: RedisCopies | null
  notices: Notices
  verifyNotice: VerifyNotice
  stop(): Promise<void>
}

/** Longest that any copy is of use, in seconds. */
const longestUse = ({ items }: Pick<Catalogue, 'items'>): number =>
  Math.max(...[...items.values()].map(freshnessOfItem).flatMap(({ freshFor, staleFor }) => [freshFor, staleFor]))

/** @param developmentKeys of departments that have none of their own; null in production */
export async function openCopies(parts: {
  config: Config
  catalogue: Catalogue
  pool: Pool
  developmentKeys: JWTVerifyGetKey | null
  log: Logger
}): Promise<Copies> {
  const { config, pool, developmentKeys, log } = parts
  const { redis: shared, records: most } = config.cache
  const longest = longestUse(parts.catalogue)
  const redis = shared === null ? null : openRedisCopies(shared.url, shared.key, longest)
  const caches = new Map(departmentIds.map((id) => [id, new DepartmentCache(id, { most, shared: redis })]))
  const notices = await openNotices(pool, caches, longest, log).catch(async (error: unknown) => {
    await redis?.close()
    throw error
  })
  const keys = new Map<DepartmentId, URL | JWTVerifyGetKey>([
    ...(developmentKeys === null ? [] : departmentIds.map((id) => [id, developmentKeys] as const)),
    ...config.noticeKeys,
  ])
  return {
    caches,
    redis,
    notices,
    verifyNotice: createNoticeVerifier({ ...config, keys }),
    async stop() {
      await notices.stop()
      await redis?.close()
    },
  }
}
