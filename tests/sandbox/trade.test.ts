/** Invented trade: what is written can be read, is the same for the same seed, and matches as its manifest says. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isDeclaredKind } from '../../rules/ceb/kinds.ts'
import type { AnyDocument } from '../../rules/ceb/message.ts'
import { readMessage } from '../../rules/ceb/read.ts'
import { limitsOf } from '../../rules/trade/annual.ts'
import { tradeDocument, type TradeDocument } from '../../rules/trade/document.ts'
import { currentOf, effectOf, nothingDecided } from '../../rules/trade/effect.ts'
import type { Match } from '../../rules/trade/match.ts'
import type { Told } from '../../sandbox/trade/cases.ts'
import { exportFaults, importFaults, type Expected } from '../../sandbox/trade/faults.ts'
import { hutong } from '../support/serve.ts'
import { said } from '../ceb/messages.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'hutong-trade-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

async function written(out: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await hutong(['sandbox', 'trade', '--out', join(base, out), ...args], { PORT: '1' })
    .ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.replaceAll(base, '')
}

async function digestOf(out: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await readdir(join(base, out))).sort()) {
    hash.update(file).update(await readFile(join(base, out, file)))
  }
  return hash.digest('hex')
}

const manifestOf = async (out: string): Promise<Told[]> =>
  (await readFile(join(base, out, 'manifest.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told)

/** All that messages say, in the order of their names, and what was found wrong in them. */
async function documentsOf(
  out: string,
): Promise<{ documents: TradeDocument[]; violations: string[]; counts: number[] }> {
  const files = (await readdir(join(base, out))).filter((file) => file.endsWith('.xml')).sort()
  const [documents, violations, counts]: [TradeDocument[], string[], number[]] = [[], [], []]
  for (const file of files) {
    const reading = readMessage(await readFile(join(base, out, file)))
    violations.push(...said(reading))
    if (!reading.read) continue
    const { kind } = reading.message
    if (!isDeclaredKind(kind)) continue
    const held: readonly AnyDocument[] = reading.message.documents
    counts.push(held.length)
    documents.push(...held.flatMap((document) => tradeDocument(kind, document, (value) => `#${value}`) ?? []))
  }
  return { documents, violations, counts }
}

const told = (match: Match): Expected =>
  match.state === 'REJECTED' ? { state: 'REJECTED', codes: match.findings.map(({ code }) => code) } : match

/** What each list comes to, by its key. */
function cameTo(documents: readonly TradeDocument[]): Map<string, Expected> {
  const versions = currentOf(documents)
  const standing = effectOf(versions).lists.filter(({ state }) => state === 'MATCHED')
  const purchases = standing.flatMap(({ key }) => {
    const list = versions.get(key)
    return list === undefined ? [] : [{ list, cancelled: false, returned: new Map<string, string>() }]
  })
  const exceeded = new Map(
    [...limitsOf(purchases)].flatMap(([key, verdict]) =>
      verdict.exceeded === null ? [] : [[key, verdict.exceeded] as const],
    ),
  )
  return new Map(effectOf(versions, { ...nothingDecided, exceeded }).lists.map(({ key, match }) => [key, told(match)]))
}

const keyOf = ({ direction, copNo, agentCode }: Told): string =>
  JSON.stringify(['list', direction, 'copNo', copNo, agentCode])

describe('with faults', () => {
  const names = [...Object.keys(importFaults), ...Object.keys(exportFaults)]

  test('every list comes to what the manifest says, and every fault is there', async () => {
    expect(await written('faults', '--lists', '1000', '--faults')).toBe(
      '1000 lists, 3954 documents in 44 messages, 100 faults: /faults\n',
    )
    const manifest = await manifestOf('faults')
    const { documents, violations, counts } = await documentsOf('faults')
    // Said when they are handed in already, once each.
    const own = /^(order-sum|(order|list)-total|.*-fixed|trade-mode)$/
    expect(violations).toHaveLength(manifest.filter(({ fault }) => fault !== null && own.test(fault)).length)
    expect(
      [...new Set(violations.map((said) => /(\w+) \S+: ([a-z-]+): /.exec(said)?.slice(1).join(' ')))].toSorted(),
    ).toEqual([
      'acturalPaid arithmetic',
      'billNo trade-mode',
      'buyerIdType value',
      'packNo value',
      'payerIdType value',
      'totalPrice arithmetic',
    ])
    expect([Math.max(...counts), counts.reduce((sum, count) => sum + count, 0)]).toEqual([100, documents.length])
    const results = cameTo(documents)
    expect(results.size).toBe(1000)
    const missed = manifest.filter((one) => {
      const result = results.get(keyOf(one))
      return result === undefined || JSON.stringify(result) !== JSON.stringify(one.expected)
    })
    expect(missed).toEqual([])
    expect([...new Set(manifest.flatMap(({ fault }) => fault ?? []))].toSorted()).toEqual(
      [...new Set(names)].toSorted(),
    )
    expect(manifest.filter(({ fault }) => fault !== null)).toHaveLength(100)
  })

  test('all codes of matching are planted', async () => {
    const codes = (await manifestOf('faults')).flatMap(({ expected }) =>
      expected.state === 'REJECTED' ? expected.codes : [],
    )
    expect([...new Set(codes)].toSorted()).toEqual(
      '-301003 -301008 -301010 -401009 -504011 -504015 -621001 -621005 1300 130126 13035 13127 1313 1320 1322 1327 1332'.split(
        ' ',
      ),
    )
  })
})

test('without faults every list matches', async () => {
  expect(await written('plain', '--lists', '200')).toBe('200 lists, 800 documents in 12 messages, 0 faults: /plain\n')
  const results = cameTo((await documentsOf('plain')).documents)
  expect([...results.values()].filter(({ state }) => state !== 'MATCHED')).toEqual([])
  expect(results.size).toBe(200)
})

test('the same seed writes the same files, another seed others', async () => {
  await written('one', '--lists', '60', '--faults', '--seed', '7')
  await written('two', '--lists', '60', '--faults', '--seed', '7')
  await written('three', '--lists', '60', '--faults', '--seed', '8')
  const digests = await Promise.all(['one', 'two', 'three'].map(digestOf))
  expect([digests[0] === digests[1], digests[0] === digests[2]]).toEqual([true, false])
})

test('more lists begin with the same', async () => {
  await written('few', '--lists', '150')
  const few = await manifestOf('few')
  expect((await manifestOf('plain')).slice(0, 150)).toEqual(few)
  const file = 'CEB621-000001.xml'
  expect(await readFile(join(base, 'few', file))).toEqual(await readFile(join(base, 'plain', file)))
})

test('what cannot be done is said in a sentence', async () => {
  const refused = async (...args: string[]): Promise<object> => {
    const { code, stdout, stderr } = await hutong(['sandbox', 'trade', ...args], { PORT: '1' }).ended
    return { code, stdout, stderr: stderr.replaceAll(base, '') }
  }
  await writeFile(join(base, 'file'), '')
  expect(await refused('--out', join(base, 'plain'))).toEqual({
    code: 1,
    stdout: '',
    stderr: 'The folder /plain is not empty.\n',
  })
  expect(await refused('--out', join(base, 'file'))).toMatchObject({ code: 1, stdout: '' })
  expect(await refused('--out', join(base, 'x'), '--lists', '0')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "error: option '--lists <number>' argument '0' is invalid. Give a whole number from 1.\n(add --help for help)\n",
  })
  expect(await refused()).toMatchObject({ code: 1, stdout: '' })
})
