/**
 * A view of more departments than there are: copies of commerce under other names, each with types, policy, resolver,
 * connections, breaker and calls of its own, out of the parts that the hub is made of. What they are asked is commerce's
 * own to see, so that every one of them is asked.
 */
import type { DepartmentSettings } from '../../adapters/kernel/http.ts'
import { createHttp } from '../../adapters/kernel/http.ts'
import { fetches } from '../../auth/plan.ts'
import type { Policy } from '../../auth/vocabulary.ts'
import { adapters, policies, resolvers, type Loaders } from '../../codegen/generated/grid.ts'
import { buildView, viewSdl, type View } from '../../hub/schema.ts'
import { sectionName } from '../documents.ts'

type Commerce = Loaders['commerce']
/** What commerce is asked with, and with it those that are copies of it. */
interface Copied extends Commerce {
  copy(number: number): Commerce
}

const typeName = (number: number): string => `CommerceRecord${number}`

/** Types of a section, as commerce has them. */
function sdlOf(number: number): string {
  const name = sectionName(number)
  const type = typeName(number)
  return `
extend type Enterprise { ${name}: ${type} }
type ${type} { filing: ${type}Filing overseasWarehouses: [${type}Warehouse!] }
type ${type}Filing { number: String zone: String roles: [CommerceRole!] status: FilingStatus }
type ${type}Warehouse { name: String country: CountryCode }`
}

function policyOf(count: number): Policy {
  const { commerce } = policies
  const numbers = Array.from({ length: count }, (_, number) => number)
  return {
    ...commerce,
    doors: [...commerce.doors, ...numbers.map((number) => `Enterprise.${sectionName(number)}` as const)],
    items: [
      ...commerce.items,
      ...numbers.map((number) => ({
        id: `commerce.${sectionName(number)}` as const,
        zh: `部门${number}`,
        en: `Department ${number}`,
        sharing: 'UNCONDITIONAL' as const,
        data: [`${typeName(number)}Filing.*`, `${typeName(number)}Warehouse.*`] as const,
        containers: [`${typeName(number)}.filing`, `${typeName(number)}.overseasWarehouses`] as const,
      })),
    ],
  }
}

/** The whole view, and so many departments more. */
export function viewOfMore(count: number): View {
  const numbers = Array.from({ length: count }, (_, number) => number)
  const sectionOf = (number: number) =>
    fetches(({ uscc }: { uscc: string }, _args: unknown, { load }: { load: { commerce: Copied } }) =>
      load.commerce.copy(number).record.load(uscc),
    )
  const sections = new Map(numbers.map((number) => [sectionName(number), sectionOf(number)]))
  return buildView({
    sdl: viewSdl() + numbers.map(sdlOf).join(''),
    slices: {},
    policies: Object.values({ ...policies, commerce: policyOf(count) }),
    resolvers: [...Object.values(resolvers), { Enterprise: Object.fromEntries(sections) }],
  })
}

/** From now on whoever connects to commerce connects to so many copies of it, too. */
export function connectToMore(count: number, settings: DepartmentSettings): void {
  const { commerce } = adapters
  const ordinary = commerce.connect
  commerce.connect = (http, cache) => {
    const own = ordinary(http, cache)
    const copies = Array.from({ length: count }, () => ordinary(createHttp('commerce', settings), cache))
    return (scope) => {
      const made: Commerce[] = []
      const copy = (number: number): Commerce => (made[number] ??= (copies[number] ?? own)(scope))
      return { ...own(scope), copy }
    }
  }
}
