/** Proves or disproves an export of the ledger, from its lines and the public keys alone. */
import type { JWK } from 'jose'
import { genesis, linkHash } from './audit-record.ts'
import { canonical, type Json } from './canonical.ts'
import { endOf, endsOf, isObject, manifestOf, parsed, type End, type Line, type Manifest } from './ledger-lines.ts'
import { createDigest, digest, isSuiteName, keyText, verifySigned, type SuiteName } from './ledger-suite.ts'

export interface Finding {
  /** What is wrong. */
  problem:
    /** a line is not what an export holds, byte for byte */
    | 'malformed'
    /** a record, a plan or another line is not what was written */
    | 'changed'
    /** records are missing */
    | 'removed'
    /** records stand in another order than they were written */
    | 'reordered'
    /** the end of a chain, or of the export, is missing */
    | 'truncated'
    /** a signature is by a key that is not trusted */
    | 'foreign-key'
    /** a signature does not hold */
    | 'signature'
  /** Number of the line, from 1; null for what is found at the end. */
  line: number | null
  message: string
}

export interface Verification {
  records: number
  /** Records from before records were chained, of which nothing is proved. */
  unchained: number
  chains: number
  checkpoints: number
  /** When it was exported; null where that is not signed. */
  at: string | null
  findings: Finding[]
}

interface Chain {
  suite: SuiteName
  /** The last place seen, and the hash there. */
  sequence: number
  hash: string
  /** Records begin after this one, which the retention job removed. */
  anchor: { sequence: number; hash: string } | null
  /** Hashes at the places that checkpoints name, filled while reading. */
  hashes: Map<number, string | null>
  /** Places that were passed over, until they come after all. */
  gaps: { from: number; to: number; missing: number; line: number }[]
}

/** Most findings that are listed; what follows from one broken line is not worth a book. */
const mostFindings = 100

/**
 * Reads an export line by line; memory grows with chains and checkpoints, not with records.
 * @param lines each with its line feed, which is signed as well
 * @param trusted public keys; one that a trusted key signed is trusted as well
 */
export async function verifyLedger(lines: AsyncIterable<string>, trusted: readonly JWK[]): Promise<Verification> {
  const keys = [...trusted]
  const chains = new Map<string, Chain>()
  const checkpoints: (End & { line: number })[] = []
  const named: (End & { by: string; line: number })[] = []
  const removed: End[] = []
  const plans = new Set<string>()
  const plansNeeded = new Map<string, number>()
  const findings: Finding[] = []
  let number = 0
  let records = 0
  let unchained = 0
  let manifest: Manifest | null = null
  let whole = createDigest('SHA256-Ed25519')

  const find = (problem: Finding['problem'], message: string, line: number | null = number): void => {
    if (findings.length < mostFindings) findings.push({ problem, line, message })
  }

  for await (const bytes of lines) {
    number += 1
    const text = bytes.endsWith('\n') ? bytes.slice(0, -1) : bytes
    if (manifest !== null) {
      find('malformed', 'Something follows the manifest, which must be the last line.')
      break
    }
    const said = parsed(text)
    if (number === 1 && said?.kind !== 'ledger') find('malformed', 'The export does not begin with its header.')
    if (said === null) {
      find('malformed', 'The line is not a JSON object.')
      continue
    }
    if (text === bytes) find('malformed', 'The line does not end with a line feed.')
    if (canonical(said) !== text) find('malformed', 'The line is not written as an export writes it.')
    if (number === 1 && typeof said.suite === 'string' && isSuiteName(said.suite)) whole = createDigest(said.suite)
    if (said.kind !== 'manifest') whole.update(bytes)
    switch (said.kind) {
      case 'ledger':
        if (number > 1) find('malformed', 'A second header stands within the export.')
        else if (said.version !== 2) find('malformed', 'The export is of a version that is not known here.')
        break
      case 'key':
        await readKey(said)
        break
      case 'chain':
        if (typeof said.chain !== 'string' || typeof said.suite !== 'string' || !isSuiteName(said.suite)) {
          find('malformed', 'A chain needs its id and its suite.')
        } else if (chains.has(said.chain)) find('malformed', `The chain ${said.chain} begins twice.`)
        else
          chains.set(said.chain, {
            suite: said.suite,
            sequence: 0,
            hash: genesis,
            anchor: null,
            hashes: new Map(),
            gaps: [],
          })
        break
      case 'anchor': {
        const anchor = endOf(said)
        const chain = anchor === null ? undefined : chains.get(anchor.chain)
        if (anchor === null || chain === undefined || chain.sequence > 0)
          find('malformed', 'An anchor is out of place.')
        else Object.assign(chain, { anchor, sequence: anchor.sequence, hash: anchor.hash })
        break
      }
      case 'record':
        records += 1
        readRecord(said)
        break
      case 'unchained':
        if (isObject(said.record)) {
          unchained += 1
          needPlan(said.record.plan)
        } else find('malformed', 'A record needs its record.')
        break
      case 'checkpoint': {
        const payload = await signedBy(said)
        const end = endOf(payload ?? undefined)
        if (end === null) break
        checkpoints.push({ ...end, line: number })
        const others = endsOf(payload?.heads)
        named.push(...others.map((other) => ({ ...other, by: 'a checkpoint of another chain', line: number })))
        for (const { chain, sequence } of [end, ...others]) chains.get(chain)?.hashes.set(sequence, null)
        break
      }
      case 'plan': {
        const { hash, plan } = said
        if (digest('SHA256-Ed25519', canonical(plan ?? null)) !== hash)
          find('changed', 'A plan is not what its hash says.')
        else plans.add(hash)
        break
      }
      case 'manifest': {
        const payload = await signedBy(said)
        manifest = { ...manifestOf(payload), line: number }
        break
      }
      default:
        find('malformed', 'The line is of no known kind.')
    }
  }

  /** Keys come in the order in which they signed. */
  async function readKey({ key, signed }: Line): Promise<void> {
    const jwk = isObject(key) ? (key as JWK) : null
    if (jwk === null) return find('malformed', 'A key needs its public key.')
    if (typeof signed !== 'string' || keys.some(({ kid }) => kid === jwk.kid)) return
    const vouched = await verifySigned(signed, keys)
    if ('text' in vouched && vouched.text === keyText(jwk)) keys.push(jwk)
  }

  function readRecord(said: Line): void {
    const end = endOf(said)
    const chain = end === null ? undefined : chains.get(end.chain)
    if (end === null || chain === undefined || !isObject(said.record)) {
      find('malformed', 'A record needs its chain, sequence, hash and record, after the line of its chain.')
      return
    }
    const { sequence, hash } = end
    const expected = chain.sequence + 1
    if (sequence < expected) {
      const gap = chain.gaps.find(({ from, to }) => from <= sequence && sequence <= to)
      if (gap === undefined) find('reordered', `Record ${sequence} stands again after record ${chain.sequence}.`)
      else gap.missing -= 1
      return
    }
    if (sequence > expected) {
      chain.gaps.push({ from: expected, to: sequence - 1, missing: sequence - expected, line: number })
    } else {
      const link = { chain: end.chain, sequence, previous: chain.hash, record: canonical(said.record) }
      if (linkHash(chain.suite, link) !== hash) find('changed', `Record ${sequence} is not what was written there.`)
    }
    chain.sequence = sequence
    chain.hash = hash
    if (chain.hashes.has(sequence)) chain.hashes.set(sequence, hash)
    const { action, details, plan } = said.record
    needPlan(plan)
    if (!isObject(details)) return
    if (action === 'retention') removed.push(...endsOf(details.removed))
    if (action === 'chain') {
      named.push(...endsOf(details.after).map((after) => ({ ...after, by: 'the chain that follows', line: number })))
    }
  }

  function needPlan(plan: Json | undefined): void {
    if (typeof plan === 'string' && !plansNeeded.has(plan)) plansNeeded.set(plan, number)
  }

  async function signedBy(said: Line): Promise<Line | null> {
    const result =
      typeof said.signed === 'string' ? await verifySigned(said.signed, keys) : { problem: 'malformed' as const }
    if ('text' in result) return parsed(result.text)
    const messages = {
      malformed: 'What should be signed is not.',
      'foreign-key': 'It is signed by a key that is not among the trusted ones.',
      signature: 'The signature does not hold.',
    }
    find(result.problem, messages[result.problem])
    return null
  }

  for (const [plan, line] of plansNeeded) {
    if (!plans.has(plan)) find('removed', 'The plan that a record names is missing.', line)
  }
  for (const [id, { anchor, gaps }] of chains) {
    for (const { from, to, missing, line } of gaps) {
      const which = from === to ? `Record ${from}` : `Records ${from} to ${to}`
      if (missing <= 0) find('reordered', `${which} of the chain ${id} stand after record ${to + 1}.`, line)
      else find('removed', `${which} of the chain ${id}: ${missing} missing.`, line)
    }
    if (anchor === null) continue
    const isSaid = removed.some(
      (end) => end.chain === id && end.sequence === anchor.sequence && end.hash === anchor.hash,
    )
    if (!isSaid)
      find(
        'removed',
        `The first ${anchor.sequence} records of the chain ${id} are missing, and no retention record says so.`,
        null,
      )
  }
  for (const { line, by, ...end } of [
    ...named,
    ...checkpoints.map((end) => ({ ...end, by: 'a checkpoint' })),
    ...(manifest?.heads ?? []).map((end) => ({ ...end, by: 'the manifest', line: manifest?.line ?? 0 })),
  ]) {
    const chain = chains.get(end.chain)
    const reached = chain?.sequence ?? 0
    if (chain === undefined && removed.some((gone) => gone.chain === end.chain && gone.sequence >= end.sequence))
      continue
    if (reached < end.sequence) {
      find('truncated', `The chain ${end.chain} ends at ${reached}; ${by} says it reached ${end.sequence}.`, line)
    } else if (chain !== undefined && end.sequence > (chain.anchor?.sequence ?? 0)) {
      const hash = end.sequence === chain.sequence ? chain.hash : chain.hashes.get(end.sequence)
      if (hash != null && hash !== end.hash) {
        find('changed', `Record ${end.sequence} of the chain ${end.chain} is not the one that ${by} names.`, line)
      }
    }
  }
  if (manifest === null) find('truncated', 'The export has no manifest at its end.', null)
  else if (manifest.records !== null && manifest.records !== records) {
    find('removed', `The manifest counts ${manifest.records} records; the export holds ${records}.`, manifest.line)
  }
  // Of what is wrong in a line that is checked by itself, that line tells; of any other byte, this.
  if (manifest !== null && findings.length === 0 && manifest.digest !== whole.digest('hex')) {
    find('changed', 'A line that stands before the manifest is missing, added or changed.', manifest.line)
  }
  const at = manifest?.at ?? null
  return { records, unchained, chains: chains.size, checkpoints: checkpoints.length, at, findings }
}
