import { afterAll, expect, test } from 'vitest'
import { a, b, c, misfit, number, scriptedCustoms } from '../support/scripted-customs.ts'
import { json, loaded, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what customs said. Want: what the record loader gives. */

const department = await ScriptedDepartment.start()
const { connected, withTokens, paths } = scriptedCustoms(department)
afterAll(() => department.stop())

const enterprise = {
  uscc: a,
  tradeCo: '3501960AB0',
  customsCode: '3500',
  filedOn: '20220721',
  validUntil: '20270228',
  creditGrade: '高级认证企业',
  inspections: [
    { number: 'CY1', invtNo: number, inspectedAt: '20260322215325', kind: '机检查验', result: '未见异常' },
    { number: 'CY2', invtNo: number, inspectedAt: '20260301000000', kind: '人工查验', result: '单货不符' },
    { number: 'CY3', invtNo: number, inspectedAt: '20251231235959', kind: '人工机检结合', result: '移送处理' },
  ],
  totals: [{ year: 2026, exportCount: 7, importCount: 2, exportValue: '923975.01', importValue: '0' }],
}
const record = {
  uscc: a,
  registration: { code: '3501960AB0', district: '3500', filedOn: '2022-07-21', validUntil: '2027-02-28' },
  creditGrade: 'ADVANCED_CERTIFIED',
  inspections: [
    {
      number: 'CY1',
      declarationNumber: number,
      inspectedAt: '2026-03-22T21:53:25+08:00',
      kind: 'MACHINE',
      result: 'NOTHING_FOUND',
    },
    {
      number: 'CY2',
      declarationNumber: number,
      inspectedAt: '2026-03-01T00:00:00+08:00',
      kind: 'MANUAL',
      result: 'MISMATCH',
    },
    {
      number: 'CY3',
      declarationNumber: number,
      inspectedAt: '2025-12-31T23:59:59+08:00',
      kind: 'COMBINED',
      result: 'REFERRED',
    },
  ],
  totals: [
    {
      year: 2026,
      exportCount: 7,
      importCount: 2,
      exportValue: { amount: '923975.01', currency: 'CNY' },
      importValue: { amount: '0', currency: 'CNY' },
    },
  ],
}
const plain = { ...enterprise, validUntil: null, creditGrade: '其他备案企业', inspections: [], totals: [] }
const plainRecord = {
  ...record,
  registration: { ...record.registration, validUntil: null },
  creditGrade: 'REGISTERED',
  inspections: [],
  totals: [],
}

const cases: [string, { given: Said; want: unknown[] }][] = [
  [
    'every field, in whatever order they come; an unknown code is null',
    {
      given: json({ enterprises: [{ ...plain, uscc: b, creditGrade: '失信企业', newField: [1] }, enterprise] }),
      want: [record, { ...plainRecord, uscc: b, creditGrade: 'DISCREDITED' }, null],
    },
  ],
  [
    'validUntil null or left out is long-term',
    {
      given: json({ enterprises: [plain, { ...plain, uscc: b, validUntil: undefined }] }),
      want: [plainRecord, { ...plainRecord, uscc: b }, null],
    },
  ],
  [
    'the same record twice counts once',
    { given: json({ enterprises: [plain, plain] }), want: [plainRecord, null, null] },
  ],
  [
    'a day that does not exist is an error of that enterprise alone',
    {
      given: json({
        enterprises: [
          { ...plain, filedOn: '20260230' },
          { ...plain, uscc: b },
        ],
      }),
      want: [misfit('The answer holds a time that does not exist.'), { ...plainRecord, uscc: b }, null],
    },
  ],
]
const wrong: [string, { given: Said; want: unknown }][] = [
  [
    'two different records of one enterprise',
    {
      given: json({ enterprises: [plain, enterprise] }),
      want: misfit('The answer holds two different records of the same enterprise.'),
    },
  ],
  [
    'a record that was not asked for',
    {
      given: json({ enterprises: [{ ...plain, uscc: '91330702MYQ0003787' }] }),
      want: misfit('The answer holds a record that was not asked for.'),
    },
  ],
  [
    'a wrong type',
    {
      given: json({ enterprises: [{ ...plain, tradeCo: 3501960000 }] }),
      want: misfit(
        'The answer does not fit the contract (EnterpriseAnswer) at /enterprises/0/tradeCo: must be string.',
      ),
    },
  ],
  [
    'not JSON',
    { given: { headers: { 'content-type': 'text/html' }, body: '<html>' }, want: misfit('The answer is not JSON.') },
  ],
  [
    'cut short',
    {
      given: { headers: { 'content-type': 'application/json' }, body: '{"enterprises":[' },
      want: misfit('The answer is not JSON in UTF-8.'),
    },
  ],
  [
    'GBK under the name of UTF-8',
    {
      given: { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":"\xb8\xa3"}', 'latin1') },
      want: misfit('The answer is not JSON in UTF-8.'),
    },
  ],
  [
    'a member that would reach a prototype',
    {
      given: { headers: { 'content-type': 'application/json' }, body: '{"enterprises":[],"__proto__":{"a":1}}' },
      want: misfit('The answer has a member __proto__.'),
    },
  ],
  [
    'the same, its name written with an escape',
    {
      given: { headers: { 'content-type': 'application/json' }, body: '{"enterprises":[],"const\\u0072uctor":1}' },
      want: misfit('The answer has a member constructor.'),
    },
  ],
  [
    'a refused query',
    {
      given: json({ code: 'QUERY', message: '' }, 400),
      want: { problem: 'failed', message: 'It answered with status 400.', retryAt: null },
    },
  ],
]

test.each([...cases, ...wrong.map(([name, { given, want }]) => [name, { given, want: [want, want, want] }] as const)])(
  '%s',
  async (_name, { given, want }) => {
    withTokens(() => given)
    const { record: loader } = connected()()
    expect(await Promise.all([a, b, c].map((uscc) => outcome(loader.load(uscc))))).toEqual(want)
    expect(paths()).toEqual(['/oauth/token', '/v2/enterprises/query'])
    expect(JSON.parse(department.heard[1]?.body ?? '')).toEqual({ usccs: [a, b, c] })
    expect(department.called).toBe(1)
    expect(department.answered).toEqual(want.some((one) => one === null) ? ['live'] : [])
  },
)

test('100 codes a call, as the contract says', async () => {
  withTokens(() => json({ enterprises: [] }))
  const { record: loader } = connected()()
  const codes = Array.from({ length: 101 }, (_, i) => `91350102MYE000${String(1000 + i)}`)
  expect(await loaded(loader, codes)).toEqual(codes.map(() => null))
  const bodies = department.heard.filter(({ path }) => path !== '/oauth/token').map(({ body }) => body)
  expect(bodies.map((body) => (JSON.parse(body) as { usccs: string[] }).usccs)).toEqual([
    codes.slice(0, 100),
    codes.slice(100),
  ])
})
