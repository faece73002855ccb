/**
 * Copies that the processes of a hub share, by Keyv in Redis. What is written there is encrypted as a whole, and its key
 * is a keyed hash: which enterprises were asked about, and what is personal in a record, are nobody's there to read, and
 * no field can be forgotten. A Redis that is down or slow costs a request no more than its short deadline, a few times;
 * then it is left alone, tried every second, and used again.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { BrokenCircuitError } from 'cockatiel'
import { Keyv } from 'keyv'
import type { DepartmentId } from '../../departments.ts'
import type { Copy, SharedCopies } from './cache.ts'
import { RedisStore } from './redis-store.ts'

/** That there is no record is believed for a minute, see rules/freshness.ts. */
const absentFor = 60_000

/** As it is written, encrypted; it says whose it is, so that nothing can be put in the place of another. */
interface Written {
  department: DepartmentId
  version: string
  uscc: string
  begun: number
  fetchedAt: number
  record: object | null
}

export interface RedisCopies extends SharedCopies {
  /** Tells what this process has counted in all, see redis-store.ts; rejects where it is not known to be taken. */
  tell(key: string, total: number, lifetime: number): Promise<number>
  /** False while it is left alone. */
  isUp(): boolean
  /** Questions and writes that failed or took too long, since the start. */
  failures(): number
  close(): Promise<void>
}

/**
 * @param key 32 bytes, the same for all processes that share copies
 * @param keptFor longest that a copy is of use, in seconds
 */
export function openRedisCopies(url: string, key: Buffer, keptFor: number): RedisCopies {
  const derived = (use: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `hutong copies: ${use}`, 32))
  const [sealing, naming] = [derived('contents'), derived('names')]
  const store = new RedisStore(url)
  const keyv = new Keyv<Written>({
    store,
    namespace: 'hutong',
    serialization: { stringify: JSON.stringify, parse: <T>(text: string) => JSON.parse(text) as T },
    encryption: sealed(sealing),
  })
  // To Keyv what fails is not there; a copy that cannot be decrypted is not one.
  let failures = 0
  keyv.on('error', (error) => {
    if (!(error instanceof BrokenCircuitError)) failures += 1
  })
  const nameOf = (department: DepartmentId, version: string, uscc: string): string =>
    createHmac('sha256', naming)
      .update(JSON.stringify([department, version, uscc]))
      .digest('base64url')

  return {
    async get(department, version, usccs) {
      const names = usccs.map((uscc) => nameOf(department, version, uscc))
      const found = await keyv.getMany(names)
      const copies = new Map<string, Copy<object>>()
      for (const [at, uscc] of usccs.entries()) {
        const written = found[at]
        if (written?.department !== department || written.version !== version || written.uscc !== uscc) continue
        const { record, begun, fetchedAt } = written
        copies.set(uscc, { record, begun, fetchedAt: new Date(fetchedAt) })
      }
      return copies
    },
    put(department, version, uscc, { record, begun, fetchedAt }) {
      const written: Written = { department, version, uscc, begun, fetchedAt: fetchedAt.getTime(), record }
      const life = record === null ? absentFor : keptFor * 1000
      void keyv.set(nameOf(department, version, uscc), written, life)
    },
    tell: (key, total, lifetime) => store.tell(`hutong:${key}`, total, lifetime),
    isUp: () => store.isUp,
    failures: () => failures,
    close: () => keyv.disconnect(),
  }
}

/** AES-256-GCM: nonce, tag and ciphertext, in base64. */
function sealed(key: Buffer) {
  return {
    encrypt(text: string): string {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), bytes]).toString('base64')
    },
    decrypt(text: string): string {
      const bytes = Buffer.from(text, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
  }
}
