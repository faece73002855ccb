/**
 * Data of earlier releases: the hub starts on it, and keeps grants, records and matters. What was dumped is in the folder
 * releases; longer than 300 lines since each release is held whole against what it left.
 */
import { randomUUID } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { removeBefore } from '../store/ledger-retention.ts'
import { createAuditLog } from '../store/audit.ts'
import { waitUntil } from '../store/engine/process.ts'
import { readStatistics } from '../store/trade/statistics-query.ts'
import { recordsOf, testSigner } from './support/audit.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { hutong, signalGroup, type Command, type Ended } from './support/serve.ts'
import { base, port, post, ready, stopped } from './support/start.ts'
import { everythingIn } from './trade/stored.ts'

/** Of the hub that made the dumps. */
const requests = ['request-clearance', 'request-refunds', 'request-public', 'request-nobody']
const fuzhou = '91350102MYE0000341'

let url: string
let database: pg.Client
let name: string
beforeEach(async () => {
  const { host, user } = inject('database')
  name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(`create database ${name}`)
  url = `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host)}`
  database = new pg.Client({ host, user, database: name })
  await database.connect()
})
afterEach(async () => {
  await database.end()
  await administer(`drop database ${name} with (force)`)
})

async function administer(statement: string): Promise<void> {
  const { host, user } = inject('database')
  const client = new pg.Client({ host, user, database: 'postgres' })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

const load = async (release: string): Promise<void> => {
  await database.query(await readFile(join(import.meta.dirname, 'releases', `${release}.sql`), 'utf8'))
}
/** The key of the hub that made a dump. */
async function keyOf(release: string): Promise<string> {
  const file = join(base, 'ledger-key.json')
  await copyFile(join(import.meta.dirname, 'releases', `${release}.ledger-key.json`), file)
  return file
}
/** The key of the trade documents in a dump. */
async function tradeKey(): Promise<string> {
  const file = join(base, 'trade-key.json')
  await writeFile(file, JSON.stringify({ kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') }), { mode: 0o600 })
  return file
}
interface Listed {
  enterprise: { trade: { lists: { nodes: { copNo: string }[] } } }
}
// The dumps grow older than the three years that the law asks for.
const start = (env: Record<string, string> = {}): Promise<Command> =>
  ready({ DATABASE_URL: url, HUTONG_LEDGER_YEARS: '100', ...env })
const command = (...args: string[]): Promise<Ended> => hutong(args, { PORT: String(port) }).ended
const token = async (...args: string[]): Promise<string> => (await command('token', ...args)).stdout.trim()

interface Seen {
  requestId: string
  uses: { uscc: string; coordinate: string; item: string; effect: string; rule: string }[]
}
async function ledger(...as: string[]): Promise<string[]> {
  const query = '{ ledger(first: 100) { nodes { requestId uses { uscc coordinate item effect rule } } } }'
  const response = await post('/graphql', { query }, { authorization: `Bearer ${await token(...as)}` })
  const { data } = (await response.json()) as { data: { ledger: { nodes: Seen[] } } }
  return data.ledger.nodes
    .filter(({ requestId }) => requests.includes(requestId))
    .flatMap(({ requestId, uses }) => [
      requestId,
      ...uses.map((use) => `${use.uscc.slice(2, 6)} ${use.coordinate} ${use.item} ${use.effect} ${use.rule}`),
    ])
}
async function proved(): Promise<Ended> {
  const [keys, exported] = [join(base, 'keys.json'), join(base, 'ledger.ndjson')]
  await writeFile(keys, (await command('audit', 'keys')).stdout)
  await writeFile(exported, (await command('audit', 'export')).stdout)
  return command('audit', 'verify', exported, '--keys', keys)
}
async function creditGrade(): Promise<unknown> {
  const query = `{ enterprise(uscc: "${fuzhou}") { tax { creditGrade } } }`
  const headers = { authorization: `Bearer ${await token('customs')}`, 'x-purpose': 'clearance' }
  const { data, errors } = (await (await post('/graphql', { query }, headers)).json()) as {
    data: unknown
    errors?: { extensions: { reason: string } }[]
  }
  return errors?.map(({ extensions }) => extensions.reason) ?? data
}
/** Which enterprises a grant was for was not on record then, so each counts. */
const refunds = [
  'request-refunds',
  ...['3501', '3307'].flatMap((division) =>
    ['CustomsRecord.declarations', 'Declaration.number'].map(
      (coordinate) =>
        `${division} ${coordinate} customs.declarations ALLOW grant:development:tax:customs.declarations:refund-review`,
    ),
  ),
]
const granted = { enterprise: { tax: { creditGrade: 'A' } } }

describe('records that were not chained yet (bc4821d)', () => {
  beforeEach(() => load('bc4821d'))

  test('are in the ledger and in its export, which says that nothing proves them; grants hold', async () => {
    const secret = (await database.query<{ value: Buffer }>(`select value from hub_secret where name = 'cursors'`)).rows
    const hub = await start()
    expect(await ledger('authority', '--role', 'auditor')).toEqual([
      'request-nobody',
      'request-public',
      '3504 Enterprise.name market.registration ALLOW open',
      ...refunds,
      'request-clearance',
      '3501 Enterprise.name market.registration ALLOW open',
      '3501 LegalRepresentative.name market.legalRepresentative ALLOW grant:development:customs:market.legalRepresentative:clearance',
      '3501 MarketRecord.legalRepresentative market.legalRepresentative ALLOW grant:development:customs:market.legalRepresentative:clearance',
      '3501 TaxRecord.creditGrade tax.creditGrade ALLOW grant:development:customs:tax.creditGrade:clearance',
      '3501 TaxRecord.refunds tax.refunds DENY no-grant',
    ])
    expect(await ledger('tax', '--role', 'steward')).toEqual([
      ...refunds,
      'request-clearance',
      '3501 TaxRecord.creditGrade tax.creditGrade ALLOW grant:development:customs:tax.creditGrade:clearance',
      '3501 TaxRecord.refunds tax.refunds DENY no-grant',
    ])
    expect(await creditGrade()).toEqual(granted)
    const { code, stdout } = await proved()
    expect(stdout).toMatch(
      /^\d records in 1 chain, \d+ checkpoints?, 4 records from before records were chained, which nothing proves, exported [\d:.TZ-]+: nothing wrong\.\n$/,
    )
    expect(code).toBe(0)
    expect((await database.query(`select value from hub_secret where name = 'cursors'`)).rows).toEqual(secret)
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
    const again = await start()
    expect((await proved()).code).toBe(0)
    await stopped(again, () => signalGroup(again, 'SIGINT'))
  })

  test('are removed with those that are too old, and no more of them can be written', async () => {
    const hub = await start()
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
    await expect(
      database.query(`insert into audit_record select gen_random_uuid(), 1, now(), 'x', null, '{}', null, '{}', null`),
    ).rejects.toThrow('audit_record_hash')
    const pool = new pg.Pool({ host: inject('database').host, user: inject('database').user, database: name })
    const log = createAuditLog(pool, await testSigner(), [])
    const before = new Date('2026-11-21T09:46:52.900Z') // after two of them
    const removal = await removeBefore(pool, log, before, (removed) => ({
      requestId: 'removal',
      department: null,
      subject: null,
      roles: [],
      purpose: null,
      action: 'retention',
      operationName: null,
      documentHash: null,
      policyVersion: null,
      plan: null,
      subjects: [],
      mandated: [],
      departmentsCalled: {},
      outcome: 'answered',
      errorCodes: [],
      durationMs: 0,
      details: { records: removed.records },
    }))
    expect(removal).toEqual({ records: 2, removed: [] })
    const { rows } = await database.query('select request_id from audit_record where hash is null order by sequence')
    expect(rows).toEqual([{ request_id: 'request-public' }, { request_id: 'request-nobody' }])
    await log.close()
    await pool.end()
  })
})

describe('records that are chained (1a34f09)', () => {
  beforeEach(() => load('1a34f09'))

  test('are in the ledger; a grant that was suspended stays so', async () => {
    const hub = await start({ HUTONG_LEDGER_KEY: await keyOf('1a34f09') })
    expect((await ledger('authority', '--role', 'auditor')).filter((line) => line.startsWith('request-'))).toEqual(
      requests.toReversed(),
    )
    expect(await ledger('portal')).toEqual([])
    expect(await creditGrade()).toEqual(['suspended'])
    const { code, stdout } = await proved()
    expect(stdout).toMatch(/^\d+ records in 2 chains, \d+ checkpoints?, exported [\d:.TZ-]+: nothing wrong\.\n$/)
    expect(code).toBe(0)
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  })
})

describe('matters of data sharing (1a34f09)', () => {
  const application = '07269a38-fe2f-4425-a610-641666de9d23'
  const grant = `grant:${application}`
  beforeEach(async () => {
    await load('1a34f09')
    await load('1a34f09-matters')
  })

  test('are as they were, and go on', async () => {
    const hub = await start({ HUTONG_LEDGER_KEY: await keyOf('1a34f09') })
    const ask = async (as: string[], query: string): Promise<unknown> => {
      const response = await post('/graphql', { query }, { authorization: `Bearer ${await token(...as)}` })
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown }
      return errors ?? data
    }
    const steps = 'history { action department subject from to reason cause until article }'
    expect(
      await ask(
        ['authority', '--role', 'authority'],
        `{ applications(item: "tax.arrears") { nodes { id consumer provider state mode divisions scope answeredLate deliveredAt grant ${steps} } }
          grants(item: "tax.arrears") { nodes { id reader provider state mode divisions purpose application ${steps} } }
          corrections { nodes { id state answeredLate consumer provider coordinate uscc reason evidence ${steps} } }
          useRecords { nodes { id grant reader provider subject scenario process effect storage destruction } } }`,
      ),
    ).toEqual({
      applications: {
        nodes: [
          {
            id: application,
            consumer: 'commerce',
            provider: 'tax',
            state: 'APPROVED',
            mode: 'FILE',
            divisions: ['35'],
            scope: '专项资金审核岗',
            answeredLate: null,
            deliveredAt: null,
            grant,
            history: [
              step('draft', 'commerce', null, 'DRAFTED', 20),
              step('submit', 'commerce', 'DRAFTED', 'SUBMITTED', 20),
              step('approve', 'tax', 'SUBMITTED', 'APPROVED', 21),
            ],
          },
        ],
      },
      grants: {
        nodes: [
          {
            id: grant,
            reader: 'commerce',
            provider: 'tax',
            state: 'ACTIVE',
            mode: 'FILE',
            divisions: ['3501'],
            purpose: 'subsidy-review',
            application,
            history: [step('grant', 'tax', null, 'ACTIVE', 22)],
          },
        ],
      },
      corrections: {
        nodes: [
          {
            id: '7a1e069f-2969-421e-bf1e-c9367922855c',
            state: 'DISPUTED',
            answeredLate: null,
            consumer: 'customs',
            provider: 'tax',
            coordinate: 'TaxRecord.exportRefundClass',
            uscc: fuzhou,
            reason: '与企业提供的证明不一致',
            evidence: '证明（示例）',
            history: [{ ...step('dispute', 'customs', null, 'DISPUTED', 26), reason: '与企业提供的证明不一致' }],
          },
        ],
      },
      useRecords: {
        nodes: [
          {
            id: '06d5447e-675c-4431-942b-e34121f3715c',
            grant,
            reader: 'commerce',
            provider: 'tax',
            subject: 'commerce-developer',
            scenario: '审核补贴申请',
            process: '核对欠税',
            effect: '核对完毕',
            storage: '审核系统',
            destruction: null,
          },
        ],
      },
    })
    expect(
      await ask(
        ['tax', '--role', 'steward'],
        `mutation { recordDelivery(input: { clientMutationId: "came-long-ago", application: "${application}", reason: "文件已经签收" }) {
          application { actions } }
        terminateGrant(input: { clientMutationId: "go-on-from-there", grant: "${grant}", cause: NEED, reason: "系统停用，已协商一致" }) {
          grant { state endCause } }
        confirmField(input: { clientMutationId: "go-on-from-here", correction: "7a1e069f-2969-421e-bf1e-c9367922855c", reason: "核实无误，分类未变" }) {
          correction { state } } }`,
      ),
    ).toEqual({
      recordDelivery: { application: { actions: [] } },
      terminateGrant: { grant: { state: 'TERMINATED', endCause: 'NEED' } },
      confirmField: { correction: { state: 'CONFIRMED' } },
    })
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  })

  const step = (action: string, department: string, from: string | null, to: string, article: number) => ({
    action,
    department,
    subject: `${department}-developer`,
    from,
    to,
    reason: null,
    cause: null,
    until: null,
    article,
  })
})

test('trade documents (40b873c) keep their matches, gain the way that receipts tell of, and are counted', async () => {
  await load('40b873c')
  const hub = await start({ HUTONG_LEDGER_KEY: await keyOf('1a34f09'), HUTONG_TRADE_KEY: await tradeKey() })
  const waiting = async (): Promise<number> => (await database.query('select from trade_arrival')).rowCount ?? 0
  expect(await waitUntil(async () => (await waiting()) === 0, 20_000)).toBe(true)
  const query = `{ enterprise(uscc: "${fuzhou}") { trade { lists {
    nodes { copNo number buyerName statuses { code } match { state findings { rule } } } } } } }`
  const headers = { authorization: `Bearer ${await token('customs')}`, 'x-purpose': 'clearance' }
  const { data } = (await (await post('/graphql', { query }, headers)).json()) as { data: Listed }
  const told = data.enterprise.trade.lists.nodes.toSorted((one, other) => (one.copNo < other.copNo ? -1 : 1))
  const list = (
    copNo: string,
    buyerName: string,
    codes: string[],
    number: string | null,
    state: string,
    rule?: string,
  ) => ({
    copNo,
    number,
    buyerName,
    statuses: codes.map((code) => ({ code })),
    match: { state, findings: rule === undefined ? [] : [{ rule }] },
  })
  expect(told).toEqual([
    list('QD1', '演示订购人', ['2', '800'], '35002026I000000001', 'MATCHED'),
    list('QD2', '演示订购人', ['2'], null, 'MATCHED'),
    list('QD3', '另一人', [], null, 'REJECTED', 'buyer-name'),
    list('QD4', '演示订购人', [], null, 'PENDING'),
  ])
  const pool = new pg.Pool({ host: inject('database').host, user: inject('database').user, database: name })
  const counted = await readStatistics(pool, everythingIn('2026-11'))
  await pool.end()
  // From 09:30 to 12:00 for the one that was released.
  const amounts = [{ currency: '142', amount: '500' }]
  expect(counted).toEqual([{ key: '3501', lists: 2, released: 1, timed: 1, seconds: 9_000, amounts }])
  await stopped(hub, () => signalGroup(hub, 'SIGINT'))
})

test('all come to the tables of a new database', async () => {
  // Without the partitions of months.
  const tables = async (client: Pick<pg.Client, 'query'>): Promise<unknown[]> => {
    const { rows } = await client.query<object>(
      `select table_name, column_name, data_type, column_default from information_schema.columns
       where table_schema = 'public' and table_name !~ '_\\d{4}_\\d\\d$' order by table_name, column_name`,
    )
    return rows
  }
  const fresh: FreshDatabase = await freshDatabase()
  const wanted = await tables(fresh.pool)
  expect(await recordsOf(fresh.db)).toEqual([])
  await fresh.drop()
  for (const release of ['bc4821d', '1a34f09', '40b873c']) {
    await database.query('drop schema public cascade; create schema public')
    await load(release)
    const hub = await start(
      release === 'bc4821d' ? {} : { HUTONG_LEDGER_KEY: await keyOf('1a34f09'), HUTONG_TRADE_KEY: await tradeKey() },
    )
    await stopped(hub, () => signalGroup(hub, 'SIGINT'))
    expect([release, await tables(database)]).toEqual([release, wanted])
  }
})
