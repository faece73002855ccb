/**
 * One slice of the view as a subgraph of its own (Apollo Federation 2, subgraph specification): schema/‹slice›.graphql
 * as it stands, and the two roots by which a router reads it and enters it.
 *
 * A slice decides by the catalogue of the whole view, so that every field is decided as in the hub, and it takes nothing
 * from a router but the entity's key.
 */
import { parse } from 'graphql'
import { coordinateOf, type Entry } from '../auth/catalogue.ts'
import { guardSchema } from '../auth/guard.ts'
import type { Root } from '../auth/reach.ts'
import { resolvers } from '../codegen/generated/grid.ts'
import type { SliceId } from '../departments.ts'
import type { Enterprise } from '../resolvers/context.ts'
import { representation, scalars } from '../resolvers/scalars.ts'
import { executable, sliceSdl, type View } from './schema.ts'

/** What the specification adds to a subgraph's schema. Only the directives that slices import are known. */
const federation = `
  directive @link(url: String!, as: String, import: [String]) repeatable on SCHEMA
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
  directive @shareable repeatable on OBJECT | FIELD_DEFINITION

  "An entity as a router names it: __typename and the key."
  scalar _Any
  union _Entity = Enterprise
  type _Service {
    "This slice as it is composed."
    sdl: String!
  }
  type Query {
    "This slice, for composition."
    _service: _Service!
    "Enterprises by their codes, at most 100, in the order asked; the way in for a router."
    _entities(representations: [_Any!]!): [_Entity]!
  }
`

const entry = (typeName: string, field: string, kind: Entry['kind']): Entry => ({
  coordinate: coordinateOf(typeName, field),
  owner: 'hub',
  kind,
  item: null,
  mask: null,
  beneath: [],
  isWhole: false,
})

const additions: readonly Entry[] = [
  entry('Query', '_service', 'introspection'),
  entry('_Service', 'sdl', 'introspection'),
  entry('Query', '_entities', 'door'),
]

/** Builds the subgraph of a slice. Throws PolicyError where the slice has a field that the view has not. */
export function buildSubgraph(view: View, slice: SliceId): View {
  const sdl = sliceSdl(slice)
  const declared = new Set(parse(sdl).definitions.map((node) => ('name' in node ? node.name?.value : undefined)))
  const own = Object.fromEntries(Object.entries(scalars).filter(([name]) => declared.has(name)))
  const schema = executable(
    [sdl, federation],
    [
      { ...own, _Any: representation },
      resolvers[slice],
      {
        Query: {
          _service: () => ({ sdl }),
          _entities: ({ subjects }: Root, { representations }: { representations: Enterprise[] }) => {
            for (const { uscc } of representations) subjects.add(uscc)
            return representations
          },
        },
      },
    ],
  )
  const entries = new Map([...view.catalogue.entries, ...additions.map((added) => [added.coordinate, added] as const)])
  const catalogue = { ...view.catalogue, entries }
  return { schema: guardSchema(schema, catalogue), catalogue, sdl }
}
