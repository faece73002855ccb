/** The reasons as callers get them: over GraphQL, with POST /explain, and in the error of a denied field. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHub, type Persona, type Running } from './support/harness.ts'

const fuzhou = '91350102MYE0000341'

describe('over HTTP', () => {
  let running: Running
  beforeAll(async () => {
    running = await runHub()
  })
  afterAll(() => running.stop())
  const customs: Persona = { as: 'customs', purpose: 'clearance' }
  const all = `coordinate decidedBy item sharing decision rule steps { check holds text } advice
    apply { mutation item fields } policyVersion`

  test('why(coordinate, uscc) gives it all, asks nobody, and is on record', async () => {
    running.sandbox.calls.reset()
    const { data, errors } = await running.ask(
      customs,
      `{ why(coordinate: "TaxRecord.arrears", uscc: "${fuzhou}") { ${all} } }`,
    )
    expect({ data, errors, calls: running.calls() }).toEqual({
      data: {
        why: {
          coordinate: 'TaxRecord.arrears',
          decidedBy: 'tax',
          item: 'tax.arrears',
          sharing: 'CONDITIONAL',
          decision: 'DENY',
          rule: 'no-grant',
          steps: [
            {
              check: 'class',
              holds: false,
              text: 'tax.arrears (欠税信息) is CONDITIONAL 有条件共享: A reader with a grant for the item, the purpose and the division, as the catalogue states. (政务数据共享条例 第十四条（二）、第十五条第二款)',
            },
            { check: 'own', holds: false, text: 'tax provides it, not customs.' },
            {
              check: 'grant',
              holds: false,
              text: 'customs holds no grant for tax.arrears; tax (税务) gives them (art. 21).',
            },
            {
              check: 'decision',
              holds: false,
              text: 'DENY by no-grant: customs holds no grant for tax.arrears (欠税信息), which is shared conditionally 有条件共享.',
            },
          ],
          advice: 'Apply to tax for tax.arrears, stating basis, scenario and scope (政务数据共享条例 art. 20).',
          apply: { mutation: 'draftApplication', item: 'tax.arrears', fields: ['TaxRecord.arrears'] },
          policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
        },
      },
      errors: undefined,
      calls: {},
    })
  })

  test('a field that there is not is said so', async () => {
    const { errors } = await running.ask(customs, '{ why(coordinate: "TaxRecord.secrets") { rule } }')
    expect(errors?.map(({ message, extensions }) => [extensions.code, message])).toEqual([
      ['BAD_USER_INPUT', 'The schema has no field TaxRecord.secrets, e.g. TaxRecord.creditGrade.'],
    ])
  })

  test('an error of a denied field names the item and the application that would help, which is then taken', async () => {
    const { errors } = await running.ask(customs, `{ enterprise(uscc: "${fuzhou}") { tax { arrears { amount } } } }`)
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'UNAUTHORIZED_FIELD_OR_TYPE',
        coordinate: 'TaxRecord.arrears',
        department: 'tax',
        reason: 'no-grant',
        catalogueItem: 'tax.arrears',
        apply: { mutation: 'draftApplication', item: 'tax.arrears', fields: ['TaxRecord.arrears'] },
      },
    ])
    const { mutation, item, fields } = errors?.[0]?.extensions.apply as Record<string, string>
    const input = {
      clientMutationId: 'why-test-1',
      item,
      fields,
      purpose: 'clearance',
      basis: '海关法第六十条',
      scenario: '通关时核查欠税',
      scope: '通关处经办人员',
      validTo: '2099-01-01T00:00:00Z',
    }
    const { data } = await running.ask(
      customs,
      `mutation ($input: DraftApplicationInput!) { ${mutation}(input: $input) { application { item fields state } } }`,
      { input },
    )
    expect(data).toEqual({
      draftApplication: { application: { item: 'tax.arrears', fields: ['TaxRecord.arrears'], state: 'DRAFTED' } },
    })
  })

  test('a bank and the portal are told whom to turn to, in the error itself', async () => {
    const messages = await Promise.all(
      (['bank', 'portal'] as const).map(async (as) => {
        const { errors } = await running.ask({ as }, `{ enterprise(uscc: "${fuzhou}") { tax { creditGrade } } }`)
        return errors?.map(({ message, extensions }) => [message, extensions])
      }),
    )
    const extensions = {
      code: 'UNAUTHORIZED_FIELD_OR_TYPE',
      coordinate: 'TaxRecord.creditGrade',
      department: 'tax',
      reason: 'no-grant',
      catalogueItem: 'tax.creditGrade',
    }
    const saying = (who: string, instead: string) => [
      `${who} holds no grant for tax.creditGrade (纳税信用级别), which is shared conditionally 有条件共享. Only departments apply (政务数据共享条例 art. 20): turn to ${instead}.`,
      extensions,
    ]
    expect(messages).toEqual([
      [saying('bank', 'fx, on whose behalf a bank asks')],
      [saying('portal', 'tax, which provides it')],
    ])
  })

  test.each([
    ['what is withheld', customs, 'fx { suspiciousTransactionReports { number } }', 'withheld'],
    ['whoever is no department', { as: 'bank' }, 'tax { exportRefundClass }', 'not-a-department'],
    ['a role that reads nothing', { as: 'customs', roles: ['steward'] }, 'tax { creditGrade }', 'role'],
  ] satisfies [string, Persona, string, string][])(
    'where applying does not help nothing is offered: %s',
    async (_what, who, selection, reason) => {
      const { errors } = await running.ask(who, `{ enterprise(uscc: "${fuzhou}") { ${selection} } }`)
      expect(errors?.map(({ extensions }) => [extensions.reason, 'apply' in extensions])).toEqual([[reason, false]])
    },
  )

  test('POST /explain gives the same chain for each field; what follows has that of the field that led to it', async () => {
    const response = await fetch(`${running.hub.url}/explain`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await running.token(customs)}`,
        'x-purpose': 'clearance',
      },
      body: JSON.stringify({ query: `{ enterprise(uscc: "${fuzhou}") { tax { refunds { totalCount } } } }` }),
    })
    const { fields } = (await response.json()) as { fields: { coordinate: string; chain: unknown }[] }
    const { data } = await running.ask(
      customs,
      '{ why(coordinate: "TaxRecord.refunds") { steps { check holds text } } }',
    )
    const { steps } = data?.why as { steps: unknown }
    expect(
      fields.map(({ coordinate, chain: given }) => [coordinate, JSON.stringify(given) === JSON.stringify(steps)]),
    ).toEqual([
      ['Query.enterprise', false],
      ['Enterprise.tax', false],
      ['TaxRecord.refunds', true],
      ['RefundConnection.totalCount', true],
    ])
  })
})
