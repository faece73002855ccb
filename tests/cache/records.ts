/** A department that is asked for records by credit code, and requests that want them more or less fresh. */
import type { Adapter } from '../../adapters/kernel/adapter.ts'
import { DepartmentCache, type CacheSettings } from '../../adapters/kernel/cache.ts'
import { UpstreamError } from '../../adapters/kernel/errors.ts'
import type { DepartmentHttp } from '../../adapters/kernel/http.ts'
import { jsonOf } from '../../adapters/kernel/json.ts'
import type { RecordLoader } from '../../adapters/kernel/record-loader.ts'
import type { CallScope } from '../../adapters/kernel/scope.ts'
import { alwaysAsked, type Freshness } from '../../rules/freshness.ts'
import { json, type Script, ScriptedDepartment } from '../support/scripted-department.ts'

export interface Said {
  uscc: string
  says: string
}

/** An adapter in small: as many codes a call as `size`, at /‹code›,‹code›…; what is missing in the answer is not there. */
export const adapterOf = (size: number) =>
  ({
    contractVersion: '1',
    credentials: [],
    connect: (http: DepartmentHttp, cache: DepartmentCache) => {
      const records = cache.records<Said>('1', {
        size,
        async fetch(scope, usccs) {
          const answer = await http.call(scope, () => ({ method: 'GET', path: `/${usccs.join(',')}` }))
          if (answer.status === 401) throw new UpstreamError('tax', 'refused', 'It refuses.')
          const said = jsonOf(http, answer) as Said[]
          scope.answered('tax', 'live', answer.at, answer.milliseconds)
          return new Map(said.map((record) => [record.uscc, record]))
        },
      })
      return (scope: CallScope) => ({ record: records(scope) })
    },
  }) satisfies Adapter<unknown>

/** Says of every code which request it was answered to. */
export const counting: Script = ({ path }, nth) =>
  json(
    path
      .slice(1)
      .split(',')
      .map((uscc) => ({ uscc, says: String(nth) })),
  )

/** One request, and what came of it. */
export interface Asking {
  record: RecordLoader<Said>
  /** How each answer was obtained, with the problem where there was one. */
  answered: string[]
  calls: number
}

export interface AskOptions {
  freshness?: Freshness
  time?: number
  signal?: AbortSignal
  leavesCopies?: boolean
}

/** Opens a client and a cache of its own. @param size codes a call */
export function opened(
  department: ScriptedDepartment,
  size = 1,
  settings: Partial<CacheSettings> & { timeout?: number } = {},
) {
  const cache = new DepartmentCache('tax', { most: 100, shared: null, ...settings })
  const client = department.client('tax', { timeout: settings.timeout ?? 5000 })
  const loadersOf = adapterOf(size).connect(client, cache)
  const ask = ({
    freshness = alwaysAsked,
    time = 10_000,
    signal = new AbortController().signal,
    leavesCopies = true,
  }: AskOptions = {}): Asking => {
    const asking = { answered: [] as string[], calls: 0 }
    const scope: CallScope = {
      signal,
      deadline: performance.now() + time,
      requestId: 'a-test-request',
      spans: null,
      leavesCopies,
      freshness: () => freshness,
      called: () => void asking.calls++,
      answered: (_department, obtained, _at, _milliseconds, problem) =>
        void asking.answered.push(problem == null ? obtained : `${obtained} ${problem}`),
    }
    return Object.assign(asking, loadersOf(scope))
  }
  return { cache, ask }
}
