import { subscriptionGroup, transferGroups } from './carriage.ts'
import { directionOf, isDeclaredKind, layoutOf, type Group, type Layout } from './kinds.ts'
import type { AddInfo, AnyDocument, Envelope, Message, Values } from './message.ts'
import { escaped, spaces, treeOf } from './tree.ts'
import { valueOf, type Report } from './values.ts'
import { violationText, type Finding, type Violation } from './violation.ts'
import { XmlError } from '../xml.ts'

/** A message that may not be written, since no one would have to take it. */
export class MessageError extends Error {
  readonly violations: readonly Violation[]
  constructor(violations: readonly Violation[]) {
    super(`The message cannot be written.\n${violations.map(violationText).join('\n')}`)
    this.name = 'MessageError'
    this.violations = violations
  }
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'

/**
 * A message 报文 as XML in UTF-8, in its envelope where it has one: elements in the order of the standard, numbers in their
 * plain form, nothing that is empty but could be left out. Signatures are written as they are; one over a message that
 * was changed, or laid out differently, does not verify.
 * @throws MessageError for what does not fit the schema
 */
export function writeMessage(message: Message): string {
  const violations: Violation[] = []
  const note = (document: number | null, line: string | null, finding: Finding): void => {
    const { severity, rule, expected, element = null, found = null } = finding
    if (severity === 'wrong') return // a matter of contents, which whoever reads it judges
    violations.push({
      severity: 'refused',
      message: message.kind,
      document,
      line,
      element,
      rule,
      expected,
      found,
      at: null,
    })
  }
  const layout = layoutOf(message.kind, message.standard)
  if (layout === null)
    note(null, null, { severity: 'refused', rule: 'standard', expected: `a message of ${message.standard}` })
  const xml = layout === null ? '' : rootOf(message, layout, note)
  if (violations.length > 0) throw new MessageError(violations)
  return `${declaration}\n${message.envelope === null ? xml : enveloped(message.envelope, `${declaration}\n${xml}`)}`
}

type Note = (document: number | null, line: string | null, finding: Finding) => void

function rootOf(message: Message, layout: Layout, note: Note): string {
  const ofMessage: Report = (finding) => note(null, null, finding)
  const { guid, version, kind } = message
  checkCount('guid', [...guid].length, { least: 36, most: 36 }, ofMessage)
  checkCount('version', [...version].length, { least: 1, most: 10 }, ofMessage)
  const documents: readonly AnyDocument[] = message.documents
  checkCount(layout.entity, documents.length, layout.documents, ofMessage)
  const isDeclared = isDeclaredKind(kind)
  checkCount(
    'BaseTransfer',
    message.transfer === null ? 0 : 1,
    { least: isDeclared ? 1 : 0, most: isDeclared ? 1 : 0 },
    ofMessage,
  )
  checkCount(
    'BaseSubscribe',
    message.subscriptions.length,
    isDeclared ? subscriptionGroup.count : { least: 0, most: 0 },
    ofMessage,
  )
  const direction = directionOf(kind)
  const signature = verbatim('Signature', message.signature, ofMessage)
  const extension = verbatim('ExtendMessage', message.extension, ofMessage)
  const parts = [
    ...documents.map((document, index) => documentText(document, layout, index + 1, note)),
    ...(message.transfer === null
      ? []
      : [group('BaseTransfer', { ...message.transfer }, transferGroups[direction], ofMessage)]),
    ...message.subscriptions.map((one) => group('BaseSubscribe', { ...one }, subscriptionGroup, ofMessage)),
    ...(direction === 'import' ? [extension, signature] : [signature, extension]),
  ]
  const attributes = `guid="${escaped(guid)}" version="${escaped(version)}" xmlns:ceb="${spaces.ceb}"`
  return `<ceb:${layout.root} ${attributes}>${parts.join('')}</ceb:${layout.root}>`
}

function checkCount(
  element: string,
  found: number,
  { least, most }: { least: number; most: number },
  report: Report,
): void {
  if (found >= least && found <= most) return
  report({ severity: 'refused', element, rule: 'count', expected: `${least} to ${most}`, found: `${found}` })
}

/** What was kept as it came; it must be the one element that it is kept for. */
function verbatim(name: string, written: string | null, report: Report): string {
  if (written === null) return ''
  try {
    if (treeOf(written).name === name) return written
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause
  }
  report({ severity: 'refused', element: name, rule: 'structure', expected: `the element ${name} and nothing else` })
  return ''
}

function documentText({ head, lines }: AnyDocument, layout: Layout, place: number, note: Note): string {
  const ofDocument: Report = (finding) => note(place, null, finding)
  const { element } = layout.head
  if (element === null) return group(layout.entity, head, layout.head, ofDocument)
  const { lines: lineGroup } = layout
  if (lineGroup === null) checkCount('line', lines.length, { least: 0, most: 0 }, ofDocument)
  else checkCount(lineGroup.element ?? '', lines.length, lineGroup.count, ofDocument)
  const parts = lines.map((line, index) => {
    const report: Report = (finding) => note(place, `${index + 1}`, finding)
    return lineGroup === null ? '' : group(lineGroup.element ?? '', line, lineGroup, report)
  })
  return tagged(layout.entity, group(element, head, layout.head, ofDocument) + parts.join(''))
}

const tagged = (name: string, inner: string): string => `<ceb:${name}>${inner}</ceb:${name}>`

// Char of REC-xml 2.2: what no reference can bring into a document either.
const unwritable = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function group(element: string, values: Values, { fields, byName }: Group, report: Report): string {
  let inner = ''
  for (const field of fields) {
    const given = values[field.name]
    // The schema wants the element, and takes it without a value.
    if (!given && field.need === 'required by the schema' && field.least === 0) {
      inner += tagged(field.name, '')
      continue
    }
    if (given === undefined) {
      if (field.need !== 'required') continue
      report({
        severity: 'refused',
        element: field.name,
        rule: 'missing-element',
        expected: `a value of the form ${field.written}`,
      })
      continue
    }
    if (unwritable.test(given)) {
      report({ severity: 'refused', element: field.name, rule: 'value', expected: 'characters that XML can hold' })
      continue
    }
    const value = valueOf(field, given, report)
    if (value !== null) inner += tagged(field.name, escaped(value))
  }
  for (const name of Object.keys(values)) {
    if (!byName.has(name))
      report({ severity: 'refused', rule: 'unknown-element', expected: `elements of ${element} only` })
  }
  return tagged(element, inner)
}

function enveloped(envelope: Envelope, xml: string): string {
  const { CopMsgId, SenderId, ReceiverIds, CreatTime, MsgType, AddInfo: info, Signature, SvNo } = envelope
  const receivers = ReceiverIds.map((id) => plain('ReceiverId', id)).join('')
  const transInfo =
    plain('CopMsgId', CopMsgId) +
    plain('SenderId', SenderId) +
    `<ReceiverIds>${receivers}</ReceiverIds>` +
    plain('CreatTime', CreatTime) +
    plain('MsgType', MsgType)
  const data = Buffer.from(xml).toString('base64')
  const inner = `<TransInfo>${transInfo}</TransInfo><Data>${data}</Data>${info === undefined ? '' : addInfo(info)}${Signature ?? ''}`
  if (SvNo === undefined) return `<DxpMsg xmlns="${spaces.dxp}" ver="1.0">${inner}</DxpMsg>`
  const { MsgId, SubMsgId, SendTime, EndNode, StaNode } = SvNo
  const server = Object.entries({ MsgId, SubMsgId, SendTime, EndNode, StaNode }).map(([name, value]) =>
    value === undefined ? '' : plain(name, value),
  )
  return `<DxpMsgSv xmlns="${spaces.dxp}" ver="1.0"><SvNo>${server.join('')}</SvNo><DxpMsg ver="1.0">${inner}</DxpMsg></DxpMsgSv>`
}

const plain = (name: string, value: string): string => `<${name}>${escaped(value)}</${name}>`

function addInfo({ FileName, IcCard, BizKey, IsText, RecMapId }: AddInfo): string {
  const keys = BizKey?.map(
    ({ name, value }) => `<Key${name === undefined ? '' : ` name="${escaped(name)}"`}>${escaped(value)}</Key>`,
  )
  return `<AddInfo>${[
    FileName === undefined ? '' : plain('FileName', FileName),
    IcCard === undefined ? '' : plain('IcCard', IcCard),
    keys === undefined ? '' : `<BizKey>${keys.join('')}</BizKey>`,
    IsText === undefined ? '' : `<IsText Encode="${escaped(IsText)}"/>`,
    RecMapId === undefined ? '' : plain('RecMapId', RecMapId),
  ].join('')}</AddInfo>`
}
