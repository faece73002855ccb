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
  /** Gives the element as it was written, with the namespaces that it needs; null where it is not kept. */
  raw: (() => string) | null
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

/** Namespaces that differ, around one element: a message has three. */
const mostNamespaces = 16

/** A namespace that is declared, and those declared around it, of which it may hide one. */
interface Scope {
  prefix: string
  space: string
  outer: Scope | null
  /** How many they are together. */
  count: number
  /** What is in force here, once it was asked for. */
  inForce: readonly Scope[] | null
}
interface Open {
  node: Node
  scope: Scope
}
/** A kept element that is being read. */
interface Kept {
  /** Where it begins. */
  from: number
  /** Namespaces from around it that nothing in it has needed so far. */
  idle: readonly Scope[]
  needed: Set<Scope>
}

const outermost: Scope = { prefix: '', space: '', outer: null, count: 0, inForce: null }

/**
 * Reads a message into a tree, with namespaces resolved.
 * @throws XmlError for what is not well-formed XML with namespaces, or may not be read
 */
export function treeOf(text: string): Node {
  const top: Node = { name: '', space: '', attributes: null, children: [], text: '', raw: null }
  const open: Open[] = []
  let [node, scope] = [top, outermost]
  let keeping: Kept | null = null
  /** How deep the reader is in a kept element. */
  let within = 0
  readXml(text, limits, {
    open(name, attributes, at) {
      if (keeping !== null) {
        within += 1
        needs(keeping, name, attributes)
        return
      }
      const around = scope
      if (attributes !== null) scope = scoped(attributes, scope)
      const colon = name.indexOf(':')
      const space = spaceOf(colon < 0 ? '' : name.slice(0, colon), scope)
      if (space === null) throw new XmlError('It has a prefix that stands for no namespace.')
      const local = colon < 0 ? name : name.slice(colon + 1)
      const child: Node = { name: local, space, attributes, children: [], text: '', raw: null }
      node.children.push(child)
      node = child
      open.push({ node, scope })
      if (!kept.has(local)) return
      const idle = notDeclared(inForce(around), attributes)
      keeping = { from: text.lastIndexOf(`<${name}`, at - 1), idle, needed: new Set() }
      within = 1
      needs(keeping, name, attributes)
    },
    text(piece) {
      if (keeping !== null) return mentions(keeping, piece)
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
      if (keeping !== null) {
        const { from, needed } = keeping
        node.raw = () => standalone(text.slice(from, at), needed)
      }
      keeping = null
      within = 0
      open.pop()
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
  let scope = outer
  for (const name in attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue
    const [prefix, space] = [name.slice(6), attributes[name] ?? '']
    if (prefix.includes(':')) continue
    // What is declared again as it was is no other namespace: some writers declare theirs at every element.
    if (spaceOf(prefix, outer) === space) continue
    scope = { prefix, space, outer: scope, count: scope.count + 1, inForce: null }
    if (scope.count > mostNamespaces)
      throw new XmlError(`It has more than ${mostNamespaces} namespaces around one element.`)
  }
  return scope
}

/** What a prefix stands for; null for nothing. */
function spaceOf(prefix: string, innermost: Scope): string | null {
  for (let scope: Scope | null = innermost; scope !== null; scope = scope.outer) {
    if (scope.prefix === prefix) return scope.space
  }
  return null
}

/** The namespaces that prefixes stand for, each prefix once, from the outermost. */
function inForce(innermost: Scope): readonly Scope[] {
  if (innermost.inForce !== null) return innermost.inForce
  const found = new Map<string, Scope>()
  for (let scope: Scope | null = innermost; scope !== null; scope = scope.outer) {
    if (!found.has(scope.prefix)) found.set(scope.prefix, scope)
  }
  innermost.inForce = [...found.values()].filter(({ space }) => space !== '').reverse()
  return innermost.inForce
}

/** Those of the namespaces that an element does not declare again, or others under their prefix. */
function notDeclared(scopes: readonly Scope[], attributes: Readonly<Record<string, string>> | null): readonly Scope[] {
  if (attributes === null) return scopes
  const names = Object.keys(attributes).filter((name) => name === 'xmlns' || name.startsWith('xmlns:'))
  const declared = new Set(names.map((name) => name.slice(6)))
  return scopes.filter(({ prefix }) => !declared.has(prefix))
}

/** Notes which namespaces a tag in a kept element needs. */
function needs(keeping: Kept, name: string, attributes: Readonly<Record<string, string>> | null): void {
  if (keeping.idle.length === 0) return
  if (name.includes(':')) mentions(keeping, name)
  else take(keeping, ({ prefix }) => prefix === '')
  for (const attribute in attributes) {
    mentions(keeping, attribute)
    mentions(keeping, attributes[attribute] ?? '')
  }
}

/**
 * Notes which prefixes a text speaks of: in names of elements and attributes, and in values too, since types and paths, e.g.
 * the XPath of a signature, name elements. No character is looked at twice for a prefix.
 */
function mentions(keeping: Kept, text: string): void {
  let from = 0
  for (let colon = text.indexOf(':'); colon >= 0 && keeping.idle.length > 0; colon = text.indexOf(':', from)) {
    const [start, end] = [from, colon]
    take(keeping, ({ prefix: { length }, prefix }) => {
      const at = end - length
      if (length === 0 || at < start || !text.startsWith(prefix, at)) return false
      return at === start || !isNamePart.test(text.charAt(at - 1))
    })
    from = colon + 1
  }
}

/** A character that a prefix could go on with to the left: letters and digits of any script (REC-xml 2.3, NameChar). */
const isNamePart = /[\w.\-\u00b7-\uffff]/

function take(keeping: Kept, isNeeded: (scope: Scope) => boolean): void {
  if (!keeping.idle.some(isNeeded)) return
  for (const scope of keeping.idle) if (isNeeded(scope)) keeping.needed.add(scope)
  keeping.idle = keeping.idle.filter((scope) => !keeping.needed.has(scope))
}

/** An element cut out of its document, with those namespaces declared that it takes from what stood around it. */
function standalone(written: string, needed: ReadonlySet<Scope>): string {
  const declarations = [...needed].map(
    ({ prefix, space }) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escaped(space)}"`,
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
