/** Data that policies take out of every item: published in one, it is no more open for that before the authority has reviewed it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readPublished } from '../auth/published.ts'
import { fetches } from '../auth/plan.ts'
import type { Policy } from '../auth/vocabulary.ts'
import { grantOf } from './attacks/granted-hub.ts'
import { conditional, serveView, type ServedView } from './attacks/served-view.ts'

const policy: Policy = {
  owner: 'tax',
  doors: ['Query.firm', 'Firm.uscc', 'Firm.nickname', 'Firm.office', 'Office.room'],
  follows: ['Sum'],
  items: [{ id: 'tax.arrears', zh: '欠税', en: 'Arrears', ...conditional, data: ['Firm.arrears'] }],
}

let served: ServedView
let asked = 0
beforeAll(async () => {
  served = await serveView({
    sdl: `type Query { firm: Firm }
      type Firm { uscc: String nickname: String arrears: Sum office: Office }
      type Sum { amount: String currency: String! }
      type Office { room: String }`,
    policies: [policy],
    resolvers: [
      {
        Query: {
          firm: () => ({ uscc: '91350102MYE0000341', nickname: '星洋', arrears: { amount: '7', currency: 'CNY' } }),
        },
        Firm: {
          office: fetches(() => {
            asked += 1
            return { room: '301' }
          }),
        },
      },
    ],
  })
})
afterAll(() => served.stop())
beforeEach(() => void (asked = 0))

const grants = [grantOf('customs', 'tax.arrears', 'clearance')]
/** Held against these items as they were published. */
const decideBy = (items: Record<string, { sharing: string; fields: readonly string[] }>): void => {
  const content = Object.entries(items).map(([id, { sharing, fields }]) => [
    id,
    { sharing, sharingModes: ['API'], dataItems: fields.map((coordinate) => ({ coordinate, masked: false })) },
  ])
  const published = readPublished([Object.fromEntries(content) as Record<string, unknown>])
  served.decideBy({ grants, published, version: JSON.stringify(items) })
}
const conditionally = (...fields: readonly string[]) => ({
  'tax.arrears': { sharing: 'CONDITIONAL', fields: ['Firm.arrears', ...fields] },
})
const query = '{ firm { nickname arrears { amount currency } office { room } } }'
const shown = async (as: 'customs' | 'fx' | 'tax', document = query) => {
  const { data, errors } = await served.ask({ as, purpose: 'clearance' }, document)
  return [
    data?.firm,
    errors?.map(({ path, extensions }) => `${path?.join('.') ?? ''} ${String(extensions.reason)}`) ?? [],
  ]
}
const [arrears, office] = [{ amount: '7', currency: 'CNY' }, { room: '301' }]

test('what was published as no data is as open as it runs', async () => {
  decideBy(conditionally())
  expect(await shown('customs')).toEqual([{ nickname: '星洋', arrears, office }, []])
  expect(await shown('fx')).toEqual([{ nickname: '星洋', arrears: null, office }, ['firm.arrears no-grant']])
})

test('what was published as data is read by those who might read it then', async () => {
  decideBy(conditionally('Firm.nickname', 'Sum.amount', 'Firm.office', 'Office.room'))
  expect(await shown('customs')).toEqual([{ nickname: '星洋', arrears, office }, []])
  expect(await shown('tax')).toEqual([{ nickname: '星洋', arrears, office }, []])
  asked = 0
  expect(await shown('fx')).toEqual([
    { nickname: null, arrears: null, office: null },
    ['firm.nickname unreviewed', 'firm.arrears no-grant', 'firm.office unreviewed'],
  ])
  expect(asked).toBe(0)
})

test('withheld it is its provider’s own, and what follows a field it may read is not read with it', async () => {
  decideBy({ ...conditionally(), 'tax.secret': { sharing: 'WITHHELD', fields: ['Sum.amount', 'Office.room'] } })
  expect(await shown('customs')).toEqual([
    { nickname: '星洋', arrears: { amount: null, currency: 'CNY' }, office: { room: null } },
    ['firm.arrears.amount unreviewed', 'firm.office.room unreviewed'],
  ])
  asked = 0
  expect(await shown('customs', '{ firm { nickname office { room } } }')).toEqual([
    { nickname: '星洋', office: { room: null } },
    ['firm.office.room unreviewed'],
  ])
  expect(asked).toBe(0)
  expect(await shown('tax')).toEqual([{ nickname: '星洋', arrears, office }, []])
})
