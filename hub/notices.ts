/**
 * Change notices of departments: taken at `POST /notices/‹department›`, put into the store, and looked for there by every
 * process several times a second, so that no copy from before is answered anywhere a second later. A message that a
 * process could miss, as one by Redis, would not do.
 */
import type { FastifyPluginAsync } from 'fastify'
import type { Pool } from 'pg'
import { clockSkew, type DepartmentCache } from '../adapters/kernel/cache.ts'
import { NoticeError, type VerifyNotice } from '../auth/notice.ts'
import { isDepartmentId, type DepartmentId } from '../departments.ts'
import { addNotice, dropNotices, noticesOf } from '../store/change-notices.ts'
import { noticeRefused } from './errors.ts'
import type { Logger } from './log.ts'

/** Between two looks at the store, in ms. */
const interval = 250
/** Seconds that a look goes back: longer than it takes to commit a notice. */
const overlap = 10
/** Between two removals of notices that are of no use any more, in ms. */
const cleaning = 3_600_000

export interface Notices {
  add(notice: Parameters<typeof addNotice>[1]): Promise<boolean>
  stop(): Promise<void>
}

/** @param longest that any copy is of use, in seconds */
export async function openNotices(
  pool: Pool,
  caches: ReadonlyMap<DepartmentId, DepartmentCache>,
  longest: number,
  log: Logger,
): Promise<Notices> {
  /** By department and id, when they were seen, so that each counts once. */
  let seen = new Map<string, number>()
  let readAt = -Infinity
  let cleanedAt = Date.now()
  let stopped = false

  async function look(): Promise<void> {
    const began = performance.now()
    const back = Math.min(longest, (began - readAt) / 1000 + overlap)
    const recent = new Map<string, number>()
    for (const { department, id, usccs, at } of await noticesOf(pool, back)) {
      const key = `${department} ${id}`
      recent.set(key, at)
      if (seen.has(key) || !isDepartmentId(department)) continue
      // By whichever clock is ahead, and then some: a copy from before must not pass for one from after.
      const since = Math.max(at, Date.now()) + clockSkew
      for (const uscc of usccs ?? [null]) caches.get(department)?.changed(uscc, since)
    }
    seen = recent
    readAt = began
    if (Date.now() - cleanedAt < cleaning) return
    cleanedAt = Date.now()
    for (const cache of caches.values()) cache.forgetChanges(Date.now() - longest * 1000)
    await dropNotices(pool, longest)
  }

  let looking = look()
  await looking
  const refresh = (): Promise<void> => (looking = looking.catch(() => undefined).then(look))
  let timer: NodeJS.Timeout | null = null
  let isFailing = false
  const next = (): void => {
    timer = setTimeout(() => {
      void refresh()
        .then(
          () => (isFailing = false),
          (error: unknown) => {
            if (!isFailing) log.error({ err: error }, 'change notices could not be read')
            isFailing = true
          },
        )
        .finally(() => {
          if (!stopped) next()
        })
    }, interval)
    timer.unref()
  }
  next()
  return {
    async add(notice) {
      const isNew = await addNotice(pool, notice)
      if (isNew) await refresh()
      return isNew
    },
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await looking.catch(() => undefined)
    },
  }
}

/** What it answers is on record before it leaves, so it stands behind that hook. */
export const noticeRoutes =
  ({ verifyNotice, notices }: { verifyNotice: VerifyNotice; notices: Notices }): FastifyPluginAsync =>
  async (app) => {
    app.addContentTypeParser('application/jwt', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.post<{ Params: { department: string } }>('/notices/:department', async (request, reply) => {
      const { trace } = request
      trace.action = 'notice'
      try {
        const notice = await verifyNotice(request.params.department, request.body)
        const { department, id, usccs } = notice
        trace.notice = { department, id, all: usccs === null }
        for (const uscc of usccs ?? []) trace.subjects.add(uscc)
        if (!(await notices.add(notice))) throw new NoticeError('repeated', 'The notice was sent before.')
        trace.executed = true
        return await reply.code(202).send({ accepted: id })
      } catch (error) {
        throw error instanceof NoticeError ? noticeRefused(error) : error
      }
    })
  }
