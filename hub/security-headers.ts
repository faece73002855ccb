import helmet from 'helmet'
import type { Config } from './config.ts'

/**
 * The headers that tell a browser what it may do with an answer of the hub, as helmet makes them; they are the same for
 * all, so they are made once. Names are in lower case.
 */
export function securityHeaders(mode: Config['mode']): Readonly<Record<string, string>> {
  const apply = helmet({
    // It is for the proxy that speaks TLS to pass on (RFC 6797 section 7.2: never sent over plain HTTP, as in development),
    // and speaks for this name alone: other names of a department's domain are not the hub's to bind.
    strictTransportSecurity: mode === 'production' ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' }, // for browsers that do not know frame-ancestors
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
  })
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  } as unknown as Parameters<typeof apply>[1]
  apply({} as Parameters<typeof apply>[0], response, (error?: unknown) => {
    if (error !== undefined) throw new Error('The headers of answers cannot be made.', { cause: error })
  })
  return headers
}
