/**
 * Cursors that say nothing: the key of an item, encrypted for one list and one asker, so that a cursor neither shows a
 * field that its holder may not read nor can be made from a guess, nor tried out on another list. The same key gives the
 * same cursor (a synthetic nonce, as in AES-SIV, RFC 5297), so that an answer can be compared with an earlier one.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Cursors } from '../rules/page.ts'

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

/** Makes the cursors of a list for an asker. @param secret 32 bytes or more, shared by all processes of the hub */
export function createCursors(secret: Buffer): (list: string, asker: string) => Cursors {
  const keyFor = (use: string): Buffer => createHmac('sha256', secret).update(use).digest()
  const [encryption, nonces] = [keyFor('cursor encryption'), keyFor('cursor nonces')]
  return (list, asker) => {
    const binding = (): Buffer => Buffer.from(JSON.stringify([list, asker]))
    return {
      seal(key) {
        const bound = binding()
        const nonce = createHmac('sha256', nonces).update(bound).update(key).digest().subarray(0, nonceLength)
        const cipher = createCipheriv(algorithm, encryption, nonce, { authTagLength: tagLength }).setAAD(bound)
        const sealed = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()])
        return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
      },
      open(cursor) {
        const bytes = Buffer.from(cursor, 'base64url')
        if (bytes.length <= nonceLength + tagLength || bytes.toString('base64url') !== cursor) return null
        const decipher = createDecipheriv(algorithm, encryption, bytes.subarray(0, nonceLength), {
          authTagLength: tagLength,
        })
        decipher.setAAD(binding()).setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength))
        try {
          const opened = [decipher.update(bytes.subarray(nonceLength + tagLength)), decipher.final()]
          return Buffer.concat(opened).toString('utf8')
        } catch {
          return null
        }
      },
    }
  }
}
