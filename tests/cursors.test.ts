import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCursors } from '../hub/cursors.ts'

const cursorsOf = createCursors(Buffer.alloc(32, 7))
const refunds = cursorsOf('TaxRecord.refunds', 'fx')
const text = fc.string({ minLength: 1, unit: 'grapheme' })

test('a cursor brings its key back, the same key gives the same cursor, and it holds nothing of the key in plain', () => {
  fc.assert(
    fc.property(text, (key) => {
      const cursor = refunds.seal(key)
      expect([refunds.open(cursor), refunds.seal(key)]).toEqual([key, cursor])
    }),
  )
  const bytes = Buffer.from(refunds.seal('TS202502000000'), 'base64url').toString('latin1')
  expect(bytes).not.toMatch(/TS|2025|0000/)
})

test('it is of no use for another list, another asker or another hub, and cannot be made or changed', () => {
  const cursor = refunds.seal('TS202502000000')
  const last = cursor.at(-1) === 'A' ? 'B' : 'A'
  const others = [
    cursorsOf('MarketRecord.penalties', 'fx').open(cursor),
    cursorsOf('TaxRecord.refunds', 'tax').open(cursor),
    createCursors(Buffer.alloc(32, 8))('TaxRecord.refunds', 'fx').open(cursor),
    refunds.open(`${cursor.slice(0, -1)}${last}`),
    refunds.open(`${cursor}=`),
    refunds.open(Buffer.from('TS202502000000').toString('base64url')),
    refunds.open(cursor.slice(0, 20)),
    refunds.open('***'),
    refunds.open(''),
  ]
  expect(others).toEqual(others.map(() => null))
  fc.assert(
    fc.property(text, (made) => {
      expect(refunds.open(made)).toBeNull()
    }),
  )
})
