/**
 * The hub over the departments of the bench: as it ships, or `--without` a part, to see what the part costs. Prints its
 * address and a token of customs.
 *
 * Without the ledger no record is written. Without authorization no resolver is guarded: every field is shown to
 * whoever has a token, and no grant, row or quota is looked at; the token is still checked and the plan still made,
 * since the limits and the record rest on them. Without metrics no request is counted.
 *
 * With `--departments` so many it asks as many more than there are, and the token is commerce's.
 */
import { makeExecutableSchema } from '@graphql-tools/schema'
import type { GraphQLSchema } from 'graphql'
import { coordinateOf, objectTypes } from '../../auth/catalogue.ts'
import { fetches, fetching } from '../../auth/plan.ts'
import { resolvers } from '../../codegen/generated/grid.ts'
import { readConfig } from '../../hub/config.ts'
import { credentialNames, startHub, type HubParts } from '../../hub/hub.ts'
import type { View } from '../../hub/schema.ts'
import { scalars } from '../../resolvers/scalars.ts'
import { connectToMore, viewOfMore } from './more-departments.ts'
import { announce } from './process.ts'

const fieldsOf = (schema: GraphQLSchema) =>
  objectTypes(schema).flatMap((type) =>
    Object.values(type.getFields()).map((field) => [coordinateOf(type.name, field.name), field] as const),
  )

function unguarded({ sdl, catalogue, schema: guarded }: View): View {
  const schema = makeExecutableSchema({ typeDefs: sdl, resolvers: [scalars, ...Object.values(resolvers)] })
  const asking = new Map(
    fieldsOf(guarded).map(([coordinate, { resolve }]) => [coordinate, resolve && fetching.get(resolve)]),
  )
  for (const [coordinate, field] of fieldsOf(schema)) {
    const { resolve } = field
    if (resolve === undefined) continue
    // The guard gives every root somewhere to note its enterprises.
    if (/^(Query|Mutation)\./.test(coordinate)) {
      field.resolve = (_root, args, context, info) => resolve({ subjects: new Set() }, args, context, info)
    }
    const asked = asking.get(coordinate)
    if (asked !== undefined) fetches(field.resolve ?? resolve, asked)
  }
  return { sdl, catalogue, schema }
}

const without: Record<string, HubParts> = {
  ledger: {
    audit: (ordinary) => ({
      record: async () => undefined,
      head: () => ordinary.head(),
      close: () => ordinary.close(),
    }),
  },
  authorization: { view: unguarded },
  metrics: { metrics: (ordinary) => ({ ...ordinary, observe: () => undefined }) },
}

// Copies would answer what calls are counted for; HUTONG_CACHE=on measures what they save.
const config = readConfig(credentialNames, { HUTONG_CACHE: 'off', ...process.env })

function moreDepartments(count: number): HubParts {
  const commerce = config.departments.get('commerce')
  if (commerce === undefined) throw new Error('There is no commerce to copy.')
  connectToMore(count, {
    ...commerce,
    timeout: config.departmentTimeout,
    concurrency: config.departmentConcurrency,
    maxAnswerBytes: config.departmentAnswerBytes,
  })
  return { view: () => viewOfMore(count) }
}

const [option, value = ''] = process.argv.slice(2)
const isMore = option === '--departments' && Number(value) > 0
if (option !== undefined && !isMore && (option !== '--without' || without[value] === undefined)) {
  throw new Error(`Say --without ${Object.keys(without).join(', ')}, --departments and how many, or nothing.`)
}
const hub = await startHub(config, isMore ? moreDepartments(Number(value)) : (without[value] ?? {}))
const viewer = isMore
  ? { token: await hub.issuer?.token('commerce'), purpose: 'statistics' }
  : { token: await hub.issuer?.token('customs'), purpose: 'clearance' }
announce({ url: `${hub.url}/graphql`, ...viewer }, () => hub.stop())
