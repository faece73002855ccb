import { mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeclaredKind } from '../../rules/ceb/kinds.ts'
import type { AnyDocument } from '../../rules/ceb/message.ts'
import { casesOf } from './cases.ts'
import { fullMessage, messageOf } from './messages.ts'

export interface TradeOptions {
  lists: number
  /** A folder that is empty or not there yet. */
  out: string
  seed: number
  faults: boolean
}

export interface Written {
  lists: number
  documents: number
  messages: number
  faults: number
}

/** Something stands in the way that a person can mend. */
export class FolderInUse extends Error {}

/** Lists between two reports of progress. */
const step = 10_000

/**
 * Writes messages of invented enterprises and people, 100 documents each, e.g. `CEB621-000001.xml`, and `manifest.jsonl`:
 * what each list must come to. No more than a message of each kind is held at a time.
 */
export async function writeTrade(
  { lists, out, seed, faults }: TradeOptions,
  report: (lists: number) => void,
): Promise<Written> {
  await mkdir(out, { recursive: true })
  if ((await readdir(out)).length > 0) throw new FolderInUse(`The folder ${out} is not empty.`)
  const written: Written = { lists, documents: 0, messages: 0, faults: 0 }
  const waiting = new Map<DeclaredKind, AnyDocument[]>()
  const counts = new Map<DeclaredKind, number>()
  const flush = async (kind: DeclaredKind): Promise<void> => {
    const documents = waiting.get(kind) ?? []
    if (documents.length === 0) return
    const number = (counts.get(kind) ?? 0) + 1
    counts.set(kind, number)
    waiting.set(kind, [])
    written.messages += 1
    written.documents += documents.length
    const file = `CEB${kind}-${String(number).padStart(6, '0')}.xml`
    await writeFile(join(out, file), messageOf(seed, kind, number, documents))
  }
  await using manifest = await open(join(out, 'manifest.jsonl'), 'w')
  const lines: string[] = []
  const tell = async (): Promise<void> => {
    await manifest.write(lines.join(''))
    lines.length = 0
  }
  const caseAt = casesOf(seed, faults)
  for (let n = 0; n < lists; n += 1) {
    const { sent, told } = caseAt(n)
    if (told.fault !== null) written.faults += 1
    lines.push(`${JSON.stringify(told)}\n`)
    if (lines.length === fullMessage) await tell()
    for (const [kind, document] of sent) {
      const documents = waiting.get(kind) ?? []
      waiting.set(kind, documents)
      if (documents.push(document) === fullMessage) await flush(kind)
    }
    if ((n + 1) % step === 0) report(n + 1)
  }
  await tell()
  for (const kind of waiting.keys()) await flush(kind)
  return written
}
