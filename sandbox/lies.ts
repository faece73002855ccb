import { type Answer, type Body, charsetOf, encode, text, textOf, type Wire, wire } from './answer.ts'
import type { XmlElement } from './xml.ts'

/** The ways in which a department can lie. */
export const lies = [
  'wrong-types',
  'oversized',
  'html',
  'charset',
  'other-record',
  'reordered',
  'duplicated',
  'polluted',
  'truncated',
] as const

export type Lie = (typeof lies)[number]

/** The size of an oversized answer. */
export const oversize = 50 * 1024 * 1024

/** What a lie is told about: the true answer, the answer about other records, and where a batch has its items. */
export interface Truth {
  readonly answer: Answer
  readonly another: () => Answer
  readonly items: string | undefined
}

const page =
  '<!DOCTYPE html><html><head><title>系统维护</title></head><body><h1>系统维护中，请稍后再试</h1></body></html>'

/** Applies `change` to every node, from the leaves up. */
const walk = (node: unknown, change: (node: unknown) => unknown): unknown => {
  if (Array.isArray(node)) return change(node.map((inner: unknown) => walk(inner, change)))
  if (typeof node === 'object' && node !== null)
    return change(Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, walk(inner, change)])))
  return change(node)
}

/** Every leaf becomes something of another type; what is a list or an object stays one. */
const wrongType = (node: unknown): unknown => {
  if (typeof node === 'string') return node.length
  if (typeof node === 'number') return String(node)
  if (typeof node === 'boolean') return node ? 'true' : 'false'
  return node === null ? {} : node
}

/**
 * Adds to every object the names that pollute prototypes. They are defined as own properties, for an assignment to
 * `__proto__` would pollute the liar instead of the listener.
 */
const polluted = (node: unknown): unknown => {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node
  const own = (name: string, value: unknown) =>
    Object.defineProperty(node, name, { value, enumerable: true, configurable: true })
  own('__proto__', { polluted: 'true' })
  own('constructor', { prototype: { polluted: 'true' } })
  return node
}

const rewrite = (body: Body, change: (node: unknown) => unknown): Body => {
  if (body.form === 'json') return { form: 'json', value: walk(body.value, change) }
  if (body.form !== 'xml') return body
  // The root stays alone, for a document has one element.
  const roots = Object.entries(body.root).map(([name, inner]) => [name, walk(inner, change)] as const)
  return { form: 'xml', root: Object.fromEntries(roots) as XmlElement }
}

/** In a document every leaf is text, so that the only other type is an element. */
const element = (node: unknown): unknown => (typeof node === 'string' ? { text: node } : node)

/** The answer with the items of its batch in another order or twice; undefined where it has no batch. */
const rearranged = ({ answer, items }: Truth, change: (list: unknown[]) => unknown[]): Answer | undefined => {
  if (items === undefined || answer.body.form !== 'json') return undefined
  const value = answer.body.value as Record<string, unknown>
  const list = value[items]
  if (!Array.isArray(list)) return undefined
  return { ...answer, body: { form: 'json', value: { ...value, [items]: change(list) } } }
}

/** The bytes of one charset under the name of another. */
const misnamed = (answer: Answer): Wire => {
  const honest = wire(answer)
  const other = charsetOf(answer.body) === 'utf-8' ? 'gb18030' : 'utf-8'
  return { ...honest, bytes: encode(textOf(answer.body).text, other) }
}

const lied = (lie: Lie, truth: Truth): Wire => {
  const { answer } = truth
  const honest = wire(answer)
  switch (lie) {
    case 'wrong-types':
      return wire({ ...answer, body: rewrite(answer.body, answer.body.form === 'xml' ? element : wrongType) })
    case 'oversized':
      return { ...honest, padding: oversize - honest.bytes.length }
    case 'html':
      return wire({ ...text(page, 'text/html; charset=utf-8'), headers: answer.headers })
    case 'charset':
      return misnamed(answer)
    case 'other-record':
      return wire(truth.another())
    case 'reordered':
      return wire(rearranged(truth, (list) => list.toReversed()) ?? answer)
    case 'duplicated':
      return wire(rearranged(truth, (list) => [...list, ...list]) ?? answer)
    case 'polluted':
      return wire({ ...answer, body: rewrite(answer.body, polluted) })
    case 'truncated':
      return { ...honest, bytes: honest.bytes.subarray(0, Math.floor(honest.bytes.length / 2)) }
  }
}

/**
 * The answer that a lying department sends. Where a lie leaves the bytes as they were (there is no batch to reorder, no
 * letter that the charsets write differently, nothing on file), the record of another is sent instead.
 */
export const lieAbout = (lie: Lie, truth: Truth): Wire => {
  const honest = wire(truth.answer)
  const told = lied(lie, truth)
  const same = told.status === honest.status && told.padding === 0 && told.bytes.equals(honest.bytes)
  return same ? wire(truth.another()) : told
}
