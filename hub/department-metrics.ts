import { Counter, Gauge, type Registry } from 'prom-client'
import { healthStates, type DepartmentHttp } from '../adapters/kernel/http.ts'

/** Metrics of how departments stand, read when somebody asks for them. */
export function watchDepartments(registry: Registry, departments: readonly DepartmentHttp[]): void {
  const labelNames = ['department']
  const registers = [registry]
  new Gauge({
    name: 'hutong_department_up',
    help: '1 while a department is called, 0 while its breaker is open.',
    labelNames,
    registers,
    collect() {
      for (const http of departments) this.set({ department: http.department }, http.health().state === 'DOWN' ? 0 : 1)
    },
  })
  new Gauge({
    name: 'hutong_department_state',
    help: '1 for the state that a department is in, as departments { health } says it; 0 for the others.',
    labelNames: [...labelNames, 'state'],
    registers,
    collect() {
      for (const http of departments) {
        const standing = http.health().state
        for (const state of healthStates) this.set({ department: http.department, state }, state === standing ? 1 : 0)
      }
    },
  })
  new Gauge({
    name: 'hutong_department_latency_seconds',
    help: 'Mean of the last answers of each department; nothing before the first.',
    labelNames,
    registers,
    collect() {
      for (const http of departments) {
        const { latency } = http.health()
        if (latency !== null) this.set({ department: http.department }, latency / 1000)
      }
    },
  })
  new Counter({
    name: 'hutong_department_retries_total',
    help: 'Calls to each department that failed and were made once more, or were not because too many had been.',
    labelNames: [...labelNames, 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const http of departments) {
        const { made, withheld } = http.health().retries
        this.inc({ department: http.department, outcome: 'made' }, made)
        this.inc({ department: http.department, outcome: 'withheld' }, withheld)
      }
    },
  })
}
