import type { DepartmentHttp, Health } from '../adapters/kernel/http.ts'
import { adapters } from '../codegen/generated/grid.ts'
import { departments as registry, type DepartmentId } from '../departments.ts'
import type { Department } from '../resolvers/context.ts'

/** Where a slice runs alone, nothing is known of departments that it does not ask. */
const unasked: Omit<Health, 'retries'> = { state: 'UNKNOWN', retryAt: null, latency: null, lastCallAt: null }

/** A department as `departments` shows it. */
export function described(id: DepartmentId, clients: readonly DepartmentHttp[]): Department {
  const client = clients.find(({ department }) => department === id)
  const { state, retryAt, latency, lastCallAt } = client?.health() ?? unasked
  return {
    id,
    nameEn: registry[id].en,
    nameZh: registry[id].zh,
    contractVersion: adapters[id].contractVersion,
    health: state,
    retryAt: retryAt?.toISOString() ?? null,
    latencyMs: latency === null ? null : Math.round(latency * 10) / 10,
    lastCallAt: lastCallAt?.toISOString() ?? null,
  }
}
