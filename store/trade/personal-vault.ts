/**
 * Personal values of trade documents: what is stored of them is encrypted, and what they are compared and found by is a
 * keyed hash (个人信息保护法 art. 51). Both need the key, which is not in the database.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  randomBytes,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto'
import type { JWK } from 'jose'
import type { Values } from '../../rules/ceb/message.ts'

export interface PersonalVault {
  /** Stands for a value: equal for equal values, 22 characters of base64url, and of no use without the key. */
  print(this: void, value: string): string
  /** Encrypts the values of a document; they can be opened only as those of the same document. */
  seal(key: string, values: Values): Buffer
  /** @throws Error where they were not sealed so, or with another key */
  open(key: string, sealed: Buffer): Values
  /** Tells whether another process has the same key. */
  readonly mark: Buffer
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
/** Fewer than whatever is encrypted has. */
const nothingBytes = 16

/** @param secret 32 bytes, the same for all processes of one database */
export function createPersonalVault(secret: Buffer): PersonalVault {
  const derived = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `hutong trade: ${use}`, 32))
  // Node looks at a key that is no object of its own for longer than it encrypts.
  const [sealing, printing] = [createSecretKey(derived('contents')), derived('prints').toString('base64')]
  const nonces = createNonces()
  // Says that a document has nothing personal; who has not the key cannot say so of another one.
  const nothing = (key: string): Buffer =>
    hash('sha512-256', `${printing} nothing ${key}`, 'buffer').subarray(0, nothingBytes)
  return {
    // SHA-512/256 of key and value is a sound keyed hash (its output tells less than its state, so nothing can be added
    // to what was hashed), and takes a tenth of the time of node's HMAC.
    print: (value) => hash('sha512-256', printing + value, 'base64url').slice(0, 22),
    seal(key, values) {
      if (Object.keys(values).length === 0) return nothing(key)
      const nonce = nonces()
      const cipher = createCipheriv(algorithm, sealing, nonce).setAAD(Buffer.from(key))
      const text = cipher.update(JSON.stringify(values), 'utf8')
      cipher.final()
      return Buffer.concat([nonce, cipher.getAuthTag(), text])
    },
    open(key, sealed) {
      if (sealed.length === nothingBytes && timingSafeEqual(sealed, nothing(key))) return {}
      const cipher = createDecipheriv(algorithm, sealing, sealed.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
      cipher.setAAD(Buffer.from(key)).setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
      const text = cipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, 'utf8') + cipher.final('utf8')
      return JSON.parse(text) as Values
    },
    mark: derived('mark'),
  }
}

/** Random nonces, many of which are made at once: each by itself takes as long as what it is for. */
function createNonces(): () => Buffer {
  const bytes = Buffer.alloc(nonceBytes * 512)
  let used = bytes.length
  return () => {
    if (used === bytes.length) {
      randomFillSync(bytes)
      used = 0
    }
    used += nonceBytes
    return bytes.subarray(used - nonceBytes, used)
  }
}

/** A new key, as a file keeps it. */
export const newTradeKey = (): JWK => ({ kty: 'oct', k: randomBytes(32).toString('base64url') })

/** The 32 bytes of a key; null where it holds none. */
export function secretOfKey({ kty, k }: JWK): Buffer | null {
  const secret = Buffer.from(kty === 'oct' && typeof k === 'string' ? k : '', 'base64url')
  return secret.length === 32 ? secret : null
}
