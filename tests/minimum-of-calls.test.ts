import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runHub, type Running } from './support/harness.ts'

let running: Running
let usccs: string[]

beforeAll(async () => {
  running = await runHub()
  usccs = (await enterprises(50)).map(({ uscc }) => uscc)
})
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

async function enterprises(limit: number): Promise<{ uscc: string }[]> {
  const response = await fetch(`${running.sandbox.controlUrl}/enterprises?limit=${limit}`)
  return (await response.json()) as { uscc: string }[]
}

const sections = `
  market { registration { kind } }
  customs { creditGrade }
  tax { listedGradeA }
  fx { class }
  postal { monthlyVolumes { month } }
  commerce { filing { number } }
`

const declarations = 'customs { declarations(first: 2) { nodes { number } } }'

describe('the minimum of calls', () => {
  test('one enterprise, six sections: one call a department', async () => {
    const answer = await running.ask(
      { as: 'customs' },
      `{ enterprise(uscc: "${usccs[0] ?? ''}") { name status ${sections} } }`,
    )
    expect(answer.errors).toBeUndefined()
    expect(running.calls()).toEqual({ customs: 1, tax: 1, fx: 1, market: 1, postal: 1, commerce: 1 })
  })

  test('two calls to customs where declarations are asked too', async () => {
    const answer = await running.ask(
      { as: 'customs' },
      `{ enterprise(uscc: "${usccs[0] ?? ''}") { ${sections} ${declarations} } }`,
    )
    expect(answer.errors).toBeUndefined()
    expect(running.calls()).toEqual({ customs: 2, tax: 1, fx: 1, market: 1, postal: 1, commerce: 1 })
  })

  test('declarations alone: one call to customs', async () => {
    await running.ask({ as: 'customs' }, `{ enterprise(uscc: "${usccs[0] ?? ''}") { ${declarations} } }`)
    expect(running.calls()).toEqual({ customs: 1 })
  })

  test('50 enterprises, six sections: one call for a batch, one a code for the others', async () => {
    const answer = await running.ask(
      { as: 'customs' },
      `query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { name ${sections} } }`,
      { usccs },
    )
    expect(answer.errors).toBeUndefined()
    expect(running.calls()).toEqual({ customs: 1, fx: 1, market: 1, tax: 50, postal: 50, commerce: 50 })
  })

  test('100 enterprises: chunks as each contract says', async () => {
    const hundred = (await enterprises(100)).map(({ uscc }) => uscc)
    await running.ask(
      { as: 'customs' },
      `query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { customs { creditGrade } fx { class } name } }`,
      {
        usccs: hundred,
      },
    )
    expect(running.calls()).toEqual({ customs: 1, fx: 2, market: 2 })
  })

  test('the same code twice in one request is asked for once', async () => {
    const [uscc] = usccs
    await running.ask(
      { as: 'customs' },
      `{ a: enterprise(uscc: "${uscc ?? ''}") { tax { listedGradeA } }
         b: enterprise(uscc: "${uscc ?? ''}") { tax { exportRefundClass } }
         enterprises(usccs: ["${uscc ?? ''}", "${uscc ?? ''}"]) { tax { listedGradeA } } }`,
    )
    expect(running.calls()).toEqual({ tax: 1 })
  })

  test('a section whose fields are all denied is not asked for', async () => {
    const answer = await running.ask(
      { as: 'portal' },
      `{ enterprise(uscc: "${usccs[0] ?? ''}") { uscc tax { creditGrade arrears { amount } refunds { totalCount } } } }`,
    )
    expect(answer.data).toEqual({
      enterprise: { uscc: usccs[0], tax: { creditGrade: null, arrears: null, refunds: null } },
    })
    expect(answer.errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual([
      ['enterprise.tax.creditGrade', 'UNAUTHORIZED_FIELD_OR_TYPE'],
      ['enterprise.tax.arrears', 'UNAUTHORIZED_FIELD_OR_TYPE'],
      ['enterprise.tax.refunds', 'UNAUTHORIZED_FIELD_OR_TYPE'],
    ])
    expect(running.calls()).toEqual({})
  })

  test('nor is one with a list of which some fields may be read, but none of those asked for', async () => {
    const [uscc] = usccs
    const asker = { as: 'fx', purpose: 'authenticity-review' } as const
    const denied = await running.ask(
      asker,
      `{ enterprise(uscc: "${uscc ?? ''}") { tax { refunds { nodes { number } } } } }`,
    )
    expect(denied.data).toEqual({ enterprise: { tax: { refunds: null } } })
    expect(denied.errors?.map(({ path, extensions }) => [path?.join('.'), extensions.coordinate])).toEqual([
      ['enterprise.tax.refunds', 'Refund.number'],
    ])
    expect(running.calls()).toEqual({})

    const counted = await running.ask(asker, `{ enterprise(uscc: "${uscc ?? ''}") { tax { refunds { __typename } } } }`)
    expect([counted.data, counted.errors]).toEqual([
      { enterprise: { tax: { refunds: { __typename: 'RefundConnection' } } } },
      undefined,
    ])
    expect(running.calls()).toEqual({ tax: 1 })
  })
})
