import { failure, json } from './answer.ts'
import { batchOf, onFile } from './batch.ts'
import { type Call, type DepartmentFactory, others, type Operation, usccPattern } from './department.ts'
import type { Cabinet } from './world.ts'
import type { MarketFile } from './world/market.ts'

const asked = (call: Call) => (call.query.get('usccs') ?? '').split(',').filter((code) => code !== '')

const listEnterprises = (cabinet: Cabinet<MarketFile>): Operation => ({
  id: 'listEnterprises',
  method: 'GET',
  path: '/api/enterprises',
  kind: 'data',
  items: 'list',
  asks: asked,
  another: (call) => ({
    ...call,
    query: new URLSearchParams({ usccs: others(cabinet.keys(), asked(call)).join(',') }),
  }),
  answer: (call) => {
    const batch = batchOf(asked(call), 50)
    return 'wrong' in batch ? failure(400, 'QUERY', batch.wrong) : json({ list: onFile(cabinet, batch.codes) })
  },
})

/** The first thing wrong with a search, or undefined. */
const wrongSearch = ({ query }: Call): string | undefined => {
  const limit = query.get('limit') ?? ''
  const after = query.get('after')
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) return 'limit 须为 1 到 100 的整数'
  if ((query.get('name') ?? '').length > 100) return '名称最长 100 个字符'
  if (!/^(\d{2}){0,3}$/.test(query.get('division') ?? '')) return '行政区划代码格式错误'
  return after === null || usccPattern.test(after) ? undefined : '统一社会信用代码格式错误'
}

const searchEnterprises = (cabinet: Cabinet<MarketFile>): Operation => {
  const ordered = [...cabinet.values()].sort((a, b) => (a.uscc < b.uscc ? -1 : 1))
  return {
    id: 'searchEnterprises',
    method: 'GET',
    path: '/api/enterprises/search',
    kind: 'data',
    items: 'list',
    asks: () => [],
    // Mixed up, it answers for another province.
    another: (call) => {
      const query = new URLSearchParams({ limit: call.query.get('limit') ?? '20' })
      query.set('division', call.query.get('division')?.startsWith('33') ? '35' : '33')
      return { ...call, query }
    },
    answer: (call) => {
      const wrong = wrongSearch(call)
      if (wrong !== undefined) return failure(400, 'QUERY', wrong)
      const name = (call.query.get('name') ?? '').toLowerCase()
      const division = call.query.get('division') ?? ''
      const after = call.query.get('after') ?? ''
      const limit = Number(call.query.get('limit'))
      const found = ordered.filter((e) => e.uscc.startsWith(division, 2) && e.name.toLowerCase().includes(name))
      const rest = found.filter((e) => e.uscc > after)
      return json({
        list: rest.slice(0, limit).map((e) => ({ uscc: e.uscc, name: e.name })),
        total: found.length,
        hasNextPage: rest.length > limit,
      })
    },
  }
}

/** Market supervision: batches by GET, an application key, a search by name; large answers, and slow when told so. */
const market: DepartmentFactory<{ key: string }, { latencyMs: number }> = {
  credentials: { key: 'development-market-key' },
  settings: { latencyMs: 0 },
  open: (world, { key }, { latencyMs }) => ({
    latency: latencyMs,
    admit: (call) => (call.headers['x-app-key'] === key ? undefined : failure(403, 'KEY', '应用密钥无效')),
    specials: { 'slow-but-alive': { delay: 1500 } },
    slice: (uscc) => world.market.get(uscc),
    operations: [listEnterprises(world.market), searchEnterprises(world.market)],
  }),
}

export default market
