/** Registered documents: asked by their ids, and alone where a department is limited to them. */
import { beforeAll, describe, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { recordsOf } from './support/audit.ts'
import type { Persona } from './support/harness.ts'
import {
  clearance,
  documents,
  done,
  folderOf,
  get,
  grade,
  idOf,
  inForce,
  me,
  post,
  refused,
  running,
  send,
  uscc,
  variables,
  type Reply,
} from './support/registered.ts'

const unknown = (who: string) => [404, [['DOCUMENT_NOT_REGISTERED', `${who} has registered no document of this id.`]]]
const limited = (who: string) => [
  403,
  [
    [
      'DOCUMENT_NOT_REGISTERED',
      `${who} may ask by its registered documents alone, and this is none of them: send the documentId of one.`,
    ],
  ],
]

describe('register', () => {
  test('a folder: a line for each, by file; once more, nothing new', async () => {
    const path = await folderOf({
      'me.graphql': me,
      'more/grade.graphql': grade,
      'notes.txt': '{',
      '.old/x.graphql': '{',
    })
    const lines = `${idOf(me)}  me.graphql\n${idOf(grade)}  more/grade.graphql\n`
    const said = (fresh: number) => ({
      code: 0,
      stdout: lines,
      stderr: `2 documents of customs, ${fresh} of them new. ${inForce}\n`,
    })
    expect(done(await documents('register', path, '--department', 'customs'))).toEqual(said(2))
    expect(done(await documents('register', path, '--department', 'customs'))).toEqual(said(0))
    const listed = done(await documents('list'))
    expect({ ...listed, stdout: listed.stdout.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '‹at›') }).toEqual({
      code: 0,
      stdout: `customs  ${idOf(me)}  ‹at›  me.graphql\ncustoms  ${idOf(grade)}  ‹at›  more/grade.graphql\n`,
      stderr: 'Limited to registered documents: none.\n',
    })
    expect(done(await documents('list', '--department', 'tax')).stdout).toBe('')
  })

  test('one that is not valid, each with its line, and none is registered', async () => {
    const deep = `{ ${'a { '.repeat(13)}b${' }'.repeat(13)} }`
    const path = await folderOf({
      'a-good.graphql': '{ me { purposes } }',
      'b-syntax.graphql': '{ me {\n  department\n',
      'c-field.graphql': '{\n  me {\n    salary\n  }\n}\n',
      'd-deep.graphql': deep,
      'e-watch.graphql': 'subscription { me { department } }',
      'f-empty.graphql': '',
      'g-bytes.graphql': Buffer.from([0x7b, 0xff]),
      'h-zero.graphql': `# \0\n${me}`,
      'i-folder.graphql/good.graphql': me,
    })
    expect(done(await documents('register', path, '--department', 'tax'))).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        'b-syntax.graphql:3:1: Syntax Error: Expected Name, found <EOF>.',
        'c-field.graphql:3:5: Cannot query field "salary" on type "Viewer".',
        'd-deep.graphql: The document has 14 levels of selections; at most 12 are taken.',
        'e-watch.graphql:1:16: Cannot query field "me" on type "Subscription".',
        'f-empty.graphql:1:1: Syntax Error: Unexpected <EOF>.',
        'g-bytes.graphql: It is not UTF-8.',
        'h-zero.graphql: It holds a character that no document may (U+0000).',
        'Nothing was registered: 7 of 9 files cannot be asked by.\n',
      ].join('\n'),
    })
    expect(done(await documents('list', '--department', 'tax')).stdout).toBe('')
  })

  test.each<[string, () => Promise<string[]>, string]>([
    ['no folder', async () => ['register', '/nowhere', '--department', 'tax'], 'The folder /nowhere cannot be read.\n'],
    [
      'no document',
      async () => ['register', await folderOf({}), '--department', 'tax'],
      /The folder \S+ holds no/.source,
    ],
    [
      'nobody',
      async () => ['register', '.', '--department', 'nobody'],
      "argument 'nobody' is invalid. It must be one of",
    ],
    ['no such state', async () => ['limit', 'perhaps', '--department', 'tax'], 'Allowed choices are on, off.'],
  ])('%s is one sentence', async (_what, args, sentence) => {
    const { code, stdout, stderr } = await documents(...(await args()))
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(sentence))
  })

  test('as much text as a department may have, and not more', async () => {
    const comment = (bytes: number): string => `# ${'x'.repeat(bytes - me.length - 3)}\n${me}`
    const most = 4 * 1024 * 1024
    const full = await folderOf({ 'full.graphql': comment(most) })
    expect((await documents('register', full, '--department', 'fx')).code).toBe(0)
    const more = await folderOf({ 'more.graphql': '{ me { roles } }' })
    expect(done(await documents('register', more, '--department', 'fx'))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Nothing was registered: the documents of fx would be more than 4 MiB.\n',
    })
    expect((await documents('remove', idOf(comment(most)), '--department', 'fx')).code).toBe(0)
  })

  test('remove takes all or none', async () => {
    const path = await folderOf({ 'one.graphql': me, 'two.graphql': '{ me { roles } }' })
    await documents('register', path, '--department', 'market')
    const [one, two] = [idOf(me), idOf('{ me { roles } }')]
    expect(done(await documents('remove', one, 'sha256:0', '--department', 'market'))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Nothing was removed: market has not registered sha256:0.\n',
    })
    expect((await documents('list', '--department', 'market')).stdout.split('\n')).toHaveLength(3)
    expect(done(await documents('remove', one, two, '--department', 'market'))).toEqual({
      code: 0,
      stdout: '',
      stderr: `2 documents of market removed. ${inForce}\n`,
    })
    expect((await documents('list', '--department', 'market')).stdout).toBe('')
  })
})

describe('asked by id', () => {
  beforeAll(async () => {
    await documents('register', await folderOf({ 'grade.graphql': grade }), '--department', 'customs')
    expect(await waitUntil(async () => (await get(clearance, idOf(grade))).status === 200, 5000)).toBe(true)
  })
  const told = ({ body }: Reply) => ({
    data: body.data,
    errors: body.errors?.map(({ message, extensions }) => [message, extensions]),
  })

  test('answers as the document itself, by POST, by GET and by its own address', async () => {
    const whole = await post(clearance, { query: grade, variables: { uscc } })
    expect(whole.body).toMatchObject({
      data: { enterprise: { tax: { creditGrade: 'A', refunds: null } } },
      errors: [{ extensions: { reason: 'no-grant' } }],
    })
    const id = idOf(grade)
    const byId = await post(clearance, { documentId: id, variables: { uscc } })
    const byName = await post(clearance, { documentId: id, operationName: 'Grade', query: null, variables: { uscc } })
    const byParameter = await send(clearance, `/graphql?documentId=${encodeURIComponent(id)}&variables=${variables}`)
    const all = [byId, byName, byParameter, await get(clearance, id)]
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(all.map(told)).toEqual(all.map(() => told(whole)))
    const records = await Promise.all(
      [whole, ...all].map(({ headers }) => recordsOf(running.database.db, headers.get('x-request-id') ?? '')),
    )
    expect(records.map(([record]) => [record?.action, record?.document, record?.subjects])).toEqual(
      [whole, ...all].map(() => ['query', id.slice('sha256:'.length), [uscc]]),
    )
  })

  test('is of the department alone that registered it, and of whoever is signed in', async () => {
    const id = idOf(grade)
    expect(refused(await get({ as: 'tax', purpose: 'refund-review' }, id))).toEqual(unknown('tax'))
    expect(refused(await get(null, id))).toEqual(unknown('Nobody'))
    for (const other of [id.toUpperCase(), `${id}0`, 'sha256:', '__proto__', 'constructor', '%00']) {
      expect(refused(await get(clearance, other))).toEqual(unknown('customs'))
    }
    running.sandbox.calls.reset()
    const { headers } = await post(clearance, { documentId: 'sha256:0', variables: { uscc } })
    const [record] = await recordsOf(running.database.db, headers.get('x-request-id') ?? '')
    expect([record?.action, record?.outcome, record?.errors]).toEqual([
      'refused',
      'refused',
      ['DOCUMENT_NOT_REGISTERED'],
    ])
    expect(running.calls()).toEqual({})
  })

  test.each<[string, () => Promise<Reply>, string]>([
    [
      'both',
      () => post(clearance, { query: me, documentId: idOf(grade) }),
      'Send either the document as query, or its documentId.',
    ],
    ['a number', () => post(clearance, { documentId: 5 }), 'Send one documentId, as a string.'],
    [
      'two',
      () => send(clearance, `/graphql/${idOf(grade)}?documentId=${idOf(grade)}`),
      'Send one documentId, as a string.',
    ],
    [
      'both by GET',
      () => send(clearance, `/graphql/${idOf(grade)}?query=${me}`),
      'Send either the document as query, or its documentId.',
    ],
  ])('%s: BAD_REQUEST', async (_what, asked, message) => {
    expect(refused(await asked())).toEqual([400, [['BAD_REQUEST', message]]])
  })

  test('a mutation by POST alone, whatever the page is that asks', async () => {
    const mutation = 'mutation { __typename }'
    await documents('register', await folderOf({ 'change.graphql': mutation }), '--department', 'customs')
    const id = idOf(mutation)
    expect(await waitUntil(async () => (await post(clearance, { documentId: id })).status === 200, 5000)).toBe(true)
    const byGet = await get(clearance, id)
    expect([refused(byGet), byGet.headers.get('allow'), byGet.headers.get('etag')]).toEqual([
      [405, [['BAD_REQUEST', 'GET requests only support query operations, not mutation operations']]],
      'POST',
      null,
    ])
    // Another site's page can send a GET without this header, and none with it.
    const elsewhere = await get(clearance, idOf(grade), { 'apollo-require-preflight': '' })
    expect([elsewhere.status, elsewhere.body.data, elsewhere.headers.get('etag')]).toEqual([400, undefined, null])
    expect((await send(clearance, `/graphql/${idOf(grade)}`, { method: 'HEAD' })).status).toBe(405)
  })
})

describe('limited to its registered documents', () => {
  const fx: Persona = { as: 'fx' }
  test('a department is refused all others before they are looked at; others are not', async () => {
    expect(done(await documents('limit', 'on', '--department', 'fx'))).toEqual({
      code: 0,
      stdout: '',
      stderr: `fx may ask by its 0 documents alone. ${inForce}\n`,
    })
    expect(await waitUntil(async () => (await post(fx, { query: me })).status === 403, 5000)).toBe(true)
    await documents('register', await folderOf({ 'me.graphql': me }), '--department', 'fx')
    expect(await waitUntil(async () => (await post(fx, { query: me })).status === 200, 5000)).toBe(true)
    for (const query of ['{ me { roles } }', '{', `${me} `, '', '{ __schema { queryType { name } } }']) {
      expect(refused(await post(fx, { query }))).toEqual(limited('fx'))
    }
    const byGet = await send(fx, `/graphql?query=${encodeURIComponent('{ me { roles } }')}`)
    expect(refused(byGet)).toEqual(limited('fx'))
    const own = { me: { department: 'fx' } }
    const good = [
      await post(fx, { query: me }),
      await post(fx, { documentId: idOf(me) }),
      await send(fx, `/graphql?query=${encodeURIComponent(me)}`),
    ]
    expect(good.map(({ body }) => body.data)).toEqual([own, own, own])
    expect((await post({ as: 'tax' }, { query: '{ me { roles } }' })).status).toBe(200)
    expect((await documents('list')).stderr).toBe('Limited to registered documents: fx.\n')
    // Two documents at once, or one in a list of requests, do not slip through.
    const [registered, other] = [encodeURIComponent(me), encodeURIComponent('{ me { roles } }')]
    const twice = await send(fx, `/graphql?query=${registered}&query=${other}`)
    const batch = await post(fx, [{ query: '{ me { roles } }' }])
    const asText = await post(fx, { query: { kind: 'Document' } })
    expect([twice, batch, asText].map(({ status, body }) => [status, body.data, body.errors?.length])).toEqual([
      [400, undefined, 1],
      [400, undefined, 1],
      [400, undefined, 1],
    ])
    expect((await documents('limit', 'off', '--department', 'fx')).stderr).toBe(
      `fx may ask by any document. ${inForce}\n`,
    )
    expect(await waitUntil(async () => (await post(fx, { query: '{ me { roles } }' })).status === 200, 5000)).toBe(true)
  })
})
