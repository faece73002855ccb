/**
 * Postal administration 邮政管理: XML in GB18030, one number a call. An unknown number answers the bare word null, an
 * error comes as 200 with an error body, a failure as HTML.
 */
import { isUtf8 } from 'node:buffer'
import type { components } from '../codegen/generated/postal.ts'
import { alpha3Of } from '../rules/country.ts'
import { checkTrackingNumber } from '../rules/tracking-number.ts'
import { XmlError } from '../rules/xml.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { Call, DepartmentHttp } from './kernel/http.ts'
import { singly } from './kernel/loader.ts'
import type { CallScope } from './kernel/scope.ts'
import { timesOf } from './kernel/time.ts'
import { xmlTree } from './kernel/xml.ts'
import { newestFirst } from './kernel/order.ts'

type Schemas = components['schemas']

export interface PostalRecord {
  uscc: string
  shipments: Shipment[]
  monthlyVolumes: MonthlyVolume[]
}
export interface Shipment {
  /** The sender; null where the department does not say. */
  uscc: string | null
  trackingNumber: string
  service: string | null
  acceptedAt: string | null
  deliveredAt: string | null
  destination: string | null
  weight: string | null
  events: ShipmentEvent[]
}
export interface ShipmentEvent {
  at: string
  place: string
  code: string | null
  text: string
}
export interface MonthlyVolume {
  month: string
  parcels: number
  express: number
}

const contract = loadContract<Schemas>('postal')
const { timeOfText } = timesOf('postal')
const misfit = (why: string, cause?: unknown) => new UpstreamError('postal', 'contract', why, { cause })
const repeated = new Set(['trace', 'shipment', 'volume'])

/** A letter of CJK as UTF-8 writes it: three bytes, U+2E80 to U+9FFF. */
const cjk = /[\u2E80-\u9FFF]/
const decoders = {
  gb18030: new TextDecoder('gb18030', { fatal: true }),
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
}

/**
 * Bytes → text by the encoding the document declares: GB18030 (which GBK and GB2312 are part of) or UTF-8. UTF-8 under
 * the name of GB18030 is refused: two letters of it are as many bytes as three others, and would be taken for them.
 */
function textOf(body: Buffer): string {
  const head = body.subarray(0, 200).toString('latin1')
  const declared = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w-]+)["']/.exec(head)?.[1]
  const encoding = declared !== undefined && /^gb/i.test(declared) ? 'gb18030' : 'utf-8'
  try {
    if (encoding === 'gb18030' && isUtf8(body) && cjk.test(decoders['utf-8'].decode(body)))
      throw new Error('it is UTF-8')
    return decoders[encoding].decode(body)
  } catch (cause) {
    throw misfit(`The answer is not text in ${encoding}.`, cause)
  }
}

/** The document as a tree. */
function treeOf(text: string): Record<string, unknown> {
  try {
    return xmlTree(text, repeated)
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause
    if (cause.line !== null) throw misfit(`The answer is not well-formed XML (line ${cause.line}).`, cause)
    throw misfit('The answer is not XML that can be read safely.', cause)
  }
}

/**
 * Reads an answer of the tracking service.
 * @returns the document as a tree, or null for an unknown number
 * @throws UpstreamError `refused` for a bad key (V02), `failed` for another error body, `contract` for anything else
 */
export function readAnswer(body: Buffer): unknown {
  const text = textOf(body).trim()
  if (text === 'null') return null
  if (!text.startsWith('<') || /^<html/i.test(text)) throw misfit('The answer is not an XML document.')
  if (text.includes('<!') && /<!(doctype|entity)/i.test(text))
    throw misfit('The answer has a document type, and so maybe entities of its own.')
  const tree = treeOf(text)
  if ('response' in tree) {
    const { response } = contract.check('Failure', tree)
    if (response.code === 'V02') throw new UpstreamError('postal', 'refused', "It refuses the hub's key (V02).")
    throw new UpstreamError('postal', 'failed', `It answered with error ${response.code}.`)
  }
  return tree
}

const destinationOf = (code: string | undefined): string | null => {
  if (code === undefined) return null
  const alpha3 = alpha3Of(code)
  if (alpha3 === null) throw misfit('The answer holds a country code that is in no list.')
  return alpha3
}

const mailNoOf = (number: string): string => {
  if (!checkTrackingNumber(number).valid) throw misfit('The answer holds a number that no parcel can have.')
  return number
}

const eventsOf = (traces: readonly Schemas['Trace'][]): ShipmentEvent[] =>
  traces
    .map(({ acceptTime, acceptAddress, remark, code }) => ({
      at: timeOfText(acceptTime),
      place: acceptAddress,
      code: code ?? null,
      text: remark,
    }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))

/** An empty element is the empty string in the tree; lists of none are written so. */
const filled = (tree: unknown, path: readonly string[], list: string): void => {
  let at = tree
  for (const step of path.slice(0, -1)) at = isTree(at) ? at[step] : undefined
  const last = path.at(-1)
  if (isTree(at) && last !== undefined && at[last] === '') at[last] = { [list]: [] }
}
const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The parcel of a tracking answer; older servers say nothing but its events. Null for an unknown number. */
export function trackedShipment(trackingNumber: string, body: Buffer): Shipment | null {
  const tree = readAnswer(body)
  if (tree === null) return null
  filled(tree, ['traces'], 'trace')
  const { traces } = contract.check('Traces', tree)
  if (traces.mailNo !== undefined && traces.mailNo !== trackingNumber)
    throw misfit('The answer is about another parcel.')
  const events = eventsOf(traces.trace)
  return {
    uscc: traces.sender ?? null,
    trackingNumber,
    service: traces.product ?? null,
    acceptedAt: events[0]?.at ?? null,
    deliveredAt: events.findLast(({ code }) => code === deliveredCode)?.at ?? null,
    destination: destinationOf(traces.destination),
    weight: traces.weight ?? null,
    events,
  }
}
/** Code of the event 妥投: final delivery, in the UPU's code list of EMSEVT. */
const deliveredCode = 'EMI'

function recordOf(uscc: string, body: Buffer): PostalRecord | null {
  const tree = readAnswer(body)
  if (tree === null) return null
  filled(tree, ['enterprise', 'shipments'], 'shipment')
  filled(tree, ['enterprise', 'volumes'], 'volume')
  const shipments =
    isTree(tree) && isTree(tree.enterprise) && isTree(tree.enterprise.shipments) ? tree.enterprise.shipments : {}
  for (const shipment of Array.isArray(shipments.shipment) ? (shipments.shipment as unknown[]) : [])
    filled(shipment, ['traces'], 'trace')
  const { enterprise } = contract.check('EnterpriseDocument', tree)
  if (enterprise.uscc !== uscc) throw misfit('The answer is the record of another enterprise.')
  return {
    uscc,
    shipments: newestFirst(
      enterprise.shipments.shipment.map((said) => ({
        uscc,
        trackingNumber: mailNoOf(said.mailNo),
        service: said.product,
        acceptedAt: timeOfText(said.acceptTime),
        deliveredAt: said.deliveredTime === undefined ? null : timeOfText(said.deliveredTime),
        destination: destinationOf(said.destination),
        weight: said.weight,
        events: eventsOf(said.traces.trace),
      })),
      ({ acceptedAt }) => acceptedAt,
      ({ trackingNumber }) => trackingNumber,
    ),
    monthlyVolumes: newestFirst(
      enterprise.volumes.volume.map(({ month, parcels, express }) => ({
        month,
        parcels: Number(parcels),
        express: Number(express),
      })),
      ({ month }) => month,
      ({ month }) => month,
    ),
  }
}

const adapter = {
  contractVersion: contract.version,
  credentials: ['key'],
  connect: (http: DepartmentHttp, cache: DepartmentCache) => {
    const ask = async <T>(scope: CallScope, path: string, read: (body: Buffer) => T): Promise<T> => {
      const headers = { version: 'international_eub_us_1.1', authenticate: http.credentials.key ?? '' }
      const call: Call = { method: 'GET', path: `/partner/api/public/p/${path}`, headers }
      const answer = await http.call(scope, () => call)
      if (answer.status !== 200)
        throw new UpstreamError('postal', 'failed', `It answered with status ${answer.status}.`)
      const said = cache.answers.read(scope, call, answer, () => read(answer.body))
      scope.answered('postal', 'live', answer.at, answer.milliseconds)
      return said
    }
    const record = cache.single<PostalRecord>(contract.version, (scope, uscc) =>
      ask(scope, `enterprise/${encodeURIComponent(uscc)}`, (body) => recordOf(uscc, body)),
    )
    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where postal administration has none. */
      record: record(scope),
      /** One parcel by its number; null where there is none. */
      shipment: singly((trackingNumber: string) =>
        ask(scope, `track/query/cn/${encodeURIComponent(trackingNumber)}`, (body) =>
          trackedShipment(trackingNumber, body),
        ),
      ),
    })
  },
} satisfies Adapter<unknown>

export default adapter
