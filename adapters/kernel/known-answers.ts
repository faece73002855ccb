/**
 * What departments said last to the same call, and what was made of it. Where the next answer is the same, byte for byte,
 * that still holds, and it is neither parsed nor checked nor mapped again, which is most of what a call costs the hub. The
 * department is asked every time: nothing here is younger or older than what it says now.
 */
import { LRUCache } from 'lru-cache'
import type { Answer, Call } from './http.ts'
import type { CallScope } from './scope.ts'

interface Known {
  status: number
  type: Answer['headers'][string]
  body: Buffer
  made: unknown
}

/** What a department's answers take that are kept, in bytes; what is made of them takes some times as much. */
const mostBytes = 4 * 1024 * 1024
/** Of each beside its bytes. */
const ofEach = 1024
/** A longer one is rarely said twice. */
const longest = mostBytes / 8

export class KnownAnswers {
  readonly #known = new LRUCache<string, Known>({
    maxSize: mostBytes,
    maxEntrySize: longest,
    sizeCalculation: ({ body }, asked) => body.length + asked.length + ofEach,
  })

  /**
   * What `make` makes of an answer, or made of it before. It must depend on nothing but the call, the status, the media
   * type and the bytes, and nobody may change what it gives. Where it throws, nothing is kept.
   */
  read<T>(
    { leavesCopies }: Pick<CallScope, 'leavesCopies'>,
    { method, path, body }: Call,
    answer: Answer,
    make: () => T,
  ): T {
    const asked = `${method} ${path} ${body ?? ''}`
    const known = leavesCopies ? this.#known.get(asked) : this.#known.peek(asked)
    const { status, headers } = answer
    const type = headers['content-type']
    if (known?.status === status && known.type === type && known.body.equals(answer.body)) return known.made as T
    const made = make()
    if (leavesCopies) this.#known.set(asked, { status, type, body: copyOf(answer.body), made })
    return made
  }
}

/** In memory of its own: bytes from a socket lie in a larger piece, and so would those that Node copies by itself. */
function copyOf(body: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(body.length)
  body.copy(copy)
  return copy
}
