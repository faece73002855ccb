/** A request about several enterprises at once: the ledger says of each what stood under its own root, over HTTP. */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { verifyLedger } from '../store/ledger-verify.ts'
import { decisionsOf, recordsOf, type Recorded } from './support/audit.ts'
import type { Persona } from './support/harness.ts'
import {
  auditor,
  customs,
  enterprise,
  fuzhou,
  grade,
  idOf,
  jinhua,
  page,
  running,
  sanming,
  short,
  type Entry,
} from './support/ledger-pages.ts'

const taxSteward: Persona = { as: 'tax', roles: ['steward'] }
const market: Persona = { as: 'market' }
const nothing = {
  nodes: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
}

/** Asks, and gives the id of the request. */
async function asks(query: string, who: Persona = customs): Promise<string> {
  const answer = await running.ask(who, query)
  expect(answer.data).toBeTruthy()
  return idOf(answer)
}
const recordOf = async (id: string): Promise<Recorded> => {
  const [record] = await recordsOf(running.database.db, id)
  if (record === undefined) throw new Error(`Nothing of ${id} is on record.`)
  return record
}
const entryOf = async (id: string, who: Persona = auditor, filter: Record<string, unknown> = {}) => {
  const { nodes } = await page(who, { first: 100, ...filter })
  return nodes.find(({ requestId }) => requestId === id)
}
const usesOf = async (id: string, who?: Persona, filter?: Record<string, unknown>): Promise<string[] | null> => {
  const found: Entry | undefined = await entryOf(id, who, filter)
  return found === undefined ? null : short(found)
}

/** The credit grade of one, the registration of another. */
const apart = (one: string, other: string): string => `{
  a: enterprise(uscc: "${one}") { tax { creditGrade } }
  b: enterprise(uscc: "${other}") { market { registration { authority } } }
}`

describe('two roots about two enterprises', () => {
  let id: string
  const gradeOfFuzhou = `3501 TaxRecord.creditGrade ALLOW ${grade}`
  const registrationOfSanming = ['MarketRecord.registration', 'MarketRegistration.authority'].map(
    (coordinate) => `3504 ${coordinate} ALLOW open`,
  )
  beforeAll(async () => {
    id = await asks(apart(fuzhou, sanming))
  })

  test('each field counts for the enterprise of its own root', async () => {
    expect(await usesOf(id)).toEqual([gradeOfFuzhou, ...registrationOfSanming])
    const { subjects, roots } = await recordOf(id)
    expect({ subjects, roots }).toEqual({ subjects: [fuzhou, sanming], roots: [[0], [1]] })
    const decisions = await decisionsOf(running.database.db, id)
    expect(
      Object.entries(decisions).flatMap(([name, decision]) => (decision === null ? [] : [[name, decision.roots]])),
    ).toEqual([
      ['MarketRecord.registration', [1]],
      ['MarketRegistration.authority', [1]],
      ['TaxRecord.creditGrade', [0]],
    ])
  })

  test('whoever looks for the one by the field of the other finds nothing', async () => {
    const found = { uscc: fuzhou, item: 'tax.creditGrade' }
    for (const who of [auditor, customs, taxSteward]) expect(await usesOf(id, who, found)).toEqual([gradeOfFuzhou])
    for (const who of [auditor, customs, taxSteward, enterprise]) {
      expect(await usesOf(id, who, { ...found, uscc: sanming })).toBeNull()
      expect(await usesOf(id, who, { uscc: fuzhou, item: 'market.registration' })).toBeNull()
    }
    // Of its own request a department sees that it was about an enterprise, whatever it asked of it.
    expect(await usesOf(id, customs, { uscc: sanming })).toEqual(registrationOfSanming)
  })

  test('a provider hears nothing of an enterprise of which its data was not asked', async () => {
    expect(await usesOf(id, taxSteward)).toEqual([gradeOfFuzhou])
    expect(await usesOf(id, taxSteward, { uscc: sanming })).toBeNull()
    expect(await usesOf(id, market)).toEqual(registrationOfSanming)
    expect(await usesOf(id, market, { uscc: fuzhou })).toBeNull()
  })

  test('an enterprise hears of its own part', async () => {
    expect(await usesOf(id, enterprise)).toEqual([gradeOfFuzhou])
    expect(await usesOf(id, { as: 'portal', mandate: [sanming] })).toEqual(registrationOfSanming)
  })

  test('an export of it verifies', async () => {
    const headers = { authorization: `Bearer ${await running.token(auditor)}` }
    const response = await fetch(`${running.hub.url}/ledger/export`, { headers })
    const lines = (await response.text()).split(/(?<=\n)/)
    const keys = lines.map((line) => JSON.parse(line) as { kind: string; key?: object }).filter(({ key }) => key)
    const { findings } = await verifyLedger(
      (async function* () {
        yield* lines
      })(),
      keys.map(({ key }) => key ?? {}),
    )
    expect(findings).toEqual([])
    expect(lines.some((line) => line.includes(`"request":"${id}"`) && line.includes('"roots":[[0],[1]]'))).toBe(true)
  })
})

test('an enterprise of which only withheld data was asked hears nothing, whatever stands beside it', async () => {
  const reports = 'suspiciousTransactionReports { reportedOn }'
  const uscc = '91350104MYW0260W10'
  const id = await asks(
    `{ a: enterprise(uscc: "${uscc}") { fx { ${reports} } } b: enterprise(uscc: "${sanming}") { fx { class } } }`,
    { as: 'fx' },
  )
  const it: Persona = { as: 'portal', mandate: [uscc] }
  expect(await page(it)).toEqual(nothing)
  expect(await page(it, { item: 'fx.class' })).toEqual(nothing)
  expect((await usesOf(id, { as: 'portal', mandate: [sanming] }))?.length).toBe(1)
  expect((await usesOf(id, auditor))?.map((use) => use.split(' ').slice(0, 2))).toEqual([
    ['3501', 'ForeignExchangeRecord.suspiciousTransactionReports'],
    ['3501', 'SuspiciousTransactionReport.reportedOn'],
    ['3504', 'ForeignExchangeRecord.class'],
  ])
})

describe('what is on record', () => {
  const named = (uscc: string): string => `enterprise(uscc: "${uscc}")`

  test.each([
    ['one root', `{ a: ${named(fuzhou)} { name tax { creditGrade } } }`],
    ['several enterprises of one root', `{ enterprises(usccs: ["${fuzhou}", "${sanming}"]) { name } }`],
    ['one root with data beside those of the hub', `{ me { department } a: ${named(fuzhou)} { name } }`],
    ['the same enterprise under every root', `{ a: ${named(fuzhou)} { name } b: ${named(fuzhou)} { status } }`],
    ['the same fields under every root', `{ a: ${named(fuzhou)} { name } b: ${named(sanming)} { name } }`],
  ])('%s: no roots', async (_what, query) => {
    const id = await asks(query)
    const { subjects, ...record } = await recordOf(id)
    expect(record).not.toHaveProperty('roots')
    const uses = (await usesOf(id)) ?? []
    expect(new Set(uses.map((use) => use.slice(0, 4)))).toEqual(new Set(subjects.map((uscc) => uscc.slice(2, 6))))
  })

  test('an enterprise that only a root of the hub was given', async () => {
    const id = await asks(`{ ledger(uscc: "${sanming}") { nodes { at } } a: ${named(fuzhou)} { status } }`)
    const { subjects, roots } = await recordOf(id)
    expect([subjects, roots]).toEqual([
      [sanming, fuzhou],
      [[0], [1]],
    ])
    expect(await usesOf(id)).toEqual(['3501 Enterprise.status ALLOW open'])
  })

  test('an enterprise under two of three roots, and a root that found none', async () => {
    const id = await asks(
      `{
      a: ${named(fuzhou)} { name }
      b: enterprises(usccs: ["${sanming}", "${fuzhou}"]) { status }
      c: declaration(number: "35002026E99999999999") { number }
    }`,
      { as: 'customs' },
    )
    const { subjects, roots } = await recordOf(id)
    expect([subjects, roots]).toEqual([
      [fuzhou, sanming],
      [[0], [0, 1], []],
    ])
    expect(await usesOf(id)).toEqual([
      '3501 Enterprise.name ALLOW open',
      '3501 Enterprise.status ALLOW open',
      '3504 Enterprise.status ALLOW open',
    ])
  })

  test('enterprises that a search and a declaration lead to', async () => {
    const { data } = await running.ask(
      { as: 'customs' },
      `{ enterprise(uscc: "${fuzhou}") { customs { declarations(first: 1) { nodes { number } } } } }`,
    )
    const number = /\d{8}[EI]\d+/.exec(JSON.stringify(data))?.[0]
    const id = await asks(
      `{ s: searchEnterprises(division: "330702", first: 1) { nodes { uscc } }
         d: declaration(number: "${number}") { enterprise { status } } }`,
      { as: 'customs' },
    )
    const uses = (await usesOf(id)) ?? []
    expect(uses.map((use) => use.split(' ').slice(0, 2)).sort()).toEqual([
      ['3307', 'Query.searchEnterprises'],
      ['3501', 'Declaration.enterprise'],
      ['3501', 'Enterprise.status'],
      ['3501', 'Query.declaration'],
    ])
  })

  test('enterprises that a search found, shown or counted alone, beside those that it did not find', async () => {
    const id = await asks(
      `{ s: searchEnterprises(division: "330702", first: 1) { totalCount } a: ${named(fuzhou)} { name } }`,
    )
    expect((await usesOf(id))?.map((use) => use.split(' ').slice(0, 2)).sort()).toEqual([
      ['3307', 'Query.searchEnterprises'],
      ['3501', 'Enterprise.name'],
    ])
  })

  test('every enterprise of a root, though the answer leads back to each', async () => {
    const declared = 'customs { declarations(first: 2) { nodes { enterprise { status } } } }'
    const id = await asks(
      `{ a: enterprises(usccs: ["${fuzhou}", "${sanming}"]) { ${declared} } b: ${named(jinhua)} { name } }`,
      { as: 'customs' },
    )
    const { subjects, roots } = await recordOf(id)
    expect([subjects, roots]).toEqual([
      [fuzhou, sanming, jinhua],
      [[0, 1], [2]],
    ])
    const uses = (await usesOf(id)) ?? []
    expect(uses.map((use) => use.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['3501', '3504'].flatMap((division) =>
        ['CustomsRecord.declarations', 'Declaration.enterprise', 'Enterprise.status'].map(
          (coordinate) => `${division} ${coordinate}`,
        ),
      ),
      '3307 Enterprise.name',
    ])
  })

  test('a response key is not, and what it is makes no difference', async () => {
    const id = await asks(`{
      __proto__: ${named(fuzhou)} { name }
      constructor: ${named(sanming)} { status }
      whoever_reads_this_owes_me: ${named(jinhua)} { market { registration { authority } } }
    }`)
    expect(await usesOf(id)).toEqual([
      '3501 Enterprise.name ALLOW open',
      '3504 Enterprise.status ALLOW open',
      '3307 MarketRecord.registration ALLOW open',
      '3307 MarketRegistration.authority ALLOW open',
    ])
    const written = JSON.stringify([await recordOf(id), await decisionsOf(running.database.db, id)])
    expect(written).not.toMatch(/__proto__|constructor|whoever/)
    expect((await recordOf(id)).roots).toEqual([[0], [1], [2]])
  })
})

test('a record from before roots were told apart is read as it was: each field for each enterprise', async () => {
  const requestId = randomUUID()
  const plan = `{"Enterprise.market":null,"Enterprise.status":{"denied":"no-grant","item":"market.registration","outcomes":[{"effect":"ALLOW","rule":"open"}]},"TaxRecord.creditGrade":{"denied":"row","item":"tax.creditGrade","outcomes":[{"divisions":["3501"],"effect":"ALLOW","mandate":false,"rule":"own"}]}}`
  const hash = '0f'.repeat(32)
  const record = `{"action":"query","at":"2026-11-20T09:47:01.365Z","calls":{"market":1,"tax":1},"department":"tax","document":null,"errors":[],"mandated":[],"microseconds":34193,"operation":null,"outcome":"answered","plan":"${hash}","policyVersion":"6b9bbb807563","purpose":null,"request":"${requestId}","roles":["officer"],"subject":"tax-developer","subjects":["${fuzhou}","${sanming}"]}`
  const { pool } = running.database
  await pool.query('insert into audit_plan values ($1, $2)', [hash, plan])
  await pool.query('insert into audit_record values ($1, 1, $2, $3, $4, $5, $6, $7, $8)', [
    ...[randomUUID(), '2026-11-20T09:47:01.365Z', requestId, 'tax', [fuzhou, sanming], hash, record, Buffer.alloc(32)],
  ])
  expect(await usesOf(requestId, auditor)).toEqual([
    '3501 Enterprise.status ALLOW open',
    '3501 TaxRecord.creditGrade ALLOW own',
    '3504 Enterprise.status ALLOW open',
    '3504 TaxRecord.creditGrade DENY row',
  ])
  expect(await usesOf(requestId, market, { uscc: sanming })).toEqual(['3504 Enterprise.status ALLOW open'])
})
