/** The grants of a viewer, considered one by one: why each does or does not open a field. */
import { departments, isDepartmentId } from '../departments.ts'
import { divisionMatches } from '../rules/division.ts'
import type { Grant } from '../rules/grant.ts'
import { divisionOf } from '../rules/uscc.ts'
import { dayOf } from '../rules/working-day.ts'
import type { Entry } from './catalogue.ts'
import type { WhyRequest, WhyStep } from './why.ts'

export const prefixes = (divisions: readonly string[]): string => divisions.map((prefix) => `${prefix}*`).join(', ')

/** Each of the viewer's grants for the item, and why it does or does not hold; a step where it has none. */
export function grantSteps(entry: Entry, own: readonly Grant[], request: WhyRequest): WhyStep[] {
  const { item, owner } = entry
  const held = own.filter((grant) => grant.item === item?.id)
  if (held.length === 0) {
    const provider = isDepartmentId(owner) ? departments[owner].zh : 'the hub'
    const text = `${request.viewer.department} holds no grant for ${item?.id ?? ''}; ${owner} (${provider}) gives them (art. 21).`
    return [{ check: 'grant', holds: false, text }]
  }
  return held.map((grant): WhyStep => {
    const against = objections(grant, entry, request)
    const text =
      against.length === 0
        ? `The grant ${grant.id} holds: ${extentOf(grant)}.`
        : `The grant ${grant.id} does not hold: ${against.join('; ')}.`
    return { check: 'grant', holds: against.length === 0, text }
  })
}

const states = {
  SUSPENDED: 'it is suspended (art. 27)',
  TERMINATED: 'it was terminated (art. 27)',
  GIVEN_UP: 'it was given up (art. 27)',
  EXPIRED: 'its term is over',
} as const

const modes = { BATCH: 'batches 批量交换', FILE: 'files 文件下载' } as const

/** Everything that speaks against a grant. */
function objections(grant: Grant, { coordinate }: Entry, { viewer, mandate, uscc, now }: WhyRequest): string[] {
  const against: string[] = []
  if (grant.coordinates !== null && !grant.coordinates.includes(coordinate)) against.push('it opens other fields')
  if (grant.mode !== 'API') against.push(`it is for ${modes[grant.mode]}, not for this interface (art. 22)`)
  if (grant.state !== 'ACTIVE') against.push(states[grant.state])
  if (grant.validFrom !== null && now < grant.validFrom) against.push(`it begins on ${dayOf(grant.validFrom)}`)
  if (grant.validTo !== null && now >= grant.validTo) against.push(`it ended on ${dayOf(grant.validTo)}`)
  if (grant.purpose !== viewer.purpose) {
    const stated = viewer.purpose === null ? 'no purpose' : viewer.purpose
    against.push(`its purpose is ${grant.purpose}, the request states ${stated}`)
  }
  if (uscc === null) return against
  const division = divisionOf(uscc)
  if (grant.divisions.length > 0 && !divisionMatches(grant.divisions, division)) {
    against.push(`it reaches divisions ${prefixes(grant.divisions)}, the enterprise is of ${division}`)
  }
  if (grant.requiresMandate && !mandate.has(uscc)) against.push("the token's mandate does not name the enterprise")
  return against
}

/** How far a grant goes. A quota is counted only when data is asked for. */
function extentOf({ purpose, divisions, requiresMandate, validTo, full, dailySubjects }: Grant): string {
  return [
    `for ${purpose}`,
    ...(divisions.length === 0 ? [] : [`divisions ${prefixes(divisions)}`]),
    ...(requiresMandate ? ['enterprises named in the mandate'] : []),
    ...(full ? ['in full'] : []),
    ...(validTo === null ? [] : [`until ${dayOf(validTo)}`]),
    ...(dailySubjects === null ? [] : [`at most ${dailySubjects} enterprises a day, counted when data is asked for`]),
  ].join(', ')
}
