/** Attack 1: a protected field of an implementing type, reached through a field of an interface or of a union. */
import { isAbstractType } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fetches } from '../../auth/plan.ts'
import type { Policy } from '../../auth/vocabulary.ts'
import { buildView } from '../../hub/schema.ts'
import type { Answer } from '../support/harness.ts'
import { grantOf } from './granted-hub.ts'
import { conditions, serveView, stated, type ServedView } from './served-view.ts'

const toldOf = ({ errors }: Pick<Answer, 'errors'>) =>
  (errors ?? []).map(({ path, extensions }) => [path?.join('.'), extensions.code])

test('attack 1: the view has no interface and no union, so what follows is all of them', () => {
  expect(Object.values(buildView().schema.getTypeMap()).filter((type) => isAbstractType(type))).toEqual([])
})

/** Two departments' records behind one interface, of which each has its own policy. */
const sdl = `
  type Query { papers: [Paper!]! paper: Paper stored: Paper either: Either keeper: Keeper }
  interface Paper { number: String body: String file: File }
  interface File { name: String secret: String }
  type Form implements Paper { number: String body: String file: FormFile }
  type Note implements Paper { number: String body: String file: NoteFile }
  type FormFile implements File { name: String secret: String }
  type NoteFile implements File { name: String secret: String }
  union Either = Form | Note
  type Keeper { paper: Paper }
`
const shared = (sharing: 'OPEN' | 'CONDITIONAL') => (sharing === 'OPEN' ? { sharing } : { sharing, conditions })
const policyOf = (
  owner: 'customs' | 'tax',
  type: string,
  doors: Policy['doors'],
  sharing: 'OPEN' | 'CONDITIONAL',
): Policy => ({
  owner,
  doors,
  follows: [],
  defaults: stated,
  items: [
    { id: `${owner}.open`, zh: '公开', en: 'Open', sharing: 'OPEN', data: [`${type}.number`] },
    { id: `${owner}.body`, zh: '内容', en: 'Body', ...shared(sharing), data: [`${type}.body`] },
    {
      id: `${owner}.file`,
      zh: '卷宗',
      en: 'File',
      ...shared(sharing),
      data: [`${type}File.*`],
      containers: [`${type}.file`],
    },
  ],
})

const asked: string[] = []
const record = (type: 'Form' | 'Note') => ({ __typename: type, number: `${type} 1`, body: `${type} body` })
const file = (type: 'Form' | 'Note') =>
  fetches(() => {
    asked.push(type)
    return { __typename: `${type}File`, name: `${type} file`, secret: `${type} secret` }
  })
let served: ServedView
beforeAll(async () => {
  served = await serveView({
    sdl,
    policies: [
      policyOf(
        'customs',
        'Form',
        ['Query.papers', 'Query.paper', 'Query.stored', 'Query.either', 'Query.keeper', 'Keeper.paper'],
        'OPEN',
      ),
      policyOf('tax', 'Note', [], 'CONDITIONAL'),
    ],
    resolvers: [
      {
        Query: {
          papers: () => [record('Form'), record('Note')],
          paper: () => record('Note'),
          stored: fetches(() => {
            asked.push('stored')
            return record('Note')
          }),
          either: () => record('Note'),
          keeper: () => ({ paper: record('Note') }),
        },
        Form: { file: file('Form') },
        Note: { file: file('Note') },
      },
    ],
  })
})
afterAll(() => served.stop())
beforeEach(() => void asked.splice(0))

describe('a field of an interface or a union is decided by the type that stands behind it', () => {
  const all = 'number body file { name secret }'
  const formSeen = { number: 'Form 1', body: 'Form body', file: { name: 'Form file', secret: 'Form secret' } }
  const noteSeen = { number: 'Note 1', body: null, file: null }
  const noteInFull = { number: 'Note 1', body: 'Note body', file: { name: 'Note file', secret: 'Note secret' } }
  const listed = (below: string) => `{ papers { ${below} } }`

  const cases: [string, string, unknown, unknown, string[]][] = [
    [
      'on the interface',
      listed(all),
      { papers: [formSeen, noteSeen] },
      { papers: [formSeen, noteInFull] },
      ['papers.1'],
    ],
    [
      'on each type',
      listed(`... on Form { ${all} } ... on Note { ${all} }`),
      { papers: [formSeen, noteSeen] },
      { papers: [formSeen, noteInFull] },
      ['papers.1'],
    ],
    [
      'half on the interface, half on the type',
      listed(
        `... on Paper { number body } ... on Note { file { name secret } } ... on Form { file { ... on File { name secret } } }`,
      ),
      { papers: [formSeen, noteSeen] },
      { papers: [formSeen, noteInFull] },
      ['papers.1'],
    ],
    [
      'a field of an interface',
      `{ paper { ... on Note { ${all} } } }`,
      { paper: noteSeen },
      { paper: noteInFull },
      ['paper'],
    ],
    [
      'a named fragment on the interface',
      `{ paper { ...P } } fragment P on Paper { ${all} }`,
      { paper: noteSeen },
      { paper: noteInFull },
      ['paper'],
    ],
    ['a union', `{ either { ... on Paper { ${all} } } }`, { either: noteSeen }, { either: noteInFull }, ['either']],
    [
      'a record behind another',
      `{ keeper { paper { ${all} } } }`,
      { keeper: { paper: noteSeen } },
      { keeper: { paper: noteInFull } },
      ['keeper.paper'],
    ],
  ]

  test.each(cases)('attack 1: %s', async (_what, query, seen, inFull, at) => {
    const answer = await served.ask({ as: 'customs' }, query)
    expect(answer.data).toEqual(seen)
    expect(toldOf(answer)).toEqual(
      at.flatMap((path) => ['body', 'file'].map((field) => [`${path}.${field}`, 'UNAUTHORIZED_FIELD_OR_TYPE'])),
    )
    expect(asked).not.toContain('Note')
    expect(await served.ask({ as: 'tax' }, query)).toEqual({ data: inFull })
  })

  test('attack 1: the record of the closed type is not asked for, that of the open type is', async () => {
    await served.ask({ as: 'customs' }, listed('file { secret }'))
    expect(asked).toEqual(['Form'])
    await served.ask({ as: 'tax' }, listed('file { secret }'))
    expect(asked).toEqual(['Form', 'Form', 'Note'])
  })

  test('attack 1: what a selection reads is told for each type, though it is written once for the interface', async () => {
    // Customs may read the name of a note's file and nothing else of it, and all of a form's.
    const grant = grantOf('customs', 'tax.file', 'audit', { coordinates: ['NoteFile.name'] })
    served.decideBy({ grants: [grant], version: 'names' })
    const persona = { as: 'customs', purpose: 'audit' } as const
    const named = await served.ask(persona, listed('file { name }'))
    expect(named).toEqual({ data: { papers: [{ file: { name: 'Form file' } }, { file: { name: 'Note file' } }] } })
    asked.splice(0)
    const secret = await served.ask(persona, listed('file { secret }'))
    served.decideBy({ grants: [], version: 'none' })
    expect(secret.data).toEqual({ papers: [{ file: { secret: 'Form secret' } }, { file: null }] })
    expect(asked).toEqual(['Form'])
  })

  test('attack 1: a field of an interface that asks a department does not ask for what is closed', async () => {
    const closed = await served.ask({ as: 'portal' }, '{ stored { ... on Note { body } } }')
    expect(JSON.stringify(closed.data)).not.toContain('Note')
    expect(asked).toEqual([])
    expect(await served.ask({ as: 'tax' }, '{ stored { body } }')).toEqual({ data: { stored: { body: 'Note body' } } })
    expect(asked).toEqual(['stored'])
  })
})
