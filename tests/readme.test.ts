/** What the READMEs promise: the query and its answer, the schema of access, the settings, the commands, the links. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pause, UpstreamError, upstreamProblems } from '../adapters/kernel/errors.ts'
import { hubTable, ledgerTable } from '../bench/table.ts'
import { policies } from '../codegen/generated/grid.ts'
import { departmentIds, offices, partners } from '../departments.ts'
import { banner, calendarLines, catalogueLines } from '../hub/banner.ts'
import { readConfig } from '../hub/config.ts'
import { clientError } from '../hub/errors.ts'
import { credentialNames } from '../hub/hub.ts'
import { coverage } from '../rules/working-day.ts'
import { longestPage, usualPage } from '../rules/page.ts'
import { runHub, type Running } from './support/harness.ts'

const root = dirname(import.meta.dirname)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const english = read('README.md')
const chinese = read('README.zh-CN.md')
const pages = [
  'README.md',
  'README.zh-CN.md',
  'CONTRIBUTING.md',
  'docs/operating.md',
  'docs/reliability.md',
  'docs/security.md',
  'docs/adding-a-department.md',
  'docs/sharing.md',
]

const block = (text: string, language: string): string => {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1]
  if (found === undefined) throw new Error(`The README has no ${language} block.`)
  return found
}

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

describe.each([
  ['README.md', english],
  ['README.zh-CN.md', chinese],
])('%s', (_name, text) => {
  test('the query gives the answer printed', async () => {
    running.sandbox.calls.reset()
    const { data, errors } = await running.ask({ as: 'customs', purpose: 'clearance' }, block(text, 'graphql'))
    expect({ data, errors }).toEqual(JSON.parse(block(text, 'json')))
    expect(running.calls()).toEqual({ customs: 2, tax: 1, fx: 1, market: 1, postal: 1, commerce: 1 })
    running.sandbox.calls.reset()
    await running.ask(
      { as: 'customs', purpose: 'clearance' },
      '{ enterprise(uscc: "91350102MYE0000341") { tax { refunds { totalCount } } } }',
    )
    expect(running.calls()).toEqual({})
  })

  test('the settings are those that the hub reads', () => {
    const source = read('hub/config.ts') + read('hub/limits.ts')
    const named = [...text.matchAll(/`((?:HUTONG_[A-Z_]+|PORT|HOST|DATABASE_URL))`/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => !source.includes(name))).toEqual([])
    const written = [...source.matchAll(/'(HUTONG_[A-Z_]+)'|env\.(\w+)/g)].map((match) => match[1] ?? match[2] ?? '')
    const limits = written.filter((name) => name.startsWith('HUTONG_LIMIT_'))
    const shortened = ['HUTONG_DEPARTMENT_CONCURRENCY', 'HUTONG_DEPARTMENT_ANSWER_BYTES']
    const missing = written.filter(
      (name) => !limits.includes(name) && !shortened.includes(name) && !text.includes(name),
    )
    expect([...new Set(missing)]).toEqual([])
    for (const name of shortened) expect(text).toContain(`…_${name.slice('HUTONG_DEPARTMENT_'.length)}`)
    for (const id of departmentIds) {
      for (const name of credentialNames[id]) {
        const variable = `${id}_${name.replace(/[A-Z]/g, (capital) => `_${capital}`)}`.toUpperCase()
        expect(text).toContain(`\`${variable}\``)
      }
    }
  })

  test('the limits are the defaults', () => {
    const { limits } = readConfig(credentialNames, {})
    const byVariable: Record<string, number> = {
      BODY: limits.bodyBytes,
      TOKENS: limits.tokens,
      DEPTH: limits.depth,
      FIELDS: limits.fields,
      ALIASES: limits.aliases,
      DIRECTIVES: limits.directives,
      COST: limits.cost,
      SUBJECTS: limits.subjects,
      TIME: limits.time,
      WAIT: limits.wait,
      UNDER_WAY: limits.underWay,
      CONNECTIONS: limits.connections,
      SUBSCRIPTIONS: limits.subscriptions,
      UNREAD: limits.unread,
    }
    const printed = [...text.matchAll(/^\|[^|]+\| (\d+)[^|]*\| `([A-Z_]+)` \|$/gm)].map((match) => [
      match[2],
      Number(match[1]),
    ])
    expect(Object.fromEntries(printed)).toEqual(byVariable)
  })

  test('the limits of lists are those of the rules', () => {
    const cells = (name: RegExp): string[] | undefined =>
      new RegExp(`^\\| ${name.source} \\|(.*)\\|$`, 'm')
        .exec(text)?.[1]
        ?.split('|')
        .map((cell) => cell.trim())
    expect(cells(/[^|\n]*`enterprises`[^|\n]*/)).toEqual([String(longestPage), ''])
    expect(cells(/`first`[^|\n]*/)).toEqual([
      expect.stringMatching(new RegExp(`^1 \\S+ ${longestPage} ?[(（][^0-9]*${usualPage}[^0-9]*[)）]$`)),
      '',
    ])
  })

  test('how long things may take is not checked before execution, and stands last', () => {
    const rows = [...text.matchAll(/^\|[^|]+\|[^|]+\| (?:`([A-Z]+)`)? ?\|$/gm)].map((match) => match[1])
    expect(rows.slice(-2)).toEqual(['UNREAD', 'TIME'])
    expect(text).toMatch(/^(All but the last two are checked before|除最后两项外，全部在执行之前检查)/m)
  })

  test('who may be named to a command', () => {
    const cell = (name: string): string =>
      new RegExp(`^\\| \`npx hutong ${name} [^|]*\\|(.*)\\|$`, 'm').exec(text)?.[1] ?? ''
    const named = (name: string): string[] =>
      [...Object.keys(partners), ...Object.keys(offices)].filter((id) => cell(name).includes(`\`${id}\``))
    expect(named('token')).toEqual([...Object.keys(partners), ...Object.keys(offices)])
    expect(named('explain')).toEqual(Object.keys(partners))
    expect([cell('token'), cell('explain')].filter((words) => !/department|部门/.test(words))).toEqual([])
  })

  test('the rooms named exist, and every section is in the table of classes', () => {
    const rooms = [...text.matchAll(/^\| \[[^\]]+\]\(([^)]+)\)/gm)].map((match) => match[1] ?? '')
    expect(rooms.filter((room) => !existsSync(join(root, room)))).toEqual([])
    for (const id of departmentIds) expect(text).toMatch(new RegExp(`^\\| \`${id}\``, 'm'))
  })

  test('the numbers stand as the bench prints them', () => {
    const block = text.slice(text.indexOf('```text\nNode') + '```text\n'.length).split('\n```')[0] ?? ''
    const load = { perSecond: 327.4, cpu: 3.529 }
    const printed = [
      hubTable({
        machine: 'Node 24.21.0, 2 × AMD EPYC, 24 GiB',
        startOnNewData: 2460,
        startsOnExistingData: [2050, 2010, 2130, 2050, 2040],
        memoryAfterStart: { hub: 209, departments: 150, postgres: 40 },
        memoryAfterQueries: { hub: 505, departments: 169, postgres: 148 },
        queries: 100_000,
        connections: 10,
        perSecond: 578.2,
        failed: 0,
      }),
      '',
      ledgerTable(
        ['Six sections', 'No department asked'].map((query) => ({
          query,
          connections: 50,
          rounds: [
            { on: load, off: { perSecond: 654.8, cpu: 3.5 } },
            { on: load, off: { perSecond: 327.4, cpu: 3.5 } },
          ],
        })),
      ),
    ].join('\n')
    const [hub, ledger = ''] = printed.split('\n\nThroughput')
    expect(block.split('\n\nThroughput')[0]).toBe(hub)
    expect(ledger).toBe(` with the ledger, of that without:
Six sections, 50 connections             75.0 % (50.0 % to 100.0 % in 2 rounds)
  answers a second, with and without     327, 491
  processor time an answer (ms)          3.53, 3.50 (hub and Postgres)
No department asked, 50 connections      75.0 % (50.0 % to 100.0 % in 2 rounds)
  answers a second, with and without     327, 491
  processor time an answer (ms)          3.53, 3.50 (hub and Postgres)`)
    const labels = (table: string): string[] => table.split('\n').map((line) => line.replace(/ {2,}\S.*$/, ''))
    expect(labels(block)).toEqual(labels(printed))
    const places = block.split('\n').map((line) => /^.*? {2,}(?=\d|hub)/.exec(line)?.[0].length)
    expect([...new Set(places.filter((place) => place !== undefined))]).toEqual([41])
  })

  test('the development data is as large as it says', async () => {
    const response = await fetch(`${running.sandbox.controlUrl}/enterprises`)
    const count = ((await response.json()) as unknown[]).length
    expect(text).toContain(`${count} `)
    expect(count).toBe(640)
  })
})

test('the table of classes names no section without an item of that class', () => {
  const classes = ['OPEN', 'UNCONDITIONAL', 'CONDITIONAL', 'WITHHELD'] as const
  const rows = [...english.matchAll(/^\| `(\w+)` \|([^\n]*)\|$/gm)].map(
    (match) => [match[1] ?? '', (match[2] ?? '').split('|')] as const,
  )
  const printed = Object.fromEntries(
    rows.map(([id, cells]) => [id, classes.filter((_, at) => (cells[at] ?? '').trim() !== '')]),
  )
  const held = Object.fromEntries(
    Object.entries(policies).flatMap(([id, { items }]) =>
      items.length === 0
        ? []
        : [[id, classes.filter((sharing) => items.some((item) => item.sharing === sharing))] as const],
    ),
  )
  const sections = Object.fromEntries(Object.entries(printed).filter(([id]) => id in held))
  expect(sections).toEqual(held)
})

describe('docs/operating.md', () => {
  const operating = read('docs/operating.md')
  const section = (heading: string): string =>
    operating.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''

  test("the causes of a department's error are those of the code", () => {
    const cells = [...section('When a department fails').matchAll(/^\|.*\|([^|]*)\|$/gm)].map((match) => match[1] ?? '')
    const causes = cells.slice(2).flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]))
    expect([...new Set(causes)].toSorted()).toEqual(upstreamProblems.toSorted())
  })

  test('when to try again, where neither the department nor its breaker says it', () => {
    const at = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: at })
    const { extensions } = clientError(
      { message: '' },
      new UpstreamError('tax', 'unreachable', 'It cannot be reached.'),
    )
    vi.useRealTimers()
    expect(extensions?.retryAt).toBe(new Date(at + pause).toISOString())
    expect([pause, section('When a department fails')]).toEqual([1000, expect.stringContaining('it is a second on')])
  })

  test('whose catalogue is not published as it runs, a hub in production says at its start', async () => {
    expect(section('Before the authority has published')).toContain('in production names the departments concerned')
    const strict = await runHub({ config: { mode: 'production' } })
    const said = await banner(strict.hub, 1000)
    await strict.stop()
    const lines = [
      `The authority has not published the catalogue of ${departmentIds.join(', ')} as it runs here: what it opens more is denied.`,
      'docs/operating.md says what that means.',
    ]
    expect(said).toContain(`\n\n${lines.join('\n')}\n`)
    expect([running.hub.unpublished, catalogueLines([])]).toEqual([[], []])
  })

  test('the years whose working days are known, and that their end is told 60 days before', () => {
    expect(section('Working days')).toContain(`years ${coverage.from} to ${coverage.to}.`)
    const end = `${coverage.to}-12-31`
    const before = (days: number) => calendarLines(new Date(Date.parse(`${end}T12:00:00+08:00`) - days * 86_400_000))
    const sentence = `Working days 工作日 are known until ${end}: terms beyond are UNKNOWN. docs/operating.md says how to renew them.`
    expect([before(60), before(59), before(-400)]).toEqual([[], ['', sentence], ['', sentence]])
  })

  test('the addresses that ask for no token are named, and no other', async () => {
    const addresses = [
      '/livez',
      '/readyz',
      '/metrics',
      '/ledger/keys',
      '/ledger/export',
      '/explorer/',
      '/graphql',
      '/explain',
    ]
    const strict = await runHub({ config: { mode: 'production' } })
    const statuses = await Promise.all(
      addresses.map(async (path) => {
        const isPost = ['/graphql', '/explain'].includes(path)
        const headers = { 'content-type': 'application/json' }
        const asked = isPost ? { method: 'POST', headers, body: '{"query":"{ me { department } }"}' } : {}
        return [path, (await fetch(strict.hub.url + path, asked)).status] as const
      }),
    )
    await strict.stop()
    const open = statuses.filter(([, status]) => status === 200).map(([path]) => path)
    const closed = statuses.filter(([, status]) => status === 401).map(([path]) => path)
    expect([...open, ...closed]).toEqual(addresses)
    const watching = section('Watching')
    const [first = ''] = /^The first three[^:]*:/m.exec(watching) ?? []
    const rows = [...watching.matchAll(/^\| `(\/\w+)` \|/gm)].map((match) => match[1])
    const also = [...first.matchAll(/`(\/[\w/]+)`/g)].map((match) => match[1])
    expect([...rows, ...also]).toEqual(open)
  })

  test('the explorer in production takes a token from a proxy', async () => {
    expect(section('Starting in production')).toMatch(
      /proxy that signs people in and sets `Authorization: Bearer ‹token›`/,
    )
  })
})

test('every link leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  )
  expect(broken).toEqual([])
})
