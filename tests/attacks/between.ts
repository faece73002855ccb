/** A hub whose every department is reached through a stand-in: it passes on what is said, or says what a test tells it. */
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { factoryOf } from '../../sandbox/start.ts'
import { runHub, type Running } from '../support/harness.ts'
import { ScriptedDepartment, type Heard, type Said } from '../support/scripted-department.ts'

export interface Between {
  running: Running
  /** What stands before each department. */
  standIn: Readonly<Record<DepartmentId, ScriptedDepartment>>
  /** What the department itself says. */
  truly(id: DepartmentId, heard: Heard): Promise<Said & { body: Buffer }>
  /** All pass on what is said, and forget what they heard. */
  honest(): void
  /** The paths that each department was asked for, where it was asked. */
  paths(): Partial<Record<DepartmentId, string[]>>
  stop(): Promise<void>
}

/** Headers that belong to one connection. */
const ofConnection = ['connection', 'host', 'content-length', 'transfer-encoding', 'keep-alive']
const without = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.includes(name)))

/** Starts one; the caller stops it. */
export async function runBetween(): Promise<Between> {
  const made = await Promise.all(
    departmentIds.map(async (id) => {
      const standIn = await ScriptedDepartment.start()
      return [id, standIn, (await factoryOf(id)).credentials] as const
    }),
  )
  const departments = new Map(made.map(([id, { url }, credentials]) => [id, { url, credentials }] as const))
  const standIn = Object.fromEntries(made.map(([id, department]) => [id, department])) as Between['standIn']
  const running = await runHub({ config: { departments } })
  const truly: Between['truly'] = async (id, { method, path, headers, body }) => {
    const answer = await fetch(running.sandbox.urls[id] + path, {
      method,
      headers: without(headers),
      redirect: 'manual',
      ...(method === 'POST' ? { body } : {}),
    })
    const said = { headers: without(Object.fromEntries(answer.headers)), status: answer.status }
    return { ...said, body: Buffer.from(await answer.arrayBuffer()) }
  }
  const honest = (): void => departmentIds.forEach((id) => standIn[id].says((heard) => truly(id, heard)))
  honest()
  return {
    running,
    standIn,
    truly,
    honest,
    paths: () =>
      Object.fromEntries(
        departmentIds.flatMap((id) => {
          const heard = standIn[id].heard.map(({ path }) => path).filter((path) => path !== '/oauth/token')
          return heard.length === 0 ? [] : [[id, heard] as const]
        }),
      ),
    async stop() {
      await running.stop()
      await Promise.all(departmentIds.map((id) => standIn[id].stop()))
    },
  }
}
