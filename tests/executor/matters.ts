/** Matters of data sharing, invented from the types of the view: what the hub's own fields find where no store is. */
import {
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'
import type { List } from '../../rules/page.ts'
import { InvalidArgument } from '../../resolvers/invalid-argument.ts'
import { SharingError } from '../../store/sharing/matters.ts'
import { randomFrom, type Random } from '../leak/random.ts'
import { spoil } from './departments.ts'
import { pass } from './later.ts'

/** The services of a request under one roof, as far as queries ask them. */
export type Matters = Record<string, (...given: unknown[]) => Promise<unknown> | List<unknown>>

const scalars: Record<string, unknown> = {
  Int: 7,
  Boolean: true,
  USCC: '91350102MYE0000341',
  Date: '2026-11-01',
  DateTime: '2026-11-01T12:00:00+08:00',
  DivisionCode: '3501',
}

function sample(type: GraphQLOutputType, random: Random): unknown {
  if (isNonNullType(type)) return sample(type.ofType, random)
  if (isListType(type)) return Array.from({ length: random.below(3) }, () => sample(type.ofType, random))
  if (isEnumType(type)) return random.pick(type.getValues()).value
  if (!isObjectType(type)) return scalars[type.name] ?? `text ${random.below(1000)}`
  return Object.fromEntries(
    Object.values(type.getFields()).map((field) => [
      field.name,
      !isNonNullType(field.type) && random.chance(25) ? null : sample(field.type, random),
    ]),
  )
}

const whose = (made: object): object => ('uscc' in made ? { uscc: made.uscc } : {})

/** The same matters for the same seed, each after some turns; some that cannot be had, some with a spoiled place. */
export function mattersOf(schema: GraphQLSchema, seed: number): Matters {
  const make = async (typeName: string, count: number | null, salt: number): Promise<unknown> => {
    const random = randomFrom(seed + salt)
    const type = schema.getType(typeName)
    if (!isObjectType(type)) throw new Error(`The schema has no type ${typeName}.`)
    await pass(1 + random.below(3))
    if (random.chance(8)) {
      throw random.pick([
        new InvalidArgument('It cannot be looked for.'),
        new SharingError('FORBIDDEN', 'It is for somebody else.'),
        new TypeError('It is broken.'),
      ])
    }
    const one = (at: number): unknown => {
      const made = { ...(sample(type, random) as object), id: `${typeName} ${at}` }
      // Whose it is its store has said: a record names enterprises by nothing else.
      return random.chance(10) ? { ...(spoil(made, random) as object), ...whose(made) } : made
    }
    if (count !== null) return Array.from({ length: count }, (_, at) => one(at))
    return random.chance(30) ? null : one(0)
  }
  const page = async (typeName: string, count: number, salt: number): ReturnType<List<unknown>['page']> => {
    const items = (await make(typeName, count, salt)) as unknown[]
    return { items: items.map((item, at) => ({ key: String(at), item })), more: false }
  }
  /** Both are asked for as they are needed. */
  const list = (typeName: string, count: number, salt: number): List<unknown> => ({
    page: () => page(typeName, count, salt),
    count: async () => ((await make(typeName, count, salt)) as unknown[]).length,
  })
  return {
    applications: () => list('Application', 3, 1),
    application: () => make('Application', null, 2),
    grants: () => list('Grant', 3, 3),
    corrections: () => list('Correction', 2, 4),
    correction: () => make('Correction', null, 5),
    useRecords: () => list('UseRecord', 2, 6),
    changes: () => list('CatalogueChange', 2, 7),
    sections: () => make('CatalogueSection', 2, 8),
    publications: async () => new Map(),
    page: () => page('LedgerEntry', 2, 9),
  }
}
