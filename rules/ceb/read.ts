import { checkDocument } from './content.ts'
import { decodeXml } from './decode.ts'
import { opened } from './envelope.ts'
import type { Standard } from './format.ts'
import { Findings, type More } from './findings.ts'
import { documentOf, foundAt, valuesOf } from './group.ts'
import { directionOf, isDeclaredKind, isKind, layoutOf, type Group, type Kind, type Layout } from './kinds.ts'
import { subscriptionGroup, transferGroups } from './carriage.ts'
import { meaningOf } from './meaning.ts'
import type { AnyDocument, Envelope, Message, Subscription, Transfer, Values } from './message.ts'
import { quotableName } from './quote.ts'
import { spaces, treeOf, type Node } from './tree.ts'
import { unreadable } from './unreadable.ts'
import type { Report } from './values.ts'
import type { Finding, Violation } from './violation.ts'

/** How a message is to be read. */
export interface ReadOptions {
  /** The edition that it must fit; the one in force where none is named. Messages do not say which they follow. */
  standard?: Standard
  /** Whether a signature must stand where the specification wants one; it is not verified either way. */
  signed?: boolean
  /** The most bytes that are looked at. */
  mostBytes?: number
}

/** A document that breaks the schema. */
export interface RefusedDocument {
  /** Its place in the message, from 1. */
  document: number
  /** What could be read of its head, for a receipt. */
  head: Values
}

/** What is found in the bytes of a message. */
export type Reading =
  | {
      read: true
      /** With the documents that fit the schema. */
      message: Message
      /** The place of each of them in the message as it came, from 1. */
      places: number[]
      refused: RefusedDocument[]
      violations: Violation[]
      /** What was found besides. */
      more: More
    }
  | {
      read: false
      /** Null where it does not say. */
      kind: Kind | null
      envelope: Envelope | null
      violations: Violation[]
      more: More
    }

const usualBytes = 16 * 1024 * 1024

/**
 * Reads a message 报文, with or without its envelope. A document that breaks the schema is refused alone; what breaks the
 * message itself refuses it as a whole (CEB900, specification 3.19). Time and memory are bounded by the bytes.
 */
export function readMessage(bytes: Uint8Array, options: ReadOptions = {}): Reading {
  const reader = new MessageReader(options.standard ?? '202205', options.signed ?? true)
  const most = options.mostBytes ?? usualBytes
  if (bytes.length > most) {
    return reader.refuse({
      severity: 'refused',
      rule: 'size',
      expected: `at most ${most} bytes`,
      found: `${bytes.length}`,
    })
  }
  try {
    return reader.open(bytes)
  } catch (cause) {
    return reader.refuse(unreadable(cause))
  }
}

/** What a message is made of besides its documents, in order; the schemas of imports and exports end differently. */
const tails = { import: ['ExtendMessage', 'Signature'], export: ['Signature', 'ExtendMessage'] } as const
const mostSubscriptions = 5

class MessageReader {
  private readonly standard: Standard
  private readonly signed: boolean
  private readonly findings = new Findings()
  private kind: Kind | null = null
  private envelope: Envelope | null = null
  constructor(standard: Standard, signed: boolean) {
    this.standard = standard
    this.signed = signed
  }

  /** @throws XmlError, EncodingError */
  open(bytes: Uint8Array): Reading {
    const { envelope, root } = opened(treeOf(decodeXml(bytes)), this.ofMessage)
    this.envelope = envelope
    return root === null ? this.refuse() : this.read(root)
  }

  refuse(finding?: Finding): Reading {
    if (finding !== undefined) this.ofMessage(finding)
    return { read: false, kind: this.kind, envelope: this.envelope, ...this.found }
  }

  private note(document: number | null, line: string | null, finding: Finding): void {
    this.findings.note(this.kind, document, line, finding)
  }

  private readonly ofMessage: Report = (finding) => this.note(null, null, finding)

  private get found(): { violations: Violation[]; more: More } {
    return { violations: this.findings.kept, more: this.findings.more }
  }

  private read(root: Node): Reading {
    const layout = this.layoutOf(root)
    if (layout === null) return this.refuse()
    const attributes = { guid: root.attributes?.guid ?? '', version: root.attributes?.version ?? '' }
    this.checkRoot(attributes)
    const parts = this.partsOf(root, layout)
    // Documents are looked at also where the message is refused, so that everything is said at once.
    const { documents, places, refused } = this.documentsOf(parts.entities, layout, root.space)
    const declared = documents.some(({ head }) => head.appStatus === '2')
    this.checkSignature(layout, parts.signature, declared)
    if (this.findings.isRefused) return this.refuse()
    const { transfer, subscriptions, signature, extension } = parts
    this.checkSender(transfer)
    const carried = { envelope: this.envelope, transfer, subscriptions, signature, extension }
    // The table of the kind has said what stands in a document, which is what the types are made of.
    const message = {
      standard: this.standard,
      kind: layout.kind,
      ...attributes,
      ...carried,
      documents,
    } as unknown as Message
    return { read: true, message, places, refused, ...this.found }
  }

  private layoutOf(root: Node): Layout | null {
    const kind = /^CEB(\d{3})/.exec(root.name)?.[1] ?? ''
    if (!isKind(kind) || root.name !== `CEB${kind}Message`) {
      this.ofMessage({
        severity: 'refused',
        rule: 'root',
        expected: isKind(kind) ? `CEB${kind}Message` : 'CEB…Message of the specification',
        found: quotableName(root.name),
      })
      return null
    }
    this.kind = kind
    if (root.space === '')
      this.ofMessage({ severity: 'tolerated', rule: 'namespace', expected: spaces.ceb, found: 'none' })
    else if (root.space !== spaces.ceb) {
      this.ofMessage({ severity: 'refused', rule: 'namespace', expected: spaces.ceb })
      return null
    }
    const layout = layoutOf(kind, this.standard)
    if (layout === null)
      this.ofMessage({ severity: 'refused', rule: 'standard', expected: `a message of ${this.standard}` })
    return layout
  }

  private checkRoot({ guid, version }: { guid: string; version: string }): void {
    const refused = { severity: 'refused' } as const
    const { length } = [...guid]
    if (guid === '')
      this.ofMessage({ ...refused, element: 'guid', rule: 'missing-element', expected: 'the attribute guid' })
    else if (length !== 36) {
      const severity = length <= 64 ? 'tolerated' : 'refused'
      this.ofMessage({ severity, element: 'guid', rule: 'length', expected: 'C36 characters', found: `${length}` })
    } else meaningOf('guid')?.(guid, 'guid', this.ofMessage)
    if (version === '' || [...version].length > 10) {
      this.ofMessage({
        ...refused,
        element: 'version',
        rule: 'length',
        expected: 'the attribute version, C1..10',
        found: `${[...version].length}`,
      })
    }
  }

  /** The parts of a message under its root; what is out of place is reported. */
  private partsOf(root: Node, layout: Layout) {
    const isDeclared = isDeclaredKind(layout.kind)
    const names = [
      layout.entity,
      ...(isDeclared ? ['BaseTransfer', 'BaseSubscribe', ...tails[directionOf(layout.kind)]] : []),
    ]
    const byName = new Map(names.map((name): [string, Node[]] => [name, []]))
    let place = 0
    for (const [index, child] of root.children.entries()) {
      const found = byName.get(child.name)
      const expectedSpace = child.name === 'Signature' ? spaces.ds : root.space
      if (found === undefined || child.space !== expectedSpace) {
        const expected = `only ${names.slice(place).join(', ')}`
        this.ofMessage({ severity: 'refused', rule: 'unknown-element', expected, found: foundAt(child.name, index) })
        continue
      }
      const rank = names.indexOf(child.name)
      if (rank < place) {
        const expected = `it before ${names[place]}`
        this.ofMessage({ severity: 'refused', element: child.name, rule: 'order', expected })
      }
      place = Math.max(place, rank)
      found.push(child)
    }
    const some = (name: string): Node[] => byName.get(name) ?? []
    const entities = some(layout.entity)
    this.checkCount(layout.entity, entities.length, layout.documents.least, layout.documents.most)
    for (const name of ['Signature', 'ExtendMessage']) this.checkCount(name, some(name).length, 0, 1)
    this.checkCount('BaseTransfer', some('BaseTransfer').length, isDeclared ? 1 : 0, isDeclared ? 1 : 0)
    this.checkCount('BaseSubscribe', some('BaseSubscribe').length, 0, mostSubscriptions)
    return {
      // More than there may be refuse the message, whatever stands in them.
      entities: entities.slice(0, layout.documents.most),
      transfer: this.transferOf(some('BaseTransfer')[0], directionOf(layout.kind), root.space),
      subscriptions: some('BaseSubscribe')
        .slice(0, mostSubscriptions)
        .map((node) => this.carriageOf<Subscription>(node, subscriptionGroup, root.space)),
      signature: some('Signature')[0]?.raw?.() ?? null,
      extension: some('ExtendMessage')[0]?.raw?.() ?? null,
    }
  }

  private checkCount(element: string, found: number, least: number, most: number): void {
    if (found >= least && found <= most) return
    const rule = found > 1 && most === 1 ? 'duplicate-element' : found === 0 ? 'missing-element' : 'count'
    const expected =
      least === most ? `it ${least === 1 ? 'once' : 'nowhere'}` : most === 1 ? 'it at most once' : `${least} to ${most}`
    this.ofMessage({ severity: 'refused', element, rule, expected, found: `${found}` })
  }

  private transferOf(node: Node | undefined, direction: 'import' | 'export', space: string): Transfer | null {
    return node === undefined ? null : this.carriageOf<Transfer>(node, transferGroups[direction], space)
  }

  private carriageOf<Part>(node: Node, group: Group, space: string): Part {
    // The group's table and the type say the same; a value that is missing has refused the message.
    return valuesOf(node, group, space, this.ofMessage) as Part
  }

  private documentsOf(entities: readonly Node[], layout: Layout, space: string) {
    const documents: AnyDocument[] = []
    const places: number[] = []
    const refused: RefusedDocument[] = []
    for (const [index, node] of entities.entries()) {
      const place = index + 1
      let isRefused = false
      const reportAt =
        (line: string | null): Report =>
        (finding) => {
          isRefused ||= finding.severity === 'refused'
          this.note(place, line, finding)
        }
      const report = reportAt(null)
      const document = documentOf(node, layout, space, report, reportAt)
      if (isRefused) refused.push({ document: place, head: document.head })
      else {
        checkDocument(layout.kind, document, report, reportAt)
        documents.push(document)
        places.push(place)
      }
    }
    return { documents, places, refused }
  }

  private checkSignature(layout: Layout, signature: string | null, declared: boolean): void {
    if (signature !== null || !this.signed || layout.signed === null) return
    const bySchema = layout.signed === 'schema'
    if (!bySchema && !declared) return
    const expected = bySchema ? 'a signature' : 'a signature, since appStatus is 2'
    this.ofMessage({ severity: bySchema ? 'refused' : 'wrong', element: 'Signature', rule: 'signature', expected })
  }

  private checkSender(transfer: Transfer | null): void {
    if (this.envelope === null) return
    const { SenderId, MsgType } = this.envelope
    const wrong = { severity: 'wrong', rule: 'sender' } as const
    if (transfer !== null && transfer.dxpId !== SenderId) {
      this.ofMessage({ ...wrong, element: 'dxpId', expected: 'the SenderId of the envelope' })
    }
    if (MsgType !== `CEB${this.kind}Message`) {
      this.ofMessage({ ...wrong, element: 'MsgType', expected: `CEB${this.kind}Message`, found: quotableName(MsgType) })
    }
  }
}
