/**
 * Attack 14: names that lead to the prototype of objects, as aliases, variables and JSON of a caller, and in what a
 * department says. Each is taken as the plain name that it is or refused, and no object of the process changes.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { jsonOf } from '../../adapters/kernel/json.ts'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { errorsOf, fields, from, others, persona, sources, without, type Enterprise } from '../support/faulty-hub.ts'
import type { Answer } from '../support/harness.ts'
import { misfit } from '../support/scripted-customs.ts'
import { outcome, ScriptedDepartment } from '../support/scripted-department.ts'
import { runBetween } from './between.ts'
import { refusal, send, told } from './over-http.ts'

const between = await runBetween()
const { running } = between
afterAll(() => between.stop())
beforeEach(() => running.sandbox.calls.reset())

const uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''
const authorization = `Bearer ${await running.token({ as: 'customs' })}`
const post = (body: string) =>
  send(`${running.hub.url}/graphql`, { headers: { 'content-type': 'application/json', authorization }, body })
const dataOf = ({ text }: { text: string }): unknown => (JSON.parse(text) as { data: unknown }).data

/** The hub runs in this process, so that what it did to all objects is seen here. */
const prototypes = [Object, Array, Function, String, Map, Promise].map(({ prototype }) => prototype as object)
const members = () =>
  prototypes.flatMap((prototype) =>
    Reflect.ownKeys(prototype).map((key) => {
      const descriptor: { value?: unknown; get?: unknown } | undefined = Object.getOwnPropertyDescriptor(prototype, key)
      return [String(key), descriptor?.value ?? descriptor?.get] as const
    }),
  )
const before = members()
afterEach(() => {
  const after = members()
  expect(after.map(([name]) => name)).toEqual(before.map(([name]) => name))
  expect(after.filter(([, value], at) => value !== before[at]?.[1])).toEqual([])
})

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']
/** An object with a member of any name, as JSON writes it. */
const holding = (name: string, value: unknown): string => `{${JSON.stringify(name)}:${JSON.stringify(value)}}`
/** Without members that could not be told from those of a prototype: the text itself. */
const dataText = ({ text }: { text: string }): string =>
  /"data":(.*?),"extensions":\{"requestId"/.exec(text)?.[1] ?? text

describe('names of a caller', () => {
  test.each(names)('attack 14: %s as an alias', async (name) => {
    const source = `{ ${name}: enterprise(uscc: "${uscc}") { ${name}: customs { ${name}: creditGrade } } other: me { ${name}: department } }`
    const answer = await post(JSON.stringify({ query: source }))
    const section = `{"${name}":{"${name}":{"${name}":"ADVANCED_CERTIFIED"}},"other":{"${name}":"customs"}}`
    expect([answer.status, dataText(answer)]).toEqual([200, section])
    expect(running.calls()).toEqual({ customs: 1 })
  })

  test.each(names)('attack 14: %s as an alias of what is denied', async (name) => {
    const source = `{ ${name}: enterprise(uscc: "${uscc}") { ${name}: tax { ${name}: arrears { amount } } } }`
    const answer = await post(JSON.stringify({ query: source }))
    expect(dataText(answer)).toBe(`{"${name}":{"${name}":{"${name}":null}}}`)
    const { errors } = JSON.parse(answer.text) as { errors: { path: string[]; extensions: { code: string } }[] }
    expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [[name, name, name], 'UNAUTHORIZED_FIELD_OR_TYPE'],
    ])
    expect(running.calls()).toEqual({})
  })

  test.each(names)('attack 14: %s as a fragment and as an operation', async (name) => {
    const query = `query ${name} { ...${name} } fragment ${name} on Query { me { department } }`
    const answer = await post(JSON.stringify({ query, operationName: name }))
    expect(dataOf(answer)).toEqual({ me: { department: 'customs' } })
  })

  test.each(names)('attack 14: %s as an operation that is not there', async (name) => {
    const answer = await post(JSON.stringify({ query: 'query A { me { department } }', operationName: name }))
    expect(told(answer)).toEqual(refusal(400, 'OPERATION_RESOLUTION_FAILURE', `Unknown operation named "${name}".`))
  })

  const asking = (name: string, type: string): string =>
    `query ($${name}: ${type}) { enterprise(uscc: $${name}) { uscc } }`
  test.each(names.filter((name) => name !== '__proto__'))('attack 14: %s as a variable', async (name) => {
    const query = JSON.stringify(asking(name, 'USCC!'))
    expect(dataOf(await post(`{"query":${query},"variables":${holding(name, uscc)}}`))).toEqual({
      enterprise: { uscc },
    })
  })

  test.each(names)('attack 14: %s as a variable with a default', async (name) => {
    const query = asking(name, `USCC! = "${uscc}"`)
    expect(dataOf(await post(JSON.stringify({ query })))).toEqual({ enterprise: { uscc } })
  })

  test.each(names)('attack 14: %s as a variable that is needed and not given', async (name) => {
    const answer = await post(JSON.stringify({ query: asking(name, 'USCC!') }))
    expect(JSON.parse(answer.text)).toEqual({
      errors: [
        {
          message: `Variable "$${name}" of required type "USCC!" was not provided.`,
          locations: [{ line: 1, column: 8 }],
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
      extensions: expect.objectContaining({ provenance: [] }) as unknown,
    })
  })

  test.each(names)('attack 14: %s as a variable that may be left out, and is', async (name) => {
    const query = `query ($${name}: Int) { enterprise(uscc: "${uscc}") { customs { inspections(first: $${name}) { totalCount } } } }`
    const plain = query.replaceAll(name, 'plain')
    expect(dataOf(await post(JSON.stringify({ query })))).toEqual(dataOf(await post(JSON.stringify({ query: plain }))))
  })

  test.each(names)('attack 14: %s as a variable that includes and skips', async (name) => {
    for (const holds of [true, false]) {
      const query = `query ($${name}: Boolean! = ${holds}) { me { department @include(if: $${name}) subject @skip(if: $${name}) } }`
      expect(dataOf(await post(JSON.stringify({ query })))).toEqual({
        me: holds ? { department: 'customs' } : { subject: 'customs-officer' },
      })
    }
  })

  const notJson = refusal(400, 'BAD_REQUEST', 'The body is not valid JSON.')
  const document = '"query":"{ me { department } }"'
  test.each([
    ['at the top', `{${document},"__proto__":{"polluted":true}}`],
    ['among the variables', `{${document},"variables":{"__proto__":{"polluted":true}}}`],
    ['within a variable', `{${document},"variables":{"a":[{"b":{"__proto__":{"polluted":true}}}]}}`],
    [
      'with its letters as escapes',
      `{${document},"variables":{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":true}}}`,
    ],
    ['among the extensions', `{${document},"extensions":{"__proto__":{"polluted":true}}}`],
    ['by the constructor', `{${document},"variables":{"constructor":{"prototype":{"polluted":true}}}}`],
    ['by the constructor, at the top', `{${document},"constructor":{"prototype":{"polluted":true}}}`],
  ])('attack 14: a member of the body that leads to the prototype, %s, is refused', async (_where, body) => {
    expect(told(await post(body))).toEqual(notJson)
  })

  test('attack 14: such a member in the variables of a GET is no variable', async () => {
    const search = new URLSearchParams({
      query: asking('uscc', 'USCC!'),
      variables: `{"uscc":"${uscc}","__proto__":{"uscc":"x","polluted":true},"constructor":{"prototype":{"polluted":true}}}`,
    })
    const answer = await send(`${running.hub.url}/graphql?${search.toString()}`, {
      method: 'GET',
      headers: { authorization, 'apollo-require-preflight': '1' },
    })
    expect(dataOf(answer)).toEqual({ enterprise: { uscc } })
  })

  test.each(['viewer', 'purposes', 'mandate'])('attack 14: %s of a development token', async (member) => {
    for (const name of names) {
      const body = JSON.stringify({ viewer: 'tax', [member]: member === 'viewer' ? name : [name] })
      const { status } = await send(`${running.hub.url}/explorer/token`, {
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect([name, status]).toEqual([name, member === 'purposes' ? 200 : 400])
    }
  })
})

describe('names of a department', () => {
  let baseline: Answer
  const ask = () => running.ask(persona, `{ enterprise(uscc: "${uscc}") { ${fields} } }`)
  beforeAll(async () => void (baseline = await ask()))
  beforeEach(() => between.honest())
  const isXml = (id: DepartmentId): boolean => id === 'postal'

  /** A member put before the first one of the answer, and one into the first record within it. */
  const polluted: [string, string, string][] = [
    ['__proto__', '"__proto__":{"polluted":true},', '<__proto__><polluted>1</polluted></__proto__>'],
    [
      'constructor',
      '"constructor":{"prototype":{"polluted":true}},',
      '<constructor><prototype>1</prototype></constructor>',
    ],
    ['prototype', '"prototype":{"polluted":true},', '<prototype><polluted>1</polluted></prototype>'],
    ['an escaped __proto__', '"\\u005f_proto__":{"polluted":true},', '<__proto__>1</__proto__>'],
  ]
  const put = (id: DepartmentId, body: Buffer, json: string, xml: string, deep: boolean): Buffer => {
    const text = body.toString('latin1')
    if (isXml(id))
      return Buffer.from(
        text.replace(deep ? '<volumes>' : '<enterprise>', (tag) => tag + xml),
        'latin1',
      )
    const at = text.indexOf('{', deep ? 1 : 0) + 1
    return Buffer.from(text.slice(0, at) + json + text.slice(at), 'latin1')
  }

  const cases = departmentIds.flatMap((id) =>
    polluted.flatMap(([name, json, xml]) =>
      [false, true].map((deep) => [id, name, deep ? 'within' : 'on top', json, xml] as const),
    ),
  )
  test.each(cases)('attack 14: %s says %s %s: nothing of it is believed', async (id, _name, where, json, xml) => {
    between.standIn[id].says(async (heard) => {
      // A 304 says nothing that could be changed.
      const { 'if-none-match': _known, ...headers } = heard.headers
      const said = await between.truly(id, { ...heard, headers })
      if (heard.path === '/oauth/token') return said
      const body = put(id, said.body, json, xml, where === 'within')
      expect(body.equals(said.body)).toBe(false)
      return { ...said, body }
    })
    const answer = await ask()
    const enterprise = baseline.data?.enterprise as Enterprise
    expect(answer.data).toEqual({ enterprise: without(enterprise, id) })
    expect(errorsOf(answer, id).toSorted()).toEqual(
      from(id)
        .map((field) => [`enterprise.${field}`, 'contract'])
        .toSorted(),
    )
    expect(sources(answer)).toEqual(others(id))
    expect('polluted' in {}).toBe(false)
    between.honest()
    const after = await ask()
    expect([after.data, after.errors]).toEqual([baseline.data, undefined])
  })

  test('attack 14: customs hands out a token with such a member', async () => {
    const token = await ScriptedDepartment.start()
    token.says({
      headers: { 'content-type': 'application/json' },
      body: '{"__proto__":{"polluted":true},"access_token":"x","token_type":"Bearer","expires_in":60}',
    })
    const answer = await token.client('customs').call(token.scope(), () => ({ method: 'POST', path: '/oauth/token' }))
    const read = async () => jsonOf(token.client('customs'), answer)
    expect(await outcome(read())).toEqual(misfit('The answer has a member __proto__.'))
    await token.stop()
  })

  test('attack 14: the metrics are those of the hub', async () => {
    const { status, text } = await send(`${running.hub.url}/metrics`, { method: 'GET' })
    expect([status, /polluted|__proto__/.test(text)]).toEqual([200, false])
    expect(text).toContain('hutong_department_up{department="postal"} 1\n')
  })
})

describe('the reader of JSON', () => {
  const department = { department: 'tax' } as Parameters<typeof jsonOf>[0]
  const read = async (text: string) =>
    jsonOf(department, {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(text),
      at: new Date(),
      milliseconds: 1,
    })

  test.each([
    ['{"__proto__":1}', '__proto__'],
    ['{"a":[{"__proto__":{}}]}', '__proto__'],
    ['{"\\u005F_proto__":null}', '__proto__'],
    ['{"__prot\\u006f__":null}', '__proto__'],
    ['{"constructor":{"prototype":{}}}', 'prototype'],
    ['{"c\\u006fnstructor":"x"}', 'constructor'],
    ['{"prototype":[]}', 'prototype'],
  ])('attack 14: %s is refused', async (text, name) => {
    expect(await outcome(read(text))).toEqual(misfit(`The answer has a member ${name}.`))
  })

  test.each(['{"name":"__proto__"}', '["constructor","prototype"]', '{"proto":1,"constructors":2}', '"__proto__"'])(
    'attack 14: %s is a value like any other',
    async (text) => {
      expect(await read(text)).toEqual(JSON.parse(text))
    },
  )
})
