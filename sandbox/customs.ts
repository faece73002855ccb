import { failure, json } from './answer.ts'
import { batchOf, onFile } from './batch.ts'
import { bearerTokens } from './bearer-tokens.ts'
import { type Call, type DepartmentFactory, others, type Operation, usccPattern } from './department.ts'
import type { Cabinet, World } from './world.ts'
import type { CustomsFile } from './world/customs.ts'
import type { DeclarationRecord } from './world/declarations.ts'

const invtNoPattern = /^[0-9]{4}[0-9]{4}[EI][0-9]{9,11}$/

/** A body as the object that it should be; an empty one where it is none. */
const bodyOf = (call: Call): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(call.body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const usccsOf = (call: Call): string[] => {
  const { usccs } = bodyOf(call)
  return Array.isArray(usccs) ? usccs.map(String) : []
}

const withUsccs = (call: Call, cabinet: Cabinet<CustomsFile>): Call => {
  // A cursor belongs to the enterprise that was asked for, not to the other one.
  const { after: _, ...rest } = bodyOf(call)
  return { ...call, body: JSON.stringify({ ...rest, usccs: others(cabinet.keys(), usccsOf(call)) }) }
}

const asked = (call: Call) => usccsOf(call).filter((code) => usccPattern.test(code))

const queryEnterprises = ({ customs }: World): Operation => ({
  id: 'queryEnterprises',
  method: 'POST',
  path: '/v2/enterprises/query',
  kind: 'data',
  items: 'enterprises',
  asks: asked,
  another: (call) => withUsccs(call, customs),
  answer: (call) => {
    const batch = batchOf(usccsOf(call), 100)
    if ('wrong' in batch) return failure(400, 'QUERY', batch.wrong)
    return json({ enterprises: onFile(customs, batch.codes).map((file) => file.registration) })
  },
})

/** The page after a number; an enterprise that has no declaration of that number starts from its first. */
const pageOf = ({ registration, declarations }: CustomsFile, first: number, after: unknown) => {
  const start = declarations.findIndex((declaration) => declaration.invtNo === after) + 1
  return {
    uscc: registration.uscc,
    total: declarations.length,
    hasNextPage: start + first < declarations.length,
    declarations: declarations.slice(start, start + first),
  }
}

const queryDeclarations = ({ customs }: World): Operation => ({
  id: 'queryDeclarations',
  method: 'POST',
  path: '/v2/declarations/query',
  kind: 'data',
  items: 'pages',
  asks: asked,
  another: (call) => withUsccs(call, customs),
  answer: (call) => {
    const { first, after } = bodyOf(call)
    const batch = batchOf(usccsOf(call), 100)
    if ('wrong' in batch) return failure(400, 'QUERY', batch.wrong)
    if (typeof first !== 'number' || !Number.isInteger(first) || first < 1 || first > 100)
      return failure(400, 'QUERY', 'first 须为 1 到 100 的整数')
    if (after !== undefined && !(typeof after === 'string' && invtNoPattern.test(after)))
      return failure(400, 'QUERY', 'after 须为清单编号')
    const files = onFile(customs, batch.codes).filter((file) => file.declarations.length > 0)
    return json({ pages: files.map((file) => pageOf(file, first, after)) })
  },
})

const getDeclaration = ({ customs }: World): Operation => {
  const declarations = new Map<string, DeclarationRecord>()
  for (const file of customs.values())
    for (const declaration of file.declarations) declarations.set(declaration.invtNo, declaration)
  const number = (call: Call) => call.path['invtNo'] ?? ''
  return {
    id: 'getDeclaration',
    method: 'GET',
    path: '/v2/declarations/{invtNo}',
    kind: 'data',
    asks: (call) => [number(call)].filter((no) => invtNoPattern.test(no)),
    another: (call) => ({ ...call, path: { invtNo: others(declarations.keys(), [number(call)])[0] ?? '' } }),
    answer: (call) => {
      const declaration = declarations.get(number(call))
      return declaration ? json(declaration) : failure(404, 'NOT_FOUND', '无此清单')
    },
  }
}

/** Customs: batches by POST, and OAuth 2.0 client credentials whose tokens run out. */
const customs: DepartmentFactory<{ clientId: string; clientSecret: string }, { tokenSeconds: number }> = {
  credentials: { clientId: 'hutong', clientSecret: 'development-customs-secret' },
  settings: { tokenSeconds: 3600 },
  open: (world, client, { tokenSeconds }) => {
    const tokens = bearerTokens(client, tokenSeconds)
    return {
      admit: (call) => (tokens.accepts(call) ? undefined : failure(401, 'TOKEN', '令牌无效或已过期')),
      specials: { expired: { begin: () => tokens.revokeAll() } },
      slice: (uscc) => world.customs.get(uscc),
      operations: [tokens.operation, queryEnterprises(world), queryDeclarations(world), getDeclaration(world)],
    }
  },
}

export default customs
