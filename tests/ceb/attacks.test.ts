/** Messages that are made to do harm: each is refused soon, in little memory, with a reason. */
import { describe, expect, test } from 'vitest'
import { readMessage } from '../../rules/ceb/read.ts'
import { base, elements, guid, lists, list, message, order, orderHead, orders, read, said } from './messages.ts'

const megabyte = 1024 * 1024
const bomb = Array.from({ length: 20 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`).join('')

/** What is said, and how long it took: far longer than any of this takes, and far shorter than harm would. */
function refusal(bytes: Uint8Array): { said: string[]; isSoon: boolean } {
  const start = process.cpuUsage()
  const reading = readMessage(bytes)
  const { user, system } = process.cpuUsage(start)
  expect(reading.read).toBe(false)
  return { said: said(reading), isSoon: user + system < 3_000_000 }
}
const unsafe = (why: string): { said: string[]; isSoon: boolean } => ({
  said: [`refused message: unsafe: expected XML that can be read safely. ${why}`],
  isSoon: true,
})
const malformed = (line: number): { said: string[]; isSoon: boolean } => ({
  said: [`refused message, line ${line} of the XML: well-formed: expected well-formed XML 1.0`],
  isSoon: true,
})
const doctype = unsafe('It has a document type, and so maybe entities of its own.')
const inDocument = (text: string): string => orders(order({ ...orderHead, note: text }))

describe('what is made to do harm is refused', () => {
  test.each<[string, { given: string | Uint8Array; want: { said: string[]; isSoon: boolean } }]>([
    ['a bomb of entities', { given: `<!DOCTYPE x [<!ENTITY a0 "ha">${bomb}]>${inDocument('&a20;')}`, want: doctype }],
    [
      'an entity of a file',
      {
        given: `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${inDocument('&f;')}`.replace(
          /<\?xml.*?\?>\n/,
          '',
        ),
        want: doctype,
      },
    ],
    ['a document type elsewhere', { given: '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>', want: doctype }],
    ['an entity that is not declared', { given: inDocument('&nbsp;'), want: malformed(2) }],
    [
      '100 MB',
      {
        given: new Uint8Array(100 * megabyte).fill(0x3c),
        want: { said: ['refused message: size: expected at most 16777216 bytes, found 104857600'], isSoon: true },
      },
    ],
    [
      '100,000 elements within each other',
      { given: message('311', '<a>'.repeat(100_000)), want: unsafe('It nests more than 32 elements.') },
    ],
    [
      'two million elements',
      { given: message('311', '<a/>'.repeat(2_000_000)), want: unsafe('It has more than 600000 elements.') },
    ],
    [
      'a million attributes',
      {
        given: `<x ${Array.from({ length: 1_000_000 }, (_, i) => `a${i}=""`).join(' ')}/>`,
        want: unsafe('It has more than 32 attributes at one element.'),
      },
    ],
    [
      'a text of 10 MB',
      { given: inDocument('x'.repeat(10 * megabyte)), want: unsafe('It has a text of more than 65536 characters.') },
    ],
    [
      'a name of 10 MB',
      {
        given: `<${'x'.repeat(10 * megabyte)}/>`,
        want: { said: ['refused message: root: expected CEB…Message of the specification'], isSoon: true },
      },
    ],
    ['a tag that never ends', { given: `<x ${' '.repeat(10 * megabyte)}`, want: malformed(1) }],
    ['nothing', { given: '', want: malformed(1) }],
    ['null bytes', { given: inDocument('a\0b'), want: malformed(2) }],
    ['the number of a null byte', { given: inDocument('a&#0;b'), want: malformed(2) }],
    ['two roots', { given: `${orders(order())}<x/>`, want: malformed(2) }],
    ['half a message', { given: orders(order()).slice(0, 500), want: malformed(2) }],
    [
      'a prefix that stands for nothing',
      {
        given: inDocument('').replace('<ceb:note>', '<no:note>').replace('</ceb:note>', '</no:note>'),
        want: unsafe('It has a prefix that stands for no namespace.'),
      },
    ],
  ])('%s', (_name, { given, want }) => {
    expect(refusal(typeof given === 'string' ? Buffer.from(given) : given)).toEqual(want)
  })

  test('more than there may be, without reading on', () => {
    const envelope = (data: string): string =>
      `<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0"><TransInfo><CopMsgId>1</CopMsgId><SenderId>S</SenderId><ReceiverIds><ReceiverId>R</ReceiverId></ReceiverIds><CreatTime>2026-11-20T09:30:00</CreatTime><MsgType>CEB311Message</MsgType></TransInfo><Data>${data}</Data></DxpMsg>`
    const within = (text: string): string => Buffer.from(text).toString('base64')
    expect(refusal(Buffer.from(envelope(within(`<!DOCTYPE x>${order()}`))))).toEqual(doctype)
    expect(refusal(Buffer.from(envelope(within(envelope(within(orders(order())))))))).toEqual({
      said: ['refused message: root: expected CEB…Message of the specification, found DxpMsg'],
      isSoon: true,
    })
    expect(refusal(Buffer.from(envelope('not base64!')))).toEqual({
      said: ['refused message: Data 待传输数据: envelope: expected the message in base64'],
      isSoon: true,
    })
  })

  test("names of JavaScript's own are names that no one knows", () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const reading = read(orders(order({ ...orderHead, note: 'x' }).replaceAll('ceb:note', `ceb:${name}`)))
      expect(reading).toMatchObject({
        read: true,
        refused: [{ document: 1 }],
        violations: [{ rule: 'unknown-element' }],
      })
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('nothing in a kept signature is looked at, and it has an end', () => {
    const nested = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${'<ds:Signature>'.repeat(20)}<ceb:BaseTransfer/>${'</ds:Signature>'.repeat(20)}</ds:Signature>`
    const reading = read(message('621', list() + base() + nested))
    expect(reading).toMatchObject({
      read: true,
      violations: [],
      message: {
        signature: nested.replace(
          '<ds:Signature xmlns:ds',
          '<ds:Signature xmlns:ceb="http://www.chinaport.gov.cn/ceb" xmlns:ds',
        ),
      },
    })
    expect(read(lists(list())).read).toBe(true)
  })
})

describe('encodings', () => {
  const name = '福州示例云帆贸易有限公司'
  /** The message in another encoding; only characters that GB 2312 has are in it. */
  const gb = (xml: string): Buffer => {
    const codes = new Map<string, number[]>()
    const decoder = new TextDecoder('gb18030')
    for (let high = 0xb0; high < 0xf8; high++) {
      for (let low = 0xa1; low < 0xff; low++) codes.set(decoder.decode(Uint8Array.of(high, low)), [high, low])
    }
    return Buffer.from([...xml].flatMap((character) => codes.get(character) ?? [character.charCodeAt(0)]))
  }
  const declared = (encoding: string): string => orders(order()).replace('encoding="UTF-8"', `encoding="${encoding}"`)
  const seller = (bytes: Uint8Array): string | string[] => {
    const reading = readMessage(bytes)
    if (!reading.read || reading.message.kind !== '311') return said(reading)
    return reading.message.documents[0]?.head.ebcName ?? ''
  }

  test.each<[string, { given: Uint8Array; want: string | string[] }]>([
    ['UTF-8', { given: Buffer.from(declared('UTF-8')), want: name }],
    ['UTF-8 with its mark', { given: Buffer.from(`\ufeff${declared('utf-8')}`), want: name }],
    ['UTF-8 that says nothing', { given: Buffer.from(orders(order()).replace(/<\?xml.*?\?>\n/, '')), want: name }],
    ['GB2312', { given: gb(declared('GB2312')), want: name }],
    ['GBK', { given: gb(declared('gbk')), want: name }],
    ['GB18030', { given: gb(declared('GB18030')), want: name }],
    [
      'GBK that says UTF-8',
      {
        given: gb(declared('UTF-8')),
        want: ['refused message: encoding: expected UTF-8 or a declared GB encoding. Its bytes are not UTF-8.'],
      },
    ],
    [
      'another one',
      {
        given: Buffer.from(declared('ISO-8859-1')),
        want: [
          'refused message: encoding: expected UTF-8 or a declared GB encoding. It is in an encoding other than UTF-8 and GB 18030.',
        ],
      },
    ],
    [
      'UTF-16',
      {
        given: Buffer.from(`\ufeff${declared('UTF-16')}`, 'utf16le'),
        want: ['refused message: encoding: expected UTF-8 or a declared GB encoding. Its bytes are not UTF-8.'],
      },
    ],
  ])('%s', (_name, { given, want }) => {
    expect(seller(given)).toEqual(want)
  })
})

test('a message whose parts are in no order is read to its end', () => {
  const reading = read(message('311', `${base()}${elements({ x: guid })}${order()}`))
  expect(said(reading)).toEqual([
    'refused 311: unknown-element: expected only BaseTransfer, BaseSubscribe, ExtendMessage, Signature, found element 2',
    'refused 311: Order: order: expected it before BaseTransfer',
  ])
})
