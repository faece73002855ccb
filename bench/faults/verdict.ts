/** Whether an answer is right: whole, or with a part missing of which one error says why. */
import { allowed, type Cell } from './matrix.ts'

export interface Said {
  status: number
  body: {
    data?: unknown
    errors?: { path?: (string | number)[]; extensions?: Record<string, unknown> }[]
  }
}

/** The causes that its errors name, none where it is whole; or what is wrong with it. */
export type Verdict = { causes: readonly string[] } | { wrong: string }

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Paths at which `said` is null and `wanted` is not; throws at anything else that differs. */
function missing(said: unknown, wanted: unknown, path = ''): string[] {
  if (said === wanted) return []
  if (said === null) return [path]
  if (!isTree(said) || !isTree(wanted) || Object.keys(said).join() !== Object.keys(wanted).join()) {
    throw new Error(`${path} is ${JSON.stringify(said)}, not ${JSON.stringify(wanted)}`)
  }
  return Object.keys(wanted).flatMap((key) => missing(said[key], wanted[key], path === '' ? key : `${path}.${key}`))
}

/** @param wanted the data of an answer when nothing fails */
export function judge(cell: Cell, { status, body }: Said, wanted: unknown): Verdict {
  const { data, errors = [] } = body
  const causes = errors.map(({ extensions: { code, cause, department } = {} }) => {
    if (code !== 'DEPARTMENT_UNAVAILABLE') return String(code)
    return department === cell.system ? String(cause) : `${String(department)} ${String(cause)}`
  })
  const other = causes.find((cause) => !allowed(cell).includes(cause))
  if (other !== undefined) return { wrong: `an error says ${other}` }
  if (status === 503 && data === undefined && causes.length === 1) return { causes }
  if (status !== 200) return { wrong: `the status is ${status}: ${JSON.stringify(body)}` }
  try {
    const nulls = missing(data, wanted).toSorted().join()
    const told = errors
      .map(({ path = [] }) => path.join('.'))
      .toSorted()
      .join()
    return nulls === told ? { causes } : { wrong: `null is ${nulls}, and the errors are of ${told}` }
  } catch (error) {
    return { wrong: (error as Error).message }
  }
}
