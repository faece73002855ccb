/** What is answered where HTTP itself cannot be read, before there is a request: in the form of all other refusals. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'
import { STATUS_CODES } from 'node:http'
import { badRequest } from './errors.ts'

const bodyOf = (sentence: string): string => {
  const { message, extensions } = badRequest(sentence)
  return JSON.stringify({ errors: [{ message, extensions: { code: extensions.code } }] })
}

/** An address that no route can be looked for with. @param headers of every answer of the hub */
export const unreadableAddress =
  (headers: Readonly<Record<string, string>>) =>
  (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
    void reply
      .code(error.statusCode ?? 400)
      .headers({ ...headers, 'cache-control': 'no-store' })
      .type('application/json; charset=utf-8')
      .send(bodyOf('The address cannot be read, or is too long.'))
  }

const problems: Readonly<Record<string, readonly [status: number, sentence: string]>> = {
  HPE_HEADER_OVERFLOW: [431, ''],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
}

/** Bytes that are no request. @param headers of every answer of the hub */
export const unreadableRequest =
  (headers: Readonly<Record<string, string>>) =>
  ({ code = '', rawPacket }: { code?: string; rawPacket?: unknown }, socket: Socket): void => {
    if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const [status, sentence] = problems[code] ?? [400, 'This is no request of HTTP that can be read.']
    // An answer to HEAD has no body, and of headers that did not end it is not known any more what they began with.
    const isHead = Buffer.isBuffer(rawPacket) && rawPacket.subarray(0, 5).toString('latin1') === 'HEAD '
    const body = status === 431 || isHead ? '' : bodyOf(sentence)
    const head = Object.entries({
      ...headers,
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    })
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`)
    // Nobody else watches it any more, and the other side may never close its own.
    socket.destroySoon()
  }
