/** Attack 8: whether a record exists shows in a denied answer: in a value, a text, a path, a header, or in a list's length. */
import { getNamedType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { objectTypes } from '../../auth/catalogue.ts'
import { buildView } from '../../hub/schema.ts'
import { usccCheckDigit } from '../../rules/uscc.ts'
import { containers, isReachable, sightOf } from '../leak/law.ts'
import { runHub, type Persona, type Running } from '../support/harness.ts'
import { castOf, knownToAll, type Cast } from './askers.ts'
import { aliased, plainly, protectedBelow, type Tree } from './coordinates.ts'
import { grantOf, runGrantedHub } from './granted-hub.ts'

const running = await runHub({ config: { limits: { aliases: 1000, depth: 30, fields: 20_000, cost: 1_000_000 } } })
afterAll(() => running.stop())

const view = buildView()
const fields = protectedBelow(view, 'Enterprise')
const all = fields.map(({ coordinate }) => coordinate)

/** A valid code of a division that no department knows. */
function unregistered(division: string): string {
  const first17 = `91${division}MAZZZZZZZ`.replaceAll('Z', 'Y')
  const code = first17 + usccCheckDigit(first17)
  if (running.sandbox.witness.tell(code) !== undefined) throw new Error(`${code} is registered`)
  return code
}

interface Pair {
  division: string
  present: string
  absent: string
}
const pairOf = (city: string): Pair => {
  const present = knownToAll(running, city).uscc
  const division = present.slice(2, 8)
  return { division, present, absent: unregistered(division) }
}
const pairs = [pairOf('3501'), pairOf('3307')]
/** Of the second division: a mandate names whom it names, whether anyone knows it or not. */
const mandate = [pairs[1]?.present ?? '', pairs[1]?.absent ?? '']

/** What leaves the hub for a request, byte for byte: status, headers but the clock's, body. The id is the caller's own. */
async function bytes(persona: Persona, query: string, variables: Tree): Promise<{ text: string; body: Tree }> {
  const response = await fetch(`${running.hub.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await running.token(persona)}`,
      'x-request-id': 'attack-eight',
      ...(persona.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
    },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  const headers = [...response.headers].filter(([name]) => name !== 'date')
  return { text: JSON.stringify([response.status, headers, text]), body: JSON.parse(text) as Tree }
}

/** The type of a department's section. */
const sectionType = (owner: DepartmentId): string => {
  const section = objectTypes(view.schema)
    .find(({ name }) => name === 'Enterprise')
    ?.getFields()[owner]
  return section === undefined ? '' : getNamedType(section.type).name
}

/** All that is denied to an asker of one department's section, and what could tell of a record without naming a field. */
function closedTo({ asker }: Cast, owner: DepartmentId, uscc: string): string[] {
  const type = sectionType(owner)
  const denied = fields.filter((field) => field.owner === owner && sightOf(field.coordinate, asker, uscc) === 'none')
  const shut = Object.keys(containers).filter(
    (container) => container.startsWith(`${type}.`) && !isReachable(container, all, asker, uscc),
  )
  const bare = shut.flatMap((container) => {
    const name = container.slice(type.length + 1)
    const written = name === 'totals' ? 'totals(year: 2025)' : name
    const isConnection = fields.some(({ steps }) => steps[1]?.name === name && steps[1].written.includes('first'))
    const selections = isConnection
      ? ['__typename', 'totalCount', 'pageInfo { hasNextPage endCursor }', 'nodes { __typename }']
      : ['__typename']
    return selections.map((below, at) => `${name}_${at}: ${owner} { ${written} { ${below} } }`)
  })
  return denied.length === 0 ? [] : [aliased(denied), ...bare, `bare: ${owner} { __typename }`]
}

const table = pairs.flatMap((pair) =>
  castOf(mandate).flatMap((cast) =>
    departmentIds.flatMap((owner) => {
      const closed = closedTo(cast, owner, pair.present)
      return closed.length === 0 ? [] : [[cast.name, owner, pair.division, cast.persona, pair, closed] as const]
    }),
  ),
)

describe('a section: denied of an enterprise that is known, and of one that is not', () => {
  test('attack 8: the table holds every department, closed by rule and closed by row', () => {
    expect([...new Set(table.map(([, owner]) => owner))].sort()).toEqual([...departmentIds].sort())
    expect(table.length).toBeGreaterThan(200)
  })

  test.each(table)(
    'attack 8: %s, of %s, in %s',
    async (_as, _owner, _division, persona, { present, absent }, closed) => {
      const query = `query ($uscc: USCC!) { enterprise(uscc: $uscc) { ${closed.join(' ')} } }`
      const [known, unknown] = [
        await bytes(persona, query, { uscc: present }),
        await bytes(persona, query, { uscc: absent }),
      ]
      expect(known.text).toBe(unknown.text)
      expect(known.body.errors).toContainEqual(
        expect.objectContaining({ path: expect.arrayContaining(['enterprise']) as unknown }),
      )
      // In a list too, and in whatever order.
      const list = `query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { ${closed.join(' ')} } }`
      const [one, other] = [
        await bytes(persona, list, { usccs: [present, absent] }),
        await bytes(persona, list, { usccs: [absent, present] }),
      ]
      expect(one.text).toBe(other.text)
    },
  )

  test('attack 8: a code with a wrong check digit is refused for what it is, whoever asks', async () => {
    const { present, absent } = pairs[0] ?? pairOf('3501')
    const wrong = (code: string) => code.slice(0, 17) + (code.endsWith('1') ? '2' : '1')
    const query = 'query ($uscc: USCC!) { enterprise(uscc: $uscc) { tax { arrears { amount } } } }'
    for (const as of ['portal', 'tax'] as const) {
      for (const code of [present, absent].map(wrong)) {
        const { body } = await bytes({ as }, query, { uscc: code })
        const right = code.slice(0, 17) + usccCheckDigit(code.slice(0, 17))
        expect([body.data, body.errors]).toEqual([
          undefined,
          [
            {
              message: `Variable "$uscc" got invalid value "${code}"; USCC "${code}": character 18 (check digit) is "${code.slice(17)}" but should be "${right.slice(17)}"`,
              locations: [{ line: 1, column: 8 }],
              extensions: { code: 'BAD_USER_INPUT' },
            },
          ],
        ])
      }
    }
  })
})

const owned = async (as: 'customs' | 'postal', uscc: string): Promise<string> => {
  const [list, key] = as === 'customs' ? ['declarations', 'number'] : ['shipments', 'trackingNumber']
  const { data } = await running.ask(
    { as },
    `{ enterprise(uscc: "${uscc}") { ${as} { ${list}(first: 1) { nodes { ${key} } } } } }`,
  )
  const found = ((data?.enterprise as Tree)[as] as Record<string, { nodes: Record<string, string>[] }>)[list]
  return found?.nodes[0]?.[key] ?? ''
}

/** Numbers that look like one, and that nobody has. */
const nobodys = { declaration: '35002026E99999999999', shipment: 'LY999999995CN' } as const
const roots = [
  ['declaration', 'number', 'customs', 'Declaration'],
  ['shipment', 'trackingNumber', 'postal', 'Shipment'],
] as const

/** A body without when and how fast a department answered, which no two answers share. */
const untimed = ({ body }: { body: Tree }): unknown =>
  JSON.parse(
    JSON.stringify(body)
      .replace(/"fetchedAt":"[^"]+"/g, '"fetchedAt":""')
      .replace(/"milliseconds":[\d.]+/g, '"milliseconds":0'),
  )

describe.each(roots)('a %s by its number', (root, key, owner, type) => {
  const held = protectedBelow(view, type)
  const asked = (below: string) => `query ($number: String!) { ${root}(${key}: $number) { ${below} } }`
  const cases = pairs.flatMap((pair) =>
    castOf(mandate).map((cast) => [cast.name, pair.division, cast, pair.present] as const),
  )

  test.each(cases)('attack 8: %s, of an enterprise of %s', async (_as, _division, { persona, asker }, uscc) => {
    const present = await owned(owner, uscc)
    expect(present).not.toBe('')
    const inRow = isReachable(`Query.${root}`, all, asker, uscc)
    const denied = held.filter(({ coordinate }) => sightOf(coordinate, asker, null) === 'none')
    const seen = held.filter((field) => !denied.includes(field))
    for (const below of [...held.map(plainly), '__typename', held.map(plainly).join(' ')]) {
      const [known, unknown] = [
        await bytes(persona, asked(below), { number: present }),
        await bytes(persona, asked(below), { number: nobodys[root] }),
      ]
      const mayBeSeen = inRow && (below === '__typename' || seen.some((field) => below.includes(plainly(field))))
      // Whoever may see it sees it, or the comparison below proves nothing.
      if (mayBeSeen) expect((known.body.data as Tree)[root]).not.toBeNull()
      else expect(untimed(known)).toEqual(untimed(unknown))
      expect((unknown.body.data as Tree)[root]).toBeNull()
    }
  })
})

describe('a record outside the rows of a grant, when its department does not answer as it should', () => {
  test.each(['down', 'flaky', 'slow'])(
    'attack 8: %s: the same error for what is there and what is not',
    async (kind) => {
      const persona = { as: 'tax', purpose: 'refund-review' } as const
      const outside = await owned('customs', pairs[1]?.present ?? '')
      const query = 'query ($number: String!) { declaration(number: $number) { number value { amount } } }'
      const said: unknown[] = []
      for (const number of [outside, nobodys.declaration]) {
        running.sandbox.faults.set('customs', { kind, seconds: 600, ...(kind === 'slow' ? { delayMs: 20 } : {}) })
        const { body } = await bytes(persona, query, { number })
        const [error] = (body.errors ?? []) as { extensions: Tree; path: string[] }[]
        said.push([body.data, error?.path, error?.extensions.code, error?.extensions.department])
      }
      running.sandbox.faults.clear()
      expect(said[0]).toEqual(said[1])
    },
  )
})

describe('a record by its number, once the quota of the grant is used up', () => {
  let limited: Running
  beforeAll(async () => {
    limited = await runGrantedHub([{ ...grantOf('fx', 'customs.declarations', 'receipt-check'), dailySubjects: 1 }])
  })
  afterAll(() => limited.stop())

  test('attack 8: of another enterprise it answers as one that does not exist; of the same it is shown', async () => {
    const [first, second] = [
      await owned('customs', pairs[0]?.present ?? ''),
      await owned('customs', pairs[1]?.present ?? ''),
    ]
    expect([first, second]).not.toContain('')
    const ask = async (number: string): Promise<unknown> => {
      const { data, errors } = await limited.ask(
        { as: 'fx', purpose: 'receipt-check', purposes: ['receipt-check'] },
        'query ($number: String!) { declaration(number: $number) { number value { amount } } }',
        { number },
      )
      return { data, errors }
    }
    const shown = { data: { declaration: { number: first, value: { amount: expect.any(String) as string } } } }
    expect([await ask(first), await ask(second), await ask(nobodys.declaration), await ask(first)]).toEqual([
      shown,
      { data: { declaration: null } },
      { data: { declaration: null } },
      shown,
    ])
  })
})
