import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { XMLParser } from 'fast-xml-parser'
import iconv from 'iconv-lite'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { DepartmentId } from '../../departments.ts'

type Tree = Record<string, unknown>

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

const tree = (value: unknown): Tree => (isTree(value) ? value : {})

/** An object may have what the contract names and nothing else: a department that says more is a surprise. */
const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed)
  if (!isTree(node)) return node
  const inner = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]))
  return node['type'] === 'object' && isTree(node['properties']) ? { ...inner, additionalProperties: false } : inner
}

const pointer = (...steps: string[]) =>
  steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')

/** An XML document as the tree that the contract of the post describes. */
const xml = new XMLParser({
  parseTagValue: false,
  ignoreDeclaration: true,
  isArray: (name) => ['trace', 'shipment', 'volume'].includes(name),
})

/** What an answer says, read in the way that its media type promises. */
export const said = async (response: Response): Promise<unknown> => {
  const bytes = Buffer.from(await response.arrayBuffer())
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('application/xml')) {
    const text = iconv.decode(bytes, 'gb18030')
    if (text === 'null') return null
    if (!text.startsWith('<?xml version="1.0" encoding="GB18030"?>')) throw new Error('The declaration is missing.')
    return xml.parse(text) as unknown
  }
  if (type.startsWith('application/json')) return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  return bytes.toString('utf8')
}

/** The contract of a department, against which real answers are held. */
export class Contract {
  readonly #document: Tree
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })
  readonly #id: DepartmentId
  /** Operation and status of every answer held against it, e.g. `getFiling 304`. */
  readonly seen = new Set<string>()

  constructor(id: DepartmentId) {
    this.#id = id
    const source: unknown = parse(readFileSync(new URL(`../../codegen/contracts/${id}.yaml`, import.meta.url), 'utf8'))
    this.#document = closed(source) as Tree
    addFormats.default(this.#ajv)
    this.#ajv.addSchema(this.#document, id, true, false)
  }

  /** Every operation with every status that the contract names. */
  get promised(): string[] {
    return this.#operations().flatMap(({ id, responses }) => Object.keys(responses).map((status) => `${id} ${status}`))
  }

  /** Everything that is wrong with an answer to an operation; an answer in order gives an empty list. */
  async misfits(operation: string, response: Response): Promise<string[]> {
    const found = this.#operations().find(({ id }) => id === operation)
    const status = String(response.status)
    if (!found) return [`no operation ${operation}`]
    const promise = found.responses[status]
    if (promise === undefined) return [`${operation} never answers ${status}`]
    this.seen.add(`${operation} ${status}`)
    const at = this.#locate(promise, found.at, status)
    const missing = Object.entries(tree(at.response['headers']))
      .filter(([name, header]) => tree(header)['required'] === true && !response.headers.has(name))
      .map(([name]) => `no header ${name}`)
    const [media] = Object.keys(tree(at.response['content']))
    const value = await said(response)
    if (media === undefined) return value === '' ? missing : [...missing, 'a body where there is none']
    if (!response.headers.get('content-type')?.startsWith(media)) return [...missing, `not ${media}`]
    // The post's bare word null is in its contract as a sentence, not as a schema.
    if (value === null && this.#id === 'postal') return missing
    return [...missing, ...this.#validate(`${at.path}/${pointer('content', media, 'schema')}`, value)]
  }

  #validate(path: string, value: unknown): string[] {
    const validate = this.#ajv.getSchema(`${this.#id}#/${path}`)
    if (!validate) return [`no schema at ${path}`]
    if (validate(value)) return []
    return (validate.errors ?? []).map((e: ErrorObject) => `${e.instancePath} ${e.message ?? ''}`)
  }

  #locate(promise: unknown, at: string, status: string): { response: Tree; path: string } {
    const reference = tree(promise)['$ref']
    if (typeof reference !== 'string') return { response: tree(promise), path: `${at}/${pointer('responses', status)}` }
    const steps = reference.replace('#/', '').split('/')
    const response = steps.reduce<Tree>((node, step) => tree(node[step]), this.#document)
    return { response, path: pointer(...steps) }
  }

  #operations(): { id: string; at: string; responses: Tree }[] {
    return Object.entries(tree(this.#document['paths'])).flatMap(([path, methods]) =>
      Object.entries(tree(methods)).map(([method, operation]) => ({
        id: String(tree(operation)['operationId']),
        at: pointer('paths', path, method),
        responses: tree(tree(operation)['responses']),
      })),
    )
  }
}
