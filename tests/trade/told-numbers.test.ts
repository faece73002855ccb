/** Lists that a cancellation names, whose numbers receipts tell that do not name them. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { made } from './documents.ts'
import { openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { one, other, settled } = stored
afterAll(() => stored.close())
beforeEach(() => stored.clear())

const list = made('621')
const invtNo = '35002026I000000001'
/** Of a receipt that says numbers alone. */
const nameless = { document: null }

describe('a list whose number only numbers tell', () => {
  const evidence = [made('311'), made('411'), made('511')]
  const cancellation = made('623')
  const state = async (): Promise<string | undefined> => {
    await settled()
    return (await stored.states([list]))[list.head.copNo ?? '']
  }

  test.each([
    [0, 1],
    [1, 0],
  ])('is cancelled once customs says whose they are: receipts %s, %s', async (...order) => {
    await one.intake.receive([...evidence, list, cancellation])
    await other.receipts.receive([receiptFor(cancellation, '399')])
    const told = [
      { ...receiptFor(list, '120'), ...nameless, preNo: 'P1', invtNo },
      { ...receiptFor(list, '3'), preNo: 'P1' },
    ]
    const found = [await state()]
    for (const place of order) {
      await one.receipts.receive([told[place] ?? expect.fail('there are two')])
      found.push(await state())
    }
    expect(found).toEqual(['MATCHED', 'MATCHED', 'CANCELLED'])
  })

  test('is so no more once customs says that they are another’s', async () => {
    const claiming = made('621', { preNo: 'P1' })
    await one.intake.receive([...evidence, claiming, cancellation])
    await other.receipts.receive([
      receiptFor(cancellation, '399'),
      { ...receiptFor(list, '120'), ...nameless, preNo: 'P1', invtNo },
    ])
    expect(await state()).toBe('CANCELLED')
    await one.receipts.receive([{ ...receiptFor(made('621', { copNo: 'QD-OTHER' }), '3'), preNo: 'P1' }])
    expect(await state()).toBe('MATCHED')
  })

  test('is cancelled by what is applied for, though somebody has deleted another cancellation of it before', async () => {
    const before = made('623', { copNo: 'CX-OTHER', appType: '3' })
    await one.intake.receive([before], 'DXPENT0000000002')
    await one.intake.receive([...evidence, list, cancellation])
    await other.receipts.receive([{ ...receiptFor(list, '120'), invtNo }])
    await other.receipts.receive([{ ...receiptFor(cancellation, '399'), ...nameless, invtNo }])
    expect(await state()).toBe('CANCELLED')
  })
})
