import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import postal from '../../adapters/postal.ts'
import { outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'
import { failed, gb, misfit, raw, trace, traces } from '../support/scripted-postal.ts'

/** Given: what postal administration said. Want: what the loaders give. */

const uscc = '91350102MYE0000341'
const number = 'LX123456785CN'
const department = await ScriptedDepartment.start()
afterAll(() => department.stop())
const connected = () =>
  department.connect('postal', postal, { credentials: { key: 'a-key' }, maxAnswerBytes: 8_000_000 })

const event = (at: string, place: string, text: string, code: string | null = null) => ({ at, place, code, text })
const unsaid = {
  uscc: null,
  trackingNumber: number,
  service: null,
  acceptedAt: null,
  deliveredAt: null,
  destination: null,
  weight: null,
  events: [],
}
const posted = { ...unsaid, acceptedAt: '2026-01-01T08:00:00+08:00' }
/** An answer of one event at this place, and the parcel that it tells of. */
const placed = (address: string) => traces(trace('2026-01-01 08:00:00', address, '收寄'))
const at = (place: string) => ({ ...posted, events: [event('2026-01-01T08:00:00+08:00', place, '收寄')] })

describe('one parcel', () => {
  const cases: [string, { given: Said; want: unknown }][] = [
    [
      'every field; events in the order of time',
      {
        given: gb(
          traces(
            `<mailNo>${number}</mailNo><sender>${uscc}</sender><product>e邮宝</product>`,
            '<destination>502</destination><weight>0.350</weight><colour>new</colour>',
            trace('2026-01-03 12:00:00', '纽约', '妥投', 'EMI'),
            trace('2026-01-01 08:00:00', '福州', '收寄', 'ACCEPTED'),
          ),
        ),
        want: {
          uscc,
          trackingNumber: number,
          service: 'e邮宝',
          acceptedAt: '2026-01-01T08:00:00+08:00',
          deliveredAt: '2026-01-03T12:00:00+08:00',
          destination: 'USA',
          weight: '0.350',
          events: [
            event('2026-01-01T08:00:00+08:00', '福州', '收寄', 'ACCEPTED'),
            event('2026-01-03T12:00:00+08:00', '纽约', '妥投', 'EMI'),
          ],
        },
      },
    ],
    [
      'a destination by its letters, and an event without a code',
      {
        given: gb(traces('<destination>HKG</destination>', trace('2026-01-01 08:00:00', '福州', '收寄'))),
        want: { ...at('福州'), destination: 'HKG' },
      },
    ],
    ['an empty list', { given: gb('<traces></traces>'), want: unsaid }],
    ['an empty list, written short', { given: gb('<traces/>'), want: unsaid }],
    ['the bare word null', { given: raw('null'), want: null }],
    ['the bare word null, with white space about it', { given: raw(' null\n'), want: null }],
    [
      'a bad key: V02',
      {
        given: gb('<response><status>error</status><code>V02</code><description>用户不存在</description></response>'),
        want: failed('refused', "It refuses the hub's key (V02)."),
      },
    ],
    [
      'another error body',
      {
        given: gb('<response><status>error</status><code>P02</code><description>格式错误</description></response>'),
        want: failed('failed', 'It answered with error P02.'),
      },
    ],
    [
      'another parcel',
      {
        given: gb(traces('<mailNo>LX123456799CN</mailNo>', trace('2026-01-01 08:00:00', '福州', '收寄'))),
        want: misfit('The answer is about another parcel.'),
      },
    ],
    [
      'a destination in no list',
      {
        given: gb(traces('<destination>QQQ</destination>', trace('2026-01-01 08:00:00', '福州', '收寄'))),
        want: misfit('The answer holds a country code that is in no list.'),
      },
    ],
    [
      'a time that does not exist',
      {
        given: gb(traces(trace('2026-02-30 08:00:00', '福州', '收寄'))),
        want: misfit('The answer holds a time that does not exist.'),
      },
    ],
    ['a status', { given: { status: 404, body: 'x' }, want: failed('failed', 'It answered with status 404.') }],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    expect(await outcome(connected()().shipment.load(number))).toEqual(want)
    expect(department.heard.map(({ method, path }) => [method, path])).toEqual([
      ['GET', `/partner/api/public/p/track/query/cn/${number}`],
    ])
    expect(department.heard[0]?.headers).toMatchObject({ version: 'international_eub_us_1.1', authenticate: 'a-key' })
    expect(department.answered).toEqual(want === null || 'events' in (want as object) ? ['live'] : [])
  })
})

describe('an enterprise', () => {
  const shipment = (mailNo: string, more = '', inner = '<traces></traces>') =>
    `<shipment><mailNo>${mailNo}</mailNo><product>国际小包</product><acceptTime>2026-01-01 08:00:00</acceptTime>${more}<destination>USA</destination><weight>1</weight>${inner}</shipment>`
  const volume = '<volume><month>2026-01</month><parcels>007</parcels><express>0</express></volume>'
  const document = (volumes: string, shipments: string, code = uscc) =>
    gb(`<enterprise><uscc>${code}</uscc><volumes>${volumes}</volumes><shipments>${shipments}</shipments></enterprise>`)
  const parcel = { uscc, service: '国际小包', acceptedAt: '2026-01-01T08:00:00+08:00', destination: 'USA', weight: '1' }
  const month = { month: '2026-01', parcels: 7, express: 0 }

  const cases: [string, { given: Said; want: unknown }][] = [
    [
      'every field',
      {
        given: document(
          volume,
          shipment(number, '<deliveredTime>2026-01-09 10:00:00</deliveredTime>', placed('福州')) + shipment('OWN-0001'),
        ),
        want: {
          uscc,
          shipments: [
            { ...parcel, trackingNumber: 'OWN-0001', deliveredAt: null, events: [] },
            { ...parcel, trackingNumber: number, deliveredAt: '2026-01-09T10:00:00+08:00', events: at('福州').events },
          ],
          monthlyVolumes: [month],
        },
      },
    ],
    ['empty lists', { given: document('', ''), want: { uscc, shipments: [], monthlyVolumes: [] } }],
    [
      'a list of one',
      {
        given: document(volume, shipment('OWN-0001')),
        want: {
          uscc,
          shipments: [{ ...parcel, trackingNumber: 'OWN-0001', deliveredAt: null, events: [] }],
          monthlyVolumes: [month],
        },
      },
    ],
    ['the bare word null', { given: raw('null'), want: null }],
    [
      'a bad key: V02',
      {
        given: gb('<response><status>error</status><code>V02</code><description>x</description></response>'),
        want: failed('refused', "It refuses the hub's key (V02)."),
      },
    ],
    [
      "another enterprise's record",
      {
        given: document('', '', '91350602MY0000178A'),
        want: misfit('The answer is the record of another enterprise.'),
      },
    ],
    [
      'a tracking number whose check digit is wrong',
      {
        given: document('', shipment('LX123456786CN')),
        want: misfit('The answer holds a number that no parcel can have.'),
      },
    ],
    [
      'a month that does not exist',
      {
        given: document(volume.replace('2026-01', '2026-13'), ''),
        want: misfit(
          'The answer does not fit the contract (EnterpriseDocument) at /enterprise/volumes/volume/0/month: must match pattern "^[0-9]{4}-(0[1-9]|1[0-2])$".',
        ),
      },
    ],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    expect(await outcome(connected()().record.load(uscc))).toEqual(want)
    expect(department.heard.map(({ path }) => path)).toEqual([`/partner/api/public/p/enterprise/${uscc}`])
  })
})

describe('answers recorded from the real tracking service of EMS', () => {
  const folder = join(import.meta.dirname, '../../../shared/domain/postal')
  /** The recorded bytes; where they are absent, bytes of the same form written here. */
  const recorded = (name: string, equivalent: string): Said => {
    const file = join(folder, name)
    return raw(existsSync(file) ? readFileSync(file) : equivalent)
  }
  const said: [time: string, at: string, address: string, remark: string][] = [
    ['2017-08-06 08:50:00', '2017-08-06T08:50:00+08:00', 'AnHuiShengChiZhouShi 24516700', 'Posting'],
    ['2017-08-06 17:02:00', '2017-08-06T17:02:00+08:00', 'AnHuiShengChiZhouShi SHITAI', 'Despatch from Sorting Center'],
    ['2017-08-06 18:48:00', '2017-08-06T18:48:00+08:00', 'AnHuiShengChiZhouShi CHIZHOU', 'Arrival at Sorting Center'],
    ['2017-08-06 18:51:00', '2017-08-06T18:51:00+08:00', '  24710020', 'Despatch from Sorting Center'],
    ['2017-08-06 23:08:24', '2017-08-06T23:08:24+08:00', 'AnHuiShengHeFeiShi 23001600', 'Arrival at Sorting Center'],
    ['2017-08-07 03:27:26', '2017-08-07T03:27:26+08:00', 'AnHuiShengHeFeiShi GJCL', 'Despatch from Sorting Center'],
    ['2017-08-07 12:28:00', '2017-08-07T12:28:00+08:00', 'ShangHaiShi 20110600', 'Arrival at Sorting Center'],
  ]
  const valid = traces(...said.map(([time, , address, remark]) => trace(time, address, remark)))
  const invalid =
    '<?xml version="1.0" encoding="UTF-8"?>\n<response><version>international_eub_us_1.1</version><status>error</status><code>V02</code><description>用户不存在或身份标识错误</description></response>'
  const parcel = {
    ...unsaid,
    acceptedAt: '2017-08-06T08:50:00+08:00',
    events: said.map(([, time, address, remark]) => event(time, address.trim(), remark)),
  }

  test.each([
    ['a good one gives its events in order, in Beijing time', 'ems-valid_tracking.xml', valid, parcel],
    ['an unknown number', 'ems-invalid_tracking.xml', 'null', null],
    ['a bad key', 'ems-invalid_authenticate.xml', invalid, failed('refused', "It refuses the hub's key (V02).")],
  ])('%s', async (_name, file, equivalent, want) => {
    for (const given of [recorded(file, equivalent), raw(equivalent)]) {
      department.says(given)
      expect(await outcome(connected()().shipment.load(number))).toEqual(want)
    }
  })
})
