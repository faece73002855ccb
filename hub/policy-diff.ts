/** `hutong policy diff`: two snapshots of policies read, and who gains or loses which field by going from one to the other. */
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { PolicySnapshot } from '../auth/policy-snapshot.ts'
import { verdictOf, type Verdict } from '../rules/access-change.ts'
import { CommandError } from './ask.ts'

const snapshotPath = 'codegen/generated/policies.json'
const root = dirname(import.meta.dirname)
/** Largest snapshot that is read out of git, in bytes. */
const largest = 16 * 1024 * 1024

interface Change {
  verdict: Verdict
  reader: string
  field: string
  before: string
  after: string
}

/** The table for two snapshots, each a file or a git revision. Throws CommandError. */
export async function policyDiff(before: string, after: string): Promise<string> {
  const [old, now] = [await read(before), await read(after)]
  return writeChanges(changesOf(old, now))
}

async function read(given: string): Promise<PolicySnapshot> {
  const isFile = await stat(given).then(
    (found) => found.isFile(),
    () => false,
  )
  const text = isFile ? await readFile(given, 'utf8') : await readRevision(given)
  const snapshot = parse(text)
  if (snapshot === null) throw new CommandError(`${given} is not a snapshot of policies; npm run codegen writes one.`)
  return snapshot
}

async function readRevision(revision: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: root, maxBuffer: largest })).stdout
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`).catch(
    (cause: unknown) => {
      throw new CommandError(`${revision} is neither a file nor a revision of this repository.`, { cause })
    },
  )
  // Beside this file, wherever in a repository the project stands.
  return git('show', `${commit.trim()}:./${snapshotPath}`).catch((cause: unknown) => {
    throw new CommandError(`The revision ${revision} has no ${snapshotPath}.`, { cause })
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): PolicySnapshot | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(value) || !isRecord(value.fields)) return null
  const fields: PolicySnapshot['fields'] = {}
  for (const [coordinate, readers] of Object.entries(value.fields)) {
    if (!isRecord(readers)) return null
    const held = Object.entries(readers).flatMap(([reader, access]) =>
      typeof access === 'string' ? [[reader, access]] : [],
    )
    if (held.length !== Object.keys(readers).length) return null
    fields[coordinate] = Object.fromEntries(held) as Record<string, string>
  }
  return { fields }
}

/** What a reader may do; a purpose that a snapshot does not know counts as none. */
const accessOf = (readers: Record<string, string> | undefined, reader: string): string | undefined =>
  readers?.[reader] ?? readers?.[reader.replace(/ for .*$/, '')]

function changesOf(old: PolicySnapshot, now: PolicySnapshot): Change[] {
  const coordinates = [...new Set([...Object.keys(old.fields), ...Object.keys(now.fields)])].sort()
  return coordinates.flatMap((field) => {
    const [was, is] = [old.fields[field], now.fields[field]]
    const readers = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])]
    return readers.flatMap((reader): Change[] => {
      const [before, after] = [accessOf(was, reader), accessOf(is, reader)]
      const verdict = verdictOf(before, after)
      return verdict === null ? [] : [{ verdict, reader, field, before: before ?? '–', after: after ?? '–' }]
    })
  })
}

function writeChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return 'No one gains or loses a field.\n'
  const width = (key: 'reader' | 'verdict' | 'field'): number =>
    Math.max(...changes.map((change) => change[key].length))
  const [readers, verdicts, fields] = [width('reader'), width('verdict'), width('field')]
  const lines = [...changes]
    .sort((one, other) => (one.reader < other.reader ? -1 : one.reader > other.reader ? 1 : 0))
    .map(
      ({ reader, verdict, field, before, after }) =>
        `${reader.padEnd(readers)}  ${verdict.padEnd(verdicts)}  ${field.padEnd(fields)}  ${before} → ${after}`,
    )
  const count = (wanted: Verdict): number => changes.filter(({ verdict }) => verdict === wanted).length
  return [...lines, '', `${count('gains')} gained, ${count('loses')} lost, ${count('changes')} changed.`, ''].join('\n')
}
