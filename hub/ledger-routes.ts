/** The ledger for those who prove it: an export for auditors, and the public keys that it is checked with. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import { exportsAtOnce } from '../store/database.ts'
import type { KnownKey } from '../store/ledger-key.ts'
import type { Config } from './config.ts'
import { forbidden, tooManyExports, unauthenticated } from './errors.ts'
import type { Logger } from './log.ts'
import { authenticate, type SignIn } from './pipeline.ts'
import { TokenError } from '../auth/token.ts'

export interface ProvableLedger {
  /** All that ever signed, oldest first. */
  keys(): Promise<KnownKey[]>
  /** Every record as lines of JSON, see store/ledger-export.ts; it may take so many seconds in all. */
  export(seconds: number): AsyncIterable<string>
}

interface Parts {
  config: Config
  signIn: SignIn
  provable: ProvableLedger
  log: Logger
}

/** `GET /ledger/export`; what it answers must be on record before it leaves, so it stands behind that hook. */
export const ledgerExport =
  ({ config, signIn, provable, log }: Parts): FastifyPluginAsync =>
  async (app) => {
    let underWay = 0
    const seconds = config.ledger.exportTime
    // Without HEAD, which would read the whole ledger to say nothing of it.
    app.get('/ledger/export', { exposeHeadRoute: false }, async (request, reply) => {
      const { trace } = request
      trace.action = 'export'
      const principal = await authenticate(request.raw, trace, signIn, config.mode)
      if (principal === null) throw unauthenticated(new TokenError('missing', 'Send the token of an auditor.'))
      if (!principal.roles.includes('auditor')) throw forbidden('The ledger is exported for auditors alone.')
      if (underWay >= exportsAtOnce) throw tooManyExports(exportsAtOnce)
      trace.executed = true
      // Read page by page, as fast as the client takes it.
      const lines = Readable.from(provable.export(seconds), { objectMode: false, highWaterMark: 64 * 1024 })
      underWay += 1
      const late = setTimeout(
        () => lines.destroy(new Error(`It took longer than ${seconds} s.`)),
        seconds * 1000,
      ).unref()
      lines.once('close', () => {
        underWay -= 1
        clearTimeout(late)
      })
      lines.once('error', (error) =>
        log.error({ requestId: trace.id, err: error }, 'an export of the ledger broke off'),
      )
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', 'attachment; filename="ledger.ndjson"')
        .header('cache-control', 'no-store')
        .send(lines)
    })
  }

/** `GET /ledger/keys`: a JWK set, for anyone. */
export const ledgerKeys =
  ({ provable }: Pick<Parts, 'provable'>): FastifyPluginAsync =>
  async (app) => {
    app.get('/ledger/keys', async (_request, reply) => {
      const keys = (await provable.keys()).map(({ key }) => key)
      return reply.type('application/jwk-set+json; charset=utf-8').send(JSON.stringify({ keys }))
    })
  }
