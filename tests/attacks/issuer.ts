/** An issuer of tokens outside the hub: keys that come and go, their set behind HTTP, and tokens of any making. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

interface Key {
  privateKey: CryptoKey
  publicKey: CryptoKey
  jwk: JWK
}

export class Issuer {
  /** What it calls itself. */
  readonly name: string
  /** The keys in its set, by kid. */
  readonly published = new Map<string, JWK>()
  /** How often the set was asked for. */
  asked = 0
  /** How it answers instead of with its set; null for the set. */
  instead: ((response: ServerResponse) => void) | null = null
  readonly #keys = new Map<string, Key>()
  readonly #server = createServer((_request, response) => {
    this.asked++
    if (this.instead !== null) return this.instead(response)
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: [...this.published.values()] }))
  })

  private constructor(name: string) {
    this.name = name
  }

  /** Starts one with a published key `first`; the caller stops it. */
  static async start(name: string): Promise<Issuer> {
    const issuer = new Issuer(name)
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve))
    issuer.publish(await issuer.makeKey('first'))
    return issuer
  }

  get url(): URL {
    const { port } = this.#server.address() as AddressInfo
    return new URL(`http://127.0.0.1:${port}/jwks`)
  }

  /** Makes a key that nobody knows yet. */
  async makeKey(kid: string, alg = 'EdDSA'): Promise<string> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    this.#keys.set(kid, { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } })
    return kid
  }

  publish(kid: string): void {
    this.published.set(kid, this.#key(kid).jwk)
  }

  /** The public key as an attacker knows it. */
  publicPem = (kid = 'first'): Promise<string> => exportSPKI(this.#key(kid).publicKey)
  publicJwk = (kid = 'first'): JWK => this.#key(kid).jwk

  /** The claims of a token that is accepted; a claim given as undefined is left out. */
  claims(changes: Record<string, unknown> = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: this.name, aud: 'hutong', sub: 'an-officer', iat: now, exp: now + 600, department: 'customs' }
    return Object.fromEntries(Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined))
  }

  /** Signs claims with a key; a header given as undefined is left out. */
  sign(
    claims: JWTPayload = this.claims(),
    { key = 'first', ...header }: { key?: string; [name: string]: unknown } = {},
  ): Promise<string> {
    const { privateKey, jwk } = this.#key(key)
    const all = { alg: jwk.alg ?? '', typ: 'at+jwt', kid: key, ...header }
    const protectedHeader = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new SignJWT(claims).setProtectedHeader(protectedHeader as { alg: string }).sign(privateKey)
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #key(kid: string): Key {
    const key = this.#keys.get(kid)
    if (key === undefined) throw new Error(`The issuer has no key ${kid}`)
    return key
  }
}
