import { type Answer, failure, json } from './answer.ts'
import { batchOf, onFile } from './batch.ts'
import { type Call, type DepartmentFactory, others, type Operation } from './department.ts'
import type { Cabinet } from './world.ts'
import type { FxFile } from './world/fx.ts'

const asked = (call: Call) => call.query.getAll('uscc')

const listing = (
  cabinet: Cabinet<FxFile>,
  id: string,
  path: string,
  items: (files: FxFile[]) => unknown[],
): Operation => ({
  id,
  method: 'GET',
  path,
  kind: 'data',
  items: 'data',
  asks: asked,
  another: (call) => ({
    ...call,
    query: new URLSearchParams(others(cabinet.keys(), asked(call)).map((code): [string, string] => ['uscc', code])),
  }),
  answer: (call): Answer => {
    const batch = batchOf(asked(call), 50)
    if ('wrong' in batch) return failure(400, 'QUERY', batch.wrong)
    return json({ data: items(onFile(cabinet, batch.codes)) })
  },
})

/** Foreign exchange: batches by GET, an API key, and a window that closes the service when it is switched on. */
const fx: DepartmentFactory<{ key: string }> = {
  credentials: { key: 'development-fx-key' },
  settings: {},
  open: (world, { key }) => {
    const reported = new Map([...world.fx].filter(([, file]) => file.reports.length > 0))
    return {
      admit: (call) => (call.headers['x-api-key'] === key ? undefined : failure(401, 'KEY', '密钥无效')),
      specials: {
        closed: {
          instead: (now, remaining) => {
            // HTTP dates count whole seconds: rounded up, for it must not be too early.
            const opens = new Date(Math.ceil((now + remaining) / 1000) * 1000)
            return failure(503, 'WINDOW_CLOSED', `系统非服务时间，${opens.toISOString()} 恢复`, {
              'retry-after': opens.toUTCString(),
            })
          },
        },
      },
      slice: (uscc) => world.fx.get(uscc),
      operations: [
        listing(world.fx, 'listEnterprises', '/v1/enterprises', (files) => files.map((file) => file.registration)),
        listing(reported, 'listSuspiciousTransactionReports', '/v1/suspicious-transaction-reports', (files) =>
          files.map(({ registration, reports }) => ({ uscc: registration.uscc, reports })),
        ),
      ],
    }
  },
}

export default fx
