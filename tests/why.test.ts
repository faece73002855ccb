/** Why a field is open or closed: the chain of reasons. What can be done about it: why-remedies.test.ts. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { whyOf, type WhyRequest } from '../auth/why.ts'
import { developmentGrants } from '../auth/development-grants.ts'
import { policies } from '../codegen/generated/grid.ts'
import { departmentIds, partners } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import { catalogue, entryOf, fuzhou, grant, jinhua, now, request } from './support/why.ts'

const chain = (coordinate: string, asked: WhyRequest, grants: readonly Grant[] = []) =>
  whyOf(catalogue, grants, entryOf(coordinate), asked).steps.map(
    ({ check, holds, text }) => `${check} ${holds ? '+' : '-'} ${text}`,
  )

const conditional =
  'class - tax.creditGrade (纳税信用级别) is CONDITIONAL 有条件共享: A reader with a grant for the item, the purpose and the division, as the catalogue states. (政务数据共享条例 第十四条（二）、第十五条第二款)'
const notOwn = 'own - tax provides it, not customs.'

describe('what every department may read', () => {
  const rule = (grants: readonly Grant[], purpose: string | null = 'clearance') =>
    whyOf(catalogue, grants, entryOf('TaxRecord.exportRefundClass'), request({ purpose })).rule
  const held = (id: string, change: Partial<Grant>) => grant(id, { item: 'tax.exportRefundClass', ...change })

  test.each<[string, Grant[], [stated: string, another: string, none: string]]>([
    ['without a grant', [], ['unconditional', 'unconditional', 'unconditional']],
    ['with one in force', [held('g1', {})], ['grant:g1', 'unconditional', 'unconditional']],
    ['with one suspended', [held('g1', { state: 'SUSPENDED' })], ['suspended', 'unconditional', 'suspended']],
    [
      'with one for files suspended',
      [held('g1', { state: 'SUSPENDED', mode: 'FILE' })],
      ['suspended', 'unconditional', 'suspended'],
    ],
    ['with one ended by others', [held('g1', { state: 'TERMINATED' })], ['suspended', 'unconditional', 'suspended']],
    ['with one given up', [held('g1', { state: 'GIVEN_UP' })], ['unconditional', 'unconditional', 'unconditional']],
    ['with one for files', [held('g1', { mode: 'FILE' })], ['unconditional', 'unconditional', 'unconditional']],
    [
      'with one suspended, and past its term',
      [held('g1', { state: 'SUSPENDED', validTo: now })],
      ['unconditional', 'unconditional', 'unconditional'],
    ],
    [
      'with one suspended of another reader',
      [held('g1', { state: 'SUSPENDED', reader: 'fx' })],
      ['unconditional', 'unconditional', 'unconditional'],
    ],
    [
      'with one ended and another given since',
      [held('g1', { state: 'TERMINATED' }), held('g2', {})],
      ['grant:g2', 'unconditional', 'unconditional'],
    ],
    [
      'with one suspended and another for files in force',
      [held('g1', { state: 'SUSPENDED' }), held('g2', { mode: 'FILE' })],
      ['suspended', 'unconditional', 'suspended'],
    ],
    ['with one beyond the enterprise', [held('g1', { divisions: ['33'] })], ['row', 'unconditional', 'unconditional']],
  ])('is read %s', (_what, grants, wanted) => {
    expect([rule(grants), rule(grants, 'statistics'), rule(grants, null)]).toEqual(wanted)
  })

  test('and the chain says what took it away', () => {
    expect(chain('TaxRecord.exportRefundClass', request(), [held('g1', { state: 'SUSPENDED' })]).slice(2)).toEqual([
      'department - customs is a department with a grant for it, and reads by that.',
      'grant - The grant g1 does not hold: it is suspended (art. 27).',
      'decision - DENY by suspended: the grant of customs for tax.exportRefundClass (出口退税分类管理类别) is suspended or ended, and with it what every department may read (art. 27).',
    ])
  })
})

describe('the chain', () => {
  test('considers each grant by itself and says all that speaks against it', () => {
    const grants = [
      grant('g1', { purpose: 'statistics' }),
      grant('g2', { state: 'SUSPENDED' }),
      grant('g3', { validTo: new Date('2026-02-28T00:00:00+08:00') }),
      grant('g4', { validFrom: new Date('2026-04-01T00:00:00+08:00') }),
      grant('g5', { divisions: ['3307', '44'] }),
      grant('g6', { requiresMandate: true }),
      grant('g7', { state: 'TERMINATED', purpose: 'audit', divisions: ['44'] }),
      grant('g8', { coordinates: ['TaxRecord.arrears'] }),
      grant('g9', { state: 'GIVEN_UP' }),
      grant('of another reader', { reader: 'fx' }),
      grant('of another item', { item: 'tax.arrears' }),
    ]
    expect(chain('TaxRecord.creditGrade', request(), grants)).toEqual([
      conditional,
      notOwn,
      'grant - The grant g1 does not hold: its purpose is statistics, the request states clearance.',
      'grant - The grant g2 does not hold: it is suspended (art. 27).',
      'grant - The grant g3 does not hold: it ended on 2026-02-28.',
      'grant - The grant g4 does not hold: it begins on 2026-04-01.',
      'grant - The grant g5 does not hold: it reaches divisions 3307*, 44*, the enterprise is of 350102.',
      "grant - The grant g6 does not hold: the token's mandate does not name the enterprise.",
      'grant - The grant g7 does not hold: it was terminated (art. 27); its purpose is audit, the request states clearance; it reaches divisions 44*, the enterprise is of 350102.',
      'grant - The grant g8 does not hold: it opens other fields.',
      'grant - The grant g9 does not hold: it was given up (art. 27).',
      'decision - DENY by suspended: the grant of customs for tax.creditGrade (纳税信用级别) is suspended (art. 27).',
    ])
  })

  test('says how far the grant goes that holds', () => {
    const held = grant('g1', {
      divisions: ['35'],
      dailySubjects: 2,
      full: true,
      validTo: new Date('2027-06-30T00:00:00+08:00'),
    })
    expect(chain('TaxRecord.creditGrade', request(), [held])).toEqual([
      conditional,
      notOwn,
      'grant + The grant g1 holds: for clearance, divisions 35*, in full, until 2027-06-30, at most 2 enterprises a day, counted when data is asked for.',
      'decision + ALLOW by grant:g1.',
    ])
    expect(chain('TaxRecord.creditGrade', request({}, null), [held]).at(-1)).toBe(
      'decision + ALLOW by grant:g1, only for divisions 35*.',
    )
  })

  test.each([
    [
      'an open item',
      'CustomsRecord.creditGrade',
      { department: 'portal' },
      [
        'class + customs.creditGrade (海关信用等级) is OPEN 有序公开: Anyone signed in, the public portal included. (跨境电子商务综合试验区实施方案：分类管理、部门共享、有序公开)',
        'decision + ALLOW by open.',
      ],
    ],
    [
      'its own data',
      'TaxRecord.creditGrade',
      { department: 'tax' },
      [conditional, 'own + tax provides it and reads its own data.', 'decision + ALLOW by own.'],
    ],
    [
      'its own data beyond the divisions of the token',
      'TaxRecord.creditGrade',
      { department: 'tax', divisions: ['44'] },
      [
        conditional,
        'own + tax provides it and reads its own data.',
        'token - The token is limited to divisions 44*, which do not hold the enterprise.',
        'decision - DENY by row: the token of tax is limited to divisions that do not hold this enterprise.',
      ],
    ],
    [
      'an unconditional item',
      'TaxRecord.exportRefundClass',
      {},
      [
        'class - tax.exportRefundClass (出口退税分类管理类别) is UNCONDITIONAL 无条件共享: Every department. (政务数据共享条例 第十四条（一）)',
        notOwn,
        'department + customs is a department.',
        'decision + ALLOW by unconditional.',
      ],
    ],
    [
      'an unconditional item, asked by none',
      'TaxRecord.exportRefundClass',
      { department: 'bank' },
      [
        'class - tax.exportRefundClass (出口退税分类管理类别) is UNCONDITIONAL 无条件共享: Every department. (政务数据共享条例 第十四条（一）)',
        'own - tax provides it, not bank.',
        'department - bank is no department.',
        'grant - bank holds no grant for tax.exportRefundClass; tax (税务) gives them (art. 21).',
        'decision - DENY by not-a-department: tax.exportRefundClass (出口退税分类管理类别) is shared with departments only, and bank is none.',
      ],
    ],
    [
      'a withheld item',
      'SuspiciousTransactionReport.number',
      {},
      [
        'class - fx.suspiciousTransactionReports (可疑交易报告) is WITHHELD 不予共享: The providing department alone; the catalogue names the law that says so. (政务数据共享条例 第十四条（三）、第十五条第二款)',
        'own - fx provides it, not customs.',
        'decision - DENY by withheld: fx.suspiciousTransactionReports (可疑交易报告) is not shared 不予共享: Anti-Money-Laundering Law 反洗钱法: reports are confidential to whoever must receive them.',
      ],
    ],
    [
      'a masked field',
      'LegalRepresentative.name',
      {},
      [
        'class - market.legalRepresentative (法定代表人信息) is CONDITIONAL 有条件共享: A reader with a grant for the item, the purpose and the division, as the catalogue states. (政务数据共享条例 第十四条（二）、第十五条第二款)',
        'own - market provides it, not customs.',
        'grant - customs holds no grant for market.legalRepresentative; market (市场监管) gives them (art. 21).',
        'mask + Departments without a grant that opens it in full see it masked.',
        'decision + MASK by masked.',
      ],
    ],
    [
      'a role that reads nothing',
      'TaxRecord.creditGrade',
      { reads: false },
      [
        "role - The token's roles do not include officer; no other role reads data.",
        "decision - DENY by role: the token's roles do not include officer, and no other reads the data of departments.",
      ],
    ],
    [
      'a section',
      'Enterprise.tax',
      {},
      ['kind + It carries no data of a department; anyone signed in may open it.', 'decision + ALLOW by door.'],
    ],
    [
      'a page',
      'RefundConnection.totalCount',
      {},
      ['kind + It follows the field that led to it and is as open as that.', 'decision + ALLOW by follows.'],
    ],
  ])('of %s', (_what, coordinate, viewer, wanted) => {
    expect(chain(coordinate, request(viewer))).toEqual(wanted)
  })

  test('of what leads to data: that of the most open field beneath', () => {
    const held = grant('g1', { item: 'tax.refunds', coordinates: ['Refund.status'] })
    const [leads, ...rest] = chain('TaxRecord.refunds', request(), [held])
    expect(leads).toMatch(
      /^leads \+ TaxRecord\.refunds leads to \d+ fields of tax\.refunds and is as open as the most open of them, here Refund\.status\.$/,
    )
    expect(rest.at(-2)).toBe('grant + The grant g1 holds: for clearance.')
    expect(rest.at(-1)).toBe('decision + ALLOW by grant:g1.')
  })
})

test('for every field, viewer and grant the reasons and the decision agree, and say nothing of other readers', () => {
  const entries = [...catalogue.entries.values()].filter(({ item }) => item !== null)
  const ordinary = developmentGrants(Object.values(policies))
  const asked = fc.record({
    entry: fc.constantFrom(...entries),
    department: fc.constantFrom<string>(...departmentIds, ...Object.keys(partners)),
    purpose: fc.constantFrom(null, ...new Set(ordinary.map(({ purpose }) => purpose))),
    divisions: fc.constantFrom([], ['35'], ['3501', '33'], ['44']),
    uscc: fc.constantFrom(null, fuzhou, jinhua),
    mandate: fc.constantFrom([], [fuzhou]),
    states: fc.array(fc.constantFrom('ACTIVE', 'SUSPENDED', 'TERMINATED'), { minLength: 3, maxLength: 3 }),
  })
  const cannotAdvise = expect.not.stringMatching(/^Apply to|apply for more|sharing office/) as string
  fc.assert(
    fc.property(asked, ({ entry, department, purpose, divisions, uscc, mandate, states }) => {
      const grants = ordinary.map((one, i) => ({ ...one, state: states[i % 3] ?? 'ACTIVE' }))
      const given = {
        viewer: { department, reads: true, purpose, divisions },
        mandate: new Set(mandate),
        uscc,
        now,
      }
      const why = whyOf(catalogue, grants, entry, given)
      const way = why.steps.some(
        ({ check, holds }) => holds && ['class', 'own', 'department', 'grant', 'mask'].includes(check),
      )
      if (Object.hasOwn(partners, department)) expect([why.advice ?? '', why.apply]).toEqual([cannotAdvise, null])
      const limited = why.steps.some(({ check, holds }) => check === 'token' && !holds)
      if (uscc !== null) expect(way && !limited).toBe(why.decision !== 'DENY')
      expect(why.steps.at(-1)?.check).toBe('decision')
      // What is known of others' grants changes nothing.
      expect(
        whyOf(
          catalogue,
          grants.filter(({ reader }) => reader === department),
          entry,
          given,
        ),
      ).toEqual(why)
    }),
    { numRuns: 3000 },
  )
})
