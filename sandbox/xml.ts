/** An element of an XML document as a tree: a property is an element, an array repeats it, a string is its text. */
export interface XmlElement {
  [name: string]: XmlNode | readonly XmlNode[] | undefined
}
export type XmlNode = string | XmlElement

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign)

const content = (node: XmlNode): string =>
  typeof node === 'string'
    ? escape(node)
    : Object.entries(node)
        .map(([name, inner]) => element(name, inner))
        .join('')

const element = (name: string, inner: XmlElement[string]): string => {
  if (inner === undefined) return ''
  const nodes: readonly XmlNode[] = Array.isArray(inner) ? (inner as readonly XmlNode[]) : [inner as XmlNode]
  return nodes.map((node) => `<${name}>${content(node)}</${name}>`).join('')
}

/** The document of a tree, with the declaration that names its encoding. */
export const xmlDocument = (root: XmlElement, encoding: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?>\n${content(root)}`
