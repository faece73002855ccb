/** An export of the ledger, and what is found when someone has had their hands on it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuditLog } from '../store/audit.ts'
import { genesis, linkHash } from '../store/audit-record.ts'
import { canonical, type Json } from '../store/canonical.ts'
import { chainHeads } from '../store/ledger-heads.ts'
import { removeBefore } from '../store/ledger-retention.ts'
import { createSigner, generateLedgerKey, suiteNames, type LedgerSigner } from '../store/ledger-suite.ts'
import { recordsOf } from './support/audit.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { entry, exported, filled, verified } from './support/ledger-lines.ts'

describe.each(suiteNames)('%s', (suite) => {
  let database: FreshDatabase
  let signer: LedgerSigner
  let lines: string[]
  /** Where the records of the first chain begin. */
  let at: number

  beforeAll(async () => {
    database = await freshDatabase()
    signer = await createSigner(await generateLedgerKey(suite))
    await filled(database, signer)
    lines = await exported(database, signer)
    at = lines.findIndex((line) => line.includes('"kind":"record"'))
  })
  afterAll(() => database.drop())

  const kinds = (): string[] => lines.map((line) => (JSON.parse(line) as { kind: string }).kind)
  const problems = async (changed: readonly string[]): Promise<string[]> =>
    (await verified(changed, signer)).findings.map(({ problem, line }) => `${problem} ${line ?? 'end'}`)
  const record = (place: number): { chain: string; sequence: number; hash: string; record: Record<string, Json> } =>
    JSON.parse(lines[at + place] ?? '') as ReturnType<typeof record>

  test('what was written verifies', async () => {
    expect(kinds()).toEqual([
      ...['ledger', 'chain', 'chain', 'checkpoint', 'checkpoint'],
      ...['record', 'record', 'record', 'record', 'record', 'record', 'record'],
      ...['plan', 'manifest'],
    ])
    expect(await verified(lines, signer)).toEqual({
      records: 7,
      unchained: 0,
      chains: 2,
      checkpoints: 2,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      findings: [],
    })
  })

  test('a changed byte', async () => {
    const changed = lines.map((line, index) => (index === at + 2 ? line.replace('"clearance"', '"clearancf"') : line))
    expect(await verified(changed, signer)).toEqual({
      records: 7,
      unchained: 0,
      chains: 2,
      checkpoints: 2,
      at: expect.any(String) as string,
      findings: [{ problem: 'changed', line: at + 3, message: 'Record 3 is not what was written there.' }],
    })
  })

  test('a removed record', async () => {
    const { findings } = await verified(lines.toSpliced(at + 2, 1), signer)
    expect(findings).toEqual([
      { problem: 'removed', line: at + 3, message: `Record 3 of the chain ${record(0).chain}: 1 missing.` },
      { problem: 'removed', line: lines.length - 1, message: 'The manifest counts 7 records; the export holds 6.' },
    ])
  })

  test('a reordered pair', async () => {
    const swapped = lines.with(at + 2, lines[at + 3] ?? '').with(at + 3, lines[at + 2] ?? '')
    expect((await verified(swapped, signer)).findings).toEqual([
      { problem: 'reordered', line: at + 3, message: `Record 3 of the chain ${record(0).chain} stand after record 4.` },
    ])
  })

  test('a truncated tail: of the export, and of a chain', async () => {
    expect((await verified(lines.slice(0, -1), signer)).findings).toEqual([
      { problem: 'truncated', line: null, message: 'The export has no manifest at its end.' },
    ])
    expect(
      (await verified(lines.toSpliced(at + 4, 1), signer)).findings.map(({ problem, message }) => [problem, message]),
    ).toEqual([
      ['truncated', `The chain ${record(0).chain} ends at 4; the chain that follows says it reached 5.`],
      ['truncated', `The chain ${record(0).chain} ends at 4; a checkpoint says it reached 5.`],
      ['truncated', `The chain ${record(0).chain} ends at 4; the manifest says it reached 5.`],
      ['removed', 'The manifest counts 7 records; the export holds 6.'],
    ])
  })

  test('a foreign key, and a broken signature', async () => {
    const other = await createSigner(await generateLedgerKey(suite))
    const signed = (line: string) => (JSON.parse(line) as { signed: string }).signed
    const forged = JSON.stringify({ kind: 'manifest', signed: await other.sign('{"heads":[],"records":7}') })
    expect((await verified(lines.with(-1, forged), signer)).findings).toEqual([
      {
        problem: 'foreign-key',
        line: lines.length,
        message: 'It is signed by a key that is not among the trusted ones.',
      },
    ])
    const [head = '', payload = '', signature = ''] = signed(lines.at(-1) ?? '').split('.')
    const altered = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    const broken = JSON.stringify({ kind: 'manifest', signed: [head, payload, altered].join('.') })
    expect((await verified(lines.with(-1, broken), signer)).findings).toEqual([
      { problem: 'signature', line: lines.length, message: 'The signature does not hold.' },
    ])
    expect(await problems(lines.map((line) => line.replace(/"signed":"[^"]*"/, '"signed":"x"')))).toEqual(
      [4, 5, lines.length].map((line) => `malformed ${line}`),
    )
  })

  test('a chain written anew from the middle, with hashes that fit', async () => {
    const rewritten = [...lines]
    let previous = record(1).hash
    for (const place of [2, 3, 4]) {
      const { chain, sequence, record: said } = record(place)
      const text = canonical(place === 2 ? { ...said, purpose: 'delivery' } : said)
      previous = linkHash(signer.suite, { chain, sequence, previous, record: text })
      rewritten[at + place] = canonical({
        kind: 'record',
        chain,
        sequence,
        hash: previous,
        record: JSON.parse(text) as Json,
      })
    }
    const { chain } = record(0)
    expect((await verified(rewritten, signer)).findings.map(({ problem, message }) => [problem, message])).toEqual([
      ['changed', `Record 5 of the chain ${chain} is not the one that the chain that follows names.`],
      ['changed', `Record 5 of the chain ${chain} is not the one that a checkpoint names.`],
      ['changed', `Record 5 of the chain ${chain} is not the one that the manifest names.`],
    ])
  })

  test('a whole chain removed, with its checkpoints and the manifest: the chain after it tells', async () => {
    const { chain } = record(0)
    const left = lines.filter((line, index) =>
      index >= at + 5
        ? !line.includes('"manifest"')
        : index < at && !line.includes(chain) && !line.includes('"checkpoint"'),
    )
    expect(left.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      'ledger',
      'chain',
      'record',
      'record',
      'plan',
    ])
    expect((await verified(left, signer)).findings).toEqual([
      {
        problem: 'truncated',
        line: 3,
        message: `The chain ${chain} ends at 0; the chain that follows says it reached 5.`,
      },
      { problem: 'truncated', line: null, message: 'The export has no manifest at its end.' },
    ])
  })

  test('a changed plan, and one that is missing', async () => {
    const place = lines.findIndex((line) => line.includes('"kind":"plan"'))
    const changed = lines.with(place, lines[place]?.replace('ALLOW', 'DENY') ?? '')
    expect(await problems(changed)).toEqual([`changed ${place + 1}`, `removed ${at + 2}`])
    expect(await problems(lines.toSpliced(place, 1))).toEqual([`removed ${at + 2}`])
  })

  test('lines that are none, and lines after the end', async () => {
    expect(await problems(['nonsense', '[]', '{"kind":"spell"}', '{"kind":"record"}', ...lines])).toEqual([
      'malformed 1',
      'malformed 1',
      'malformed 2',
      'malformed 3',
      'malformed 4',
      // The header, which is not the first line any more.
      'malformed 5',
      `removed ${lines.length + 4}`,
    ])
    expect(await problems([...lines, '{"kind":"plan"}'])).toEqual([`malformed ${lines.length + 1}`])
    expect(await problems([])).toEqual(['truncated end'])
  })
})

describe('the store', () => {
  let database: FreshDatabase
  let signer: LedgerSigner
  beforeAll(async () => {
    database = await freshDatabase()
    signer = await createSigner(await generateLedgerKey('SHA256-Ed25519'))
  })
  afterAll(() => database.drop())

  test('records that vanish from it while the hub runs are missed by the manifest, checkpoints or not', async () => {
    const log = createAuditLog(database.pool, signer, [], { checkpoint: 3_600_000 })
    for (const id of ['a', 'b', 'c']) await log.record(entry(id))
    const chain = log.head()?.chain ?? ''
    const client = await database.pool.connect()
    await client.query(`begin; set local hutong.retention = 'on'; delete from audit_record where sequence = 4; commit`)
    client.release()
    const { findings } = await verified(await exported(database, signer, log), signer)
    expect(findings).toEqual([
      { problem: 'truncated', line: 7, message: `The chain ${chain} ends at 3; the manifest says it reached 4.` },
    ])
  })

  test('retention removes the beginning of chains, says so first, and the rest verifies; twice', async () => {
    const own = await freshDatabase()
    const old = createAuditLog(own.pool, signer, [])
    for (const id of ['a', 'b']) await old.record(entry(id))
    await old.close()
    const log = createAuditLog(own.pool, signer, await chainHeads(own.pool))
    await log.record(entry('c'))
    const cut = new Date((await recordsOf(own.db, 'c'))[0]?.at ?? '')
    const job = (before: Date) =>
      removeBefore(own.pool, log, before, ({ records, removed }) =>
        entry(`job-${records}`, {
          action: 'retention',
          plan: null,
          details: { removed: removed.map(({ chain, sequence, hash }) => ({ chain, sequence, hash })) },
        }),
      )
    const removal = await job(cut)
    expect([removal.records, removal.removed.length]).toEqual([3, 1])
    expect((await recordsOf(own.db)).map(({ request }) => request)).toEqual(['c', 'job-3'])
    const lines = await exported(own, signer, log)
    expect(lines.filter((line) => line.includes('"anchor"'))).toHaveLength(1)
    expect((await verified(lines, signer)).findings).toEqual([])

    expect(await job(cut)).toEqual({ records: 0, removed: [] })
    await job(new Date(Date.now() + 1))
    expect((await recordsOf(own.db)).map(({ request }) => request)).toEqual(['job-3'])
    expect((await verified(await exported(own, signer, log), signer)).findings).toEqual([])

    // Without the word of a retention record the missing beginning is a finding.
    const [gone] = (await exported(own, signer, log)).filter((line) => line.includes('"action":"retention"'))
    const silenced = lines.filter((line) => !line.includes('"action":"retention"') && line !== gone)
    expect((await verified(silenced, signer)).findings.map(({ problem }) => problem)).toContain('removed')
    await log.close()
    await own.drop()
  })

  test('the first record of a chain links to nothing', () => {
    const link = { chain: 'c', sequence: 1, previous: genesis, record: '{}' }
    expect(linkHash('SHA256-Ed25519', link)).not.toBe(linkHash('SM3-SM2', link))
    expect(linkHash('SHA256-Ed25519', link)).toMatch(/^[0-9a-f]{64}$/)
  })
})
