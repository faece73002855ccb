/** With the store down: what is guarded is refused; what is open follows the configuration. */
import { afterEach, expect, test } from 'vitest'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'

const uscc = '91350102MYE0000341'
const open = `{ enterprise(uscc: "${uscc}") { name market { registration { name } penalties { totalCount } } } }`
const customs: Persona = { as: 'customs', purpose: 'clearance' }

let running: Running
afterEach(() => running.stop())

/** Starts a hub whose store takes no record. */
async function without(openWithoutRecord: 'refuse' | 'answer'): Promise<void> {
  running = await runHub({ config: { openWithoutRecord } })
  await running.database.pool.query(`
    create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'no space' using errcode = '53100'; end $$;
    create trigger full_disk before insert on audit_record for each statement execute function full_disk()`)
}
const seen = ({ status, data, errors }: Answer): unknown => ({
  status,
  ...(data === undefined ? {} : { data }),
  ...(errors === undefined ? {} : { codes: errors.map(({ extensions }) => extensions.code) }),
})
const withheld = { status: 503, codes: ['AUDIT_UNAVAILABLE'] }
const counted = async (): Promise<string> => {
  const text = await (await fetch(`${running.hub.url}/metrics`)).text()
  return /^hutong_unrecorded_answers_total (\d+)$/m.exec(text)?.[1] ?? 'none'
}

test('unless told otherwise nothing leaves, open or not', async () => {
  await without('refuse')
  expect(seen(await running.ask({ as: 'portal' }, open))).toEqual(withheld)
  expect(seen(await running.ask(customs, '{ me { department } }'))).toEqual(withheld)
  expect(await counted()).toBe('0')
})

test('where it is so configured, what rests on open rules alone leaves, and is counted', async () => {
  await without('answer')
  const answer = await running.ask({ as: 'portal' }, open)
  expect([answer.status, answer.errors, answer.data?.enterprise]).toEqual([
    200,
    undefined,
    {
      name: '福州示例云帆贸易有限公司（开发数据）',
      market: {
        registration: { name: '福州示例云帆贸易有限公司（开发数据）' },
        penalties: { totalCount: expect.any(Number) as number },
      },
    },
  ])
  expect(await counted()).toBe('1')
  const enterprise = (fields: string): string => `{ enterprise(uscc: "${uscc}") { ${fields} } }`
  for (const [who, query] of [
    [customs, enterprise('tax { creditGrade }')],
    [customs, enterprise('name tax { creditGrade }')],
    [customs, enterprise('name customs { registration { code } }')],
    // Denied, which someone will want to know.
    [{ as: 'portal' }, enterprise('name tax { creditGrade }')],
    // No data of departments at all.
    [customs, '{ me { department } }'],
    [{ as: 'authority', roles: ['auditor'] }, `{ ledger { nodes { requestId } } }`],
    [{ as: 'authority', roles: ['auditor'] }, `{ enterprise(uscc: "${uscc}") { uscc } }`],
    [customs, `{ enterprise(uscc: "${uscc}") { name } ledger { nodes { requestId } } }`],
    [
      { as: 'market', roles: ['steward'] },
      'mutation { giveUpGrant(input: { clientMutationId: "12345678", grant: "x" }) { clientMutationId } }',
    ],
    [customs, '{ enterprise { name } }'],
    [null, '{ __typename }'],
  ] satisfies [Persona | null, string][]) {
    expect([query, seen(await running.ask(who, query))]).toEqual([query, withheld])
  }
  const auditor = await running.token({ as: 'authority', roles: ['auditor'] })
  const exported = await fetch(`${running.hub.url}/ledger/export`, { headers: { authorization: `Bearer ${auditor}` } })
  expect([exported.status, exported.headers.get('content-type')]).toEqual([503, 'application/json; charset=utf-8'])
  expect(await counted()).toBe('1')
})
