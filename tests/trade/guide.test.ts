/** docs/trade.md: its commands, as they stand there, do what it says. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clear,
  freePorts,
  hutong,
  makeFolder,
  project,
  run,
  untilReady,
  type Command,
  type Ended,
} from '../support/serve.ts'
import { clearedOf, messageOf, purchase, sentBackOf } from './messages.ts'

const page = await readFile(join(project, 'docs', 'trade.md'), 'utf8')
const fenced = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, inside = '']) => inside)
const [blocks, queries] = [fenced('sh'), fenced('graphql')]

let folder: string
let hub: Command
let port: number
beforeAll(async () => {
  ;[folder, port] = await Promise.all([makeFolder(), freePorts()])
  hub = hutong(['serve'], { PORT: String(port), HUTONG_DATA: join(folder, 'data') })
  await untilReady(hub)
}, 60_000)
afterAll(() => clear(hub, join(folder, 'data')))

/** Runs a block in the folder, where `npx hutong` is this project's. */
function shell(commands: string): Promise<Ended> {
  const program = `npx() { shift; "${process.execPath}" "${join(project, 'hub', 'hutong.js')}" "$@"; }`
  const script = `set -e\n${program}\n${commands.replaceAll('localhost:4000', `localhost:${port}`)}`
  const env = { PORT: String(port), HUTONG_DATA: join(folder, 'imported') }
  return run('bash', ['-c', script], env, { cwd: folder }).ended
}

test('there are seven blocks', () => expect(blocks.length).toBe(7))

test('a message is handed in, and answered by its receipt', async () => {
  await writeFile(join(folder, 'order.xml'), purchase('1')['311'])
  const { code, stdout } = await shell(blocks[0] ?? '')
  expect(code).toBe(0)
  expect(stdout).toMatch(/<ceb:CEB312Message .*<ceb:orderNo>SO1<.*<ceb:returnStatus>2</)
})

test('what has come is asked for, and who else may read it is told', async () => {
  const [, query = ''] = /^```graphql\n([\s\S]*?)^```$/m.exec(page) ?? []
  await writeFile(join(folder, 'match.graphql'), query)
  const { code, stdout, stderr } = await shell(blocks[1] ?? '')
  expect([code, stderr]).toEqual([0, ''])
  const end = stdout.indexOf('tax, for refund-review')
  const { data, errors } = JSON.parse(stdout.slice(0, end)) as { data: unknown; errors?: unknown }
  expect({ data, errors }).toEqual({
    data: {
      match: { state: 'PENDING', missing: ['LIST', 'PAYMENT'], findings: [] },
      enterprise: { trade: { lists: { nodes: [], pageInfo: { endCursor: null } } } },
    },
    errors: undefined,
  })
  expect(stdout.slice(end)).toMatch(
    /ALLOW +match\.state +grant:development:tax:customs\.tradeMatches:refund-review +customs\.tradeMatches +only divisions 3501\*, 3504\*/,
  )
})

test('what is there is told of as an event, and more would be', async () => {
  await writeFile(join(folder, 'changed.graphql'), queries[1] ?? '')
  const { code, stdout } = await shell((blocks[2] ?? '').replace('curl -sN', 'curl -sN --max-time 3'))
  const [event, , ...rest] = stdout.split('\n')
  const { data } = JSON.parse(stdout.split('\n')[1]?.replace('data: ', '') ?? '') as { data: unknown }
  expect([code, event, data, rest]).toEqual([
    28, // it would have gone on
    'event: next',
    { matchChanged: { state: 'PENDING', missing: ['LIST', 'PAYMENT'], list: null } },
    ['', ''],
  ])
})

test('a folder is looked at and imported, while a hub runs on other data', async () => {
  await mkdir(join(folder, 'messages'))
  for (const [kind, text] of Object.entries(purchase('2')))
    await writeFile(join(folder, 'messages', `${kind}.xml`), text)
  const { code, stdout } = await shell(blocks[3] ?? '')
  expect(code).toBe(0)
  expect(stdout).toContain('4 files: 4 accepted, 0 accepted with findings, 0 refused.\n')
  expect(stdout).toContain('Lists in the database: 1 MATCHED.\n')
  expect(await readdir(join(folder, 'receipts'))).toEqual(['311.xml', '411.xml', '511.xml', '621.xml'])
})

/** The lists that applications name, in the order of a message. */
const numbersIn = (text: string): string[] => [...text.matchAll(/<ceb:invtNo>(.*?)</g)].map(([, each = '']) => each)

test('what was cleared in a month is summarised once, and its application written again alike', async () => {
  await mkdir(join(folder, 'cleared'))
  const heads = ['1', '2'].map((number) => ({
    orderNo: `CK${number}`,
    logisticsNo: `CY${number}`,
    copNo: `CKQD${number}`,
  }))
  await writeFile(join(folder, 'cleared', '603.xml'), messageOf('603', ...heads))
  for (const number of ['1', '2']) {
    const receipt = clearedOf(`CKQD${number}`, `35002026E00000000${number}`, `2026103${Number(number) - 1}120000000`)
    await writeFile(join(folder, 'cleared', `604-${number}.xml`), receipt)
  }
  expect(await shell('npx hutong ceb import cleared')).toMatchObject({ code: 0 })
  const written = async (): Promise<Map<string, string>> => {
    const names = (await readdir(join(folder, 'summaries'))).filter((name) => name.endsWith('.xml')).sort()
    const texts = names.map(async (name) => readFile(join(folder, 'summaries', name), 'utf8'))
    return new Map((await Promise.all(texts)).map((text, place) => [names[place] ?? '', text]))
  }
  const first = await shell(blocks[4] ?? '')
  expect([first.code, first.stdout]).toEqual([
    0,
    '2 lists cleared in 2026-10 in 1 summary, due by 2026-11-16.\n1 message in summaries, and the sums in summaries-2026-10.json.\n',
  ])
  const messages = await written()
  const [[name, text] = ['', ''], ...none] = messages
  expect([none, name]).toEqual([[], expect.stringMatching(/^CEB701-2026-10-[0-9a-f]{32}\.xml$/)])
  expect(numbersIn(text)).toEqual(['1', '2'].map((number) => `35002026E00000000${number}`))
  const sums = async (): Promise<{ lists: { copNo: string }[] }[]> =>
    JSON.parse(await readFile(join(folder, 'summaries', 'summaries-2026-10.json'), 'utf8')) as never
  const lists = ['CKQD1', 'CKQD2'].map((copNo) => ({ copNo, agentCode: '3501980F2B' }))
  expect(await sums()).toEqual([
    {
      key: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      ...{ ebcCode: '91350102MYE0000341', ownerCode: 'NO', trafMode: '5', country: '502', portCode: '3501' },
      lists,
      ...{ grossWeight: '2.4', netWeight: '2' },
      lines: [
        {
          ...{ country: '502', gcode: '6911101900', currency: '502', itemName: null },
          ...{ qty: { '011': '6' }, qty1: { '035': '1.8' }, qty2: {}, totalPrice: '123.0' },
          from: lists.map((list) => ({ ...list, gnum: '1' })),
        },
      ],
    },
  ])
  const again = await shell(`${blocks[4] ?? ''}npx hutong ceb validate summaries/*.xml`)
  expect([again.code, again.stdout]).toEqual([
    0,
    'No list more of what was cleared in 2026-10 is to be summarised.\n1 message in summaries, and the sums in summaries-2026-10.json.\n' +
      `accepted  summaries/${name}: 701 汇总申请单, 1 document\n` +
      '1 file: 1 accepted, 0 accepted with findings, 0 refused.\n',
  ])
  expect(await written()).toEqual(messages)
  const more = ['3', '4'].map((number) => ({
    orderNo: `CK${number}`,
    logisticsNo: `CY${number}`,
    copNo: `CKQD${number}`,
    country: number === '3' ? '502' : '110',
  }))
  await writeFile(join(folder, 'cleared', '603.xml'), messageOf('603', ...more))
  for (const number of ['3', '4'])
    await writeFile(
      join(folder, 'cleared', `604-${number}.xml`),
      clearedOf(`CKQD${number}`, `35002026E00000000${number}`, '20261030120000000'),
    )
  const later = await shell(`npx hutong ceb import cleared >/dev/null\n${blocks[4] ?? ''}`)
  expect([later.code, later.stdout]).toEqual([
    0,
    '2 lists cleared in 2026-10 in 2 summaries, due by 2026-11-16.\n2 messages in summaries, and the sums in summaries-2026-10.json.\n',
  ])
  const after = await written()
  expect([after.size, after.get(name)]).toEqual([2, text])
  const [[added, both] = ['', '']] = [...after].filter(([each]) => each !== name)
  expect(numbersIn(both).toSorted()).toEqual(['35002026E000000003', '35002026E000000004'])
  // What customs has sent back is applied for anew, and left out of its message.
  await mkdir(join(folder, 'said'))
  const applications = `${text}${both}`.match(/<ceb:SummaryApply>[\s\S]*?<.ceb:SummaryApply>/g) ?? []
  const sentBack = applications.filter((each) => !each.includes('35002026E000000003'))
  for (const [place, each] of sentBack.entries()) {
    const [, copNo = ''] = /<ceb:copNo>(.*?)</.exec(each) ?? []
    await writeFile(join(folder, 'said', `702-${place}.xml`), sentBackOf(copNo))
  }
  const anew = await shell(`npx hutong ceb import said >/dev/null\n${blocks[4] ?? ''}`)
  expect([anew.code, anew.stdout]).toEqual([
    0,
    '2 summaries sent back by customs: what was in them may be applied for anew.\n' +
      '3 lists cleared in 2026-10 in 2 summaries, due by 2026-11-16.\n2 messages in summaries, and the sums in summaries-2026-10.json.\n',
  ])
  const inSums = (await sums()).map((each) =>
    each.lists
      .map(({ copNo }) => copNo)
      .sort()
      .join(' '),
  )
  expect(inSums.sort()).toEqual(['CKQD1 CKQD2', 'CKQD3', 'CKQD4'])
  const standing = await written()
  expect([standing.size, standing.has(name), numbersIn(standing.get(added) ?? '')]).toEqual([
    2,
    false,
    ['35002026E000000003'],
  ])
  standing.delete(added)
  expect(numbersIn([...standing.values()].join('')).toSorted()).toEqual(
    ['1', '2', '4'].map((number) => `35002026E00000000${number}`),
  )
  const unknown = await shell('npx hutong ceb summarize --month 2026-13')
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    "error: option '--month <YYYY-MM>' argument '2026-13' is invalid. Give a month, e.g. 2026-10.\n(add --help for help)\n",
  ])
})

test('statistics are asked for by commerce, and counted from the start', async () => {
  await writeFile(join(folder, 'statistics.graphql'), queries[2] ?? '')
  const { code, stdout, stderr } = await shell(blocks[5] ?? '')
  expect([code, stderr]).toEqual([0, ''])
  const { data, errors } = JSON.parse(stdout) as { data: unknown; errors?: unknown }
  const progress = { actual: '0', percent: 0, reached: false }
  expect({ data, errors }).toEqual({
    data: {
      tradeStatistics: {
        total: { lists: 0, amounts: [] },
        suppressed: 0,
        groups: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
      },
      zoneTargets: [
        { measure: 'TRADE', words: '交易规模突破300亿元', progress },
        { measure: 'PARKS', words: '打造2-3个跨境电子商务示范带动园区', progress: null },
        { measure: 'LEADING_ENTERPRISES', words: '3年内引进及培育20家行业龙头企业', progress: null },
      ],
    },
    errors: undefined,
  })
  expect(await shell(blocks[6] ?? '')).toMatchObject({
    code: 0,
    stdout: 'Statistics are counted anew, from 5 lists.\n',
  })
})
