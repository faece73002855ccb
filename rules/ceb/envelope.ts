import { decodeXml } from './decode.ts'
import type { AddInfo, Envelope, ServerNode } from './message.ts'
import { treeOf, type Node } from './tree.ts'
import type { Report } from './values.ts'

/** A business message, and the envelope that it came in. */
export interface Opened {
  envelope: Envelope | null
  /** Null where the envelope holds nothing that can be read; it is reported. */
  root: Node | null
}

const childOf = (node: Node, name: string): Node | undefined => node.children.find((child) => child.name === name)
const textOf = (node: Node, name: string): string => childOf(node, name)?.text.trim() ?? ''

/** The parts that must be there, with their longest values (specification, tables 4-3 and 5-3, and the schemas). */
const transInfo = { CopMsgId: 255, SenderId: 16, CreatTime: 40, MsgType: 30 } as const
const serverNode = { MsgId: 32, SendTime: 40, EndNode: 8, StaNode: 8 } as const
const mostReceivers = 5

/** A name that an envelope gives a value; reported where it is missing or too long. */
function part(node: Node, name: string, most: number, report: Report): string {
  const value = textOf(node, name)
  const expected = `1 to ${most} characters`
  const { length } = [...value]
  if (length === 0 || length > most) {
    report({ severity: 'refused', element: name, rule: 'envelope', expected, found: `${length}` })
  }
  return value
}

const parts = <Name extends string>(
  node: Node,
  names: Readonly<Record<Name, number>>,
  report: Report,
): Record<Name, string> => {
  const entries = Object.entries<number>(names).map(([name, most]) => [name, part(node, name, most, report)])
  return Object.fromEntries(entries) as Record<Name, string>
}

/**
 * Takes a message out of its envelope 终端节点报文, and that out of what servers of the platform put around it 传输节点报文; a
 * message without one is given back as it is. The signature of an envelope is kept and not verified.
 * @throws XmlError for contents that are no XML, or none that may be read
 */
export function opened(root: Node, report: Report): Opened {
  if (root.name === 'DxpMsg') return { envelope: envelopeOf(root, report), root: messageIn(root, report) }
  if (root.name !== 'DxpMsgSv') return { envelope: null, root }
  const inner = childOf(root, 'DxpMsg')
  const server = childOf(root, 'SvNo')
  if (inner === undefined || server === undefined) {
    report({ severity: 'refused', element: 'DxpMsgSv', rule: 'envelope', expected: 'SvNo and DxpMsg' })
    return { envelope: null, root: null }
  }
  const subMessage = textOf(server, 'SubMsgId')
  const SvNo: ServerNode = {
    ...parts(server, serverNode, report),
    ...(subMessage === '' ? {} : { SubMsgId: subMessage }),
  }
  return { envelope: { ...envelopeOf(inner, report), SvNo }, root: messageIn(inner, report) }
}

function envelopeOf(root: Node, report: Report): Envelope {
  const info = childOf(root, 'TransInfo') ?? { ...root, children: [] }
  const receivers = (childOf(info, 'ReceiverIds')?.children ?? []).map(({ text }) => text.trim())
  const isFit =
    receivers.length >= 1 && receivers.length <= mostReceivers && receivers.every((id) => /^.{1,16}$/su.test(id))
  if (!isFit) {
    const expected = `1 to ${mostReceivers} receivers of at most 16 characters`
    report({ severity: 'refused', element: 'ReceiverIds', rule: 'envelope', expected })
  }
  const added = childOf(root, 'AddInfo')
  const signature = childOf(root, 'Signature')?.raw?.() ?? null
  return {
    ...parts(info, transInfo, report),
    ReceiverIds: receivers.slice(0, mostReceivers),
    ...(added === undefined ? {} : { AddInfo: addInfoOf(added) }),
    ...(signature === null ? {} : { Signature: signature }),
  }
}

function addInfoOf(node: Node): AddInfo {
  const info: AddInfo = {}
  for (const name of ['FileName', 'IcCard', 'RecMapId'] as const) {
    const value = textOf(node, name)
    if (value !== '') info[name] = value.slice(0, 255)
  }
  const encoding = childOf(node, 'IsText')?.attributes?.Encode
  if (encoding !== undefined) info.IsText = encoding.slice(0, 50)
  const keys = (childOf(node, 'BizKey')?.children ?? []).slice(0, 5).map(({ attributes, text }) => {
    const name = attributes?.name
    return { ...(name === undefined ? {} : { name: name.slice(0, 32) }), value: text.trim().slice(0, 64) }
  })
  return keys.length === 0 ? info : { ...info, BizKey: keys }
}

function messageIn(root: Node, report: Report): Node | null {
  const data = childOf(root, 'Data')?.text.replace(/[ \t\r\n]+/g, '') ?? ''
  if (data === '' || data.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) {
    report({ severity: 'refused', element: 'Data', rule: 'envelope', expected: 'the message in base64' })
    return null
  }
  const info = childOf(root, 'AddInfo')
  const encoding = info === undefined ? undefined : childOf(info, 'IsText')?.attributes?.Encode
  return treeOf(decodeXml(Buffer.from(data, 'base64'), encoding))
}
