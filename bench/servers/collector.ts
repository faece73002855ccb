/** A collector that takes traces and keeps none. Prints its address. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce } from './process.ts'

const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
})
server.listen(0, '127.0.0.1', () => {
  announce({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, async () => {
    server.close()
    server.closeAllConnections()
  })
})
