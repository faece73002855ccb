/** A private key that a hub makes for itself and keeps in a file. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { JWK } from 'jose'

/** Reads the key of a file, or makes it (mode 0600). Throws SyntaxError where the file is no JSON. */
export async function keyOfFile(file: string, make: () => Promise<JWK>): Promise<JWK> {
  const kept = await keptIn(file)
  if (kept !== null) return kept
  const key = await make()
  await mkdir(dirname(file), { recursive: true })
  // Linked when it is whole: a kill in the middle leaves no half a key, and of two hubs the first one's counts.
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(key), { mode: 0o600 })
  try {
    await link(draft, file)
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return (await keptIn(file)) ?? key
  } finally {
    await rm(draft, { force: true })
  }
}

/** The key of a file; null where there is none. Throws SyntaxError where it is no JSON. */
export async function keptIn(file: string): Promise<JWK | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? null : (JSON.parse(text) as JWK)
}
