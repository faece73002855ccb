/** `hutong serve --only`: one slice as a process. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sliceIds } from '../departments.ts'
import { freshDatabase } from './support/database.ts'
import { freePorts, hutong, signalGroup } from './support/serve.ts'
import { port, post, ready, stopped, tokensOf } from './support/start.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

const asked = async (query: string, token: string, at = port): Promise<unknown> => {
  const response = await post('/graphql', { query }, { authorization: `Bearer ${token}` }, at)
  return response.json()
}
const entities = (fields: string): string =>
  `{ _entities(representations: [{ __typename: "Enterprise", uscc: "91350102MYE0000341" }]) { ... on Enterprise { ${fields} } } }`

test('the slice of a department, with a database and development departments of its own', async () => {
  const slice = await ready({}, ['--only', 'commerce'])
  const { stdout } = slice.said
  expect(stdout).toMatch(/^\nHutong 互通, the slice commerce alone, is ready after \d+\.\d s\.\n/)
  expect(stdout).toContain(`\n  Departments  commerce 商务 ${port + 6} (made-up data)\n`)
  expect(stdout).not.toContain('curl')
  expect(slice.said.stderr).toBe('')
  const [token = ''] = tokensOf(stdout)
  expect(await asked(entities('commerce { filing { zone } }'), token)).toMatchObject({
    data: { _entities: [{ commerce: { filing: { zone: '福州' } } }] },
    extensions: { provenance: [{ department: 'commerce' }] },
  })
  await stopped(slice, () => signalGroup(slice, 'SIGINT'))
})

test('two slices over one database and one data folder: the one that asks no department starts none, a token serves both', async () => {
  const store = await freshDatabase()
  const hub = await ready({ DATABASE_URL: store.url }, ['--only', 'hub'])
  expect(hub.said.stdout).not.toMatch(/Departments|Control|curl/)
  const [token = ''] = tokensOf(hub.said.stdout)
  expect(await asked('{ enterprise(uscc: "91350102MYE0000341") { division { city } } }', token)).toMatchObject({
    data: { enterprise: { division: { city: '福州市' } } },
  })
  const at = await freePorts()
  const fx = await ready({ DATABASE_URL: store.url, PORT: String(at) }, ['--only', 'fx'])
  expect(await asked(entities('fx { class }'), token, at)).toMatchObject({
    data: { _entities: [{ fx: { class: 'A' } }] },
  })
  for (const slice of [fx, hub]) signalGroup(slice, 'SIGINT')
  expect([(await fx.ended).code, (await hub.ended).code]).toEqual([0, 0])
  await store.drop()
})

test('what the manual tells routers to pass on is what the router of the tests passes on, and its commands name slices', () => {
  const [, section = ''] = /\n## Running one slice alone\n([\s\S]*?)\n## /.exec(read('../docs/operating.md')) ?? []
  const [, told = ''] = /^- Pass on (.*?)\./m.exec(section) ?? []
  const [, passed = ''] = /passedOn = \[(.*?)\]/.exec(read('support/router.js')) ?? []
  const names = (text: string, quote: string) => text.split(quote).filter((_, at) => at % 2 === 1)
  expect(names(told, '`')).toEqual(['authorization', 'x-purpose', 'x-request-id'])
  expect(names(passed, "'")).toEqual(names(told, '`'))
  const slices = [...section.matchAll(/hutong serve --only (\w+)$/gm)].map((match) => match[1])
  expect(slices).toEqual(['hub', 'customs'])
  expect(slices.filter((name) => !sliceIds.some((id) => id === name))).toEqual([])
})

test('a slice that there is not', async () => {
  const { code, stdout, stderr } = await hutong(['serve', '--only', 'police'], {}).ended
  expect({ code, stdout, stderr: stderr.split('\n')[0] }).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: option '--only <slice>' argument 'police' is invalid. It must be one of ${sliceIds.join(', ')}.`,
  })
})
