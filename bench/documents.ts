/** What is asked in this bench, and the fewest calls that answer it. */
import { list, one } from './servers/sections.ts'

export interface Question {
  bodies: readonly string[]
  /** For one answer, asked together where a contract allows it. */
  calls: number
  /** For one answer, where every section of every enterprise is asked on its own. */
  single: number
}

const chunks = (count: number, each: number): number => Math.ceil(count / each)

/** One enterprise at a time, seven calls: six sections, and the declarations. */
export const oneEnterprise = (usccs: readonly string[]): Question => ({
  bodies: usccs.map((uscc) => JSON.stringify({ query: one, variables: { uscc } })),
  calls: 7,
  single: 7,
})

/** Six sections of some enterprises at a time. @param kinds how many different requests, each beginning four codes on */
export function someEnterprises(usccs: readonly string[], count: number, kinds = 8): Question {
  const bodies = Array.from({ length: kinds }, (_, kind) => {
    const rotated = [...usccs.slice(kind * 4), ...usccs.slice(0, kind * 4)]
    return JSON.stringify({ query: list, variables: { usccs: rotated.slice(0, count) } })
  })
  // Customs takes a hundred codes a call, market supervision and foreign exchange fifty, the other three one.
  const calls = chunks(count, 100) + 2 * chunks(count, 50) + 3 * count
  return { bodies, calls, single: 6 * count }
}

/** Leaves of the sections that have some outside lists, so that a field selected is a value answered. */
const leaves = [
  ['market', ['establishedOn', 'authority', 'kind', 'address'], 'registration'],
  ['customs', ['code', 'district', 'filedOn'], 'registration'],
  ['tax', ['creditGrade', 'listedGradeA', 'exportRefundClass'], null],
  ['fx', ['registered', 'class'], null],
  ['commerce', ['number', 'zone', 'status'], 'filing'],
] as const

/** One enterprise at a time, so many selected leaves: five calls however many. Asked for again, a leaf has an alias. */
export function manyFields(usccs: readonly string[], count: number): Question {
  const parts = leaves.map(([section, names, within], at) => {
    const share = Math.floor(count / leaves.length) + (at < count % leaves.length ? 1 : 0)
    const fields = Array.from({ length: share }, (_, number) => {
      const name = names[number % names.length] ?? ''
      return number < names.length ? name : `${name}${number}: ${name}`
    }).join(' ')
    return `${section} { ${within === null ? fields : `${within} { ${fields} }`} }`
  })
  const query = `query Fields($uscc: USCC!) { enterprise(uscc: $uscc) { ${parts.join(' ')} } }`
  return { bodies: usccs.map((uscc) => JSON.stringify({ query, variables: { uscc } })), calls: 5, single: 5 }
}
