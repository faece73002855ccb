/**
 * The cryptography of the ledger: a hash for the chain and a signature for its checkpoints. SHA-256 with Ed25519, or
 * where the operator's rules ask for 国密, SM3 (GB/T 32905) with SM2 (GB/T 32918).
 */
import { createHash, hash, type Hash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  CompactSign,
  compactVerify,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { sm2 } from 'sm-crypto-v2'
import { canonical } from './canonical.ts'

export const suiteNames = ['SHA256-Ed25519', 'SM3-SM2'] as const
export type SuiteName = (typeof suiteNames)[number]

export const isSuiteName = (text: string): text is SuiteName => suiteNames.some((name) => name === text)

/** Signs checkpoints; made from a private key. */
export interface LedgerSigner {
  suite: SuiteName
  /** The key that verifies, with its `kid`. */
  publicKey: JWK
  /** A compact JWS over the text. */
  sign(text: string): Promise<string>
}

/** Why a signed text was not accepted. */
export type SignatureProblem = 'malformed' | 'foreign-key' | 'signature'

const hashOf = (suite: SuiteName): string => (suite === 'SM3-SM2' ? 'sm3' : 'sha256')

/** The hash of a suite, for what comes piece by piece. */
export const createDigest = (suite: SuiteName): Hash => createHash(hashOf(suite))

/** A hash in lower-case hexadecimal digits. */
export const digest = (suite: SuiteName, text: string): string => hash(hashOf(suite), text)

/** A new private key of a suite. */
export async function generateLedgerKey(suite: SuiteName): Promise<JWK> {
  if (suite === 'SHA256-Ed25519') {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
    return exportJWK(privateKey)
  }
  const { privateKey, publicKey } = sm2.generateKeyPairHex()
  // Uncompressed point: 04, then x and y of 32 bytes each.
  return {
    kty: 'EC',
    crv: 'SM2',
    d: base64url(privateKey),
    x: base64url(publicKey.slice(2, 66)),
    y: base64url(publicKey.slice(66)),
  }
}

/** Makes the signer of a private key. Throws TypeError where the key is of no suite. */
export async function createSigner(key: JWK): Promise<LedgerSigner> {
  const { d, ...publicPart } = key
  if (d === undefined) throw new TypeError('The key is not a private key.')
  const kid = await calculateJwkThumbprint(publicPart)
  const publicKey = { ...publicPart, kid }
  if (key.crv === 'SM2') {
    return {
      suite: 'SM3-SM2',
      publicKey,
      sign: async (text) => {
        const input = `${encode(JSON.stringify({ alg: 'SM2SM3', kid }))}.${encode(text)}`
        return `${input}.${base64url(sm2.doSignature(input, hexOf(d), { hash: true, publicKey: pointOf(publicKey) }))}`
      },
    }
  }
  if (key.crv !== 'Ed25519') throw new TypeError('A ledger key is of the curve Ed25519 or SM2.')
  const imported = await importJWK(key, 'EdDSA')
  return {
    suite: 'SHA256-Ed25519',
    publicKey,
    sign: (text) =>
      new CompactSign(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'EdDSA', kid }).sign(imported),
  }
}

/** The text of a compact JWS that one of the keys signed, or why it is none. */
export async function verifySigned(
  signed: string,
  keys: readonly JWK[],
): Promise<{ text: string } | { problem: SignatureProblem }> {
  let kid: string | undefined
  try {
    kid = decodeProtectedHeader(signed).kid
  } catch {
    return { problem: 'malformed' }
  }
  const key = keys.find((known) => known.kid === kid)
  if (kid === undefined || key === undefined) return { problem: 'foreign-key' }
  try {
    if (key.crv !== 'SM2') {
      const { payload } = await compactVerify(signed, await importJWK(key, 'EdDSA'), { algorithms: ['EdDSA'] })
      return { text: new TextDecoder().decode(payload) }
    }
    const [header = '', payload = '', signature = ''] = signed.split('.')
    const holds = sm2.doVerifySignature(`${header}.${payload}`, hexOf(signature), pointOf(key), { hash: true })
    return holds ? { text: Buffer.from(payload, 'base64url').toString() } : { problem: 'signature' }
  } catch {
    return { problem: 'signature' }
  }
}

/** A public key as text, which the key before it signs. */
export const keyText = (key: JWK): string => canonical(key)

const encode = (text: string): string => Buffer.from(text).toString('base64url')
const base64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url')
const hexOf = (text: string): string => Buffer.from(text, 'base64url').toString('hex')
const pointOf = ({ x = '', y = '' }: JWK): string => `04${hexOf(x)}${hexOf(y)}`
