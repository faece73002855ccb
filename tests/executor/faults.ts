import { GraphQLError, locatedError } from 'graphql'

/**
 * An error of either executor as hub/completion.ts says it. What is no list where one is expected is the hub's own fault, and
 * goes to its log as such; graphql-js makes a GraphQLError of it, which stands for a fault of the request.
 */
export function asFault(error: GraphQLError): GraphQLError {
  const { originalError } = error
  if (!(originalError instanceof GraphQLError) || !originalError.message.startsWith('Expected Iterable')) return error
  return locatedError(new Error(originalError.message), error.nodes, error.path)
}
