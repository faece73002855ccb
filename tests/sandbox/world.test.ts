import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkIdentityNumber } from '../../rules/identity-number.ts'
import { checkTrackingNumber } from '../../rules/tracking-number.ts'
import { checkUscc, organizationCodeCheckDigit } from '../../rules/uscc.ts'
import { createWorld, type World } from '../../sandbox/world.ts'
import { identityCheck, organizationCheck, s10Check, usccCheck } from '../../sandbox/world/check-digits.ts'
import type { DeclarationRecord } from '../../sandbox/world/declarations.ts'
import { currencyByNumber, hundredths, inCents, inFen } from '../../sandbox/world/goods.ts'
import type { Enterprise } from '../../sandbox/world/identity.ts'
import { type Planted, plantedKinds } from '../../sandbox/world/planted.ts'

/** The invented world: the same every time, at one with itself, and at odds only where that was planted. */

const world = createWorld()

const fingerprint = ({ enterprises, ...cabinets }: World) =>
  createHash('sha256')
    .update(JSON.stringify(enterprises))
    .update(JSON.stringify(Object.values(cabinets).map((c: unknown) => (c instanceof Map ? [...c] : c))))
    .digest('hex')

/** The state that counts: that of the receipt with the latest time, wherever it stands. */
const status = ({ returns }: DeclarationRecord) =>
  returns.reduce((latest, receipt) => (receipt.returnTime > latest.returnTime ? receipt : latest)).returnStatus

const released = (d: DeclarationRecord) => ['800', '899'].includes(status(d))
const fen = (d: DeclarationRecord) => {
  const currency = currencyByNumber.get(d.currency)
  return currency ? inFen(hundredths(d.goodsValue), currency) : NaN
}
const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)

/** What all departments hold on one enterprise. */
const everything = (e: Enterprise) => ({
  declarations: world.customs.get(e.uscc)?.declarations ?? [],
  registration: world.customs.get(e.uscc)?.registration,
  tax: world.tax.get(e.uscc),
  fx: world.fx.get(e.uscc),
  market: world.market.get(e.uscc),
  postal: world.postal.get(e.uscc),
  commerce: world.commerce.get(e.uscc),
})

describe('the same world', () => {
  // The value is pinned, so that another machine, another day or a change by accident shows.
  test('from the same seed, on every machine', () => {
    expect(fingerprint(createWorld())).toBe(fingerprint(world))
    expect(fingerprint(world)).toBe('cc6335e545c38507cd0ebb8bbd38c5fd2d381745fc1c2b9883ccf46d5f902a31')
  })

  test('and another one from another seed', () => expect(fingerprint(createWorld(7))).not.toBe(fingerprint(world)))

  test('with the five of the demonstration at its beginning', () => {
    expect(
      world.enterprises.slice(0, 5).map((e) => {
        const { declarations, tax, postal } = everything(e)
        return [e.uscc, e.zone.name, declarations.length, tax?.refunds.length, postal?.shipments.length]
      }),
    ).toEqual([
      ['91350102MYE0000341', '福州', 26, 13, 15],
      ['91350602MY0000178A', '漳州', 12, 8, 11],
      ['91350404MY900022X6', '三明', 8, 6, 9],
      ['91330702MYQ0003787', '金华', 33, 12, 16],
      ['91330902MYF0004A9M', '舟山', 15, 8, 8],
    ])
    const first = world.enterprises[0]
    const all = first && everything(first)
    expect(Object.values(all ?? {})).not.toContain(undefined)
    expect(all?.fx?.reports.length).toBeGreaterThan(0)
  })

  test('in which every department knows many, and none knows all', () => {
    expect(world.enterprises.length).toBeGreaterThanOrEqual(600)
    const { customs, tax, fx, market, postal, commerce } = world
    for (const cabinet of [customs, tax, fx, market, postal, commerce]) {
      expect(cabinet.size).toBeGreaterThan(300)
      expect(cabinet.size).toBeLessThan(world.enterprises.length)
    }
  })

  test('whose declarations are in every state of their life', () => {
    const states = new Set([...world.customs.values()].flatMap((f) => f.declarations.map(status)))
    for (const state of ['2', '3', '4', '100', '120', '300', '500', '501', '700', '800', '899', '-621004'])
      expect(states).toContain(state)
    expect([...world.customs.values()].some((f) => f.declarations.length > 20)).toBe(true)
  })
})

describe('codes', () => {
  test.each([
    ['unified social credit code', usccCheck, '91350100MA338EEKXY'],
    ['unified social credit code', usccCheck, '91360000625912173B'],
    ['organization code', organizationCheck, 'MA338EEKX'],
    ['organization code', organizationCheck, '625912173'],
    ['identity number, GB 11643 appendix', identityCheck, '11010519491231002X'],
  ])('the check digit of a real %s comes out', (_, check, code) => expect(check(code.slice(0, -1))).toBe(code.at(-1)))

  test('the check digit of a real tracking number comes out', () => expect(s10Check('97421977')).toBe('3'))

  test('every enterprise has a code of its own with both check digits, of its zone, in a series never issued', () => {
    expect(new Set(world.enterprises.map((e) => e.uscc)).size).toBe(world.enterprises.length)
    for (const { uscc, zone, county } of world.enterprises) {
      expect(uscc).toMatch(/^9[12]\d{6}MY[0-9A-HJ-NPQRTUWXY]{8}$/)
      expect(uscc).toBe(uscc.slice(0, 17) + usccCheck(uscc.slice(0, 17)))
      expect(uscc.charAt(16)).toBe(organizationCheck(uscc.slice(8, 16)))
      expect([uscc.slice(2, 8), county[0].slice(0, 4)]).toEqual([county[0], zone.city])
    }
  })

  test('the rules of the gateway, which are written apart from the sandbox, find them all in order', () => {
    for (const { uscc, representative } of world.enterprises) {
      expect(checkUscc(uscc)).toMatchObject({ valid: true })
      expect(organizationCodeCheckDigit(uscc.slice(8, 16))).toBe(uscc.charAt(16))
      expect(checkIdentityNumber(representative.idNumber)).toMatchObject({ valid: true })
    }
    for (const { shipments } of world.postal.values())
      for (const { mailNo } of shipments) expect(checkTrackingNumber(mailNo)).toMatchObject({ valid: true })
  })

  test('every name says that it is invented, and is borne once', () => {
    expect(new Set(world.enterprises.map((e) => e.name)).size).toBe(world.enterprises.length)
    for (const { name } of world.enterprises) expect(name).toMatch(/^..示例.+（开发数据）$/)
  })

  test('every declaration and every parcel has a number of its own', () => {
    const declared = [...world.customs.values()].flatMap((f) => f.declarations.map((d) => d.invtNo))
    const posted = [...world.postal.values()].flatMap((f) => f.shipments.map((s) => s.mailNo))
    expect(new Set(declared).size).toBe(declared.length)
    expect(new Set(posted).size).toBe(posted.length)
    for (const number of posted.filter((no) => !no.startsWith('DEV-')))
      expect(number).toBe(`LY${number.slice(2, 10)}${s10Check(number.slice(2, 10))}CN`)
  })
})

/** What holds between departments for every enterprise, planted or not. */
const invariants: [string, (e: Enterprise) => void][] = [
  [
    'the totals of customs are the sums of the declarations released',
    (e) => {
      const { registration, declarations } = everything(e)
      for (const total of registration?.totals ?? []) {
        const of = (flag: string) =>
          declarations.filter((d) => released(d) && d.ieFlag === flag && d.appTime.startsWith(String(total.year)))
        expect([total.exportCount, total.importCount]).toEqual([of('E').length, of('I').length])
        expect(hundredths(total.exportValue)).toBe(sum(of('E').map(fen)))
        expect(hundredths(total.importValue)).toBe(sum(of('I').map(fen)))
      }
    },
  ],
  [
    'the value of a declaration is the sum of its lines',
    (e) => {
      for (const d of everything(e).declarations) {
        expect(hundredths(d.goodsValue)).toBe(sum(d.goods.map((g) => hundredths(g.price) * Number(g.qty))))
        expect(d.goods.length).toBeLessThanOrEqual(20)
      }
    },
  ],
  [
    'declarations come newest first, and an inspection names one that was inspected',
    (e) => {
      const { declarations, registration } = everything(e)
      const times = declarations.map((d) => d.appTime)
      expect(times).toEqual([...times].sort().reverse())
      for (const { invtNo } of registration?.inspections ?? [])
        expect(declarations.find((d) => d.invtNo === invtNo)?.returns.map((r) => r.returnStatus)).toContain('500')
    },
  ],
  [
    'a refund names exports of the enterprise',
    (e) => {
      const { tax, declarations } = everything(e)
      const own = new Set(declarations.filter((d) => d.ieFlag === 'E').map((d) => d.invtNo))
      for (const refund of tax?.refunds ?? []) {
        expect(refund.declarationNumbers.length).toBeGreaterThan(0)
        for (const number of refund.declarationNumbers) expect(own).toContain(number)
      }
    },
  ],
  [
    'goods settled in a year do not exceed its receipts, nor receipts what was exported',
    (e) => {
      const { fx, declarations } = everything(e)
      for (const { year, amount } of fx?.registration.receipts ?? []) {
        const goods = (fx?.registration.settlements ?? []).filter(
          (s) => s.kind === 'GOODS' && s.number.slice(2, 6) === String(year),
        )
        expect(sum(goods.map((s) => hundredths(s.amount)))).toBeLessThanOrEqual(hundredths(amount))
        const exported = declarations.filter(
          (d) => released(d) && d.ieFlag === 'E' && d.appTime.startsWith(String(year)),
        )
        expect(hundredths(amount)).toBeLessThanOrEqual(inCents(sum(exported.map(fen))))
      }
    },
  ],
  [
    'the volumes of a month are at least the shipments on file',
    (e) => {
      const { postal } = everything(e)
      for (const { month, parcels, express } of postal?.volumes ?? []) {
        const posted = (postal?.shipments ?? []).filter((s) => s.acceptTime.startsWith(month)).length
        expect(Number(parcels) + Number(express)).toBeGreaterThanOrEqual(posted)
      }
    },
  ],
  [
    'a parcel declared under 9610 is at the post, with the weight declared',
    (e) => {
      const { declarations, postal } = everything(e)
      for (const d of declarations) {
        expect(d.logisticsNo !== null).toBe(d.tradeMode === '9610')
        if (d.logisticsNo !== null) expect(postal?.shipments.map((s) => s.mailNo)).toContain(d.logisticsNo)
      }
    },
  ],
]

test.each(invariants)('%s', (_, holds) => world.enterprises.forEach(holds))

const receiptsOf = (e: Enterprise) => everything(e).declarations.map((d) => d.returns)
const repeated = <T>(list: readonly T[]) => new Set(list).size < list.length

/** How each planted discrepancy is found in what the departments hold. */
const found: Record<Planted, (e: Enterprise) => boolean> = {
  'refund-for-returned-declaration': (e) => {
    const { tax, declarations } = everything(e)
    const returned = new Set(declarations.filter((d) => status(d) === '700').map((d) => d.invtNo))
    return !!tax?.refunds.some((r) => r.status === '已退库' && r.declarationNumbers.some((no) => returned.has(no)))
  },
  'receipts-below-declared': (e) => {
    const { fx, declarations } = everything(e)
    const exported = sum(declarations.filter((d) => released(d) && d.ieFlag === 'E').map(fen))
    return !!fx && sum(fx.registration.receipts.map((r) => hundredths(r.amount))) < inCents(exported) / 2
  },
  'filing-outlives-registration': (e) =>
    everything(e).market?.status === '注销' && everything(e).commerce?.filing.status === '有效',
  'waybill-on-two-declarations': (e) =>
    repeated(everything(e).declarations.flatMap((d) => (d.logisticsNo === null ? [] : [d.logisticsNo]))),
  'stale-receipt': (e) =>
    receiptsOf(e).some(
      (receipts) => repeated(receipts.map((r) => r.returnStatus)) && !repeated(receipts.map((r) => r.guid)),
    ),
  'receipts-out-of-order': (e) =>
    receiptsOf(e).some((receipts) => {
      const first = receipts.filter((r, i) => receipts.findIndex((s) => s.returnStatus === r.returnStatus) === i)
      return first.some((r, i) => i > 0 && r.returnTime < (first[i - 1]?.returnTime ?? ''))
    }),
  'duplicate-receipt': (e) => receiptsOf(e).some((receipts) => repeated(receipts.map((r) => r.guid))),
  'grade-d-on-list-of-a': (e) => everything(e).tax?.creditGrade === 'D' && !!everything(e).tax?.listedGradeA,
  'reported-in-class-a': (e) => everything(e).fx?.registration.class === 'A' && !!everything(e).fx?.reports.length,
  'abnormal-but-certified': (e) =>
    everything(e).registration?.creditGrade === '高级认证企业' &&
    !!everything(e).market?.abnormalListings.some((listing) => listing.removedOn === null),
  'inspected-as-different': (e) => {
    const { registration, declarations } = everything(e)
    const out = new Set(declarations.filter(released).map((d) => d.invtNo))
    return !!registration?.inspections.some((i) => i.result === '单货不符' && out.has(i.invtNo))
  },
}

test.each(Object.keys(plantedKinds) as Planted[])('%s is found where it was planted, and nowhere else', (kind) => {
  const planted = world.enterprises.filter((e) => e.planted.includes(kind)).map((e) => e.uscc)
  expect(world.enterprises.filter(found[kind]).map((e) => e.uscc)).toEqual(planted)
  expect(planted.length).toBeGreaterThanOrEqual(5)
})
