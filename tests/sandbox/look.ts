import iconv from 'iconv-lite'
import { XMLValidator } from 'fast-xml-parser'
import type { DepartmentId } from '../../departments.ts'
import { Contract } from './contract.ts'

/** What an answer turns out to be when it is looked at on the wire. */
export type Sight =
  | 'honest'
  | 'broken'
  | 'oversized'
  | 'html'
  | 'wrong charset'
  | 'unreadable'
  | 'polluted'
  | 'misfit'
  | 'reordered'
  | 'duplicated'
  | 'other record'
  | `status ${number}`

/** An answer with its bytes, so that it can be looked at more than once. */
export interface Received {
  readonly status: number
  readonly type: string
  readonly bytes: Buffer
}

/** Receives an answer, or 'broken' where the connection breaks. */
export const received = async (answer: Promise<Response>): Promise<Received | 'broken'> => {
  try {
    const response = await answer
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, type: response.headers.get('content-type') ?? '', bytes }
  } catch (error) {
    if (error instanceof TypeError) return 'broken'
    throw error
  }
}

const contracts = new Map<DepartmentId, Contract>()

const misfits = (department: DepartmentId, operation: string, { status, type, bytes }: Received) => {
  const contract = contracts.get(department) ?? new Contract(department)
  contracts.set(department, contract)
  const headers = { 'content-type': type, etag: '"for the contract of commerce"' }
  return contract.misfits(operation, new Response(new Uint8Array(bytes), { status, headers }))
}

const readable = (text: string, type: string): boolean => {
  if (type.startsWith('application/xml')) return text === 'null' || XMLValidator.validate(text) === true
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The codes of the items of a batch (or of one record), in their order. */
const codes = (text: string): string =>
  [...text.matchAll(/"uscc":"(\w+)"/g)].map(([, code]) => code).join() || text.replace(/^[^]*<uscc>(\w+)[^]*$/, '$1')

/** Looks at an answer beside the honest one to the same call. */
export const look = async (
  [department, operation]: readonly [DepartmentId, string],
  answer: Received | 'broken',
  honest: Received,
): Promise<Sight> => {
  if (answer === 'broken') return 'broken'
  if (answer.bytes.length > 10_000_000) return 'oversized'
  if (answer.status !== 200) return `status ${answer.status}`
  if (answer.type.startsWith('text/html')) return 'html'
  if (answer.bytes.equals(honest.bytes)) return 'honest'
  const [own, other] = answer.type.startsWith('application/xml') ? ['gb18030', 'utf8'] : ['utf8', 'gb18030']
  const text = iconv.decode(answer.bytes, own)
  const truth = iconv.decode(honest.bytes, own)
  if (text !== truth && iconv.decode(answer.bytes, other) === truth) return 'wrong charset'
  if (!readable(text, answer.type)) return 'unreadable'
  if (/"__proto__":|<__proto__>/.test(text) && /"constructor":|<constructor>/.test(text)) return 'polluted'
  if ((await misfits(department, operation, answer)).length > 0) return 'misfit'
  if (codes(text) === codes(truth).split(',').reverse().join()) return 'reordered'
  return codes(text) === `${codes(truth)},${codes(truth)}` ? 'duplicated' : 'other record'
}
