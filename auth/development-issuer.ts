/**
 * An issuer of tokens for development: a few lines of jose around one key kept in the data folder, so that tokens stay
 * good across restarts. It refuses to exist in production.
 */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, SignJWT, type JWK, type JWTVerifyGetKey } from 'jose'
import type { ViewerId } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import { purposesOf } from './development-grants.ts'

export interface DevelopmentIssuer {
  issuer: string
  keys: JWTVerifyGetKey
  /** The purposes for which a viewer holds a grant. */
  purposes(viewer: string): string[]
  /**
   * Signs a token.
   * @param mandate credit codes the token's mandate names; `purposes` defaults to those the viewer holds grants for
   */
  token(
    viewer: ViewerId,
    options?: {
      purposes?: readonly string[]
      divisions?: readonly string[]
      mandate?: readonly string[]
      seconds?: number
    },
  ): Promise<string>
}

const algorithm = 'EdDSA'

/** Reads the key file, or makes it (mode 0600). Throws in production mode. */
export async function createDevelopmentIssuer(options: {
  mode: 'development' | 'production'
  keyFile: string
  audience: string
  /** The grants of development. */
  grants: readonly Grant[]
}): Promise<DevelopmentIssuer> {
  if (options.mode === 'production') throw new Error('The development issuer does not run in production mode.')
  const issuer = 'urn:hutong:development'
  const jwk = await keyOf(options.keyFile)
  const key = await importJWK(jwk, algorithm)
  const { d: _private, ...publicKey } = jwk
  const held = (viewer: string): string[] => purposesOf(viewer, options.grants)
  return {
    issuer,
    purposes: held,
    keys: createLocalJWKSet({ keys: [publicKey] }),
    token: (viewer, { purposes, divisions = [], mandate = [], seconds = 3600 } = {}) =>
      new SignJWT({
        department: viewer,
        purposes: purposes ?? held(viewer),
        ...(divisions.length > 0 ? { divisions } : {}),
        ...(mandate.length > 0 ? { authorization_details: [{ type: 'mandate', identifiers: mandate }] } : {}),
      })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: publicKey.kid ?? 'development' })
        .setIssuer(issuer)
        .setAudience(options.audience)
        .setSubject(`${viewer}-developer`)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .sign(key),
  }
}

async function keyOf(file: string): Promise<JWK> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (kept !== null) return JSON.parse(kept) as JWK
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid: 'development', alg: algorithm, use: 'sig' }
  await mkdir(dirname(file), { recursive: true })
  // Linked when it is whole: a kill in the middle leaves no half a key, and of two hubs the first one's counts.
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(jwk), { mode: 0o600 })
  try {
    await link(draft, file)
    return jwk
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return JSON.parse(await readFile(file, 'utf8')) as JWK
  } finally {
    await rm(draft, { force: true })
  }
}
