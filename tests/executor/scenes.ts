/** Who asks what under which conditions, drawn at random: the view, its grants and the enterprises of a played world. */
import { developmentGrants } from '../../auth/development-grants.ts'
import type { Principal } from '../../auth/token.ts'
import type { Coordinate } from '../../auth/vocabulary.ts'
import { policies } from '../../codegen/generated/grid.ts'
import { departmentIds, departments, offices, partners, type CallerId } from '../../departments.ts'
import { createCursors } from '../../hub/cursors.ts'
import { buildView } from '../../hub/schema.ts'
import type { Grant } from '../../rules/grant.ts'
import { rolesFor } from '../../rules/roles.ts'
import { lies } from '../../sandbox/lies.ts'
import { createWorld } from '../../sandbox/world.ts'
import { grantOf } from '../attacks/granted-hub.ts'
import type { Random } from '../leak/random.ts'
import { clock, type Fault } from './departments.ts'
import type { Material } from './material.ts'
import { secret, type Scene } from './stage.ts'

export const view = buildView()
export const { schema } = view
export const callers = Object.keys({ ...departments, ...partners, ...offices }) as CallerId[]
const cursors = createCursors(secret)

/** What each of these purposes opens is limited in its own way. */
const limits: Record<string, (item: string) => Partial<Grant>> = {
  audit: () => ({}),
  sampling: () => ({ dailySubjects: 2 }),
  inquiry: () => ({ divisions: ['3501', '3307'] }),
  case: () => ({ requiresMandate: true }),
  review: () => ({ full: true }),
  statistics: (item) => ({ coordinates: dataOf(item).filter((_, at) => at % 2 === 0) }),
}
const dataOf = (id: string): Coordinate[] =>
  [...view.catalogue.entries.values()]
    .filter(({ kind, item }) => kind === 'data' && item?.id === id)
    .map(({ coordinate }) => coordinate)
const items = Object.values(policies).flatMap(({ owner, items }) => items.map((item) => ({ ...item, owner })))
export const grants: readonly Grant[] = [
  ...developmentGrants(Object.values(policies)),
  ...items
    .filter(({ sharing }) => sharing === 'CONDITIONAL')
    .flatMap(({ id: item, owner }) =>
      [...departmentIds, 'bank' as const]
        .filter((reader) => reader !== owner)
        .flatMap((reader) =>
          Object.entries(limits).map(([purpose, limit]): Grant => ({
            ...grantOf(reader, item, purpose),
            ...limit(item),
          })),
        ),
    ),
]
const purposes = [...new Set(grants.map(({ purpose }) => purpose))]

export const world = createWorld()
const known = world.enterprises.filter((_, at) => at < 6 || at % 97 === 64)
/** A valid code that no department knows. */
const unregistered = '91350100MA338EEKXY'
export const usccs = [...known.map(({ uscc }) => uscc), unregistered]

const declarations = known.flatMap(({ uscc }) =>
  (world.customs.get(uscc)?.declarations ?? []).slice(0, 2).map(({ invtNo }) => invtNo),
)
const shipments = known.flatMap(({ uscc }) =>
  (world.postal.get(uscc)?.shipments ?? []).slice(0, 2).map(({ mailNo }) => mailNo),
)
const coordinates = [...view.catalogue.entries.keys()]

export const materialFor = (as: string): Material => ({
  usccs,
  declarations: [...declarations, '35002026E99999999999'],
  shipments: [...shipments, 'LY974219773CN'],
  items: items.map(({ id }) => id),
  coordinates: [...coordinates, 'TaxRecord.stray'],
  orders: ['1', '2', '3', 'none'],
  cursor: (list, random) => cursors(list, as).seal(random.pick([...usccs, ...declarations, ...shipments])),
})

type Asker = Pick<Scene, 'principal' | 'purpose'>

export function randomAsker(random: Random, as: CallerId): Asker {
  const usual = random.chance(25) ? 'statistics' : random.pick(random.chance(75) ? Object.keys(limits) : purposes)
  const purpose = random.chance(10) ? null : usual
  const { may, unless } = rolesFor(as)
  const held = random.chance(85) ? unless : [random.pick(may)]
  const principal: Principal = {
    department: as,
    subject: `${as}-1`,
    roles: held,
    purposes: purpose === null ? [] : [purpose],
    divisions: random.chance(75) ? [] : random.pick([['3501'], ['3506', '3307'], ['350102'], ['33']]),
    dxpIds: new Set(),
    mandate: new Set(random.chance(30) ? [] : random.some(usccs, 6)),
    expiresAt: clock / 1000 + 60,
  }
  return { principal, purpose }
}

export function randomConditions(random: Random, seed: number, as: CallerId): Omit<Scene, keyof Asker> {
  const held = grants.filter(({ reader }) => reader === as).map(({ id }) => id)
  const disputed = random.chance(35) ? random.some(coordinates, 30) : []
  return {
    seed,
    faults: new Map(random.chance(30) ? random.some(departmentIds, 3).map((id) => [id, randomFault(random)]) : []),
    spoiled: random.pick([0, 0, 10, 50]),
    ending: {
      grants: new Set(random.chance(25) ? held.filter(() => random.chance(60)) : []),
      after: random.below(4),
    },
    disputes: disputed.flatMap((coordinate) =>
      usccs.map((uscc) => ({ coordinate, uscc, provider: random.pick(departmentIds), since: new Date(clock) })),
    ),
    left: random.below(4),
  }
}

function randomFault(random: Random): Fault {
  if (random.chance(50)) return { lie: random.pick(lies.filter((lie) => lie !== 'oversized')) }
  return { problem: random.pick(['unreachable', 'timeout', 'failed', 'closed', 'busy']), after: random.below(10) }
}
