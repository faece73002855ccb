/** `POST /ceb`: one point of access 一点接入 for the messages of enterprises, platforms, carriers and banks. */
import type { FastifyPluginAsync } from 'fastify'
import { handsIn, whyNotFrom } from '../auth/senders.ts'
import { TokenError } from '../auth/token.ts'
import { StoreError } from '../store/errors.ts'
import { mostMessageBytes } from './ceb-files.ts'
import { takeMessage } from './ceb.ts'
import type { Config } from './config.ts'
import { forbidden, tradeUnavailable, unauthenticated } from './errors.ts'
import type { Logger } from './log.ts'
import { authenticate, type SignIn } from './pipeline.ts'
import type { Trade } from './trade.ts'

interface Parts {
  config: Pick<Config, 'mode'>
  signIn: SignIn
  trade: Trade
  log: Logger
}

const mediaTypes = ['application/xml', 'text/xml']

/** What it answers is on record before it leaves, so it stands behind that hook. */
export const cebRoute =
  ({ config, signIn, trade, log }: Parts): FastifyPluginAsync =>
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(mediaTypes, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.post('/ceb', {
      bodyLimit: mostMessageBytes,
      config: { takes: mediaTypes.join(' or ') },
      // Before the body is read: what may be large is not taken from just anyone.
      onRequest: async ({ raw, trace }) => {
        trace.action = 'ceb'
        const principal = await authenticate(raw, trace, signIn, config.mode)
        if (principal === null) throw unauthenticated(new TokenError('missing', 'Send the token of who hands it in.'))
        if (!handsIn(principal.department)) throw forbidden(`${principal.department} hands in no messages.`)
      },
      handler: async ({ trace, body }, reply) => {
        const unavailable = (error: unknown): never => {
          if (!(error instanceof StoreError)) throw error
          log.error({ requestId: trace.id, err: error }, 'a message could not be stored')
          throw tradeUnavailable()
        }
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
        const reading = await trade.reader.read(bytes).catch(unavailable)
        if (reading.read && trace.principal !== null) {
          const { kind, transfer } = reading.message
          const reason = whyNotFrom(trace.principal, kind, transfer?.dxpId ?? null)
          if (reason !== null) throw forbidden(reason)
        }
        const taken = await takeMessage(reading, trade, new Date()).catch(unavailable)
        const { kind, counts, answer, isMalformed, enterprises } = taken
        trace.message = { kind, documents: counts }
        for (const uscc of enterprises) trace.subjects.add(uscc)
        trace.executed = !isMalformed
        if (answer === null) return reply.code(204).send()
        return reply
          .code(isMalformed ? 400 : 200)
          .type('application/xml; charset=utf-8')
          .send(answer)
      },
    })
  }
