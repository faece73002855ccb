import iconv from 'iconv-lite'
import { afterAll, describe, expect, test } from 'vitest'
import postal from '../../adapters/postal.ts'
import { outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'
import { gb, misfit, raw, trace, traces, utf8 } from '../support/scripted-postal.ts'

/** Given: bytes of a tracking answer. Want: what they are read as, or why they are refused. */

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

const notRead = misfit('The answer is not XML that can be read safely.')
const hasType = misfit('The answer has a document type, and so maybe entities of its own.')

describe('bytes', () => {
  const chinese = placed('福州')
  const cases: [string, { given: Said; want: unknown }][] = [
    ['GB18030', { given: gb(chinese), want: at('福州') }],
    // 㐀 (U+3400) and 𠮷 (U+20BB7) take four bytes; 镕 is in GBK, not in GB 2312; ḿ (U+1E3F) is in GB18030 only.
    ['rare characters of GB18030', { given: gb(placed('㐀𠮷镕ḿ')), want: at('㐀𠮷镕ḿ') }],
    [
      'under the name GBK',
      { given: raw(iconv.encode(`<?xml version="1.0" encoding="GBK"?>${chinese}`, 'gbk')), want: at('福州') },
    ],
    [
      'the name in single quotes',
      { given: raw(iconv.encode(`<?xml version='1.0' encoding='gb2312'?>${chinese}`, 'gb2312')), want: at('福州') },
    ],
    ['UTF-8', { given: utf8(chinese), want: at('福州') }],
    ['UTF-8 that names no encoding', { given: raw(chinese), want: at('福州') }],
    ['UTF-8 with a byte order mark', { given: raw(`\uFEFF<?xml version="1.0"?>${chinese}`), want: at('福州') }],
    [
      'characters by number',
      { given: gb(placed('&#31119;&#x5DDE; A&amp;B &lt;1&gt; &amp;lt;')), want: at('福州 A&B <1> &lt;') },
    ],
    ['character data', { given: gb(placed('<![CDATA[福州 <1> &amp;]]>')), want: at('福州 <1> &amp;') }],
    ['text that is a number keeps its zeros', { given: gb(placed('00100.10')), want: at('00100.10') }],
    // Two letters of UTF-8 are six bytes, which GB18030 reads as three letters without complaint.
    [
      'UTF-8 under the name of GB18030',
      {
        given: raw(`<?xml version="1.0" encoding="GB18030"?>${placed('福州').replace('收寄', '')}`),
        want: misfit('The answer is not text in gb18030.'),
      },
    ],
    [
      'GB18030 under the name of UTF-8',
      {
        given: raw(iconv.encode(`<?xml version="1.0" encoding="UTF-8"?>${chinese}`, 'gb18030')),
        want: misfit('The answer is not text in utf-8.'),
      },
    ],
    [
      'GB18030 cut within a letter',
      {
        given: raw(iconv.encode(`<?xml version="1.0" encoding="GB18030"?>${chinese}`, 'gb18030').subarray(0, -1)),
        want: misfit('The answer is not well-formed XML (line 1).'),
      },
    ],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    expect(await outcome(connected()().shipment.load(number))).toEqual(want)
  })
})

describe('documents that are not what they should be', () => {
  const billion = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    .map((name, i, names) => `<!ENTITY ${name} "${i === 0 ? 'lol' : `&${names[i - 1] ?? ''};`.repeat(10)}">`)
    .join('')
  const cases: [string, { given: Said; want: unknown }][] = [
    ['a billion laughs', { given: utf8(`<!DOCTYPE t [${billion}]>${placed('&i;')}`), want: hasType }],
    ['an entity of its own', { given: utf8(`<!DOCTYPE t [<!ENTITY x "福州">]>${placed('&x;')}`), want: hasType }],
    [
      'a file of the hub',
      { given: utf8(`<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/hostname">]>${placed('&x;')}`), want: hasType },
    ],
    ['a document type without entities', { given: utf8(`<!doctype traces>${placed('福州')}`), want: hasType }],
    ['a thousand elements deep', { given: utf8('<traces>'.repeat(1000) + '</traces>'.repeat(1000)), want: notRead }],
    ['a million elements deep', { given: utf8('<a>'.repeat(1_000_000) + '</a>'.repeat(1_000_000)), want: notRead }],
    ['a name that would reach a prototype', { given: utf8(traces('<__proto__><a>1</a></__proto__>')), want: notRead }],
    ['another such name', { given: utf8(traces('<constructor>1</constructor>')), want: notRead }],
    ['HTML', { given: raw('<!DOCTYPE html><html><body><h1>500</h1></body></html>'), want: hasType }],
    [
      'HTML that says no document type',
      { given: raw('<html><body><h1>500</h1></body></html>'), want: misfit('The answer is not an XML document.') },
    ],
    [
      'HTML that says it is XML',
      {
        given: utf8('<html><body/></html>'),
        want: misfit("The answer does not fit the contract (Traces) at /: must have required property 'traces'."),
      },
    ],
    ['nothing', { given: raw(''), want: misfit('The answer is not an XML document.') }],
    ['JSON', { given: raw('{"traces":[]}'), want: misfit('The answer is not an XML document.') }],
    [
      'cut short',
      { given: gb(placed('福州').slice(0, 60)), want: misfit('The answer is not well-formed XML (line 1).') },
    ],
    [
      'two documents in one',
      { given: gb(placed('福州').repeat(2)), want: misfit('The answer is not well-formed XML (line 1).') },
    ],
    [
      'an element where text should be',
      {
        given: gb(placed('<a>福州</a>')),
        want: misfit('The answer does not fit the contract (Traces) at /traces/trace/0/acceptAddress: must be string.'),
      },
    ],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    expect(await outcome(connected()().shipment.load(number))).toEqual(want)
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })
})
