/** `npm start` as a person lives through it: real processes, from the first start to the next. */
import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { recordsOf } from './support/audit.ts'
import { freshDatabase } from './support/database.ts'
import { freePorts, portsAreFree, run, signalGroup } from './support/serve.ts'
import { asCustoms, data, port, ready, serve, stopped, tokensOf, whoAmI } from './support/start.ts'

const curlOf = (screen: string): string => /^curl .*$/m.exec(screen)?.[0] ?? ''

/** The screen with what differs from start to start replaced. */
const generic = (screen: string): string =>
  screen
    .replaceAll(data, '‹data›')
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '‹token›')
    .replace(/after \d+\.\d s/, 'after ‹seconds›')
    .replace(new RegExp(`\\b(${Array.from({ length: 8 }, (_, i) => port + i).join('|')})\\b`, 'g'), (found) =>
      found === String(port) ? '‹port›' : `‹port+${Number(found) - port}›`,
    )

const screen = `
Hutong 互通 is ready after ‹seconds›.

  GraphQL      http://127.0.0.1:‹port›/graphql
  Explorer     http://127.0.0.1:‹port›/explorer/
  Probes       http://127.0.0.1:‹port›/livez, /readyz, /metrics
  Departments  customs 海关 ‹port+1›, tax 税务 ‹port+2›, fx 外汇管理 ‹port+3›,
               market 市场监管 ‹port+4›, postal 邮政管理 ‹port+5›, commerce 商务 ‹port+6› (made-up data)
  Control      http://127.0.0.1:‹port+7›/enterprises, /faults, /calls
  Data         ‹data›

Two tokens, good for an hour; more with: PORT=‹port› npx hutong token <who>

customs 海关, for clearance:
‹token›
tax 税务, for refund-review:
‹token›

Ask as customs, for clearance:

curl -s http://127.0.0.1:‹port›/graphql -H 'content-type: application/json' -H 'x-purpose: clearance' -H 'authorization: Bearer ‹token›' -d '{"query":"{ enterprise(uscc: \\"91350102MYE0000341\\") { name customs { creditGrade } tax { creditGrade } } }"}'

Ctrl-C ends everything.
`

const said = (department: string): unknown => ({
  department,
  fetchedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
  freshness: 'live',
  milliseconds: expect.any(Number) as number,
})

describe('starting', () => {
  test('the first start says all on one screen, and its curl line works as it is', async () => {
    const hub = await ready()
    expect(generic(hub.said.stdout)).toBe(screen)
    expect(hub.said.stderr).toBe('')
    expect(Number(/after (\d+\.\d) s/.exec(hub.said.stdout)?.[1])).toBeLessThan(10)
    expect(hub.said.stdout.split('\n').filter((line) => line.length > 120 && !/eyJ/.test(line))).toEqual([])

    const pasted = await run('sh', ['-c', curlOf(hub.said.stdout)], {}).ended
    expect({ ...pasted, stdout: JSON.parse(pasted.stdout) as unknown }).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: {
        data: {
          enterprise: {
            name: '福州示例云帆贸易有限公司（开发数据）',
            customs: { creditGrade: 'ADVANCED_CERTIFIED' },
            tax: { creditGrade: 'A' },
          },
        },
        extensions: {
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
          provenance: expect.arrayContaining([said('market'), said('customs'), said('tax')]) as unknown[],
        },
      },
    })
    expect(await Promise.all(tokensOf(hub.said.stdout).map(whoAmI))).toEqual([
      asCustoms,
      { data: { me: { department: 'tax' } } },
    ])
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  })

  test('a second start on the same data works, and takes the tokens from before', async () => {
    const first = await ready()
    const [token = ''] = tokensOf(first.said.stdout)
    await stopped(first, () => signalGroup(first, 'SIGINT'))
    const second = await ready()
    expect(generic(second.said.stdout)).toBe(screen)
    expect(await whoAmI(token)).toEqual(asCustoms)
    await stopped(second, () => signalGroup(second, 'SIGINT'))
  })

  test('with a server at DATABASE_URL no embedded database is made', async () => {
    const database = await freshDatabase()
    const hub = await ready({ DATABASE_URL: database.url })
    expect(generic(hub.said.stdout)).toBe(screen.replace('‹data›', 'in the database of DATABASE_URL'))
    expect(await whoAmI(tokensOf(hub.said.stdout)[0] ?? '')).toEqual(asCustoms)
    expect((await recordsOf(database.db)).map(({ action }) => action)).toEqual(['query'])
    expect(await readdir(data)).toEqual(['development-issuer.json', 'ledger-key.json', 'trade-key.json'])
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
    await database.drop()
  })

  test('two hubs on the same data: the second says who has it, the first goes on', async () => {
    const first = await ready()
    const other = await freePorts()
    const second = await serve({ PORT: String(other) }).ended
    expect(second).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: `The data folder ${data} is in use by process ${first.child.pid}: stop that hub first, or choose another data folder.\n`,
    })
    expect(await portsAreFree(other)).toBe(true)
    expect(await whoAmI(tokensOf(first.said.stdout)[0] ?? '')).toEqual(asCustoms)
    await stopped(first, () => signalGroup(first, 'SIGINT'))
  })

  test('a reader that does not wait for the screen ends nothing', async () => {
    const hub = serve()
    hub.child.stdout?.destroy()
    const answers = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/livez`).then(
        ({ ok }) => ok,
        () => false,
      )
    expect(await waitUntil(answers, 25_000)).toBe(true)
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  })
})
