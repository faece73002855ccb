/**
 * Nothing leaks: random valid queries by random askers, each answer held against an oracle that knows the law and the
 * truth but not the hub. Every query is asked twice, the second time with one thing changed about the asker or the
 * directives, so that what the hub keeps of the first answer is put to the test. HUTONG_LEAK_RUNS sets how many, HUTONG_LEAK_SEED where to begin.
 */
import { readFileSync } from 'node:fs'
import { buildSchema, validate, parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCursors } from '../hub/cursors.ts'
import { secretOf } from '../store/secrets.ts'
import { randomAsker, varied, type Caller } from './leak/askers.ts'
import { materialOf } from './leak/material.ts'
import { oracleOf } from './leak/oracle.ts'
import { randomQuery } from './leak/queries.ts'
import { randomFrom } from './leak/random.ts'
import { truthOf, type Tree } from './leak/truth.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Running } from './support/harness.ts'

const runs = Number(process.env.HUTONG_LEAK_RUNS ?? 2000)
const firstSeed = Number(process.env.HUTONG_LEAK_SEED ?? 20261101)
const schema = buildSchema(readFileSync(new URL('../codegen/generated/schema.graphql', import.meta.url), 'utf8'), {
  assumeValidSDL: true,
})

let running: Running
beforeAll(async () => {
  running = await runHub({ config: { limits: { aliases: 1000, depth: 30, cost: 10_000_000 } } })
})
afterAll(() => running.stop())

test(
  `${runs} random queries, each asked twice: no denied value leaves, no denied department is called, masks hold`,
  { timeout: 3_600_000 },
  async () => {
    const { senderOf, ...given } = await materialOf(running, schema)
    const cursors = createCursors(await secretOf(running.database.db, 'cursors'))
    const oracle = oracleOf(schema, truthOf(running, schema), senderOf, cursors)
    const seen = { denials: 0, masked: 0, calls: 0, values: 0 }
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const random = randomFrom(seed)
      const { source, variables } = randomQuery(schema, random, given)
      expect(validate(schema, parse(source)).map(({ message }) => message)).toEqual([])
      const asker = randomAsker(random, given.usccs)
      await hold(seed, source, variables, asker)
      const [other, turned] = varied(random, asker, variables, given.usccs)
      await hold(seed, source, turned, other)
    }
    console.log(`seeds ${firstSeed} to ${firstSeed + runs - 1}: ${JSON.stringify(seen)}`)
    // The draw must not be empty of what it is about.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs / 100)

    async function hold(seed: number, source: string, variables: Tree, asker: Caller): Promise<void> {
      const expected = await oracle(source, variables, asker)

      running.sandbox.calls.reset()
      const { purpose, ...who } = asker
      const answer = await running.ask({ ...who, ...(purpose === null ? {} : { purpose }) }, source, variables)
      const called = Object.keys(running.calls()).sort()
      const [record] = await recordsOf(
        running.database.db,
        answer.extensions?.requestId ?? answer.headers.get('x-request-id') ?? '',
      )
      const about = `HUTONG_LEAK_SEED=${seed} HUTONG_LEAK_RUNS=1\n${JSON.stringify(asker)}\n${JSON.stringify(variables)}\n${source}`
      expect(
        {
          data: answer.data,
          denied: (answer.errors ?? []).map(({ path }) => path?.join('.') ?? '').sort(),
          codes: [...new Set((answer.errors ?? []).map(({ extensions }) => extensions.code))],
          called,
          provenance: (answer.extensions?.provenance ?? []).map(({ department }) => department).sort(),
          record: {
            called: Object.keys(record?.calls ?? {}).sort(),
            department: record?.department,
            purpose: record?.purpose,
          },
        },
        about,
      ).toEqual({
        data: expected.data,
        denied: expected.denied,
        codes: expected.denied.length > 0 ? ['UNAUTHORIZED_FIELD_OR_TYPE'] : [],
        called: expected.called,
        provenance: expected.called,
        record: { called: expected.called, department: asker.as, purpose: asker.purpose },
      })
      const text = JSON.stringify(expected.data)
      seen.denials += expected.denied.length
      seen.masked += (text.match(/\*\*/g) ?? []).length
      seen.calls += called.length
      seen.values += (text.match(/":("|\d|true|false)/g) ?? []).length
    }
  },
)
