/**
 * The explorer's page and what it asks of the hub. In development anyone on this machine may open it and take a token of
 * any viewer; elsewhere the page itself needs a sign-in and no token is handed out.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'
import type { DevelopmentIssuer } from '../auth/development-issuer.ts'
import { departments, isCallerId, offices, partners } from '../departments.ts'
import { isRole, mayHold } from '../rules/roles.ts'
import { checkUscc } from '../rules/uscc.ts'
import type { Config } from './config.ts'
import { badRequest, badUserInput } from './errors.ts'
import { authenticate, type SignIn } from './pipeline.ts'
import { samples } from './samples.ts'

interface ExplorerParts {
  config: Config
  signIn: SignIn
  issuer: DevelopmentIssuer | null
  control: URL | null
}

const built = join(import.meta.dirname, '..', 'portal', 'dist', 'explorer')
const tokenSeconds = 3600

/** Outside development the page was given to someone who signed in, so no cache on the way may give it to another. */
const audience = ({ mode }: Config): string => (mode === 'production' ? 'private' : 'public')

/** An enterprise of the development data, as its control address lists it. */
export interface DevelopmentEnterprise {
  uscc: string
  name: string
  zone: string
  planted: string[]
}

/** Asks the development departments which enterprises there are. */
export async function developmentEnterprises(control: URL, limit: number): Promise<DevelopmentEnterprise[]> {
  const response = await fetch(new URL(`/enterprises?limit=${limit}`, control))
  return (await response.json()) as DevelopmentEnterprise[]
}

export function explorerRoutes({ config, signIn, issuer, control }: ExplorerParts): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request) => {
      if (config.mode === 'production') await authenticate(request.raw, request.trace, signIn, config.mode)
      // A page elsewhere whose name was made to point here must get no development token (DNS rebinding).
      else if (!isLocal(request.hostname, config.host)) throw badRequest('The development routes are for this machine.')
    })
    if (existsSync(built)) {
      await app.register(fastifyStatic, {
        root: built,
        prefix: '/explorer/',
        redirect: false,
        cacheControl: false,
        // The names of the assets hold a hash of their contents; the page, which names them, is asked for each time.
        setHeaders: (reply, path) => {
          const lasting = path.startsWith(join(built, 'assets', '/'))
          void reply.header('cache-control', lasting ? `${audience(config)}, max-age=31536000, immutable` : 'no-cache')
        },
      })
      app.get('/explorer', (_request, reply) => reply.redirect('/explorer/'))
    } else {
      app.get('/explorer', async (_request, reply) =>
        reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send('The explorer is not built. Run: npm run build:explorer\n'),
      )
    }
    app.get('/explorer/session', async () => {
      if (issuer === null) return { mode: config.mode, viewers: [], samples: [], enterprises: [] }
      // Without the development departments the page still stands.
      const enterprises = control === null ? [] : await developmentEnterprises(control, 20).catch(() => [])
      const codes = enterprises.map(({ uscc }) => uscc)
      return {
        mode: config.mode,
        viewers: Object.entries({ ...departments, ...partners }).map(([id, { en, zh }]) => ({
          id,
          en,
          zh,
          purposes: issuer.purposes(id),
        })),
        // They ask the whole view.
        samples: config.only === null ? samples(codes) : [],
        enterprises: codes,
      }
    })
    if (issuer === null) return
    app.post('/explorer/token', async (request) => {
      const body = request.body as Partial<
        Record<'viewer' | 'roles' | 'mandate' | 'dxpIds' | 'purposes', unknown>
      > | null
      if (typeof body?.viewer !== 'string' || !isCallerId(body.viewer)) {
        const known = Object.keys({ ...departments, ...partners, ...offices }).join(', ')
        throw badUserInput(`viewer must be one of ${known}.`)
      }
      const roles = strings(body.roles)
      if (roles !== null && !(roles.every(isRole) && mayHold(body.viewer, roles))) {
        throw badUserInput(`${body.viewer} may not hold these roles: ${roles.join(', ')}.`)
      }
      // A bank without a mandate may see nothing of its grant, so the explorer's bank brings one for the first enterprises.
      const mandate =
        strings(body.mandate) ??
        (body.viewer === 'bank' && control !== null
          ? (await developmentEnterprises(control, 20).catch(() => [])).map(({ uscc }) => uscc)
          : [])
      const wrong = mandate.find((code) => !checkUscc(code).valid)
      if (wrong !== undefined)
        throw badRequest(`The mandate names ${JSON.stringify(wrong)}, which is not a credit code.`)
      const purposes = strings(body.purposes)
      const token = await issuer.token(body.viewer, {
        mandate,
        dxpIds: strings(body.dxpIds) ?? [],
        seconds: tokenSeconds,
        ...(roles === null ? {} : { roles }),
        ...(purposes === null ? {} : { purposes }),
      })
      return { token, expiresIn: tokenSeconds }
    })
    app.get('/development', async () => ({ control: control?.href ?? null }))
  }
}

/** Names under which a browser on this machine asks for the hub. */
const isLocal = (name: string, host: string): boolean => ['localhost', '127.0.0.1', '::1', '[::1]', host].includes(name)

const strings = (value: unknown): string[] | null =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null
