import { readXml, XmlError } from '../../rules/xml.ts'
import { reservedNames } from './json.ts'

/** More than any department nests, and few enough to be read without harm; an answer's size is bounded before. */
const limits = { depth: 64, elements: Infinity, attributes: 64 }

interface Element {
  name: string
  /** Null until the element turns out to hold others. */
  members: Record<string, unknown> | null
  text: string
}

/**
 * An XML document as a tree: an element with others in it is an object by their names, one without is its text, trimmed.
 * Attributes are left out.
 * @param repeated names of elements that are a list, also where there is one
 * @throws XmlError for what is not well formed, has a document type, or nests too deep
 */
export function xmlTree(text: string, repeated: ReadonlySet<string>): Record<string, unknown> {
  const root: Element = { name: '', members: null, text: '' }
  const open: Element[] = [root]
  let current = root
  readXml(text, limits, {
    open(name) {
      if (reservedNames.includes(name)) throw new XmlError(`It has an element ${name}.`)
      current = { name, members: null, text: '' }
      open.push(current)
    },
    text(piece) {
      current.text += piece
    },
    close() {
      const { name, members, text: said } = current
      open.pop()
      current = open.at(-1) ?? root
      current.members ??= {}
      put(current.members, name, members ?? said.trim(), repeated.has(name))
    },
  })
  return root.members ?? {}
}

/** Puts a member; a second of the same name makes a list of them. */
function put(members: Record<string, unknown>, name: string, value: unknown, isList: boolean): void {
  const before = Object.hasOwn(members, name) ? members[name] : undefined
  if (Array.isArray(before)) before.push(value)
  else if (before !== undefined) members[name] = [before, value]
  else members[name] = isList ? [value] : value
}
