/** An explanation as text for a person. */
import type { Explained, Explanation } from './explain.ts'

/**
 * One line a field, in the order of the document; below it what can be done about a refusal or a mask, said once in a row.
 * @param why adds the reasons, below the last of the fields in a row that share them
 */
export function writeExplanation({ department, purpose, policyVersion, fields }: Explanation, why = false): string {
  const width = Math.max(...fields.map(({ path }) => path.length), 0)
  const lines = fields.flatMap(({ path, decision, onlyFor, rule, catalogueItem, advice, chain }, i) => {
    const item = catalogueItem === null ? '' : `  ${catalogueItem}`
    const rows = onlyFor === null ? '' : `  only ${onlyFor}`
    const line = `${decision.padEnd(5)}  ${path.padEnd(width)}  ${rule}${item}${rows}`
    const reasons = why ? reasonsOf(chain, fields[i + 1]?.chain) : []
    const below = advice === null || advice === fields[i + 1]?.advice ? [] : [advice]
    return [line, ...[...reasons, ...below].map((text) => `       ${text}`)]
  })
  const count = (wanted: string): number => fields.filter(({ decision }) => decision === wanted).length
  return [
    `${department}, ${purpose === null ? 'stating no purpose' : `for ${purpose}`} (policy ${policyVersion})`,
    '',
    ...lines,
    '',
    `${fields.length} ${fields.length === 1 ? 'field' : 'fields'}: ${count('ALLOW')} ALLOW, ${count('MASK')} MASK, ${count('DENY')} DENY.`,
    '',
  ].join('\n')
}

/** Reasons for reading and against it, without the decision, which the line itself says; none where the next field has the same. */
const reasonsOf = (chain: Explained['chain'], next: Explained['chain'] | undefined): string[] =>
  JSON.stringify(chain) === JSON.stringify(next)
    ? []
    : chain.filter(({ check }) => check !== 'decision').map(({ holds, text }) => `${holds ? 'yes' : 'no '}  ${text}`)
