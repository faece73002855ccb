/**
 * Answers from copies are the answers of the departments: random valid queries by random askers, whose copies one hub
 * answers all of them from, held against a hub that asks every time. HUTONG_CACHE_RUNS sets how many,
 * HUTONG_CACHE_SEED where to begin.
 */
import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { departments, partners, type ViewerId } from '../departments.ts'
import { startHub, type Hub } from '../hub/hub.ts'
import { purposes } from './leak/law.ts'
import { randomQuery, type Material } from './leak/queries.ts'
import { randomFrom } from './leak/random.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'

const runs = Number(process.env.HUTONG_CACHE_RUNS ?? 300)
const firstSeed = Number(process.env.HUTONG_CACHE_SEED ?? 20261121)
const schema = buildSchema(readFileSync(new URL('../codegen/generated/schema.graphql', import.meta.url), 'utf8'), {
  assumeValidSDL: true,
})
const viewers = Object.keys({ ...departments, ...partners }) as ViewerId[]

let running: Running
let asking: Hub
beforeAll(async () => {
  const limits = { aliases: 1000, depth: 30, cost: 10_000_000 }
  running = await runHub({ config: { limits, cache: { use: 'on' } } })
  asking = await startHub({ ...running.hub.config, port: 0, cache: { ...running.hub.config.cache, use: 'off' } })
})
afterAll(async () => {
  await asking.stop()
  await running.stop()
})

test(
  `${runs} random queries are answered alike from copies and by the departments`,
  { timeout: 3_600_000 },
  async () => {
    const material: Material = {
      usccs: running.sandbox.world.enterprises.slice(0, 6).map(({ uscc }) => uscc),
      declarations: ['35002026E99999999999'],
      shipments: ['ZZZZ-0000'],
    }
    const calls = { saved: 0, made: 0 }
    const answerOf = async (hub: Hub, persona: Persona, query: string, variables: object) => {
      running.sandbox.calls.reset()
      const response = await fetch(`${hub.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await running.token(persona)}`,
          ...(persona.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
        },
        body: JSON.stringify({ query, variables }),
      })
      const { data, errors } = (await response.json()) as { data?: unknown; errors?: { path?: unknown[] }[] }
      const said = errors?.map((error) => JSON.stringify(error)).sort()
      return { answer: { status: response.status, data, errors: said }, called: running.calls() }
    }
    const total = (called: object): number => Object.values(called).reduce<number>((sum, each) => sum + Number(each), 0)
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const random = randomFrom(seed)
      const { source, variables } = randomQuery(schema, random, material)
      const as = random.pick(viewers)
      const purpose = random.chance(70) ? random.pick(purposes) : undefined
      const persona: Persona = { as, ...(purpose === undefined ? {} : { purpose, purposes: [purpose] }) }
      const wanted = await answerOf(asking, persona, source, variables)
      const got = await answerOf(running.hub, persona, source, variables)
      expect(got.answer, `HUTONG_CACHE_SEED=${seed} HUTONG_CACHE_RUNS=1\n${as} ${purpose}\n${source}`).toEqual(
        wanted.answer,
      )
      // Nobody is asked who would not be without copies. How often may differ: pages of the enterprises that there are copies
      // of are asked for at once, those of the others when their records have come.
      expect(Object.keys(wanted.called)).toEqual(expect.arrayContaining(Object.keys(got.called)))
      calls.saved += total(wanted.called) - total(got.called)
      calls.made += total(got.called)
    }
    // The draw must not be empty of what it is about.
    for (const count of Object.values(calls)) expect(count).toBeGreaterThan(runs / 10)
  },
)
