import { type DepartmentId, departmentIds } from '../departments.ts'
import type { CallReport } from './calls.ts'
import { controlListener } from './control.ts'
import type { Credentials, DepartmentFactory, Settings } from './department.ts'
import type { FaultReport, FaultRequest } from './faults.ts'
import { type Listening, listen } from './listen.ts'
import { serve, type Served } from './serve.ts'
import { Witness } from './witness.ts'
import { createWorld, type World } from './world.ts'

/** How a sandbox is started; everything has an ordinary value for development. */
export interface SandboxOptions {
  /** The port of the first department, the others following in the order of the registry; 0 takes any free ones. */
  readonly ports?: number
  /** The port of the control server; 0 takes any free one. */
  readonly control?: number
  /** The address to listen on; the loopback interface unless told. */
  readonly host?: string
  /** Credentials that differ from those of development, by department and name. */
  readonly credentials?: Partial<Record<DepartmentId, Credentials>>
  /** Settings that differ from the ordinary ones, by department and name, e.g. `{ customs: { tokenSeconds: 2 } }`. */
  readonly settings?: Partial<Record<DepartmentId, Settings>>
  /** Another world than that of the development seed. */
  readonly world?: World
  /** Milliseconds since 1970, by which timestamps and tokens are judged. */
  readonly clock?: () => number
}

/** All departments at work. */
export interface Sandbox {
  readonly world: World
  readonly urls: Readonly<Record<DepartmentId, string>>
  readonly controlUrl: string
  readonly faults: {
    set(department: DepartmentId, fault: FaultRequest): void
    clear(department?: DepartmentId): void
    report(): Record<DepartmentId, FaultReport | null>
  }
  readonly calls: {
    report(): Record<DepartmentId, CallReport>
    reset(): void
  }
  readonly witness: Witness
  close(): Promise<void>
}

/** Loads the factory of a department from the file that bears its id. */
export const factoryOf = async (id: DepartmentId): Promise<DepartmentFactory> => {
  const { default: factory } = (await import(new URL(`./${id}.ts`, import.meta.url).href)) as {
    default: DepartmentFactory
  }
  return factory
}

const each = <T>(value: (id: DepartmentId) => T): Record<DepartmentId, T> =>
  Object.fromEntries(departmentIds.map((id) => [id, value(id)])) as Record<DepartmentId, T>

/** Puts the credentials or settings given over the ordinary ones; a name that the department has not is a mistake. */
const over = <T>(id: string, ordinary: Readonly<Record<string, T>>, given: Readonly<Record<string, T>> = {}) => {
  const stray = Object.keys(given).find((name) => !Object.hasOwn(ordinary, name))
  if (stray !== undefined) throw new TypeError(`The department ${id} of the sandbox has nothing named ${stray}.`)
  return { ...ordinary, ...given }
}

/** Starts every department of the registry and the control server. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const { ports = 0, control = 0, host, credentials, settings, world = createWorld(), clock = Date.now } = options
  const served = new Map<DepartmentId, Served>()
  for (const id of departmentIds) {
    const factory = await factoryOf(id)
    const secrets = over(id, factory.credentials, credentials?.[id])
    const department = factory.open(world, secrets, over(id, factory.settings, settings?.[id]))
    served.set(id, serve(department, clock))
  }
  const of = (id: DepartmentId): Served => {
    const found = served.get(id)
    if (!found) throw new RangeError(`There is no department ${id}.`)
    return found
  }

  const open: Listening[] = []
  const close = async () => void (await Promise.all(open.map((listening) => listening.close())))
  const opened = async (listener: Served['listener'], port: number, who: string) => {
    const listening = await listen(listener, port, who, host)
    open.push(listening)
    return listening.url
  }

  const handles = {
    world,
    faults: {
      set: (id: DepartmentId, fault: FaultRequest) => of(id).faults.set(fault),
      clear: (id?: DepartmentId) => (id ? [id] : departmentIds).forEach((one) => of(one).faults.clear()),
      report: () => each((id) => of(id).faults.report() ?? null),
    },
    calls: {
      report: () => each((id) => of(id).calls.report()),
      reset: () => departmentIds.forEach((id) => of(id).calls.reset()),
    },
    witness: new Witness(
      world,
      each((id) => of(id).department),
    ),
  }

  try {
    const addresses = new Map<DepartmentId, string>()
    for (const [i, id] of departmentIds.entries())
      addresses.set(id, await opened(of(id).listener, ports && ports + i, `department ${id}`))
    const controlUrl = await opened(controlListener(handles), control, 'the control server')
    return { ...handles, urls: each((id) => addresses.get(id) ?? ''), controlUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}
