/** What the reasons of a decision are asked with: the catalogue as it is, grants and requests made up for a test. */
import type { WhyRequest } from '../../auth/why.ts'
import { buildView } from '../../hub/schema.ts'
import type { Grant } from '../../rules/grant.ts'

export const { catalogue } = buildView()
export const now = new Date('2026-03-02T09:00:00+08:00')
export const fuzhou = '91350102MYE0000341'
export const jinhua = '91330702MYQ0003787'

export const grant = (id: string, change: Partial<Grant> = {}): Grant => ({
  id,
  reader: 'customs',
  item: 'tax.creditGrade',
  coordinates: null,
  purpose: 'clearance',
  divisions: [],
  full: false,
  requiresMandate: false,
  validFrom: null,
  validTo: null,
  state: 'ACTIVE',
  dailySubjects: null,
  mode: 'API',
  application: null,
  ...change,
})
export const request = (change: Partial<WhyRequest['viewer']> = {}, uscc: string | null = fuzhou): WhyRequest => ({
  viewer: { department: 'customs', reads: true, purpose: 'clearance', divisions: [], ...change },
  mandate: new Set(),
  uscc,
  now,
})
export const entryOf = (coordinate: string) => {
  const entry = catalogue.entries.get(coordinate as `${string}.${string}`)
  if (entry === undefined) throw new Error(`There is no ${coordinate}.`)
  return entry
}
