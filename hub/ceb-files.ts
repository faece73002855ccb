/** Messages as files. */
import { open, stat } from 'node:fs/promises'

/** The largest message that is looked at, in bytes: 100 documents with all their lines are smaller. */
export const mostMessageBytes = 16 * 1024 * 1024

/** A file as far as it is looked at, which is one byte more than is allowed; null where it is none, or may not be read. */
export async function messageBytes(file: string): Promise<Uint8Array | null> {
  try {
    if (!(await stat(file)).isFile()) return null // to open a pipe is to wait for whoever writes to it
    await using handle = await open(file)
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, mostMessageBytes) + 1)
    let length = 0
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      got = (await handle.read(buffer, length, buffer.length - length)).bytesRead
    }
    return buffer.subarray(0, length)
  } catch {
    return null
  }
}
