import { type Answer, text, xml } from './answer.ts'
import { type Call, type DepartmentFactory, others, usccPattern } from './department.ts'
import type { World } from './world.ts'
import type { Shipment, Trace } from './world/postal.ts'

const version = 'international_eub_us_1.1'

/** The post never answers 4xx: an error is a document of status 200. */
const error = (code: string, description: string): Answer =>
  xml({ response: { version, status: 'error', code, description } })

const unknown = text('null', 'application/xml; charset=GB18030')

/** A parcel by itself names its destination in whichever of the two code systems its product uses. */
const tracks = (sender: string, shipment: Shipment): Answer =>
  xml({
    traces: {
      mailNo: shipment.mailNo,
      sender,
      product: shipment.product,
      destination: shipment.product === 'EMS' ? shipment.destinationNumber : shipment.destination,
      weight: shipment.weight,
      trace: shipment.traces.map((trace: Trace) => ({ ...trace })),
    },
  })

const enterprise = (world: World, uscc: string): Answer => {
  const file = world.postal.get(uscc)
  if (!file) return unknown
  const shipment = file.shipments.map(({ destinationNumber: _, traces, ...rest }) => ({
    ...rest,
    traces: { trace: traces.map((trace) => ({ ...trace })) },
  }))
  return xml({
    enterprise: { uscc, volumes: { volume: file.volumes.map((v) => ({ ...v })) }, shipments: { shipment } },
  })
}

/** The post: XML in GB18030, one number a call, a key in a header, and errors that look like success. */
const postal: DepartmentFactory<{ key: string }> = {
  credentials: { key: 'development-postal-key' },
  settings: {},
  open: (world, { key }) => {
    const parcels = new Map<string, { sender: string; shipment: Shipment }>()
    for (const { uscc, shipments } of world.postal.values())
      for (const shipment of shipments) parcels.set(shipment.mailNo, { sender: uscc, shipment })
    const parameter = (call: Call, name: string) => call.path[name] ?? ''

    return {
      admit: (call) => {
        if (call.headers['authenticate'] !== key) return error('V02', '用户不存在或身份标识错误')
        return call.headers['version'] === version ? undefined : error('V01', '版本号错误')
      },
      specials: {},
      breakdown: (status) => text(`<html><body><h1>${status}</h1></body></html>`, 'text/html; charset=utf-8', status),
      slice: (uscc) => world.postal.get(uscc),
      operations: [
        {
          id: 'track',
          method: 'GET',
          path: '/partner/api/public/p/track/query/{lang}/{no}',
          kind: 'data',
          asks: (call) => [parameter(call, 'no')].filter((no) => /^[A-Za-z0-9-]{4,60}$/.test(no)),
          another: (call) => ({
            ...call,
            path: { ...call.path, no: others(parcels.keys(), [parameter(call, 'no')])[0] ?? '' },
          }),
          answer: (call) => {
            if (!['cn', 'en'].includes(parameter(call, 'lang'))) return error('P01', '语言参数错误')
            if (!/^[A-Za-z0-9-]{4,60}$/.test(parameter(call, 'no'))) return error('P02', '邮件号格式错误')
            const parcel = parcels.get(parameter(call, 'no').toUpperCase())
            return parcel ? tracks(parcel.sender, parcel.shipment) : unknown
          },
        },
        {
          id: 'enterprise',
          method: 'GET',
          path: '/partner/api/public/p/enterprise/{uscc}',
          kind: 'data',
          asks: (call) => [parameter(call, 'uscc')].filter((code) => usccPattern.test(code)),
          another: (call) => ({
            ...call,
            path: { uscc: others(world.postal.keys(), [parameter(call, 'uscc')])[0] ?? '' },
          }),
          answer: (call) =>
            usccPattern.test(parameter(call, 'uscc'))
              ? enterprise(world, parameter(call, 'uscc'))
              : error('P02', '统一社会信用代码格式错误'),
        },
      ],
    }
  },
}

export default postal
