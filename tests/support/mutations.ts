/** Mutations over HTTP, with what they answer in one value: the matter, or its refusal in a sentence. */
import { randomUUID } from 'node:crypto'
import { dayOf } from '../../rules/working-day.ts'
import type { Persona, Running } from './harness.ts'

/** A day (YYYY-MM-DD, Beijing) by which something can be put right. */
export const inAMonth: string = dayOf(new Date(Date.now() + 30 * 86_400_000))

/** The payload's matter as asked for, or `CODE: message`. */
export async function mutate(
  running: Running,
  who: Persona,
  [mutation, inputType, selection]: readonly [mutation: string, inputType: string, selection: string],
  input: Record<string, unknown>,
): Promise<unknown> {
  const { data, errors } = await running.ask(
    who,
    `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { ${selection} } }`,
    { input: { clientMutationId: randomUUID(), ...input } },
  )
  const [error] = errors ?? []
  if (error !== undefined) return `${String(error.extensions.code)}: ${error.message}`
  return Object.values(data?.[mutation] ?? {})[0]
}
