/** Real values for the arguments of random queries. */
import type { GraphQLSchema } from 'graphql'
import type { Running } from '../support/harness.ts'
import type { Material } from './queries.ts'
import { truthOf, type Tree } from './truth.ts'

/** A valid code that no department knows. */
const unregistered = '91350100MA338EEKXY'

/** Of the development data; who sends each parcel is told beside it. */
export async function materialOf(
  running: Running,
  schema: GraphQLSchema,
): Promise<Material & { senderOf: Map<string, string> }> {
  const { witness } = running.sandbox
  const listed = witness.list({})
  const known = [...listed.slice(0, 8), ...listed.filter((_, at) => at % 97 === 64)]
  const usccs = [...known.map(({ uscc }) => uscc), unregistered]
  const truth = truthOf(running, schema)
  const declarations = ['35002026E99999999999']
  const senderOf = new Map<string, string>()
  for (const uscc of usccs) {
    const customs = await truth.section('customs', uscc)
    const postal = await truth.section('postal', uscc)
    const nodes = (connection: unknown): Tree[] => ((connection as Tree | undefined)?.nodes as Tree[] | undefined) ?? []
    declarations.push(
      ...nodes(customs?.declarations)
        .slice(0, 3)
        .map(({ number }) => String(number)),
    )
    for (const { trackingNumber } of nodes(postal?.shipments).slice(0, 3)) senderOf.set(String(trackingNumber), uscc)
  }
  return { usccs, declarations, shipments: [...senderOf.keys(), 'ZZZZ-0000'], senderOf }
}
