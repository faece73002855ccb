/** Data that policies take out of every item: published in one, it is no more open for that before the authority has reviewed it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readPublished } from '../auth/published.ts'
import { fetches } from '../auth/plan.ts'
import type { Policy } from '../auth/vocabulary.ts'
import { grantOf } from './attacks/granted-hub.ts'
import { conditional, serveView, stated, type ServedView } from './attacks/served-view.ts'

const policy: Policy = {
  owner: 'tax',
  doors: ['Query.firm', 'Firm.office'],
  follows: ['Sum'],
  items: [
    { id: 'tax.arrears', zh: '欠税', en: 'Arrears', ...conditional, data: ['Firm.arrears'] },
    { id: 'tax.rooms', zh: '办公室', en: 'Rooms', ...stated, sharing: 'OPEN', data: ['Office.room'] },
  ],
}

let served: ServedView
let asked = 0
beforeAll(async () => {
  served = await serveView({
    sdl: `type Query { firm: Firm }
      type Firm { arrears: Sum office: Office }
      type Sum { amount: String currency: String! }
      type Office { room: String }`,
    policies: [policy],
    resolvers: [
      {
        Query: {
          firm: () => ({ uscc: '91350102MYE0000341', arrears: { amount: '7', currency: 'CNY' } }),
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
  'tax.rooms': { sharing: 'OPEN', fields: ['Office.room'] },
  'tax.arrears': { sharing: 'CONDITIONAL', fields: ['Firm.arrears', ...fields] },
})
const query = '{ firm { arrears { amount currency } office { room } } }'
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
  expect(await shown('customs')).toEqual([{ arrears, office }, []])
  expect(await shown('fx')).toEqual([{ arrears: null, office }, ['firm.arrears no-grant']])
})

test('what was published as data is read by those who might read it then', async () => {
  decideBy(conditionally('Sum.amount', 'Firm.office'))
  expect(await shown('customs')).toEqual([{ arrears, office }, []])
  expect(await shown('tax')).toEqual([{ arrears, office }, []])
  asked = 0
  expect(await shown('fx')).toEqual([
    { arrears: null, office: null },
    ['firm.arrears no-grant', 'firm.office unreviewed'],
  ])
  expect(asked).toBe(0)
})

test('withheld it is its provider’s own, and what follows a field it may read is not read with it', async () => {
  decideBy({ ...conditionally(), 'tax.secret': { sharing: 'WITHHELD', fields: ['Sum.amount', 'Office.room'] } })
  expect(await shown('customs')).toEqual([
    { arrears: { amount: null, currency: 'CNY' }, office: { room: null } },
    ['firm.arrears.amount unreviewed', 'firm.office.room unreviewed'],
  ])
  asked = 0
  expect(await shown('customs', '{ firm { office { room } } }')).toEqual([
    { office: { room: null } },
    ['firm.office.room unreviewed'],
  ])
  expect(asked).toBe(0)
  expect(await shown('tax')).toEqual([{ arrears, office }, []])
})
