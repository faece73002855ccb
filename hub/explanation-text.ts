/** An explanation as text for a person. */
import type { Explanation } from './explain.ts'

/** One line a field, in the order of the document; below it what can be done about a refusal or a mask, said once in a row. */
export function writeExplanation({ department, purpose, policyVersion, fields }: Explanation): string {
  const width = Math.max(...fields.map(({ path }) => path.length), 0)
  const lines = fields.flatMap(({ path, decision, onlyFor, rule, catalogueItem, advice }, i) => {
    const item = catalogueItem === null ? '' : `  ${catalogueItem}`
    const rows = onlyFor === null ? '' : `  only ${onlyFor}`
    const line = `${decision.padEnd(5)}  ${path.padEnd(width)}  ${rule}${item}${rows}`
    return advice === null || advice === fields[i + 1]?.advice ? [line] : [line, `       ${advice}`]
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
