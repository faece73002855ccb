import { readXml, XmlError } from '../xml.ts'

/** An element of a message. */
export interface Node {
  /** The local name. */
  name: string
  /** The namespace; an empty text for none. */
  space: string
  /** Null for none. */
  attributes: Readonly<Record<string, string>> | null
  children: Node[]
  text: string
  /** The element as it was written, with the namespaces that it needs; null where it is not kept. */
  raw: string | null
}

/** Names of namespaces: the business messages, the envelopes, and XML signatures. */
export const spaces = {
  ceb: 'http://www.chinaport.gov.cn/ceb',
  dxp: 'http://www.chinaport.gov.cn/dxp',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
} as const

/** Elements that are kept as they are and not looked into. */
const kept: ReadonlySet<string> = new Set(['Signature', 'ExtendMessage'])

/** Elements whose text is a message again. */
const carriers: ReadonlySet<string> = new Set(['Data', 'oriBizMessage', 'X509Certificate', 'SignatureValue', 'X509CRL'])

/** Enough for 100 documents of 99 lines each in every element that they may have, and for bills of 100,000 waybills. */
const limits = { depth: 32, elements: 600_000, attributes: 32 }
/** Characters of one text; the longest field has 5000. */
const longestText = 65_536

type Scope = ReadonlyMap<string, string>
interface Open {
  node: Node
  scope: Scope
  /** Where a kept element begins. */
  from: number
}

const outermost: Scope = new Map([['', '']])

/**
 * Reads a message into a tree, with namespaces resolved.
 * @throws XmlError for what is not well-formed XML with namespaces, or may not be read
 */
export function treeOf(text: string): Node {
  const top: Node = { name: '', space: '', attributes: null, children: [], text: '', raw: null }
  const open: Open[] = []
  let [node, scope] = [top, outermost]
  /** How deep the reader is in a kept element. */
  let within = 0
  readXml(text, limits, {
    open(name, attributes, at) {
      if (within > 0) {
        within += 1
        return
      }
      if (attributes !== null) scope = scoped(attributes, scope)
      const colon = name.indexOf(':')
      const space = scope.get(colon < 0 ? '' : name.slice(0, colon))
      if (space === undefined) throw new XmlError('It has a prefix that stands for no namespace.')
      const local = colon < 0 ? name : name.slice(colon + 1)
      const child: Node = { name: local, space, attributes, children: [], text: '', raw: null }
      node.children.push(child)
      node = child
      const isKept = kept.has(local)
      open.push({ node, scope, from: isKept ? text.lastIndexOf(`<${name}`, at - 1) : -1 })
      if (isKept) within = 1
    },
    text(piece) {
      if (within > 0) return
      node.text += piece
      if (node.text.length > longestText && !carriers.has(node.name)) {
        throw new XmlError(`It has a text of more than ${longestText} characters.`)
      }
    },
    close(_name, at) {
      if (within > 1) {
        within -= 1
        return
      }
      const closed = open.pop()
      if (within === 1 && closed !== undefined) node.raw = standalone(text.slice(closed.from, at), closed)
      within = 0
      const outer = open.at(-1)
      node = outer?.node ?? top
      scope = outer?.scope ?? outermost
    },
  })
  const [root] = top.children
  if (root === undefined) throw new XmlError('It has no element.')
  return root
}

/** Namespaces within an element that declares some; the same ones within any other. */
function scoped(attributes: Readonly<Record<string, string>>, outer: Scope): Scope {
  let scope: Map<string, string> | null = null
  for (const name in attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue
    scope ??= new Map(outer)
    scope.set(name.slice(6), attributes[name] ?? '')
  }
  return scope ?? outer
}

/** An element cut out of its document, with those namespaces declared that it takes from what stood around it. */
function standalone(written: string, { node, scope }: Open): string {
  const missing = [...scope].filter(
    ([prefix, space]) =>
      space !== '' &&
      !Object.hasOwn(node.attributes ?? {}, prefix === '' ? 'xmlns' : `xmlns:${prefix}`) &&
      (prefix === '' ? /<[^!?/][^\s:>/]*[\s>/]/.test(written) : written.includes(`${prefix}:`)),
  )
  const declarations = missing.map(
    ([prefix, space]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escaped(space)}"`,
  )
  return written.replace(/^<[^\s/>]+/, (tag) => tag + declarations.join(''))
}

/** Characters of a text or an attribute as XML writes them. */
export const escaped = (text: string): string =>
  /[&<>"\r]/.test(text) ? text.replace(/[&<>"\r]/g, (character) => entities[character] ?? '') : text

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}
