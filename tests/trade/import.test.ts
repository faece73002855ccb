/** `hutong ceb import`: a folder taken over without a hub; a kill in the middle loses nothing and doubles nothing. */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import pg from 'pg'
import { startPostgres } from '../../store/postgres.ts'
import { freshDatabase } from '../support/database.ts'
import { hutong, makeFolder, type Ended } from '../support/serve.ts'
import { messageOf, purchase, receiptOf } from './messages.ts'

let base: string
let messages: string
beforeAll(async () => {
  base = await makeFolder()
  messages = join(base, 'messages')
  await mkdir(messages)
})
afterAll(() => rm(base, { recursive: true, force: true }))

/** Every table of trade documents in an order of its own, without what is given out anew each time. */
async function stateOf(dataFolder: string): Promise<Record<string, unknown[]>> {
  const server = await startPostgres({ dataFolder })
  const client = new pg.Client({ ...server.connection })
  await client.connect()
  try {
    const state: Record<string, unknown[]> = {}
    const tables = {
      trade_document: 'key, version, kind, count(*)::int as rows',
      trade_head: 'key, version, count(*)::int as rows',
      trade_match: 'list as key, state, result, count(*)::int as rows',
    }
    for (const [table, columns] of Object.entries(tables)) {
      const groups = table === 'trade_head' ? '1, 2' : table === 'trade_document' ? '1, 2, 3' : '1, 2, 3'
      const { rows } = await client.query<object>(
        `select ${columns} from ${table} group by ${groups} order by ${groups}`,
      )
      state[table] = rows
    }
    state.trade_arrival = (await client.query<object>('select id from trade_arrival')).rows
    return state
  } finally {
    await client.end()
    await server.stop()
  }
}

const importing = (data: string, ...args: string[]) => importingOf(messages, data, ...args)
const importingOf = (folder: string, data: string, ...args: string[]) =>
  hutong(['ceb', 'import', folder, ...args], {
    HUTONG_DATA: join(base, data),
    HUTONG_TRADE_KEY: join(base, 'key.json'),
  })

describe('a folder of messages', () => {
  const lists = 1200
  beforeAll(async () => {
    for (let first = 0; first < lists; first += 100) {
      const numbers = Array.from({ length: 100 }, (_, index) => String(first + index))
      const named = { '311': 'payTransactionId', '411': 'payTransactionId' } as const
      for (const kind of ['311', '411', '511', '621'] as const) {
        const heads = numbers.map((number) => ({
          ...(kind === '511' ? {} : { orderNo: `SO${number}` }),
          ...(kind in named ? { payTransactionId: `ZF${number}` } : {}),
          ...(kind === '511' || kind === '621' ? { logisticsNo: `YD${number}` } : {}),
          ...(kind === '621' ? { copNo: `QD${number}`, buyerIdNumber: buyer(number) } : {}),
          ...(kind === '311' ? { buyerIdNumber: buyer(number) } : {}),
          ...(kind === '411' ? { payerIdNumber: buyer(number) } : {}),
        }))
        await writeFile(join(messages, `${kind}-${String(first).padStart(6, '0')}.xml`), messageOf(kind, ...heads))
      }
    }
  })
  /** Everyone buys for themselves, or the limits of a year would be met. */
  const buyer = (number: string): string => `35010219900101${number.padStart(4, '0')}`

  test(
    'is taken over and matched, with a summary; killed in the middle and imported again it comes to the same',
    {
      timeout: 120_000,
    },
    async () => {
      const whole = await importing('whole', '--receipts', join(base, 'receipts')).ended
      expect({ code: whole.code, stdout: whole.stdout }).toEqual({
        code: 0,
        stdout:
          '48 files, 0 of them not taken over.\n' +
          'Documents: 4800 new, 0 newer, 0 there before, 0 older than what is there, 0 refused.\n' +
          'Lists in the database: 1200 MATCHED.\n',
      })
      const progress = whole.stderr.trimEnd().split('\n')
      expect(progress.filter((line) => !/^\d+ of 48 files(; what is left is matched)? …$/.test(line))).toEqual([])
      expect(new Set(progress).size).toBe(progress.length)
      expect(await readdir(join(base, 'receipts'))).toEqual(await readdir(messages))
      const wanted = await stateOf(join(base, 'whole'))
      expect(wanted.trade_arrival).toEqual([])

      const answered = join(base, 'answered')
      const killed = importing('killed', '--receipts', answered)
      const someAreAnswered = async (): Promise<boolean> => (await readdir(answered).catch(() => [])).length >= 3
      while (!(await someAreAnswered()));
      killed.child.kill('SIGKILL')
      expect((await killed.ended).signal).toBe('SIGKILL')
      expect((await readdir(answered)).length).toBeLessThan(48)
      const again = await importing('killed').ended
      expect(again.stdout).toContain('Lists in the database: 1200 MATCHED.\n')
      expect(again.code).toBe(0)
      // What was answered before the kill was durable, so nothing of it is new.
      const [, before = '0'] = /, (\d+) there before/.exec(again.stdout) ?? []
      expect(Number(before)).toBeGreaterThanOrEqual(300)
      expect(await stateOf(join(base, 'killed'))).toEqual(wanted)

      const stored = join(base, 'before')
      const broken = importing('broken', '--receipts', stored)
      while ((await readdir(stored).catch(() => [])).length < 3);
      const pid = Number((await readFile(join(base, 'broken', 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
      process.kill(pid, 'SIGKILL')
      // The database comes back by itself, and what it could not store is handed in again.
      expect((await broken.ended).code).toBe(0)
      const mended = await importing('broken').ended
      expect(mended.stdout).toContain('Lists in the database: 1200 MATCHED.\n')
      expect(await stateOf(join(base, 'broken'))).toEqual(wanted)
    },
  )

  /** An import into a server's database that is closed to everybody in the middle, and opened again or not. */
  async function interrupted(folder: string, isOpenedAgain: boolean): Promise<Ended> {
    const database = await freshDatabase()
    const { host, user, database: name } = database.connection
    const admin = new pg.Client({ host, user, database: 'postgres' })
    await admin.connect()
    try {
      const receipts = join(base, folder)
      const command = hutong(['ceb', 'import', messages, '--receipts', receipts], {
        HUTONG_DATA: join(base, 'unused'),
        HUTONG_TRADE_KEY: join(base, 'key.json'),
        DATABASE_URL: database.url,
      })
      while ((await readdir(receipts).catch(() => [])).length < 3);
      await admin.query(`alter database ${name} with allow_connections false`)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
      while (!command.said.stderr.includes('is waited for')) await admin.query('select')
      if (isOpenedAgain) await admin.query(`alter database ${name} with allow_connections true`)
      return await command.ended
    } finally {
      await admin.end()
      await database.drop()
    }
  }
  const withoutProgress = (stderr: string): string[] => stderr.split('\n').filter((line) => !/^\d+ of 48 /.test(line))

  test('is taken over as a whole where the database is away for a moment', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await interrupted('away', true)
    expect({ code, taken: stdout.split('\n')[0], lists: stdout.split('\n')[2], said: withoutProgress(stderr) }).toEqual(
      {
        code: 0,
        taken: '48 files, 0 of them not taken over.',
        lists: 'Lists in the database: 1200 MATCHED.',
        said: ['The database does not answer, and is waited for …', ''],
      },
    )
  })

  test('ends with what to do where the database does not come back', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await interrupted('gone', false)
    expect({ code, stdout, said: withoutProgress(stderr) }).toEqual({
      code: 1,
      stdout: '',
      said: [
        'The database does not answer, and is waited for …',
        'The database does not answer any more, and the import has ended: see that the server runs, and import the folder again. Nothing is stored twice.',
        '',
      ],
    })
  })

  test('a bad file is told, and the next one follows', async () => {
    const files = await readdir(messages)
    for (const file of files) await rm(join(messages, file))
    const one = purchase('7')
    await writeFile(join(messages, 'a.xml'), 'no XML')
    await writeFile(join(messages, 'b.xml'), one['311'].replace('<ceb:goodsValue>250<', '<ceb:goodsValue>much<'))
    await writeFile(join(messages, 'c.XML'), one['621'])
    await mkdir(join(messages, 'd.xml'))
    execFileSync('mkfifo', [join(messages, 'e.xml')])
    await writeFile(join(messages, 'ignored.txt'), 'no message')
    const { code, stdout, stderr } = await importing('bad', '--receipts', join(base, 'refusals')).ended
    expect({ code, stdout, stderr: stderr.trimEnd().split('\n').sort() }).toEqual({
      code: 1,
      stdout:
        '5 files, 3 of them not taken over.\n' +
        'Documents: 1 new, 0 newer, 0 there before, 0 older than what is there, 1 refused.\n' +
        'Lists in the database: 1 PENDING.\n',
      stderr: [
        'a.xml: message, line 1 of the XML: well-formed: expected well-formed XML 1.0',
        'b.xml: 311, document 1: goodsValue 商品价格: number: expected a decimal number of the form N19,5',
        'd.xml: it cannot be read',
        'e.xml: it cannot be read',
      ],
    })
    expect(await readFile(join(base, 'refusals', 'a.xml'), 'utf8')).toContain('CEB900Message')
    expect(await readFile(join(base, 'refusals', 'b.xml'), 'utf8')).toContain('<ceb:returnStatus>-301008<')
  })
})

test('a folder without a message', async () => {
  const empty = join(base, 'empty')
  await mkdir(empty)
  await writeFile(join(empty, 'order.xml.bak'), purchase('8')['311'])
  const { code, stdout, stderr } = await hutong(['ceb', 'import', empty], { HUTONG_DATA: base }).ended
  expect([code, stdout, stderr]).toEqual([1, '', `There is no message, *.xml, in the folder ${empty}.\n`])
  expect(await readdir(empty)).toEqual(['order.xml.bak'])
})

test('what may not be changed any more is named, as far as a few lines tell it', async () => {
  /** Imports files of one run, which may come in any order. */
  const imported = async (name: string, files: Record<string, string>) => {
    const folder = join(base, name)
    await mkdir(folder)
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, `${file}.xml`), text)
    const { code, stdout, stderr } = await importingOf(folder, 'closed').ended
    return { code, documents: stdout.split('\n')[1], stderr: stderr.trimEnd().split('\n').sort() }
  }
  const copNos = Array.from({ length: 7 }, (_, index) => `QD8${index}`)
  const ofList = (copNo: string, change = {}) => ({
    orderNo: `SO${copNo}`,
    logisticsNo: `YD${copNo}`,
    copNo,
    ...change,
  })
  const [first = ''] = copNos
  await imported('declared', {
    '311': messageOf('311', { orderNo: `SO${first}`, payTransactionId: 'ZF8' }),
    '411': messageOf('411', { orderNo: `SO${first}`, payTransactionId: 'ZF8' }),
    '511': messageOf('511', { logisticsNo: `YD${first}` }),
    '621': messageOf('621', ...copNos.map((copNo) => ofList(copNo))),
  })
  await imported('looked-at', Object.fromEntries(copNos.map((copNo) => [copNo, receiptOf(copNo, '300')])))
  const later = { appTime: '20261121110000', appType: '2' }
  expect(
    await imported('changed', {
      '311': messageOf('311', { orderNo: 'SO9' }, { orderNo: `SO${first}`, payTransactionId: 'ZF8', ...later }),
      '411': messageOf('411', { orderNo: `SO${first}`, payTransactionId: 'ZF8', ...later }),
      '511': messageOf('511', { logisticsNo: `YD${first}`, ...later }),
      '621': messageOf('621', ...copNos.map((copNo) => ofList(copNo, later))),
    }),
  ).toEqual({
    code: 1,
    documents: 'Documents: 1 new, 0 newer, 0 there before, 0 older than what is there, 10 refused.',
    stderr: [
      '311.xml: 311, document 2: -301011 该订单已向海关申报清单，状态不符',
      '411.xml: 411, document 1: -401008 该支付单已向海关申报支付单，状态不符',
      '511.xml: 511, document 1: -504016 该运单已向海关申报运单，状态不符',
      '621.xml: … and 2 more',
      ...[1, 2, 3, 4, 5].map((place) => `621.xml: 621, document ${place}: -621012 清单的申报状态不符合改单申报的条件`),
    ].sort(),
  })
})

test('a folder that is not there', async () => {
  const { code, stdout, stderr } = await hutong(['ceb', 'import', join(base, 'nowhere')], { HUTONG_DATA: base }).ended
  expect([code, stdout, stderr]).toEqual([1, '', `The folder ${join(base, 'nowhere')} cannot be read.\n`])
})

test('a key that is missing is not made anew', async () => {
  const keyFile = join(base, 'lost.json')
  const { code, stderr } = await hutong(['ceb', 'import', messages], {
    HUTONG_DATA: join(base, 'bad'),
    HUTONG_TRADE_KEY: keyFile,
  }).ended
  expect([code, stderr]).toEqual([
    1,
    `Personal values of trade documents in the database are closed with a key, and ${keyFile} is missing: put it back from a backup (HUTONG_TRADE_KEY).\n`,
  ])
  expect(await readdir(base)).not.toContain('lost.json')
})

test('a key that is not the one of the database', async () => {
  await writeFile(
    join(base, 'other.json'),
    JSON.stringify({ kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') }),
  )
  const data = { HUTONG_DATA: join(base, 'bad') }
  const wrong = await hutong(['ceb', 'import', messages], { ...data, HUTONG_TRADE_KEY: join(base, 'other.json') }).ended
  expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([
    1,
    '',
    `Personal values of trade documents in the database were closed with another key than that of ${join(base, 'other.json')}: put the right one there (HUTONG_TRADE_KEY).\n`,
  ])
  await writeFile(join(base, 'other.json'), '{}')
  const none = await hutong(['ceb', 'import', messages], { ...data, HUTONG_TRADE_KEY: join(base, 'other.json') }).ended
  expect(none.stderr).toBe(`${join(base, 'other.json')} is not a key of trade documents: restore it from a backup.\n`)
})
