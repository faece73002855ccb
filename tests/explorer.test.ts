/** The explorer in a real browser against a real hub. What the server says about its page: explorer-page.test.ts. */
import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { openBrowser } from './support/browser.ts'
import { port } from './support/commands.ts'

interface Session {
  mode: string
  viewers: { id: string; en: string; zh: string; purposes: string[] }[]
  samples: { name: string; viewer: string; purpose: string; query: string; variables: Record<string, unknown> }[]
  enterprises: string[]
}

interface Answer {
  data?: unknown
  errors?: { extensions: { code: string; reason?: string; coordinate?: string; apply?: Record<string, unknown> } }[]
  extensions?: { provenance: { department: string }[] }
}

let browser: Browser
let origin: string
let session: Session
let page: Page
/** What a page must never do: complain, or speak to another than the hub. */
let wrong: string[]

beforeAll(async () => {
  origin = `http://127.0.0.1:${port}`
  session = (await (await fetch(`${origin}/explorer/session`)).json()) as Session
  browser = await openBrowser()
})
afterAll(() => browser.close())

beforeEach(async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  wrong = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`thrown: ${error.message}`))
  page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}`))
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`status ${response.status()}: ${response.url()}`)
  })
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
      wrong.push(`elsewhere: ${request.url()}`)
  })
  await page.addInitScript(`addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error(violatedDirective + ' forbids ' + blockedURI)
  })`)
  const introspected = page.waitForResponse((response) => isIntrospection(response))
  await page.goto(`${origin}/explorer/`)
  await page.getByTestId('bar').waitFor()
  // Both editors stand, with the first sample in them, and the schema has come.
  await page.locator('.graphiql-query-editor .view-lines', { hasText: 'OneEnterprise' }).waitFor()
  await page.locator('.graphiql-editor-tools + * .view-lines, .graphiql-editor-tool .view-lines').first().waitFor()
  await introspected
})
afterEach(async () => {
  await page.context().close()
  expect(wrong).toEqual([])
})

const isIntrospection = (response: Response): boolean =>
  response.request().postData()?.includes('IntrospectionQuery') === true

const shown = (): Promise<string> =>
  page.evaluate(() => {
    const { editor } = (
      globalThis as unknown as {
        __MONACO: { editor: { getModels(): { uri: { path: string }; getValue(): string }[] } }
      }
    ).__MONACO
    return (
      editor
        .getModels()
        .find((model) => model.uri.path.endsWith('response.json'))
        ?.getValue() ?? ''
    )
  })

/** Runs what stands in the editor; the answer that the page then shows, which is that of the request it sent. */
async function runs(): Promise<Answer> {
  const [response] = await Promise.all([
    page.waitForResponse((found) => found.url() === `${origin}/graphql` && !isIntrospection(found)),
    page.locator('.graphiql-execute-button').click(),
  ])
  const requestId = response.headers()['x-request-id'] ?? 'no request id'
  expect(await waitUntil(async () => (await shown()).includes(requestId), 10_000)).toBe(true)
  await page.locator('[data-testid=summary][data-state=answered]').waitFor()
  return JSON.parse(await shown()) as Answer
}

type Question = Pick<Session['samples'][number], 'query' | 'variables'>

async function asked(viewer: string, purpose: string, sample: Question): Promise<Answer> {
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const { token } = (await (await post('/explorer/token', { viewer })).json()) as { token: string }
  const response = await post(
    '/graphql',
    { query: sample.query, variables: sample.variables },
    { authorization: `Bearer ${token}`, ...(purpose === '' ? {} : { 'x-purpose': purpose }) },
  )
  return (await response.json()) as Answer
}

/** What does not differ from one asking to the next. */
const lasting = ({ data, errors, extensions }: Answer): unknown => ({
  data,
  errors: errors ?? [],
  departments: extensions?.provenance.map(({ department }) => department).sort(),
})

const answeredAs = (): Promise<string> => page.getByTestId('asked-as').innerText()

test('the page tells who can ask, with purposes, samples and enterprises', async () => {
  expect(await page.title()).toBe('Hutong 互通 · Explorer 查询浏览器')
  expect(await page.getByTestId('who').locator('label').allInnerTexts()).toEqual([
    '海关\nCustoms',
    '税务\nTax',
    '外汇管理\nForeign exchange',
    '市场监管\nMarket supervision',
    '邮政管理\nPostal administration',
    '商务\nCommerce',
    '银行\nBank',
    '公众门户\nPublic portal',
  ])
  expect(await page.getByTestId('purpose').locator('option').allInnerTexts()).toEqual(['none 不声明', 'clearance'])
  expect(await page.getByTestId('mode').innerText()).toBe('development data 开发数据')
  expect(await page.getByTestId('trouble').count()).toBe(0)
  expect(await page.getByTestId('sample').count()).toBe(session.samples.length)
  await page.getByTestId('samples').click()
  expect(await page.getByTestId('sample').allInnerTexts()).toEqual([
    'One enterprise, six departments 企业统一视图\nas 海关 Customs for clearance',
    'Clearance 通关\nas 海关 Customs for clearance',
    'Refund review 退税审核\nas 税务 Tax for refund-review',
    'Authenticity review 真实性审核\nas 银行 Bank for authenticity-review',
    'Statistics 统计\nas 商务 Commerce for statistics',
    'Public search 公众查询\nas 公众门户 Public portal',
    'Who am I 当前身份\nas 外汇管理 Foreign exchange',
  ])
  await page.keyboard.press('Escape')
  await page.getByTestId('enterprises').click()
  expect(await page.getByTestId('enterprise').allInnerTexts()).toEqual(session.enterprises)
  expect(session.enterprises).toHaveLength(20)
})

test('the editor knows the schema', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  const panel = page.locator('.graphiql-doc-explorer')
  await panel.getByText('Query', { exact: true }).click()
  await panel.getByText('searchEnterprises', { exact: true }).waitFor()
  expect(await panel.locator('.graphiql-doc-explorer-field-name').allInnerTexts()).toEqual(
    expect.arrayContaining(['enterprise', 'enterprises', 'searchEnterprises', 'me', 'departments']),
  )
})

test('the switch of who is asking changes the answer, and the answer is that of POST /graphql', async () => {
  const [sample] = session.samples
  if (sample === undefined) throw new Error('The session has no sample.')
  const seen: Record<string, unknown> = {}
  for (const [viewer, name, purpose] of [
    ['customs', '海关 Customs', 'clearance'],
    ['tax', '税务 Tax', 'refund-review'],
    ['portal', '公众门户 Public portal', ''],
  ] as const) {
    await page.getByTestId(`who-${viewer}`).locator('input').check()
    expect(await page.getByTestId('purpose').inputValue()).toBe(purpose)
    const answer = await runs()
    expect(await answeredAs()).toBe(name)
    expect(lasting(answer)).toEqual(lasting(await asked(viewer, purpose, sample)))
    const denied = new Set(answer.errors?.map(({ extensions }) => extensions.code))
    expect([...denied]).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE'])
    expect(await page.getByTestId('denied').innerText()).toBe(`${answer.errors?.length ?? 0} denied 未授权`)
    expect(await page.getByTestId('errors').count()).toBe(0)
    seen[viewer] = pick(answer.data)
  }
  expect(seen).toEqual({
    customs: { person: '350100197303159711', taxGrade: 'A', refunds: false, declarations: true },
    tax: { person: '350*************11', taxGrade: 'A', refunds: true, declarations: true },
    portal: { person: undefined, taxGrade: null, refunds: false, declarations: false },
  })
  await page.getByTestId('who-fx').locator('input').check()
  expect(await page.getByTestId('moved').innerText()).toBe('since changed, run again 已切换，请重新运行')
})

test('what was denied is named with the application that would help, and to whom none would', async () => {
  const line = ({ coordinate, reason, apply }: { coordinate: string; reason: string; apply?: string }): string =>
    `${coordinate} denied 未授权: ${reason}${apply === undefined ? '' : ` · apply 可申请: ${apply}`}`
  await runs()
  expect(await page.getByTestId('denied-field').allInnerTexts()).toEqual([
    line({ coordinate: 'TaxRecord.refunds', reason: 'no-grant', apply: 'draftApplication(item: "tax.refunds")' }),
    line({
      coordinate: 'ForeignExchangeRecord.settlements',
      reason: 'no-grant',
      apply: 'draftApplication(item: "fx.settlements")',
    }),
  ])
  await page.getByTestId('who-portal').locator('input').check()
  const { errors } = await runs()
  const lines = errors?.map(({ extensions: { coordinate = '', reason = '' } }) => line({ coordinate, reason })) ?? []
  expect(lines.length).toBeGreaterThan(3)
  expect(await page.getByTestId('denied-field').allInnerTexts()).toEqual([...new Set(lines)])
  expect(await page.getByTestId('disputed-field').count()).toBe(0)
})

test('what is disputed is named with the enterprise and the day', async () => {
  const [uscc = ''] = session.enterprises
  const mutated = async (name: string, type: string, selection: string, input: object): Promise<unknown> => {
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { correction { ${selection} } } }`
    const variables = { input: { clientMutationId: `explorer-${name}`, reason: '与公示信息不一致', ...input } }
    const { data } = await asked('customs', 'clearance', { query, variables })
    return (data as Record<string, { correction: { id: string } }>)[name]?.correction.id
  }
  const field = 'TaxRecord.creditGrade'
  const correction = await mutated('disputeField', 'DisputeInput', 'id', { coordinate: field, uscc })
  const answer = await runs()
  expect(answer.extensions?.provenance.find(({ department }) => department === 'tax')).toMatchObject({
    disputed: [{ coordinate: field, uscc }],
  })
  const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })
  expect(await page.getByTestId('disputed-field').allInnerTexts()).toEqual([
    `${field} of ${uscc} disputed since ${today} 校核中`,
  ])
  await mutated('withdrawDispute', 'CorrectionInput', 'id', { correction })
  await runs()
  expect(await page.getByTestId('disputed-field').count()).toBe(0)
})

/** Of the first sample's answer, where viewers differ. */
function pick(data: unknown): unknown {
  const { enterprise } = data as {
    enterprise: {
      market: { legalRepresentative: { idNumber: string } | null }
      tax: { creditGrade: string | null; refunds: unknown }
      customs: { declarations: unknown }
    }
  }
  return {
    person: enterprise.market.legalRepresentative?.idNumber,
    taxGrade: enterprise.tax.creditGrade,
    refunds: enterprise.tax.refunds !== null,
    declarations: enterprise.customs.declarations !== null,
  }
}

describe('samples', () => {
  test.each([0, 1, 2, 3, 4, 5, 6])('sample %i of the menu runs and brings data', async (index) => {
    const sample = session.samples[index]
    if (sample === undefined) throw new Error(`There is no sample ${index}.`)
    await page.getByTestId('samples').click()
    await page.getByTestId('sample').nth(index).click()
    const answer = await runs()
    expect(await page.getByTestId(`who-${sample.viewer}`).locator('input').isChecked()).toBe(true)
    const same = await asked(sample.viewer, sample.purpose, sample)
    if (sample.query.includes('latencyMs')) expect(namesOf(answer.data)).toEqual(namesOf(same.data))
    else expect(lasting(answer)).toEqual(lasting(same))
    expect(hasValue(answer.data)).toBe(true)
    const codes = new Set(answer.errors?.map(({ extensions }) => extensions.code))
    codes.delete('UNAUTHORIZED_FIELD_OR_TYPE')
    expect([...codes]).toEqual([])
  })

  test('there is no other', () => {
    expect(session.samples).toHaveLength(7)
  })
})

const hasValue = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.values(value).some(hasValue) : value !== null

/** The names in an answer, without values. */
const namesOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(namesOf)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, child]) => [name, namesOf(child)]))
      : null

test('another enterprise takes the place of the first in the query', async () => {
  await page.getByTestId('enterprises').click()
  await page.getByTestId('enterprise').nth(3).click()
  const answer = await runs()
  expect((answer.data as { enterprise: { uscc: string } }).enterprise.uscc).toBe(session.enterprises[3])
})
