/** What the bench makes of what it measured: ratios, spreads, slopes, the table and the picture. */
import { expect, test } from 'vitest'
import { callsOf, checkCalls, difference } from '../bench/agreement.ts'
import { someEnterprises } from '../bench/documents.ts'
import { slopeOf, type Growth } from '../bench/growth.ts'
import { quantile, type Measured } from '../bench/load.ts'
import { growthPlot } from '../bench/plot.ts'
import { isQuiet, ratiosOf, reportTable, spread } from '../bench/report.ts'
import type { Server } from '../bench/rig.ts'
import { inRounds, ordered } from '../bench/rounds.ts'
import type { Regime } from '../bench/throughput.ts'

const round = (perSecond: number, more: Partial<Measured> = {}): Measured => ({
  perSecond,
  cpu: 1,
  own: 900 / perSecond,
  busy: 0.95,
  p50: 10.04,
  p99: 20,
  answers: 6 * perSecond,
  failed: 0,
  calls: 42 * perSecond,
  ...more,
})

const regime = (limit: Measured[], hub: Measured[], delay = 0): Regime => ({
  name: 'One enterprise, 7 calls',
  delay,
  connections: 50,
  servers: [
    { name: 'limit', calls: 7, rounds: limit },
    { name: 'hub', calls: 7, rounds: hub },
  ],
})

test('a ratio is of the same round', () => {
  expect(ratiosOf([round(500), round(900)], [round(1000), round(1200)])).toEqual([0.5, 0.75])
})

test('rounds that differ by more than 15 % cannot be judged', () => {
  expect(spread([round(1000), round(1100), round(1150)])).toBeCloseTo(150 / 1100)
  const [steady, shaken] = [regime([round(1000), round(1100)], []), regime([round(1000), round(1200)], [])]
  expect([isQuiet([steady]), isQuiet([steady, shaken])]).toEqual([true, false])
})

test('the table', () => {
  const quiet = regime([round(1000), round(1100), round(1050)], [round(700), round(880), round(756, { failed: 2 })])
  const loud = regime([round(1000, { busy: 0.5 }), round(1400, { busy: 0.5 })], [], 0)
  loud.servers.pop()
  const growth: Growth = {
    enterprises: [1, 10, 100].map((size) => ({ size, cpu: size / 5, least: size / 6, most: size / 4, p50: size })),
    fields: [10, 100, 1000].map((size) => ({ size, cpu: 2, least: 1.9, most: 2.1, p50: 5 })),
  }
  const side = { perSecond: 99, cpu: 2 }
  const parts = { metrics: [{ query: 'Six sections', connections: 50, rounds: [{ on: side, off: side }] }] }
  const said = reportTable({
    date: '2026-01-31',
    machine: 'Node 24.21.0, 2 × Example, 24 GiB',
    versions: { fastify: '5.0.0', graphql: '16.0.0' },
    pinned: false,
    throughput: [quiet, loud],
    parts,
    growth,
  })
  expect(said).toBe(`Node 24.21.0, 2 × Example, 24 GiB

One enterprise, 7 calls, departments at 0 ms, 50 connections
                  answers/s  of limit   in rounds   CPU ms  by CPU   p50 ms   p99 ms  calls  failed
limit                  1050      1.00   1.00–1.00    0.857    1.00     10.0     20.0      7       0
hub                     756      0.72   0.70–0.80    1.190    0.72     10.0     20.0      7       2
The limit's own rounds differ by 9.5 %.

One enterprise, 7 calls, departments at 0 ms, 50 connections
                  answers/s  of limit   in rounds   CPU ms  by CPU   p50 ms   p99 ms  calls  failed
limit                  1200      1.00   1.00–1.00    0.771    1.00     10.0     20.0      7       0
Too noisy to judge: the limit's own rounds differ by 33.3 %.
The limit used 50.0 % of its core: load and departments held it up, so go by its CPU time.

Throughput with metrics, of that without:
Six sections, 50 connections             100.0 % (100.0 % to 100.0 % in 1 rounds)
  answers a second, with and without     99, 99
  processor time an answer (ms)          2.00, 2.00 (hub and Postgres)

Processor time an answer as more is asked for (ms, hub and Postgres):
  1, 10, 100 enterprises                 0.20, 2.00, 20.00
                                         exponent 1.00, 0.20 ms for each more
  10, 100, 1000 fields                   2.00, 2.00, 2.00
                                         exponent 0.00, 0.0 ms for each more

Nothing was held to a core (that takes taskset and two cores), so everything shared them all.
Measured with fastify 5.0.0, graphql 16.0.0.`)

  const plot = growthPlot(growth, 'Node <24> & more')
  expect(plot).toContain('>Node &lt;24> &amp; more</text>')
  expect(plot.match(/<circle/g)).toHaveLength(6)
  expect(plot).toContain('>exponent 1.00, 0.20 ms for each more</text>')
  expect(plot).not.toMatch(/NaN|undefined|Infinity/)
})

test('a slope', () => {
  const points = [1, 10, 100].map((size) => ({ size, cpu: Math.sqrt(size) }))
  const { exponent, each } = slopeOf(points)
  expect([exponent, each]).toEqual([expect.closeTo(0.5), expect.closeTo((10 - Math.sqrt(10)) / 90)])
})

test('a quantile', () => {
  const times = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect([quantile(times, 0.5), quantile(times, 0.99), quantile([], 0.5)]).toEqual([51, 100, NaN])
})

test('rounds come in changing order, after each was warmed', async () => {
  expect([0, 1, 2, 3, 4].map((number) => ordered(['a', 'b', 'c'], number).join(''))).toEqual([
    'abc',
    'cba',
    'bca',
    'acb',
    'cab',
  ])
  const asked: string[] = []
  const length = { rounds: 2, seconds: 5, warmUp: 1 }
  const measured = await inRounds(['a', 'b'], length, async (item, seconds) => asked.push(`${item}${seconds}`))
  expect(asked).toEqual(['a1', 'b1', 'a5', 'b5', 'b5', 'a5'])
  expect(measured).toEqual([
    [3, 6],
    [4, 5],
  ])
})

test('calls under load are those that the answers take, and those that were under way', () => {
  const usccs = Array.from({ length: 110 }, (_, at) => `code ${at}`)
  const question = someEnterprises(usccs, 50, 2)
  const server = { name: 'hub' } as Server
  expect([callsOf(server, question), callsOf({ ...server, name: 'apollo' }, question)]).toEqual([153, 300])
  const measured = round(1, { answers: 10 })
  for (const calls of [1530, 1600, 12 * 153]) checkCalls(server, question, 2, { ...measured, calls })
  for (const calls of [1529, 12 * 153 + 1]) {
    expect(() => checkCalls(server, question, 2, { ...measured, calls })).toThrow(
      `hub made ${calls} calls for 10 answers: it should be 1530 to 1836.`,
    )
  }
})

test('where two answers differ', () => {
  const answer = (grade: string | null) => ({ enterprises: [{ tax: null }, { tax: { creditGrade: grade } }] })
  expect(difference(answer('A'), answer('B'))).toBe('enterprises.1.tax.creditGrade: "B", not "A"')
  expect(difference(answer('A'), answer(null))).toBe('enterprises.1.tax.creditGrade: null, not "A"')
  expect(difference(answer('A'), {})).toBe('enterprises: undefined, not [{"tax":null},{"tax":{"creditGrade":"A"}}]')
})
