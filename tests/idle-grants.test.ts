/** Grants in force whose data code has closed (政务数据共享条例 art. 27): they stay, show nothing, and are told of at the start. */
import { expect, test } from 'vitest'
import { banner, grantLines } from '../hub/banner.ts'
import { seedGrants } from '../store/grants.ts'
import { freshDatabase } from './support/database.ts'
import { runHub } from './support/harness.ts'
import { grant } from './support/why.ts'

test('which active grants rest on what code has closed, a hub in production says at its start', async () => {
  const withheld = 'fx.suspiciousTransactionReports'
  const store = await freshDatabase()
  const [grade, refunds] = ['tax.creditGrade', 'tax.refunds']
  const past = new Date('2026-01-01T00:00:00+08:00')
  await seedGrants(store.db, [
    grant('held', { item: grade }),
    grant('one field of it', { item: refunds, coordinates: ['Refund.number', 'Refund.dropped'] }),
    grant('withheld now', { item: withheld }),
    grant('no field of it', { item: refunds, coordinates: ['Refund.dropped', 'TaxRecord.creditGrade'] }),
    grant('of no item', { item: 'tax.dropped' }),
    grant('withheld, and suspended', { item: withheld, state: 'SUSPENDED' }),
    grant('withheld, and over', { item: withheld, validTo: past }),
  ])
  const strict = await runHub({ config: { mode: 'production', databaseUrl: store.url } })
  const [{ idleGrants }, said] = [strict.hub, await banner(strict.hub, 1000)]
  await strict.stop()
  await store.drop()
  expect(idleGrants.map(({ id }) => id).toSorted()).toEqual(['no field of it', 'of no item', 'withheld now'])
  const lines = [
    `Active grants that show nothing here, since code has closed what they rest on: 3, for ${withheld}, tax.dropped, tax.refunds.`,
    'Their providers suspend or terminate them (art. 27): docs/operating.md says more.',
  ]
  expect(said).toContain(`\n\n${lines.join('\n')}\n`)
  expect(grantLines([])).toEqual([])
})
