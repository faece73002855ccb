/** Any message that the standard allows, made up from its tables: written and read, it is what it was. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { standards, type Field, type Standard } from '../../rules/ceb/format.ts'
import { isDeclaredKind, kinds, layoutOf, type Group, type Kind } from '../../rules/ceb/kinds.ts'
import type { Message } from '../../rules/ceb/message.ts'
import { readMessage } from '../../rules/ceb/read.ts'
import { writeMessage, MessageError } from '../../rules/ceb/write.ts'
import { signature } from './messages.ts'

/** Characters that are written as they are, escaped, or of more than one code unit. */
const characters = fc.constantFrom(...'aZ09-_.中文，＜<>&"\'😀𠀀é/=;]')
const inner = fc.constantFrom(...'aZ0中<&>"\n\t\r 😀')

function textOf(least: number, most: number): fc.Arbitrary<string> {
  const longest = Math.max(least, Math.min(most, 12))
  if (longest <= 1) return characters
  // White space may stand within a value and not around it.
  return fc
    .tuple(characters, fc.array(inner, { minLength: Math.max(0, least - 2), maxLength: longest - 2 }), characters)
    .map(([first, middle, last]) => [first, ...middle, last].join(''))
}

const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 14n - 1n }), fc.option(fc.integer({ min: 0, max: 99_999 })))
  .map(([isNegative, whole, fraction]) => {
    const plain = `${whole}${fraction === null ? '' : `.${String(fraction).padStart(5, '0')}`}`
    return isNegative && /[1-9]/.test(plain) ? `-${plain}` : plain
  })

function valueOf({ name, form, least, most }: Field): fc.Arbitrary<string> {
  if (name === 'appType') return fc.constantFrom('1', '2', '3')
  if (form === 'decimal') return decimal
  if (form === 'whole') return fc.integer({ min: 0, max: 10 ** most - 1 }).map(String)
  return textOf(Math.max(least, 1), most)
}

function groupOf({ fields }: Group): fc.Arbitrary<Record<string, string>> {
  const required = fields.filter(({ need }) => need === 'required').map(({ name }) => name)
  const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]))
  return fc.record(values, { requiredKeys: required, noNullPrototype: true })
}

const carried = fc.record(
  {
    copCode: textOf(1, 18),
    copName: textOf(1, 100),
    dxpMode: textOf(3, 3),
    dxpId: textOf(1, 30),
    note: textOf(1, 1000),
  },
  { requiredKeys: ['copCode', 'copName', 'dxpMode', 'dxpId'], noNullPrototype: true },
)
const envelope = fc.record(
  {
    CopMsgId: textOf(1, 255),
    SenderId: textOf(1, 12),
    ReceiverIds: fc.array(textOf(1, 12), { minLength: 1, maxLength: 5 }),
    CreatTime: fc.constant('2026-11-20T09:30:00'),
    MsgType: textOf(1, 30),
    AddInfo: fc.record({ FileName: textOf(1, 200), IsText: fc.constant('UTF-8') }, { noNullPrototype: true }),
    Signature: fc.constant(signature),
  },
  { requiredKeys: ['CopMsgId', 'SenderId', 'ReceiverIds', 'CreatTime', 'MsgType'], noNullPrototype: true },
)

function messageOf(kind: Kind, standard: Standard): fc.Arbitrary<Message> | null {
  const layout = layoutOf(kind, standard)
  if (layout === null) return null
  const { lines, documents, head } = layout
  const lineList =
    lines === null ? fc.constant([]) : fc.array(groupOf(lines), { minLength: lines.count.least, maxLength: 3 })
  const isDeclared = isDeclaredKind(kind)
  return fc.record({
    standard: fc.constant(standard),
    kind: fc.constant(kind),
    guid: textOf(36, 36).map((text) =>
      [...text.replaceAll(/[\n\t\r]/g, ' ')].concat(Array(36).fill('x')).slice(0, 36).join(''),
    ),
    version: fc.constantFrom('1.0', 'v2'),
    envelope: fc.option(envelope),
    transfer: isDeclared ? carried : fc.constant(null),
    subscriptions: isDeclared
      ? fc.array(
          fc.record(
            { status: textOf(1, 100), dxpMode: textOf(3, 3), dxpAddress: textOf(1, 100) },
            { noNullPrototype: true },
          ),
          { maxLength: 2 },
        )
      : fc.constant([]),
    documents: fc.array(fc.record({ head: groupOf(head), lines: lineList }, { noNullPrototype: true }), {
      minLength: documents.least,
      maxLength: Math.min(3, documents.most),
    }),
    signature: isDeclared ? fc.constant(signature) : fc.constant(null),
    extension: fc.constant(null),
  }) as unknown as fc.Arbitrary<Message>
}

const messages = standards.flatMap((standard) => kinds.flatMap((kind) => messageOf(kind, standard) ?? []))

describe('a message', () => {
  test('written and read is what it was', () => {
    fc.assert(
      fc.property(fc.oneof(...messages), (message) => {
        const reading = readMessage(Buffer.from(writeMessage(message)), { standard: message.standard })
        expect(reading).toMatchObject({ read: true, refused: [] })
        expect(reading.read && reading.message).toEqual(message)
      }),
      { numRuns: 300 },
    )
  })

  test('that lacks what it must have, or has what no one knows, is not written', () => {
    fc.assert(
      fc.property(fc.oneof(...messages), fc.nat(), fc.boolean(), (message, which, isMore) => {
        const [first] = message.documents as { head: Record<string, string> }[]
        if (first === undefined) return
        const fields =
          layoutOf(message.kind, message.standard)?.head.fields.filter(({ need }) => need === 'required') ?? []
        if (isMore) first.head.unknown = 'x'
        else delete first.head[fields[which % fields.length]?.name ?? '']
        expect(() => writeMessage(message)).toThrow(MessageError)
      }),
      { numRuns: 200 },
    )
  })
})
