/** Messages made to cost much: the work grows as the message does, and what is kept of it does not. */
import { describe, expect, test } from 'vitest'
import { anySeverity, moreOf } from '../../rules/ceb/findings.ts'
import { malformedReceipt, refused } from '../../rules/ceb/receipt.ts'
import type { Reading } from '../../rules/ceb/read.ts'
import { violationText } from '../../rules/ceb/violation.ts'
import { base, guid, message, order, orderHead, orderLines, orders, read, said, signature, list } from './messages.ts'

const unknown = (many: number): string => '<ceb:unheardOf/>'.repeat(many)
const inHead = (head: string): string => message('311', `<ceb:Order><ceb:OrderHead>${head}</ceb:OrderHead></ceb:Order>`)
const extended = (inner: string, declared = ''): string =>
  message(
    '311',
    `${order()}${base()}<ceb:ExtendMessage>${inner}</ceb:ExtendMessage>`,
    `${declared} guid="${guid}" version="1.0"`,
  )

describe('eight times as long takes about eight times as long', () => {
  /** CPU time in ms, the best of three. */
  const cost = (xml: string): number => {
    const times = [1, 2, 3].map(() => {
      const start = process.cpuUsage()
      read(xml)
      const { user, system } = process.cpuUsage(start)
      return (user + system) / 1000
    })
    return Math.min(...times)
  }
  test.each<[string, { of: (size: number) => string; size: number }]>([
    [
      'tags in the text of a kept element',
      { of: (n) => extended(`<![CDATA[${'<'.repeat(n)}:]]>`, 'xmlns="u:x"'), size: 8000 },
    ],
    [
      'colons in a kept element',
      { of: (n) => extended(`b${'a'.repeat(n - 1)}${':'.repeat(n)}`, `xmlns:${'a'.repeat(n)}="u"`), size: 4000 },
    ],
    [
      'kept elements, and a long prefix',
      {
        of: (n) =>
          extended('', `xmlns:${'p'.repeat(n * 10)}="u"`).replace(
            '<ceb:Order>',
            '<ceb:Signature/>'.repeat(n) + '<ceb:Order>',
          ),
        size: 4000,
      },
    ],
    [
      'kept elements in a long namespace',
      { of: (n) => message('311', '<p:Signature/>'.repeat(n), `xmlns:p="${'u'.repeat(n * 10)}"`), size: 4000 },
    ],
    [
      'elements that are there before',
      { of: (n) => inHead(`${'<ceb:x/>'.repeat(n)}<ceb:note/>${'<ceb:guid/>'.repeat(n)}`), size: 4000 },
    ],
    ['zeros of a number', { of: (n) => inHead(`<ceb:goodsValue>${'0'.repeat(n)}x</ceb:goodsValue>`), size: 8000 }],
    [
      'zeros behind the point',
      { of: (n) => inHead(`<ceb:goodsValue>0.${'0'.repeat(n)}1</ceb:goodsValue>`), size: 8000 },
    ],
    [
      'zeros of a whole number',
      {
        of: (n) =>
          inHead('').replace(
            '<ceb:OrderHead>',
            `<ceb:OrderHead/><ceb:OrderList><ceb:gnum>${'0'.repeat(n)}x</ceb:gnum></ceb:OrderList><ceb:OrderHead>`,
          ),
        size: 8000,
      },
    ],
    ['space within a value', { of: (n) => inHead(`<ceb:orderNo> a${' '.repeat(n)}a </ceb:orderNo>`), size: 8000 }],
  ])('%s', (_name, { of, size }) => {
    // Times too short to be measured count as the least that can be.
    expect(cost(of(8 * size)) / Math.max(cost(of(size)), 5)).toBeLessThan(32)
  })
})

describe('namespaces', () => {
  const declared = (from: number, many: number): string =>
    Array.from({ length: many }, (_, index) => `xmlns:p${from + index}="u:${from + index}"`).join(' ')
  const within = (inner: string): string => orders(order()).replace('<ceb:OrderHead>', `<ceb:OrderHead>${inner}`)

  test('of sixteen around an element, none more', () => {
    // The message itself has one.
    const nested = (many: number): string => within(`<ceb:a ${declared(0, 10)}><ceb:b ${declared(10, many)}/></ceb:a>`)
    expect(read(nested(5)).read).toBe(true)
    expect(said(read(nested(6)))).toEqual([
      'refused message: unsafe: expected XML that can be read safely. It has more than 16 namespaces around one element.',
    ])
  })

  test('beside each other or declared again as they were are not more', () => {
    const beside = Array.from({ length: 40 }, (_, index) => `<ceb:b ${declared(index * 15, 15)}/>`).join('')
    expect(read(within(beside)).read).toBe(true)
    const again = `${`<ceb:a ${declared(0, 10)}>`.repeat(20)}${'</ceb:a>'.repeat(20)}`
    expect(read(within(again)).read).toBe(true)
  })

  test('are those of the innermost element that declares them', () => {
    const hidden = order().replaceAll('<ceb:OrderHead>', '<ceb:OrderHead xmlns:ceb="u:x">')
    expect(read(orders(hidden))).toMatchObject({ read: true, refused: [{ document: 1 }] })
    const back = order().replace('<ceb:Order>', '<x:Order xmlns:x="http://www.chinaport.gov.cn/ceb" xmlns:ceb="u:x">')
    const whole = back.replace('</ceb:Order>', '</x:Order>').replaceAll(/(<\/?)ceb:/g, '$1x:')
    expect(read(message('311', whole + base()))).toMatchObject({ read: true, refused: [], violations: [] })
  })

  test('that a kept element needs stand in it, and no others', () => {
    const extension = (inner: string, around: string): string | null => {
      const reading = read(extended(inner, around))
      return reading.read ? (reading.message.extension ?? '').replace(/ xmlns:ceb="[^"]*"/, '') : null
    }
    const around = 'xmlns="u:0" xmlns:a="u:a" xmlns:b="u:b" xmlns:c="u:c" xmlns:d="u:d" xmlns:e="u:&quot;e"'
    const kept = (inner: string, needed = ''): string => `<ceb:ExtendMessage${needed}>${inner}</ceb:ExtendMessage>`
    const cases: [inner: string, needed: string][] = [
      ['<![CDATA[<x> <y>]]>', ''],
      ['<!-- <x a:b=""> -->', ''],
      ['<x/>', ' xmlns="u:0"'],
      ['<a:x/>', ' xmlns:a="u:a"'],
      ['<aa:x xmlns:aa="u:aa"/>', ''],
      ['<a:x b:y=""/>', ' xmlns:a="u:a" xmlns:b="u:b"'],
      ['<a:x type="c:t">not(self::d:y)</a:x>', ' xmlns:a="u:a" xmlns:c="u:c" xmlns:d="u:d"'],
      ['<e:x/>', ' xmlns:e="u:&quot;e"'],
    ]
    expect(cases.map(([inner]) => extension(inner, around))).toEqual(
      cases.map(([inner, needed]) => kept(inner, needed)),
    )
    const declaring = list() + base() + signature.replace('<ds:SignedInfo/>', '<ds:SignedInfo/><SignedInfo/>')
    const signed = read(message('621', declaring, `xmlns="u:0" xmlns:ds="u:1" guid="${guid}" version="1.0"`))
    expect(signed.read && signed.message.signature).toMatch(/^<ds:Signature xmlns="u:0" xmlns:ds="http/)
  })
})

describe('violations', () => {
  const found = (reading: Reading) => ({
    kept: reading.violations.length,
    more: [...reading.more],
    refused: reading.read ? reading.refused.map(({ document }) => document) : null,
  })
  const stamp = { time: '20261120093000123', guid: () => guid }

  test('of the message itself: the first hundred, and how many more', () => {
    const reading = read(message('311', unknown(300_000)))
    expect(found(reading)).toEqual({
      kept: 100,
      more: [[null, { refused: 299_902, wrong: 0, tolerated: 0 }]],
      refused: null,
    })
    if (reading.read) throw new Error('The message is read.')
    const { returnInfo = '' } = malformedReceipt(reading, '202205', stamp).documents[0]?.head ?? {}
    const told = returnInfo.split('\n').length - 1
    expect(returnInfo).toMatch(new RegExp(`\n… and ${300_002 - told} more$`))
    expect(returnInfo.length).toBeLessThanOrEqual(5000)
  })

  test('of each document: the first hundred, and one that refuses it', () => {
    const wrong = orderLines.concat(...Array.from({ length: 48 }, () => orderLines)).slice(0, 98)
    const tolerated = wrong.map((line, index) => ({
      ...line,
      gnum: `${index + 1}`,
      country: 'HKG',
      price: `+${line.price}`,
    }))
    const late = order({ ...orderHead, goodsValue: '9800' }, [...tolerated, { ...tolerated[0], gnum: 'x' }])
    const many = order().replace('<ceb:OrderHead>', `<ceb:OrderHead>${unknown(500)}`)
    const reading = read(orders(many, late, order(), order({ ...orderHead, orderType: '' })))
    const counts = [1, 2, 3, 4].map((document) => reading.violations.filter((one) => one.document === document).length)
    expect({ ...found(reading), counts }).toEqual({
      kept: 202,
      counts: [100, 101, 0, 1],
      more: [
        [1, { refused: 400, wrong: 0, tolerated: 0 }],
        [2, { refused: 0, wrong: 0, tolerated: 98 }],
      ],
      refused: [1, 2, 4],
    })
    const first = reading.violations.filter(({ document }) => document === 1)
    const { returnInfo } = refused('311', first, moreOf(reading.more, anySeverity, 1))
    const texts = first.map(violationText)
    const told = texts.filter((text) => returnInfo.includes(`${text};`)).length
    expect(returnInfo).toBe(`参数校验不通过，[${texts.slice(0, told).join('; ')}; … and ${500 - told} more]`)
    expect(returnInfo.length).toBeLessThanOrEqual(1000)
  })

  test('of more documents than there may be: none that is beyond', () => {
    const reading = read(message('311', `${'<ceb:Order/>'.repeat(100_000)}${base()}`))
    expect(reading.violations.map(({ document }) => document ?? 0)).toEqual([
      0,
      ...Array.from({ length: 100 }, (_, index) => [index + 1, index + 1]).flat(),
    ])
    expect([reading.violations[0]?.rule, reading.more.size]).toEqual(['count', 0])
  })
})
