/** An issuer of tokens for development: a few lines of jose around one key. It refuses to exist in production. */
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK, type JWTVerifyGetKey } from 'jose'
import type { CallerId } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import { rolesFor } from '../rules/roles.ts'
import { purposesOf } from './development-grants.ts'

export interface DevelopmentIssuer {
  issuer: string
  keys: JWTVerifyGetKey
  /** The purposes for which a viewer holds a grant. */
  purposes(viewer: string): string[]
  /**
   * Signs a token.
   * @param mandate credit codes the token's mandate names; `dxpIds`: whose messages it hands in; `purposes` defaults to those the viewer holds grants for
   */
  token(
    viewer: CallerId,
    options?: {
      purposes?: readonly string[]
      divisions?: readonly string[]
      mandate?: readonly string[]
      dxpIds?: readonly string[]
      roles?: readonly string[]
      /** Who in the department; a person for each of its roles unless told. */
      subject?: string
      seconds?: number
    },
  ): Promise<string>
}

const algorithm = 'EdDSA'

/** e.g. `commerce-steward`: one person holds one office, so that a history says who did what. */
const subjectOf = (viewer: CallerId, roles: readonly string[] = rolesFor(viewer).unless): string =>
  [viewer, ...roles].join('-')

/** RFC 9396: a detail for each type that names something; none where no type does. */
function detailsOf(named: Readonly<Record<string, readonly string[]>>): { authorization_details?: object[] } {
  const details = Object.entries(named).flatMap(([type, identifiers]) =>
    identifiers.length === 0 ? [] : [{ type, identifiers }],
  )
  return details.length === 0 ? {} : { authorization_details: details }
}

/** A new private key for it. */
export async function generateIssuerKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: 'development', alg: algorithm, use: 'sig' }
}

/** Throws in production mode. */
export async function createDevelopmentIssuer(options: {
  mode: 'development' | 'production'
  /** Its private key. */
  key: JWK
  audience: string
  /** The grants of development. */
  grants: readonly Grant[]
}): Promise<DevelopmentIssuer> {
  if (options.mode === 'production') throw new Error('The development issuer does not run in production mode.')
  const issuer = 'urn:hutong:development'
  const key = await importJWK(options.key, algorithm)
  const { d: _private, ...publicKey } = options.key
  const held = (viewer: string): string[] => purposesOf(viewer, options.grants)
  return {
    issuer,
    purposes: held,
    keys: createLocalJWKSet({ keys: [publicKey] }),
    token: (
      viewer,
      {
        purposes,
        divisions = [],
        mandate = [],
        dxpIds = [],
        roles,
        subject = subjectOf(viewer, roles),
        seconds = 3600,
      } = {},
    ) =>
      new SignJWT({
        department: viewer,
        purposes: purposes ?? held(viewer),
        ...(roles === undefined ? {} : { roles }),
        ...(divisions.length > 0 ? { divisions } : {}),
        ...detailsOf({ mandate, dxp: dxpIds }),
      })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: publicKey.kid ?? 'development' })
        .setIssuer(issuer)
        .setAudience(options.audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .sign(key),
  }
}
