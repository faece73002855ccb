/** deploy/grafana/hutong.json: every metric and label that it asks for is one that a running hub has, and all are asked for. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './cache/redis.ts'
import { waitUntil } from '../store/engine/process.ts'
import { runHub, type Running } from './support/harness.ts'
import { project } from './support/serve.ts'

interface Panel {
  id: number
  title: string
  type: string
  gridPos: { h: number; w: number; x: number; y: number }
  targets?: { expr: string; legendFormat: string }[]
}
interface Dashboard {
  panels: Panel[]
  templating: { list: { name: string; query: unknown }[] }
}
const dashboard = JSON.parse(readFileSync(join(project, 'deploy', 'grafana', 'hutong.json'), 'utf8')) as Dashboard
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
)

/** What Prometheus adds to everything that it collects. */
const added = ['instance', 'job']

/** What a query asks for: metrics with the values of labels that it wants, and labels that it groups by. */
function asked(query: string) {
  const text = query.replaceAll('$__rate_interval', '5m')
  const metrics: { name: string; matchers: [label: string, value: string][] }[] = []
  const grouping: string[] = []
  const of = (from: number, to: number): string => text.slice(from, to)
  const wrong: string[] = []
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) wrong.push(of(from, to) || `at ${from}`)
      if (type.name === 'VectorSelector') {
        const name = node.getChild('Identifier')
        if (name !== null) metrics.push({ name: of(name.from, name.to), matchers: [] })
      }
      if (type.name === 'UnquotedLabelMatcher') {
        const [label, value] = [node.getChild('LabelName'), node.getChild('StringLiteral')]
        if (label === null || value === null) return
        metrics.at(-1)?.matchers.push([of(label.from, label.to), JSON.parse(of(value.from, value.to)) as string])
      }
      if (type.name === 'GroupingLabels') {
        grouping.push(...node.getChildren('LabelName').map((label) => of(label.from, label.to)))
      }
    },
  })
  return { metrics, grouping, wrong }
}

let running: Running
let redis: TestRedis
/** Values of each label of each metric, as /metrics has them after everything has happened once. */
const shown = new Map<string, Map<string, Set<string>>>()
beforeAll(async () => {
  redis = await startRedis()
  running = await runHub({
    config: {
      rates: { requests: 3, subjects: 1000 },
      cache: { use: 'on', redis: { url: redis.url, key: randomBytes(32) } },
    },
  })
  const query = '{ enterprise(uscc: "91350102MYE0000341") { name tax { creditGrade } } }'
  for (;;) {
    if ((await running.ask({ as: 'customs', purpose: 'clearance' }, query)).status === 429) break
  }
  await running.database.pool.query('alter table audit_record rename to audit_record_away')
  expect((await running.ask({ as: 'tax' }, '{ me { department } }')).status).toBe(503)
  await running.database.pool.query('alter table audit_record_away rename to audit_record')
  let text = ''
  await waitUntil(async () => {
    // Garbage, until some of it was collected: that is a metric too.
    Array.from({ length: 200_000 }, (_, at) => ({ at }))
    text = await (await fetch(`${running.hub.url}/metrics`)).text()
    return text.includes('nodejs_gc_duration_seconds_sum')
  }, 10_000)
  // One that nothing was counted by is there by its name.
  for (const [, name = ''] of text.matchAll(/^# TYPE (\S+)/gm)) shown.set(name, new Map())
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = shown.get(name) ?? new Map<string, Set<string>>()
    shown.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value))
    }
  }
})
afterAll(async () => {
  await running.stop()
  await redis.stop()
})

describe.each(queries)('%s: %s', (_title, expr, legend) => {
  test('is a query of Prometheus, of metrics and labels that the hub has', () => {
    const { metrics, grouping, wrong } = asked(expr)
    expect(wrong).toEqual([])
    expect(metrics.length).toBeGreaterThan(0)
    for (const { name, matchers } of metrics) {
      const labels = shown.get(name)
      if (labels === undefined) throw new Error(`/metrics has no ${name}`)
      const unknown = [...matchers.map(([label]) => label), ...grouping].filter(
        (label) => !labels.has(label) && !added.includes(label),
      )
      expect(unknown).toEqual([])
      const values = matchers
        .filter(([label]) => !added.includes(label))
        .flatMap(([label, value]) => value.split('|').map((each) => [label, each] as const))
      expect(values.filter(([label, value]) => labels.get(label)?.has(value) !== true)).toEqual([])
      expect(matchers).toContainEqual(['instance', '$instance'])
    }
  })

  test('is told apart by labels that are left', () => {
    const { metrics, grouping } = asked(expr)
    const isGrouped = /\bby \(/.test(expr)
    const left = isGrouped ? grouping : [...added, ...(shown.get(metrics[0]?.name ?? '')?.keys() ?? [])]
    const used = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '')
    expect(used.filter((label) => !left.includes(label))).toEqual([])
  })
})

test('every metric of the hub has a place in it', () => {
  const used = new Set(queries.flatMap(([, expr]) => asked(expr).metrics.map(({ name }) => baseOf(name))))
  const own = new Set([...shown.keys()].filter((name) => name.startsWith('hutong_')).map(baseOf))
  expect([...own].filter((name) => !used.has(name))).toEqual([])
})
const baseOf = (name: string): string => name.replace(/_(bucket|sum|count)$/, '')

test('panels have an id each, lie on the grid, and nowhere on each other', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const places = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  )
  expect(new Set(places).size).toBe(places.length)
  expect(panels.filter(({ gridPos: { w, x } }) => x + w > 24)).toEqual([])
})

test('the processes to choose from are those of a metric that every process has', () => {
  const [metric] =
    JSON.stringify(dashboard.templating.list.find(({ name }) => name === 'instance')).match(/hutong_\w+/) ?? []
  expect(shown.has(metric ?? '')).toBe(true)
})
