/**
 * The one point of access: what is handed in is stored, matched and answered by its receipt; who may hand in what.
 * (longer than 300 lines: every way in which one route answers, asked of one hub)
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { readMessage } from '../../rules/ceb/read.ts'
import { transfer } from '../ceb/messages.ts'
import { runHub, type Persona } from '../support/harness.ts'
import { recordsOf } from '../support/audit.ts'
import { messageOf, purchase, receiptOf } from './messages.ts'

const running = await runHub()
afterAll(() => running.stop())

const portal: Persona = { as: 'portal', dxpIds: [transfer.dxpId ?? ''] }
const bank: Persona = { as: 'bank', dxpIds: [transfer.dxpId ?? ''] }
const customs: Persona = { as: 'customs' }

interface Handed {
  status: number
  type: string | null
  requestId: string
  text: string
}
async function handIn(
  persona: Persona | null,
  body: string | Uint8Array<ArrayBuffer>,
  type = 'application/xml',
): Promise<Handed> {
  const response = await fetch(`${running.hub.url}/ceb`, {
    method: 'POST',
    headers: {
      'content-type': type,
      ...(persona === null ? {} : { authorization: `Bearer ${await running.token(persona)}` }),
    },
    body,
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    requestId: response.headers.get('x-request-id') ?? '',
    text: await response.text(),
  }
}

/** The entries of a receipt: what names the document, its status, and what is said. */
function entriesOf(text: string): { kind: string; entries: Record<string, string>[] } {
  const reading = readMessage(Buffer.from(text))
  if (!reading.read) throw new Error(text)
  const { kind, documents } = reading.message
  return {
    kind,
    entries: documents.map(({ head }: { head: Record<string, string> }) => {
      const { guid: _guid, returnTime: _time, ...said } = head
      return said
    }),
  }
}

const states = async (): Promise<string[]> =>
  (await running.database.pool.query<{ state: string }>('select state from trade_match order by decided_at')).rows.map(
    ({ state }) => state,
  )

/** Resolves when the hub has matched what it took over. */
async function matched(): Promise<void> {
  const arrivals = async (): Promise<number> =>
    (await running.database.pool.query('select from trade_arrival')).rowCount ?? 0
  while ((await arrivals()) > 0);
}

describe('a purchase', () => {
  test('is matched when the last of its documents has come, and each is answered by its receipt', async () => {
    const { '311': order, '411': payment, '511': waybill, '621': list } = purchase('1')
    const before = (await states()).length
    const answers = [await handIn(portal, list), await handIn(bank, payment), await handIn(portal, waybill)]
    await matched()
    expect((await states()).slice(before)).toEqual(['PENDING'])
    answers.push(await handIn(portal, order))
    await matched()
    expect((await states()).slice(before)).toEqual(['MATCHED'])
    expect(answers.map(({ status, type, text }) => ({ status, type, ...entriesOf(text) }))).toEqual(
      (
        [
          ['622', { copNo: 'QD1', preNo: expect.stringMatching(/^B\d{17}$/) as string }],
          ['412', { payTransactionId: 'ZF1' }],
          ['512', { logisticsNo: 'YD1' }],
          ['312', { orderNo: 'SO1' }],
        ] as const
      ).map(([kind, named]) => ({
        status: 200,
        type: 'application/xml; charset=utf-8',
        kind,
        entries: [expect.objectContaining({ ...named, returnStatus: '2' }) as Record<string, string>],
      })),
    )
  })

  test('is on record: what came, and who trades; nothing of what it says', async () => {
    const { requestId } = await handIn(portal, messageOf('311', { orderNo: 'SO2' }, { orderNo: 'SO3' }))
    const [record] = await recordsOf(running.database.db, requestId)
    expect(record).toMatchObject({
      action: 'ceb',
      department: 'portal',
      outcome: 'answered',
      subjects: ['91350102MYE0000341'],
      details: { message: { kind: '311', documents: { new: 2, newer: 0, repeated: 0, stale: 0, refused: 0 } } },
    })
    expect(JSON.stringify(record)).not.toContain('演示订购人')
  })

  test('handed in again is answered alike, and older is told so', async () => {
    const later = messageOf('311', { orderNo: 'SO4', appTime: '20261120093001' })
    const [first, again, older] = [
      await handIn(portal, later),
      await handIn(portal, later),
      await handIn(portal, messageOf('311', { orderNo: 'SO4' })),
    ].map(({ status, text }) => ({ status, ...entriesOf(text) }))
    expect(again).toEqual(first)
    expect(older).toMatchObject({
      status: 200,
      entries: [{ returnStatus: '-301014', returnInfo: '订单报文处理失败，接收报文为旧报文数据，不做处理' }],
    })
    // The number that a list has already is told also where it is refused; sent again, its guid is another one.
    const listed = messageOf('621', { copNo: 'QD4', appTime: '20261120093001' })
    const renamed = listed.replace(/(<ceb:guid>)[0-9A-F]{8}/, '$100000000')
    const answers = []
    for (const message of [listed, renamed, messageOf('621', { copNo: 'QD4' })])
      answers.push(entriesOf((await handIn(portal, message)).text).entries[0])
    expect(renamed).not.toBe(listed)
    expect(answers.map((entry) => [entry?.returnStatus, entry?.preNo])).toEqual([
      ['2', expect.stringMatching(/^B\d{17}$/)],
      ['2', answers[0]?.preNo],
      ['-621004', answers[0]?.preNo],
    ])
  })
})

test('an arrival that names no bill is answered by its receipt', async () => {
  const message = messageOf('507', { copNo: 'YD2' }).replace(/<ceb:billNo>.*?<.ceb:billNo>/, '')
  const { status, text } = await handIn(portal, message)
  expect({ status, ...entriesOf(text) }).toMatchObject({
    status: 200,
    kind: '508',
    entries: [{ copNo: 'YD2', billNo: '', returnStatus: '2' }],
  })
})

describe('a document that is refused', () => {
  const entry = async (persona: Persona, message: string) => {
    const { status, text } = await handIn(persona, message)
    return {
      status,
      entries: entriesOf(text).entries.map(({ returnStatus, returnInfo }) => [returnStatus, returnInfo]),
    }
  }

  test('since its time has not come', async () => {
    expect(await entry(portal, messageOf('311', { orderNo: 'SO5', appTime: '99991231235959' }))).toEqual({
      status: 200,
      entries: [
        ['-301008', '参数校验不通过，[311, document 1: appTime 报送时间: time: expected a time that has come]'],
      ],
    })
  })

  test('since its time is none', async () => {
    expect(await entry(portal, messageOf('311', { orderNo: 'SO5', appTime: '20261332000000' }))).toEqual({
      status: 200,
      entries: [
        ['-301008', '参数校验不通过，[311, document 1: appTime 报送时间: time: expected a time YYYYMMDDhhmmss]'],
      ],
    })
  })

  test('and cannot be named in a receipt is refused with all that came with it', async () => {
    const message = messageOf('311', { orderNo: 'SO-NAMED' }, { orderNo: 'SO-NAMELESS' })
    const { status, text } = await handIn(portal, message.replace('SO-NAMELESS', 'S'.repeat(61)))
    expect({ status, ...entriesOf(text) }).toMatchObject({
      status: 400,
      kind: '900',
      entries: [{ returnInfo: '311, document 2: orderNo 订单编号: length: expected C1..60 characters, found 61' }],
    })
    const { rows } = await running.database.pool.query(`select from trade_document where body like '%SO-NAMED%'`)
    expect(rows).toEqual([])
  })

  test('since another sender declared it first', async () => {
    expect((await handIn(portal, messageOf('311', { orderNo: 'SO6' }))).status).toBe(200)
    const stranger: Persona = { as: 'portal', dxpIds: ['DXPENT0000000002'] }
    const taken = messageOf('311', { orderNo: 'SO6', appType: '3', appTime: '20261120235959' })
    expect(await entry(stranger, taken.replace(transfer.dxpId ?? '', 'DXPENT0000000002'))).toEqual({
      status: 200,
      entries: [
        [
          '-301008',
          '参数校验不通过，[311, document 1: dxpId 报文传输编号: sender: expected the sender that declared this document first]',
        ],
      ],
    })
  })
})

describe('receipts', () => {
  test('of customs that name their list by its number alone end the time in which it may be changed', async () => {
    const [list, change] = [{}, { appTime: '20261120093001', appType: '2' }].map((more) =>
      messageOf('621', { orderNo: 'SO8', logisticsNo: 'YD8', copNo: 'QD8', ...more }),
    )
    const [{ preNo = '' } = {}] = entriesOf((await handIn(portal, list ?? '')).text).entries
    const receipt = receiptOf('QD8', '399', { preNo }).replace(/<ceb:copNo>.*?<.ceb:copNo>/, '')
    expect((await handIn(customs, receipt)).status).toBe(204)
    const { status, text } = await handIn(portal, change ?? '')
    expect({ status, ...entriesOf(text) }).toMatchObject({
      status: 200,
      entries: [{ copNo: 'QD8', returnStatus: '-621012', returnInfo: '清单的申报状态不符合改单申报的条件' }],
    })
  })

  test('of customs are taken over and answered by nothing', async () => {
    const receipt = receiptOf('QD1', '800')
    expect(await handIn(customs, receipt)).toMatchObject({ status: 204, text: '' })
    const { requestId } = await handIn(customs, receipt)
    const [record] = await recordsOf(running.database.db, requestId)
    expect(record?.details).toEqual({
      message: { kind: '622', documents: { new: 0, newer: 0, repeated: 1, stale: 0, refused: 0 } },
    })
  })
})

describe('what is no message', () => {
  const refused = (info: string) => ({
    status: 400,
    kind: '900',
    entries: [expect.objectContaining({ returnStatus: '-0002', returnInfo: info }) as Record<string, string>],
  })
  test.each<[string, string, string]>([
    ['no XML', 'nothing', 'message, line 1 of the XML: well-formed: expected well-formed XML 1.0'],
    ['another root', '<x/>', 'message: root: expected CEB…Message of the specification'],
    [
      'an entity of its own',
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
      'message: unsafe: expected XML that can be read safely. It has a document type, and so maybe entities of its own.',
    ],
    [
      'nesting without end',
      '<a>'.repeat(100_000),
      'message: unsafe: expected XML that can be read safely. It nests more than 32 elements.',
    ],
  ])('%s', async (_name, body, info) => {
    const { status, text, requestId } = await handIn(portal, body)
    expect({ status, ...entriesOf(text) }).toEqual(refused(info))
    const [record] = await recordsOf(running.database.db, requestId)
    expect(record).toMatchObject({ action: 'ceb', outcome: 'refused' })
  })

  test('an empty body', async () => {
    expect((await handIn(portal, '')).status).toBe(400)
  })

  test('a body of 100 MB is not read', async () => {
    // Told before any of it is sent, since its length is said first; a client that sends on may find the connection closed.
    const socket = connect(Number(new URL(running.hub.url).port), '127.0.0.1')
    socket.write(
      `POST /ceb HTTP/1.1\r\nhost: hub\r\ncontent-type: application/xml\r\ncontent-length: ${100 * 1024 * 1024}\r\n` +
        `authorization: Bearer ${await running.token(portal)}\r\n\r\n`,
    )
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 413 .*"code":"LIMIT_EXCEEDED"/s)
  })
})

describe('who may not', () => {
  const order = messageOf('311', { orderNo: 'SO9' })
  const stranger = messageOf('311', { orderNo: 'SO9' }).replace(transfer.dxpId ?? '', 'DXPENT0000000002')
  test.each<[string, Persona | null, string, number, string, string]>([
    ['nobody', null, order, 401, 'UNAUTHENTICATED', 'Send the token of who hands it in.'],
    ['a department', { as: 'tax' }, order, 403, 'FORBIDDEN', 'tax hands in no messages.'],
    ['a bank, of an order', bank, order, 403, 'FORBIDDEN', 'bank hands in no CEB311Message.'],
    ['customs, of an order', customs, order, 403, 'FORBIDDEN', 'customs hands in no CEB311Message.'],
    [
      'the portal, of a receipt',
      portal,
      receiptOf('QD1', '899'),
      403,
      'FORBIDDEN',
      'portal hands in no CEB622Message.',
    ],
    [
      'the portal, for whom its token does not name',
      portal,
      stranger,
      403,
      'FORBIDDEN',
      'The token does not name the DXP number of the message (dxpId of BaseTransfer).',
    ],
  ])('%s', async (_name, persona, body, status, code, message) => {
    const answer = await handIn(persona, body)
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { errors: [{ message, extensions: { code } }] }])
  })

  test('nothing of it was taken over', async () => {
    const { rows } = await running.database.pool.query(`select from trade_document where body like '%SO9%'`)
    expect(rows).toEqual([])
  })

  test('another media type', async () => {
    const { status, text } = await handIn(portal, order, 'text/plain')
    expect([status, JSON.parse(text)]).toEqual([
      415,
      {
        errors: [{ message: 'Send the request as application/xml or text/xml.', extensions: { code: 'BAD_REQUEST' } }],
      },
    ])
  })
})

describe('the samples of the specification', () => {
  const folder = (edition: string): URL => new URL(`../../../shared/domain/ceb/official-${edition}/`, import.meta.url)
  const editions = ['2018-113', '202205'].filter((edition) => existsSync(folder(edition)))
  if (editions.length === 0) console.info('The samples of the specification are absent: none is handed in.')
  const files = editions.flatMap((edition) => readdirSync(folder(edition)).map((name) => ({ edition, name })))

  test('each is answered by the receipt that belongs to it, or told why not', async () => {
    const outcomes = new Map<string, number>()
    for (const { edition, name } of files) {
      const bytes = readFileSync(new URL(name, folder(edition)))
      const dxpId = /<(?:\w+:)?dxpId>([^<]*)</.exec(bytes.toString())?.[1]
      const isReceipt = dxpId === undefined
      const sender: Persona = isReceipt ? customs : { as: 'portal', dxpIds: [dxpId] }
      const { status, text } = await handIn(sender, new Uint8Array(bytes))
      const outcome = status === 204 ? '204' : status === 200 ? '200' : `${status} ${entriesOf(text).kind}`
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (status === 200) expect(Number(entriesOf(text).kind)).toBe(Number(name.slice(3, 6)) + 1)
    }
    // Ten samples break the schema of their edition; of these 792 is as the edition before wants it, and says of none
    // which edition it follows. Of the others 28 are documents, and the rest receipts and notices.
    expect(Object.fromEntries(outcomes)).toEqual(files.length === 0 ? {} : { '200': 28, '204': 37, '400 900': 9 })
  })
})
