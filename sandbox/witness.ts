import type { DepartmentId } from '../departments.ts'
import type { Department } from './department.ts'
import type { World } from './world.ts'
import type { Enterprise } from './world/identity.ts'

/** An enterprise in a list of the witness. */
export interface Known {
  readonly uscc: string
  readonly name: string
  readonly zone: string
  readonly planted: readonly string[]
  readonly knownTo: readonly DepartmentId[]
}

/** What to list; what is not given does not narrow. */
export interface Wanted {
  /** The zone's name (福州) or its city's digits (3501). */
  readonly zone?: string | undefined
  readonly planted?: string | undefined
  readonly limit?: number | undefined
}

/** Says what is true of the world, whatever the departments say under a fault. */
export class Witness {
  readonly #world: World
  readonly #departments: Readonly<Record<DepartmentId, Department>>

  constructor(world: World, departments: Readonly<Record<DepartmentId, Department>>) {
    this.#world = world
    this.#departments = departments
  }

  /** The enterprises wanted, in the order of their index. */
  list({ zone, planted, limit }: Wanted = {}): Known[] {
    return this.#world.enterprises
      .filter((e) => zone === undefined || e.zone.name === zone || e.zone.city === zone)
      .filter((e) => planted === undefined || e.planted.some((kind) => kind === planted))
      .slice(0, limit)
      .map((e) => this.#known(e))
  }

  /** An enterprise with its true records by department; undefined where the world has no such code. */
  tell(uscc: string): (Known & { readonly slices: Partial<Record<DepartmentId, unknown>> }) | undefined {
    const enterprise = this.#world.enterprises.find((e) => e.uscc === uscc)
    return enterprise && { ...this.#known(enterprise), slices: Object.fromEntries(this.#slices(uscc)) }
  }

  #slices(uscc: string): [DepartmentId, unknown][] {
    const departments = Object.entries(this.#departments) as [DepartmentId, Department][]
    return departments
      .map(([id, department]): [DepartmentId, unknown] => [id, department.slice(uscc)])
      .filter(([, slice]) => slice !== undefined)
  }

  #known({ uscc, name, zone, planted }: Enterprise): Known {
    return { uscc, name, zone: zone.name, planted, knownTo: this.#slices(uscc).map(([id]) => id) }
  }
}
