/** What is asked in this bench, and the fewest calls that answer it. */
import { rawQuestion, type RawQuestion } from './servers/raw.ts'
import { keptList, keptOne, list, one } from './servers/sections.ts'

export interface Question {
  bodies: readonly string[]
  /** For one answer, asked together where a contract allows it. */
  calls: number
  /** For one answer, where every section of every enterprise is asked on its own. */
  single: number
  /** That renew all copies which the answers are made of, once: 0 where every answer takes its own calls. */
  renewals: number
  /** For a server that gives departments' records as they are, where it is asked. */
  raw?: RawQuestion
}

const chunks = (count: number, each: number): number => Math.ceil(count / each)

/** One enterprise at a time, seven calls: six sections, and the declarations. */
export const oneEnterprise = (usccs: readonly string[]): Question => ({
  bodies: usccs.map((uscc) => JSON.stringify({ query: one, variables: { uscc } })),
  calls: 7,
  single: 7,
  renewals: 0,
  raw: rawQuestion(
    usccs.map((uscc) => [uscc]),
    'one',
  ),
})

/** Six sections of some enterprises at a time. @param kinds how many different requests, each beginning four codes on */
export function someEnterprises(usccs: readonly string[], count: number, kinds = 8): Question {
  // Customs takes a hundred codes a call, market supervision and foreign exchange fifty, the other three one.
  const calls = chunks(count, 100) + 2 * chunks(count, 50) + 3 * count
  const asked = rotated(usccs, count, kinds)
  return { bodies: lists(list, asked), calls, single: 6 * count, renewals: 0, raw: rawQuestion(asked, 'list') }
}

const rotated = (usccs: readonly string[], count: number, kinds: number): string[][] =>
  Array.from({ length: kinds }, (_, kind) => [...usccs.slice(kind * 4), ...usccs.slice(0, kind * 4)].slice(0, count))
const lists = (query: string, asked: readonly (readonly string[])[]): string[] =>
  asked.map((usccs) => JSON.stringify({ query, variables: { usccs } }))

/** Six sections of one enterprise at a time, from copies. */
export const keptEnterprise = (usccs: readonly string[]): Question => ({
  bodies: usccs.map((uscc) => JSON.stringify({ query: keptOne, variables: { uscc } })),
  calls: 0,
  single: 0,
  renewals: 6 * usccs.length,
  raw: rawQuestion(
    usccs.map((uscc) => [uscc]),
    'kept',
  ),
})

/** Of some enterprises at a time. */
export function keptEnterprises(usccs: readonly string[], count: number, kinds = 8): Question {
  const asked = rotated(usccs, count, kinds)
  return {
    bodies: lists(keptList, asked),
    calls: 0,
    single: 0,
    renewals: 6 * usccs.length,
    raw: rawQuestion(asked, 'kept', true),
  }
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
  return {
    bodies: usccs.map((uscc) => JSON.stringify({ query, variables: { uscc } })),
    calls: 5,
    single: 5,
    renewals: 0,
  }
}

/** A section of bench/servers/more-departments.ts. */
export const sectionName = (number: number): string => `department${number}`

/** One enterprise at a time, so many departments, one call each. */
export function manyDepartments(usccs: readonly string[], count: number): Question {
  const fields = 'filing { number zone roles status } overseasWarehouses { name country }'
  const parts = Array.from({ length: count }, (_, number) => `${sectionName(number)} { ${fields} }`)
  const query = `query Departments($uscc: USCC!) { enterprise(uscc: $uscc) { ${parts.join(' ')} } }`
  return {
    bodies: usccs.map((uscc) => JSON.stringify({ query, variables: { uscc } })),
    calls: count,
    single: count,
    renewals: 0,
  }
}

/** What the documents below ask for, each of them another part of it. */
const sections = [
  'name status',
  'division { province city }',
  'customs { creditGrade registration { code } }',
  'tax { creditGrade listedGradeA }',
  'fx { registered class }',
  'market { licences { number } }',
  'postal { monthlyVolumes { month parcels } }',
  'commerce { filing { number } }',
]

/** So many documents, of which no two are alike: two sections each, under names of their own. */
export function differentDocuments(usccs: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const some = [sections[at % sections.length], sections[(at * 3 + 1) % sections.length]]
    const query = `query Document${at}($uscc: USCC!) { of${at}: enterprise(uscc: $uscc) { ${some.join(' ')} } }`
    return JSON.stringify({ query, variables: { uscc: usccs[at % usccs.length] } })
  })
}
