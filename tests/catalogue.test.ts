/** The catalogue 目录 over HTTP: what it says of an item, how it is searched, and which version it is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { departmentIds } from '../departments.ts'
import { sectionsOf } from '../hub/catalogue.ts'
import { contentOf } from '../auth/catalogue-content.ts'
import { buildView } from '../hub/schema.ts'
import { openCatalogue } from '../store/sharing/catalogue-opening.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

const view = buildView()
const items = contentOf(view.schema, view.catalogue)

const everything = `id zh en provider dataItems { coordinate type description masked } dataFormat updateFrequency freshFor staleFor sharing
  sharingModes conditions reason legalBasis classification grade publication`

async function idsOf(args: string, who: Persona = { as: 'portal' }): Promise<unknown> {
  const { data, errors } = await running.ask(who, `{ catalogue(${args}) { totalCount nodes { id } } }`)
  if (errors !== undefined) return errors.map(({ message }) => message)
  const { nodes } = data?.catalogue as { nodes: { id: string }[] }
  return nodes.map(({ id }) => id)
}

describe('what the catalogue says', () => {
  test('of an item that is shared conditionally: all that art. 13 demands', async () => {
    const { data, errors } = await running.ask(
      { as: 'postal' },
      `{ catalogueItem(id: "market.legalRepresentative") { ${everything} } }`,
    )
    expect({ data, errors }).toEqual({
      data: {
        catalogueItem: {
          id: 'market.legalRepresentative',
          zh: '法定代表人信息',
          en: 'Legal representative',
          provider: 'market',
          dataItems: [
            {
              coordinate: 'LegalRepresentative.name',
              type: 'String',
              description: '姓名; masked to the first character unless granted in full.',
              masked: true,
            },
            {
              coordinate: 'LegalRepresentative.idNumber',
              type: 'String',
              description: 'Identity number 身份证号码 (GB 11643); masked unless granted in full.',
              masked: true,
            },
          ],
          dataFormat: 'JSON',
          updateFrequency: 'REAL_TIME',
          freshFor: 0,
          staleFor: 0,
          sharing: 'CONDITIONAL',
          sharingModes: ['API'],
          conditions:
            'Departments that must identify the person who acts for the enterprise 须核验法定代表人身份的部门: for the matter at hand alone, masked without a grant',
          reason: null,
          legalBasis: 'Personal Information Protection Law 个人信息保护法: no more than the purpose needs',
          classification: 'BASE',
          grade: 'GENERAL_4',
          publication: 'PUBLISHED',
        },
      },
      errors: undefined,
    })
  })

  test('of an item that is withheld: why, and by which law', async () => {
    const { data } = await running.ask(
      { as: 'bank' },
      '{ catalogueItem(id: "fx.suspiciousTransactionReports") { sharing sharingModes conditions reason legalBasis } }',
    )
    expect(data).toEqual({
      catalogueItem: {
        sharing: 'WITHHELD',
        sharingModes: [],
        conditions: null,
        reason: 'A report that becomes known warns whoever is reported 泄露报告将惊动被报告人',
        legalBasis: 'Anti-Money-Laundering Law 反洗钱法: reports are confidential to whoever must receive them',
      },
    })
  })

  test('of an item that there is not: nothing', async () => {
    const { data, errors } = await running.ask({ as: 'tax' }, '{ catalogueItem(id: "tax.secrets") { id } }')
    expect({ data, errors }).toEqual({ data: { catalogueItem: null }, errors: undefined })
  })

  test('every item and every data field of the policies, to every department alike, page by page', async () => {
    const seen: unknown[] = []
    for (let after: string | null = null; ;) {
      const query = `query ($after: String) { catalogue(first: 10, after: $after) {
        totalCount nodes { ${everything} } pageInfo { hasNextPage endCursor } } }`
      const { data } = await running.ask({ as: 'commerce' }, query, { after })
      const page = data?.catalogue as {
        totalCount: number
        nodes: unknown[]
        pageInfo: { hasNextPage: boolean; endCursor: string }
      }
      expect(page.totalCount).toBe(items.length)
      seen.push(...page.nodes)
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(seen).toEqual(items.map((item) => ({ ...item, publication: 'PUBLISHED' })))
    const data = [...view.catalogue.entries.values()].filter(({ kind }) => kind === 'data')
    expect(items.flatMap(({ dataItems }) => dataItems).length).toBe(data.length)
    const all = await Promise.all([...departmentIds, 'portal' as const].map((as) => idsOf('first: 100', { as })))
    expect(new Set(all.map((ids) => JSON.stringify(ids))).size).toBe(1)
  })

  test('nobody is called for it, and without a token it is closed', async () => {
    running.sandbox.calls.reset()
    await idsOf('search: "税"')
    expect(running.calls()).toEqual({})
    const { status, errors } = await running.ask(null, '{ catalogue { totalCount } }')
    expect([status, errors?.map(({ extensions }) => extensions.code)]).toEqual([401, ['UNAUTHENTICATED']])
  })
})

describe('a search', () => {
  test.each([
    [
      'in Chinese, by name or conditions',
      'search: "退税"',
      ['tax.exportRefundClass', 'tax.refunds', 'fx.receipts', 'fx.settlements'],
    ],
    ['by the provider, as people call it', 'search: "税务局 欠税"', ['tax.arrears']],
    ['by the legal basis', 'search: "反洗钱法"', ['fx.suspiciousTransactionReports']],
    ['by the reason', 'search: "惊动被报告人"', ['fx.suspiciousTransactionReports']],
    ['in English, whatever the case', 'search: "ARREARS"', ['tax.arrears']],
    ['by coordinate', 'search: "LegalRepresentative.idNumber"', ['market.legalRepresentative']],
    [
      'by the description of a data item',
      'search: "身份证号码"',
      ['customs.tradeListBuyers', 'commerce.tradeOrderPersons', 'fx.tradePayers', 'market.legalRepresentative'],
    ],
    ['with words that must all stand there', 'search: "credit 海关"', ['customs.creditGrade']],
    ['for nothing that is there', 'search: "arrears unheard-of"', []],
    [
      'within a provider',
      'provider: "commerce"',
      [
        'commerce.tradeZoneTargets',
        'commerce.tradeOrders',
        'commerce.tradeOrderPersons',
        'commerce.filing',
        'commerce.overseasWarehouses',
        'commerce.parks',
      ],
    ],
    ['within a class', 'sharing: WITHHELD', ['fx.suspiciousTransactionReports']],
    ['within both', 'provider: "tax", sharing: OPEN', ['tax.listedGradeA']],
    ['that is blank finds all', 'search: " ", sharing: WITHHELD', ['fx.suspiciousTransactionReports']],
  ])('%s', async (_how, args, wanted) => {
    expect(await idsOf(args)).toEqual(wanted)
  })
})

describe('a version', () => {
  const query = '{ catalogueVersion { hash isPublished sections { provider hash publishedHash publishedAt } } }'

  test('the first is published by itself in development, section by section', async () => {
    const { data } = await running.ask({ as: 'market' }, query)
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string
    expect(data).toEqual({
      catalogueVersion: {
        hash,
        isPublished: true,
        sections: departmentIds.map((provider) => ({ provider, hash, publishedHash: hash, publishedAt: at })),
      },
    })
    const { sections } = data?.catalogueVersion as { sections: { hash: string; publishedHash: string }[] }
    expect(sections.filter((one) => one.hash !== one.publishedHash)).toEqual([])
  })

  test('a start with the same catalogue changes nothing', async () => {
    const count = () =>
      running.database.db.selectFrom('catalogue_change').select(['id', 'state']).orderBy('id').execute()
    const before = await count()
    await openCatalogue(running.database.db, sectionsOf(items), { publishFirst: true })
    expect(await count()).toEqual(before)
  })

  test('what was published stays', async () => {
    const change = running.database.db
      .updateTable('catalogue_change')
      .set({ reason: 'x' })
      .where('state', '=', 'PUBLISHED')
    await expect(change.execute()).rejects.toThrow('a published version of the catalogue stays: UPDATE refused')
  })
})
