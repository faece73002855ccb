/** The commands against one running hub, and their help. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { base, callers, command, misused, port, printed, told, viewers, type Result } from './support/commands.ts'
import { project, run } from './support/serve.ts'

async function ask(token: string, query: string, purpose?: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token.trim()}`,
      ...(purpose === undefined ? {} : { 'x-purpose': purpose }),
    },
    body: JSON.stringify({ query }),
  })
  return ((await response.json()) as { data: unknown }).data
}

describe('token', () => {
  const me = '{ me { department purposes purpose } }'

  test('prints a token and nothing else, which the hub takes', async () => {
    const { stdout, ...rest } = await command(['token', 'tax'])
    expect(rest).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(await ask(stdout, me, 'refund-review')).toEqual({
      me: { department: 'tax', purposes: ['refund-review'], purpose: 'refund-review' },
    })
  })

  test('with purposes, before or after the department', async () => {
    for (const args of [
      ['--purpose', 'audit', '--purpose', 'clearance', 'customs'],
      ['customs', '--purpose', 'audit', '--purpose', 'clearance'],
    ]) {
      const { stdout } = await command(['token', ...args])
      expect(await ask(stdout, me, 'audit')).toEqual({
        me: { department: 'customs', purposes: ['audit', 'clearance'], purpose: 'audit' },
      })
    }
  })

  test('with roles, for an office too', async () => {
    const roles = async (args: string[]) =>
      ask((await command(['token', ...args])).stdout, '{ me { department roles } }')
    expect(await roles(['authority', '--role', 'auditor'])).toEqual({
      me: { department: 'authority', roles: ['auditor'] },
    })
    expect(await roles(['tax', '--role', 'officer', '--role', 'steward'])).toEqual({
      me: { department: 'tax', roles: ['officer', 'steward'] },
    })
    expect(await command(['token', 'tax', '--role', 'auditor'])).toEqual(told('tax may not hold these roles: auditor.'))
  })

  test("a bank's token with a mandate reaches the enterprises it names", async () => {
    const { stdout } = await command(['token', 'bank', '--mandate', '91350102MYE0000341'])
    const both = '{ enterprises(usccs: ["91350102MYE0000341", "91350602MY0000178A"]) { fx { class } } }'
    expect(await ask(stdout, both, 'authenticity-review')).toEqual({
      enterprises: [{ fx: { class: 'A' } }, { fx: { class: null } }],
    })
  })

  test.each([
    [['nobody'], `command-argument value 'nobody' is invalid for argument 'who'. It must be one of ${callers}.`],
    [[], "missing required argument 'who'"],
  ])('%j', async (args, complaint) => {
    expect(await command(['token', ...args])).toEqual(misused(complaint))
  })
})

describe('explain', () => {
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(base, name)
    await writeFile(file, text)
    return file
  }
  const explanation = async (args: readonly string[]): Promise<Result> => {
    const result = await command(['explain', ...args])
    return { ...result, stdout: result.stdout.replace(/policy [0-9a-f]{12}/, 'policy ‹version›') }
  }

  test('allows, masks and denies, and says what to do', async () => {
    const file = await write(
      'one.graphql',
      `query One {
        enterprise(uscc: "91350102MYE0000341") {
          name
          market { legalRepresentative { name idNumber } }
          tax { creditGrade arrears { amount } }
          customs { declarations { totalCount } }
        }
      }`,
    )
    expect(await explanation(['--as', 'tax', '--purpose', 'refund-review', file])).toEqual(
      printed(`tax, for refund-review (policy ‹version›)

ALLOW  enterprise                                      door
ALLOW  enterprise.name                                 open  market.registration
ALLOW  enterprise.market                               door
ALLOW  enterprise.market.legalRepresentative           masked  market.legalRepresentative
MASK   enterprise.market.legalRepresentative.name      masked  market.legalRepresentative
MASK   enterprise.market.legalRepresentative.idNumber  masked  market.legalRepresentative
       Apply to market for market.legalRepresentative, stating basis, scenario and scope (政务数据共享条例 art. 20).
ALLOW  enterprise.tax                                  door
ALLOW  enterprise.tax.creditGrade                      own  tax.creditGrade
ALLOW  enterprise.tax.arrears                          own  tax.arrears
ALLOW  enterprise.tax.arrears.amount                   own  tax.arrears
ALLOW  enterprise.customs                              door
ALLOW  enterprise.customs.declarations                 grant:development:tax:customs.declarations:refund-review  customs.declarations  only divisions 3501*, 3504*
ALLOW  enterprise.customs.declarations.totalCount      grant:development:tax:customs.declarations:refund-review  customs.declarations  only divisions 3501*, 3504*

13 fields: 11 ALLOW, 2 MASK, 0 DENY.
`),
    )
    expect(await explanation(['--as', 'customs', file])).toEqual(
      printed(`customs, stating no purpose (policy ‹version›)

ALLOW  enterprise                                      door
ALLOW  enterprise.name                                 open  market.registration
ALLOW  enterprise.market                               door
ALLOW  enterprise.market.legalRepresentative           masked  market.legalRepresentative
MASK   enterprise.market.legalRepresentative.name      masked  market.legalRepresentative
MASK   enterprise.market.legalRepresentative.idNumber  masked  market.legalRepresentative
       Send the header X-Purpose: clearance.
ALLOW  enterprise.tax                                  door
DENY   enterprise.tax.creditGrade                      other-purpose  tax.creditGrade
       customs may read tax.creditGrade (纳税信用级别) for clearance, but the request states no purpose. Send the header X-Purpose: clearance.
DENY   enterprise.tax.arrears                          no-grant  tax.arrears
DENY   enterprise.tax.arrears.amount                   no-grant  tax.arrears
       customs holds no grant for tax.arrears (欠税信息), which is shared conditionally 有条件共享. Apply to tax for tax.arrears, stating basis, scenario and scope (政务数据共享条例 art. 20).
ALLOW  enterprise.customs                              door
ALLOW  enterprise.customs.declarations                 own  customs.declarations
ALLOW  enterprise.customs.declarations.totalCount      own  customs.declarations

13 fields: 8 ALLOW, 2 MASK, 3 DENY.
`),
    )
  })

  test('for a purpose that the department has no grant for yet', async () => {
    const file = await write('audit.graphql', '{ enterprise(uscc: "91350102MYE0000341") { tax { creditGrade } } }')
    expect(await explanation(['--as', 'customs', '--purpose', 'audit', file])).toEqual(
      printed(`customs, for audit (policy ‹version›)

ALLOW  enterprise                  door
ALLOW  enterprise.tax              door
DENY   enterprise.tax.creditGrade  other-purpose  tax.creditGrade
       customs may read tax.creditGrade (纳税信用级别) for clearance, but the request states audit. Send the header X-Purpose: clearance.

3 fields: 2 ALLOW, 0 MASK, 1 DENY.
`),
    )
  })

  test('with the reasons, where they are asked for, said once for fields that share them', async () => {
    const file = await write(
      'why.graphql',
      '{ enterprise(uscc: "91350102MYE0000341") { tax { creditGrade arrears { amount } } } }',
    )
    expect(await explanation(['--as', 'customs', '--why', file])).toEqual(
      printed(`customs, stating no purpose (policy ‹version›)

ALLOW  enterprise                     door
ALLOW  enterprise.tax                 door
       yes  It carries no data of a department; anyone signed in may open it.
DENY   enterprise.tax.creditGrade     other-purpose  tax.creditGrade
       no   tax.creditGrade (纳税信用级别) is CONDITIONAL 有条件共享: A reader with a grant for the item, the purpose and the division, as the catalogue states. (政务数据共享条例 第十四条（二）、第十五条第二款)
       no   tax provides it, not customs.
       no   The grant development:customs:tax.creditGrade:clearance does not hold: its purpose is clearance, the request states no purpose.
       customs may read tax.creditGrade (纳税信用级别) for clearance, but the request states no purpose. Send the header X-Purpose: clearance.
DENY   enterprise.tax.arrears         no-grant  tax.arrears
DENY   enterprise.tax.arrears.amount  no-grant  tax.arrears
       no   tax.arrears (欠税信息) is CONDITIONAL 有条件共享: A reader with a grant for the item, the purpose and the division, as the catalogue states. (政务数据共享条例 第十四条（二）、第十五条第二款)
       no   tax provides it, not customs.
       no   customs holds no grant for tax.arrears; tax (税务) gives them (art. 21).
       customs holds no grant for tax.arrears (欠税信息), which is shared conditionally 有条件共享. Apply to tax for tax.arrears, stating basis, scenario and scope (政务数据共享条例 art. 20).

5 fields: 2 ALLOW, 0 MASK, 3 DENY.
`),
    )
  })

  test('of several operations, the one that is named', async () => {
    const file = await write('two.graphql', 'query A { me { department } } query B { me { purposes } }')
    expect(await explanation(['--as', 'fx', file])).toEqual(
      told('Name the operation to explain: the document holds several or none.'),
    )
    expect(await explanation(['--as', 'fx', '--operation', 'B', file])).toEqual(
      printed(`fx, stating no purpose (policy ‹version›)

ALLOW  me           door
ALLOW  me.purposes  door

2 fields: 2 ALLOW, 0 MASK, 0 DENY.
`),
    )
  })

  test.each([
    ['no GraphQL', '{ me {', 'Syntax Error: Expected Name, found <EOF>. (line 1, column 7)'],
    [
      'not of this schema',
      '{\n  me { nothing }\n}',
      'Cannot query field "nothing" on type "Viewer". (line 2, column 8)',
    ],
  ])('a document that is %s', async (_how, text, sentence) => {
    const file = await write('invalid.graphql', text)
    expect(await explanation(['--as', 'customs', file])).toEqual(told(sentence))
  })

  test('what is misused', async () => {
    const file = await write('me.graphql', '{ me { department } }')
    expect(await explanation(['--as', 'customs', join(base, 'none.graphql')])).toEqual(
      told(`The file ${join(base, 'none.graphql')} cannot be read.`),
    )
    expect(await explanation([file])).toEqual(misused("required option '--as <who>' not specified"))
    expect(await explanation(['--as', 'police', file])).toEqual(
      misused(`option '--as <who>' argument 'police' is invalid. It must be one of ${viewers}.`),
    )
  })
})

describe('schema', () => {
  test('prints the schema, without a hub', async () => {
    const schema = await readFile(join(project, 'codegen', 'generated', 'schema.graphql'), 'utf8')
    expect(await command(['schema'], { PORT: '1' })).toEqual(printed(schema))
  })

  test('a reader that has seen enough is no failure', async () => {
    const script = `"$0" hub/hutong.js schema | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await run('bash', ['-c', script, process.execPath], {}).ended
    expect({ stdout, stderr }).toEqual({ stdout: '# Generated by `npm run codegen`; do not edit.\n0\n', stderr: '' })
  })
})

describe('help', () => {
  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { version: string }
    expect(await command(['--version'], { PORT: '1' })).toEqual(printed(`${version}\n`))
  })

  const commands = [
    [],
    ['serve'],
    ['token'],
    ['explain'],
    ['schema'],
    ['audit'],
    ['audit', 'export'],
    ['audit', 'keys'],
    ['audit', 'verify'],
    ['ceb'],
    ['ceb', 'validate'],
    ['ceb', 'summarize'],
    ['documents'],
    ['documents', 'register'],
    ['documents', 'list'],
    ['documents', 'remove'],
    ['documents', 'limit'],
    ['policy'],
    ['policy', 'diff'],
    ['sandbox'],
    ['sandbox', 'enterprises'],
    ['sandbox', 'fault'],
    ['sandbox', 'trade'],
  ]

  test('--help says it all on stdout, with an example', async () => {
    const texts = await Promise.all(
      commands.map(async (args) => {
        const { stdout, ...rest } = await command([...args, '--help'], { PORT: '1' })
        expect(rest).toEqual({ code: 0, stderr: '' })
        expect(stdout).toMatch(/\nExamples?:\n {2}\S/)
        return `$ npx hutong ${[...args, '--help'].join(' ')}\n${stdout}`
      }),
    )
    await expect(texts.join('\n')).toMatchFileSnapshot('support/help.txt')
  })

  test('an unknown command, and none', async () => {
    expect(await command(['start'])).toEqual(misused("unknown command 'start'"))
    const { stdout } = await command(['--help'])
    expect(await command([])).toEqual({ code: 1, stdout: '', stderr: stdout })
  })

  test('npx hutong works where an older Node comes first', async () => {
    const { stdout } = await command(['--help'])
    const older = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path)) ?? process.execPath
    const env = { PATH: `${dirname(older)}:/usr/bin:/bin`, npm_config_loglevel: 'error' }
    const { code, stdout: said, stderr } = await run('npx', ['hutong', '--help'], env).ended
    expect({ code, said, stderr }).toEqual({ code: 0, said: stdout, stderr: '' })
  })
})
