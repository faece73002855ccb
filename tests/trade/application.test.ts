/** Applications 汇总申请单 for what was cleared, as the specification and its schema want them. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../rules/ceb/message.ts'
import { readMessage } from '../../rules/ceb/read.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { applicationsOf } from '../../rules/trade/application.ts'
import { made } from './documents.ts'

describe('an application', () => {
  const applications = (lists: number) =>
    applicationsOf(
      Array.from({ length: lists }, (_, index) => ({
        list: made('603', { copNo: `CK${index + 1}`, loctNo: '3501A' }),
        status: '899',
        invtNo: `35002026E${String(index + 1).padStart(9, '0')}`,
        sender: 'DXPENT0000000001',
      })),
      '2026-11',
      '20261201090000',
      () => '4CDE1CFD-EDED-46B1-946C-B8022E42FC94',
    )
  const written = (documents: Message['documents']): string =>
    writeMessage({
      standard: '202205',
      kind: '701',
      guid: '4CDE1CFD-EDED-46B1-946C-B8022E42FC94',
      version: '1.0',
      envelope: null,
      transfer: { copCode: '3501980D4D', copName: '福州示例报关有限公司', dxpMode: 'DXP', dxpId: 'DXPENT0000000001' },
      subscriptions: [],
      documents,
      signature: null,
      extension: null,
    } as Message)

  test('of many lists is split into parts that are numbered without a gap', () => {
    const [{ documents } = { documents: [] }, ...none] = applications(2001)
    expect(none).toEqual([])
    expect(documents.map(({ head, lines }) => [head.msgSeqNo, head.msgCount, lines.length])).toEqual([
      ['1', '3', 1000],
      ['2', '3', 1000],
      ['3', '3', 1],
    ])
    const numbers = documents.flatMap(({ lines }) => lines.map(({ invtNo }) => invtNo))
    expect(new Set(numbers).size).toBe(2001)
    expect(numbers).toEqual(numbers.toSorted())
  })

  test('is as the specification wants it', () => {
    const [{ documents } = { documents: [] }] = applications(2)
    const reading = readMessage(Buffer.from(written(documents as Message['documents'])), { standard: '202205' })
    expect(reading.violations).toEqual([])
  })

  const schema = new URL(
    '../../../shared/domain/ceb/xsd-202205/海关跨境出口业务节点报文定义202205.xsd',
    import.meta.url,
  )
  const isHere = existsSync(schema)
  if (!isHere) console.info('The schemas of the specification are absent: nothing is held against them.')
  test('has the elements of the official schema, in its order', () => {
    if (!isHere) return expect(isHere).toBe(false)
    const text = readFileSync(schema, 'utf8')
    const elementsOf = (name: string): string[] => {
      const [, body = ''] = new RegExp(`<xs:element name="${name}">([\\s\\S]*?)\\n\\t</xs:element>`).exec(text) ?? []
      return [...body.matchAll(/<xs:element name="(\w+)"( minOccurs="0")?/g)].map(([, each = '']) => each)
    }
    const [{ documents } = { documents: [] }] = applications(1)
    const xml = written(documents as Message['documents'])
    for (const name of ['SummaryApplyHead', 'SummaryApplyList', 'BaseTransfer']) {
      const [, body = ''] = new RegExp(`<ceb:${name}>([\\s\\S]*?)</ceb:${name}>`).exec(xml) ?? []
      const said = [...body.matchAll(/<ceb:(\w+)>/g)].map(([, each = '']) => each)
      const allowed = elementsOf(name)
      expect(allowed.length).toBeGreaterThan(0)
      expect(allowed.filter((each) => said.includes(each))).toEqual(said)
    }
  })
})
