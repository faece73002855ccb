/** No byte of an export can be another: each line is canonical, and the manifest signs them all. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSigner, generateLedgerKey, suiteNames, type LedgerSigner } from '../store/ledger-suite.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { exported, filled, verified } from './support/ledger-lines.ts'

describe.each(suiteNames)('%s', (suite) => {
  let database: FreshDatabase
  let signer: LedgerSigner
  let lines: string[]
  beforeAll(async () => {
    database = await freshDatabase()
    signer = await createSigner(await generateLedgerKey(suite))
    const log = await filled(database, signer)
    lines = await exported(database, signer, log)
  })
  afterAll(() => database.drop())

  const found = async (changed: readonly string[]): Promise<unknown[]> =>
    (await verified(changed, signer)).findings.map(({ problem, line, message }) => [problem, line, message])
  const at = (kind: string): number => lines.findIndex((line) => line.includes(`"kind":"${kind}"`))
  const changed = (kind: string, change: (line: string) => string): string[] =>
    lines.with(at(kind), change(lines[at(kind)] ?? ''))
  const another = (more = 0): unknown[] => [
    ['changed', lines.length + more, 'A line that stands before the manifest is missing, added or changed.'],
  ]
  const unusual = (kind: string): unknown[] => [
    ['malformed', at(kind) + 1, 'The line is not written as an export writes it.'],
  ]

  test('the time at which a chain began', async () => {
    expect(await found(changed('chain', (line) => line.replace(/"startedAt":"2/, '"startedAt":"1')))).toEqual(another())
  })

  test('a key that stands twice, of which a reader may take either', async () => {
    const twice = changed('record', (line) => line.replace('"department":', '"department":"EVIL","department":'))
    expect(await found(twice)).toEqual(unusual('record'))
    const plan = changed('plan', (line) => line.replace('"denied":', '"denied":"open","denied":'))
    expect(await found(plan)).toEqual(unusual('plan'))
  })

  test('one key more, white space, another order, another way to write the same', async () => {
    expect(await found(changed('chain', (line) => line.replace('{', '{"a":1,')))).toEqual(another())
    expect(await found(changed('record', (line) => line.replace('{', '{"a":1,')))).toEqual(another())
    expect(await found(changed('record', (line) => line.replace('{', '{ ')))).toEqual(unusual('record'))
    expect(await found(changed('chain', (line) => `${line.replace(/\n$/, '')} `))).toEqual(unusual('chain'))
    expect(await found(changed('record', (line) => line.replace('"chain"', '"\\u0063hain"')))).toEqual(
      unusual('record'),
    )
    const moved = (line: string): string => line.replace('"kind":"chain",', '').replace('{', '{"kind":"chain",')
    expect(await found(changed('chain', moved))).toEqual(unusual('chain'))
  })

  test('a line that is missing, empty, or there once more', async () => {
    expect(await found(lines.toSpliced(at('checkpoint'), 1))).toEqual(another(-1))
    expect(await found(lines.toSpliced(at('checkpoint'), 0, lines[at('checkpoint')] ?? ''))).toEqual(another(1))
    expect(await found(lines.slice(1))).toEqual([['malformed', 1, 'The export does not begin with its header.']])
    expect(await found([lines[0] ?? '', ...lines])).toEqual([
      ['malformed', 2, 'A second header stands within the export.'],
    ])
    expect(await found(lines.toSpliced(3, 0, ''))).toEqual([['malformed', 4, 'The line is not a JSON object.']])
  })

  test('any character of any line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(),
        fc.constantFrom('0', 'a', ' ', '"', '\\', '}', '文'),
        async (one, other, put) => {
          const place = one % lines.length
          const line = (lines[place] ?? '').replace(/\n$/, '')
          const character = other % line.length
          fc.pre(line[character] !== put)
          const { findings } = await verified(
            lines.with(place, line.slice(0, character) + put + line.slice(character + 1)),
            signer,
          )
          expect(findings.length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 300 },
    )
  })
})
