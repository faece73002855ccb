/**
 * Hive Gateway as a process: node router.js ‹supergraph› ‹JSON of addresses by subgraph›. It prints the port it listens
 * on and ends with its standard input. JavaScript, since the types of its packages change those of graphql for whoever
 * imports them.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'

const [supergraph, addresses] = process.argv.slice(2)
/** What callers send that a slice must be told. */
const passedOn = ['authorization', 'x-purpose', 'x-request-id']

const gateway = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'),
  transportEntries: Object.fromEntries(
    Object.entries(JSON.parse(addresses)).map(([name, location]) => [name, { location }]),
  ),
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) =>
      Object.fromEntries(passedOn.map((name) => [name, request.headers.get(name) ?? undefined])),
  },
  // Else it adds the slice's name to the extensions of an error.
  subgraphErrors: false,
  // What goes wrong in the router itself is told, so that a test that fails says why.
  maskedErrors: false,
  logging: false,
})
const server = createServer(gateway).listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.resume().once('end', () => process.exit(0))
