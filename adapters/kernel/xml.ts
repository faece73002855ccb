import { SaxesParser } from 'saxes'
import { reservedNames } from './json.ts'

/** Elements within elements: more than any department nests, and few enough to be read without harm. */
const deepest = 64

/** A text is not XML, or none that may be read. */
export class XmlError extends Error {
  /** Where it is not well formed, counted from 1; null where something in it could do harm. */
  readonly line: number | null
  constructor(message: string, line: number | null = null) {
    super(message)
    this.name = 'XmlError'
    this.line = line
  }
}

interface Element {
  name: string
  /** Null until the element turns out to hold others. */
  members: Record<string, unknown> | null
  text: string
}

/**
 * An XML document as a tree: an element with others in it is an object by their names, one without is its text, trimmed.
 * Attributes are left out. The reader knows the five entities of XML and numbers of characters, and no others.
 * @param repeated names of elements that are a list, also where there is one
 * @throws XmlError for what is not well formed, has a document type, or nests too deep
 */
export function xmlTree(text: string, repeated: ReadonlySet<string>): Record<string, unknown> {
  const parser = new SaxesParser()
  const root: Element = { name: '', members: null, text: '' }
  const open: Element[] = [root]
  let current = root
  parser.on('error', ({ message }) => {
    throw new XmlError(message, parser.line)
  })
  parser.on('doctype', () => {
    throw new XmlError('It has a document type, and so maybe entities of its own.')
  })
  parser.on('opentag', ({ name }) => {
    if (reservedNames.includes(name)) throw new XmlError(`It has an element ${name}.`)
    if (open.length > deepest) throw new XmlError(`It nests more than ${deepest} elements.`)
    current = { name, members: null, text: '' }
    open.push(current)
  })
  const add = (piece: string): void => {
    current.text += piece
  }
  parser.on('text', add)
  parser.on('cdata', add)
  parser.on('closetag', () => {
    const { name, members, text: said } = current
    open.pop()
    current = open.at(-1) ?? root
    current.members ??= {}
    put(current.members, name, members ?? said.trim(), repeated.has(name))
  })
  parser.write(text).close()
  return root.members ?? {}
}

/** Puts a member; a second of the same name makes a list of them. */
function put(members: Record<string, unknown>, name: string, value: unknown, isList: boolean): void {
  const before = Object.hasOwn(members, name) ? members[name] : undefined
  if (Array.isArray(before)) before.push(value)
  else if (before !== undefined) members[name] = [before, value]
  else members[name] = isList ? [value] : value
}
