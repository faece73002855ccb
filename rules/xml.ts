import { SaxesParser } from 'saxes'

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

/** How much of a document is read before it is given up. */
export interface XmlLimits {
  /** Elements within elements. */
  depth: number
  elements: number
  /** Attributes of one element. */
  attributes: number
}

/** What a reader is told of a document, in its order. Text comes in pieces. */
export interface XmlListener {
  /**
   * @param attributes null where there are none
   * @param at the offset behind the tag
   */
  open(name: string, attributes: Readonly<Record<string, string>> | null, at: number): void
  text(piece: string): void
  close(name: string, at: number): void
}

/**
 * Reads an XML 1.0 document that strangers wrote (W3C REC-xml, well-formedness), in one pass. The reader knows the five
 * entities of XML and numbers of characters, and no others: a document type, where all others are declared, is refused.
 * @throws XmlError for what is not well formed, has a document type, or goes over a limit
 */
export function readXml(text: string, limits: XmlLimits, listener: XmlListener): void {
  // Lines are counted only where one is to be named: to count them costs half as much again as to read.
  const parser = new SaxesParser<{ position: false; xmlns: false }>({ position: false, xmlns: false })
  let [depth, elements] = [0, 0]
  parser.on('error', ({ message }) => {
    throw new XmlError(message, lineAt(text, parser.position))
  })
  parser.on('doctype', () => {
    throw new XmlError('It has a document type, and so maybe entities of its own.')
  })
  // Seven listeners: with an eighth V8 keeps the parser's properties in a dictionary, which takes six times as long.
  let attributes = 0
  parser.on('attribute', () => {
    attributes += 1
    if (attributes > limits.attributes)
      throw new XmlError(`It has more than ${limits.attributes} attributes at one element.`)
  })
  parser.on('opentag', ({ name, attributes: given }) => {
    depth += 1
    elements += 1
    if (depth > limits.depth) throw new XmlError(`It nests more than ${limits.depth} elements.`)
    if (elements > limits.elements) throw new XmlError(`It has more than ${limits.elements} elements.`)
    const isPlain = attributes === 0
    attributes = 0
    listener.open(name, isPlain ? null : given, parser.position)
  })
  const add = (piece: string): void => {
    if (depth > 0) listener.text(piece)
  }
  parser.on('text', add)
  parser.on('cdata', add)
  parser.on('closetag', ({ name }) => {
    depth -= 1
    listener.close(name, parser.position)
  })
  parser.write(text).close()
}

/** The line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
