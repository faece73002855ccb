import { failure, json, strongTag } from './answer.ts'
import { type DepartmentFactory, others, usccPattern } from './department.ts'

/** Commerce: one filing a call, a bearer key, and an entity tag by which an unchanged filing costs no body. */
const commerce: DepartmentFactory<{ key: string }> = {
  credentials: { key: 'development-commerce-key' },
  settings: {},
  open: (world, { key }) => ({
    admit: (call) => (call.headers.authorization === `Bearer ${key}` ? undefined : failure(401, 'KEY', '密钥无效')),
    specials: {},
    slice: (uscc) => world.commerce.get(uscc),
    operations: [
      {
        id: 'getFiling',
        method: 'GET',
        path: '/filings/{uscc}',
        kind: 'data',
        asks: (call) => [call.path['uscc'] ?? ''].filter((code) => usccPattern.test(code)),
        another: (call) => ({
          ...call,
          path: { uscc: others(world.commerce.keys(), [call.path['uscc'] ?? ''])[0] ?? '' },
        }),
        answer: (call) => {
          const record = world.commerce.get(call.path['uscc'] ?? '')
          if (!record) return failure(404, 'NOT_FOUND', '无备案记录')
          const etag = strongTag(record)
          const known = call.headers['if-none-match']?.split(',').map((tag) => tag.trim())
          if (known?.includes(etag) || known?.includes('*'))
            return { status: 304, headers: { etag }, body: { form: 'none' } }
          return json(record, 200, { etag })
        },
      },
    ],
  }),
}

export default commerce
