/** The ledger looked through: by enterprise, item, department and time, page by page. */
import { describe, expect, test } from 'vitest'
import {
  auditor,
  grade,
  idOf,
  jinhua,
  names,
  of,
  page,
  query,
  running,
  sanming,
  seen,
  short,
  type Page,
} from './support/ledger-pages.ts'

describe('looking for', () => {
  test('an enterprise, an item, a department', async () => {
    expect(await names(auditor, { uscc: jinhua })).toEqual(['refunds'])
    expect(short(of(await seen(auditor, { uscc: jinhua }), 'refunds')).map((line) => line.slice(0, 4))).toEqual([
      '3307',
      '3307',
    ])
    expect(short(of(await seen(auditor, { item: 'tax.creditGrade' }), 'clearance'))).toEqual([
      `3501 TaxRecord.creditGrade ALLOW ${grade}`,
    ])
    expect(await names(auditor, { item: 'tax.creditGrade' })).toEqual(['clearance'])
    expect(await names(auditor, { item: 'tax' })).toEqual([])
    expect(await names(auditor, { department: 'customs' })).toEqual(['clearance', 'later'])
    expect(await names(auditor, { department: 'customs', uscc: sanming })).toEqual([])
  })

  test('a time: from then on, before then', async () => {
    const { at } = of(await seen(auditor), 'public')
    expect(await names(auditor, { from: at })).toEqual(['public', 'mandated', 'nobody', 'later'])
    expect(await names(auditor, { to: at })).toEqual(['clearance', 'refunds'])
  })

  test('the asking is on record, with the enterprise that was asked for', async () => {
    const answer = await running.ask(auditor, query, { uscc: sanming })
    const { nodes } = await page(auditor, { uscc: sanming, first: 1 })
    expect(nodes.map(({ requestId, action, uses }) => ({ requestId, action, uses }))).toEqual([
      { requestId: idOf(answer), action: 'query', uses: [] },
    ])
    // It decides on no data, so neither enterprise nor department hears of it.
    expect(await names({ as: 'portal', mandate: [sanming] })).toEqual(['public'])
  })
})

describe('page by page', () => {
  test('newest first, each entry once, while more come in', async () => {
    const all: string[] = []
    let after: string | null = null
    const until = new Date().toISOString()
    for (;;) {
      const { nodes, pageInfo }: Page = await page(auditor, { first: 3, after, to: until })
      all.push(...nodes.map(({ requestId }) => requestId))
      expect(pageInfo.hasPreviousPage).toBe(after !== null)
      expect(nodes.length === 3 || !pageInfo.hasNextPage).toBe(true)
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    const whole = (await page(auditor, { first: 100, to: until })).nodes
    expect(all).toEqual(whole.map(({ requestId }) => requestId))
    expect(whole.map(({ at }) => at)).toEqual(
      whole
        .map(({ at }) => at)
        .sort()
        .reverse(),
    )
    expect(new Set(all).size).toBe(all.length)
  })

  test("an id that a caller sends twice, or that is another one's: each request has an entry and a place of its own", async () => {
    const id = 'sent-by-the-caller'
    const me = '{ me { department } }'
    for (const as of ['customs', 'customs', 'postal'] as const)
      await running.ask({ as }, me, {}, { 'x-request-id': id })
    const all: string[] = []
    let after: string | null = null
    do {
      const { nodes, pageInfo }: Page = await page(auditor, { first: 1, after })
      all.push(...nodes.map(({ requestId, department }) => `${requestId} ${department}`))
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after !== null)
    expect(all.filter((entry) => entry.startsWith(id))).toEqual([`${id} postal`, `${id} customs`, `${id} customs`])
    const { rows } = await running.database.pool.query(
      'select distinct chain, sequence from audit_record where request_id = $1',
      [id],
    )
    expect(rows).toHaveLength(3)
  })

  test('cursors are for this list and this asker; pages have a limit', async () => {
    const { pageInfo } = await page(auditor, { first: 1 })
    const foreign = 'after is not a cursor of this list; start again without it.'
    await expect(page({ as: 'customs' }, { after: pageInfo.endCursor })).rejects.toThrow(foreign)
    await expect(page(auditor, { after: 'x' })).rejects.toThrow(foreign)
    await expect(page(auditor, { first: 0 })).rejects.toThrow('first')
    await expect(page(auditor, { first: 101 })).rejects.toThrow('first')
  })
})
