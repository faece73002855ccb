/** Entity tags of answers to GET: what is not sent again, and what a tag tells. */
import { beforeAll, expect, test } from 'vitest'
import { entityTags, names } from '../hub/entity-tags.ts'
import { beginTrace } from '../hub/trace.ts'
import { waitUntil } from '../store/engine/process.ts'
import { recordsOf } from './support/audit.ts'
import type { Persona } from './support/harness.ts'
import { inAMonth, mutate } from './support/mutations.ts'
import {
  clearance,
  documents,
  folderOf,
  get,
  grade,
  post,
  refused,
  running,
  send,
  uscc,
  idOf,
  type Reply,
} from './support/registered.ts'

const id = idOf(grade)

beforeAll(async () => {
  await documents('register', await folderOf({ 'grade.graphql': grade }), '--department', 'customs')
  expect(await waitUntil(async () => (await get(clearance, id)).status === 200, 5000)).toBe(true)
})

const asked = (persona: Persona, tag: string): Promise<Reply> => get(persona, id, { 'if-none-match': tag })
const tagOf = async (persona: Persona): Promise<string> => (await get(persona, id)).headers.get('etag') ?? ''

test('an equal answer is not sent again; it is decided, asked for and on record all the same', async () => {
  const first = await get(clearance, id)
  const tag = first.headers.get('etag') ?? ''
  expect(tag).toMatch(/^W\/"[\w-]{43}"$/)
  running.sandbox.calls.reset()
  for (const given of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
    const again = await asked(clearance, given)
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag])
    for (const { headers } of [first, again]) {
      expect([headers.get('cache-control'), headers.get('vary')]).toEqual([
        'private, no-cache',
        'Authorization, X-Purpose, Accept',
      ])
    }
    const [record] = await recordsOf(running.database.db, again.headers.get('x-request-id') ?? '')
    expect([record?.action, record?.outcome, record?.subjects, record?.calls]).toEqual([
      'query',
      'partial',
      [uscc],
      { tax: 1 },
    ])
  }
  expect(running.calls()).toEqual({ tax: 4 })
  for (const given of ['"other"', tag.slice(3, -1), `${tag.slice(0, -2)}"`, '']) {
    expect((await asked(clearance, given)).status).toBe(200)
  }
})

test('only an answer to GET has one, and only one that was carried out', async () => {
  const refusals = [
    await post(clearance, { documentId: id, variables: { uscc } }),
    await send(clearance, `/graphql/${id}`),
    await send(clearance, '/graphql?query={'),
    await get(clearance, 'sha256:0'),
  ]
  expect(refusals.map(({ headers }) => [headers.get('etag'), headers.get('cache-control')])).toEqual(
    refusals.map(() => [null, 'no-store']),
  )
})

test('what is no longer shown has another tag, and whoever has the old one is told so', async () => {
  const grant = 'development:customs:tax.creditGrade:clearance'
  const before = await tagOf(clearance)
  const steward: Persona = { as: 'tax', roles: ['steward'] }
  const input = { grant, reason: '涉嫌超范围使用', putRightBy: inAMonth }
  await mutate(running, steward, ['suspendGrant', 'SuspendGrantInput', 'grant { state }'], input)
  const suspended = await asked(clearance, before)
  expect([suspended.status, suspended.body.data]).toEqual([
    200,
    { enterprise: { tax: { creditGrade: null, refunds: null } } },
  ])
  await mutate(running, steward, ['resumeGrant', 'GrantInput', 'grant { state }'], { grant, reason: '已整改' })
  expect(await tagOf(clearance)).toBe(before)
})

test('says nothing of what is denied, and nothing to whoever else asks', async () => {
  const secret = `{ enterprise(uscc: "${uscc}") { tax { refunds { totalCount } } } }`
  const at = async (persona: Persona, code = uscc): Promise<string | null> =>
    (await send(persona, `/graphql?query=${encodeURIComponent(secret.replace(uscc, code))}`)).headers.get('etag')
  const others = running.sandbox.witness.list({}).filter(({ knownTo }) => knownTo.includes('tax'))
  const absent = running.sandbox.witness.list({}).find(({ knownTo }) => !knownTo.includes('tax'))?.uscc ?? ''
  const tags = new Set<string | null>()
  for (const code of [uscc, others[3]?.uscc ?? '', others[5]?.uscc ?? '', absent]) tags.add(await at(clearance, code))
  expect([tags.size, tags.has(null)]).toEqual([1, false])
  const open = `{ enterprise(uscc: "${uscc}") { name } }`
  const seen = async (persona: Persona) =>
    (await send(persona, `/graphql?query=${encodeURIComponent(open)}`)).headers.get('etag')
  const seenBy = [await seen({ as: 'customs' }), await seen({ as: 'tax' }), await seen(clearance)]
  expect(new Set(seenBy).size).toBe(3)
})

test('while no record can be written there is none, whatever is asked with', async () => {
  const tag = await tagOf(clearance)
  await running.database.pool.query('alter table audit_record rename to audit_record_away')
  try {
    const withheld = await asked(clearance, tag)
    expect([refused(withheld)[0], withheld.headers.get('etag'), withheld.headers.get('cache-control')]).toEqual([
      503,
      null,
      'no-store',
    ])
    expect(withheld.body.errors?.map(({ extensions }) => extensions.code)).toEqual(['AUDIT_UNAVAILABLE'])
  } finally {
    await running.database.pool.query('alter table audit_record_away rename to audit_record')
  }
  expect(await waitUntil(async () => (await asked(clearance, tag)).status === 304, 5000)).toBe(true)
})

test('an old copy has another tag than a fresh one, when and how fast it was had makes none', () => {
  const tag = entityTags(Buffer.alloc(32))
  const said = (provenance: object, data = 'A') =>
    tag(
      JSON.stringify({
        data,
        extensions: { requestId: Math.random(), policyVersion: 'v', provenance: [provenance] },
      }),
      { ...beginTrace(undefined), executed: true },
    )
  const tax = { department: 'tax', fetchedAt: '2026-01-01T00:00:00Z', freshness: 'live', milliseconds: 3 }
  const plain = said(tax)
  expect(said({ ...tax, fetchedAt: '2026-01-02T00:00:00Z', freshness: 'cached', milliseconds: 0, age: 2 })).toBe(plain)
  expect(
    new Set([plain, said({ ...tax, freshness: 'stale' }), said({ ...tax, disputed: [1] }), said(tax, 'B')]).size,
  ).toBe(4)
  expect(names(plain?.slice(2), plain ?? '')).toBe(true)
})
