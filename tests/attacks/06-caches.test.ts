/**
 * Attack 6: a decision kept for one viewer and given to another; a record kept with one viewer's mask for another;
 * longer than 300 lines since it goes through all that a decision hangs on.
 */
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readPublished } from '../../auth/published.ts'
import type { Policy } from '../../auth/vocabulary.ts'
import { buildView } from '../../hub/schema.ts'
import type { Answer, Persona } from '../support/harness.ts'
import { castOf, knownToAll } from './askers.ts'
import { aliased, lawfulSight, ownersSight, protectedBelow, type Tree } from './coordinates.ts'
import { grantOf, runGrantedHub } from './granted-hub.ts'
import { conditional, serveView, type ServedView } from './served-view.ts'

// Within two divisions only, tax is granted the legal representative in full, so that one answer holds both.
const running = await runGrantedHub(
  [grantOf('tax', 'market.legalRepresentative', 'refund-review', { full: true, divisions: ['3501'] })],
  { aliases: 1000, depth: 30, fields: 20_000, cost: 1_000_000 },
)
afterAll(() => running.stop())

const fields = protectedBelow(buildView(), 'Enterprise')
const [in3501, in3307] = [knownToAll(running, '3501').uscc, knownToAll(running, '3307').uscc]
// Without the market's own, of which the law of the tests knows no grant to tax.
const lawful = fields.filter(({ coordinate }) => !coordinate.startsWith('LegalRepresentative.'))

const told = ({ data, errors }: Pick<Answer, 'data' | 'errors'>) => ({
  data,
  denied: (errors ?? []).map(({ path = [], extensions }) => [
    path.join('.'),
    String(extensions.code),
    String(extensions.reason),
  ]),
})

describe('one document, all viewers', () => {
  const document = `query ($uscc: USCC!) { enterprise(uscc: $uscc) { ${aliased(lawful)} } }`
  const asks = [in3501, in3307].flatMap((uscc) => castOf([in3501]).map((cast) => ({ ...cast, uscc })))
  const truths = new Map<string, Tree>()
  beforeAll(async () => {
    for (const uscc of [in3501, in3307]) truths.set(uscc, await ownersSight(running, lawful, uscc))
  })
  const expected = ({ asker, uscc }: (typeof asks)[number]) => {
    const { data, denied } = lawfulSight(lawful, truths.get(uscc) ?? {}, asker, uscc)
    return { data: { enterprise: data }, denied: denied.map((name) => `enterprise.${name}`).sort() }
  }
  const answered = async ({ persona, uscc }: (typeof asks)[number]) => {
    const { data, denied } = told(await running.ask(persona, document, { uscc }))
    return { data, denied: denied.map(([path]) => path ?? '').sort() }
  }

  test('attack 6: one after the other, then the other way round with all plans kept', async () => {
    for (const ask of [...asks, ...asks.toReversed()]) expect(await answered(ask), ask.name).toEqual(expected(ask))
  })

  test('attack 6: all at once, twice over', async () => {
    const mixed = [...asks, ...asks.toReversed()]
    const answers = await Promise.all(mixed.map(answered))
    for (const [index, ask] of mixed.entries()) expect(answers[index], ask.name).toEqual(expected(ask))
  })

  test('attack 6: a new document, all at once, when no plan is kept yet', async () => {
    const fresh = `${document} # another`
    const answers = await Promise.all(asks.map(({ persona, uscc }) => running.ask(persona, fresh, { uscc })))
    for (const [index, ask] of asks.entries()) {
      const answer = answers[index]
      expect(answer?.data, ask.name).toEqual(expected(ask).data)
    }
  })
})

async function explained(as: 'tax' | 'fx', query: string): Promise<{ path: string; decision: string }[]> {
  const response = await fetch(`${running.hub.url}/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await running.token({ as })}` },
    body: JSON.stringify({ query }),
  })
  return ((await response.json()) as { fields: { path: string; decision: string }[] }).fields
}

describe('what differs between two requests besides the document', () => {
  const arrears = 'tax { arrears { currency } exportRefundClass }'
  const [seen, unseen] = [{ tax: { arrears: { currency: 'CNY' } } }, { tax: { arrears: null } }]
  const within = (data: unknown): unknown => JSON.parse(JSON.stringify(data).replace(/,"exportRefundClass":"\w+"/g, ''))

  test('attack 6: the operation of a document', async () => {
    const query = `query Open { enterprise(uscc: "${in3501}") { tax { listedGradeA } } }
      query Closed { enterprise(uscc: "${in3501}") { tax { creditGrade } } }`
    const ask = async (operationName: string) => {
      const response = await fetch(`${running.hub.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await running.token({ as: 'portal' })}`,
        },
        body: JSON.stringify({ query, operationName }),
      })
      return told((await response.json()) as Answer)
    }
    for (const _ of [1, 2]) {
      expect((await ask('Open')).denied).toEqual([])
      expect(await ask('Closed')).toEqual({
        data: { enterprise: { tax: { creditGrade: null } } },
        denied: [['enterprise.tax.creditGrade', 'UNAUTHORIZED_FIELD_OR_TYPE', 'no-grant']],
      })
    }
  })

  test('attack 6: the variables of @include and @skip', async () => {
    const query = `query ($a: Boolean!, $b: Boolean = true) { enterprise(uscc: "${in3501}") {
      tax { listedGradeA creditGrade @include(if: $a) exportRefundClass @include(if: $a) arrears @skip(if: $b) { currency } } } }`
    const ask = async (variables: Record<string, unknown>) => {
      const { data, denied } = told(await running.ask({ as: 'fx' }, query, variables))
      const { tax } = data?.enterprise as { tax: Record<string, unknown> }
      const seen = Object.keys(tax).filter((name) => tax[name] !== null)
      return { seen, denied: denied.map(([path = '', , reason]) => [path.split('.')[2], reason]) }
    }
    const [grade, arrears] = ['creditGrade', 'arrears'].map((name) => [name, 'no-grant'])
    for (const _ of [1, 2]) {
      expect(await ask({ a: false })).toEqual({ seen: ['listedGradeA'], denied: [] })
      const withClass = ['listedGradeA', 'exportRefundClass']
      expect(await ask({ a: true })).toEqual({ seen: withClass, denied: [grade] })
      expect(await ask({ a: true, b: false })).toEqual({ seen: withClass, denied: [grade, arrears] })
      expect(await ask({ a: false, b: false })).toEqual({ seen: ['listedGradeA'], denied: [arrears] })
    }
  })

  test('attack 6: the mandate', async () => {
    const query = `{ enterprises(usccs: ["${in3501}", "${in3307}"]) { fx { class } } }`
    const bank = (mandate: readonly string[]): Persona => ({ as: 'bank', purpose: 'authenticity-review', mandate })
    const open = async (mandate: readonly string[]) => {
      const { data } = await running.ask(bank(mandate), query)
      return (data?.enterprises as { fx: { class: string | null } }[]).map(({ fx }) => fx.class !== null)
    }
    const cases: [string[], boolean[]][] = [
      [[in3501], [true, false]],
      [[in3307], [false, true]],
      [[], [false, false]],
      [
        [in3501, in3307],
        [true, true],
      ],
    ]
    for (const [mandate, wanted] of [...cases, ...cases.toReversed()]) expect(await open(mandate)).toEqual(wanted)
    expect(await Promise.all(cases.map(([mandate]) => open(mandate)))).toEqual(cases.map(([, wanted]) => wanted))
  })

  test('attack 6: an explanation, which keeps a plan of its own', async () => {
    const query = `{ enterprise(uscc: "${in3501}") { ${arrears} } }`
    const explain = async (as: 'tax' | 'fx') =>
      (await explained(as, query)).find(({ path }) => path === 'enterprise.tax.arrears')?.decision
    for (const _ of [1, 2]) {
      expect([await explain('tax'), await explain('fx')]).toEqual(['ALLOW', 'DENY'])
      expect(within((await running.ask({ as: 'fx' }, query)).data)).toEqual({ enterprise: unseen })
      expect(within((await running.ask({ as: 'tax' }, query)).data)).toEqual({ enterprise: seen })
    }
  })

  test('attack 6: an explanation counts what is left out as if it were there; an answer after it does not', async () => {
    const query = `{ enterprise(uscc: "${in3501}") { tax { creditGrade exportRefundClass @include(if: false) } } }`
    expect(await explained('fx', query)).toHaveLength(4)
    running.sandbox.calls.reset()
    expect(told(await running.ask({ as: 'fx' }, query))).toEqual({
      data: { enterprise: { tax: { creditGrade: null } } },
      denied: [['enterprise.tax.creditGrade', 'UNAUTHORIZED_FIELD_OR_TYPE', 'no-grant']],
    })
    expect(running.calls()).toEqual({})
  })
})

describe('masked values are nowhere kept', () => {
  const query = `query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { uscc market { legalRepresentative { name idNumber } } } }`
  const usccs = [in3501, in3307]
  const masked: Persona = { as: 'fx' }
  const full: Persona = { as: 'customs', purpose: 'clearance' }
  const mixed: Persona = { as: 'tax', purpose: 'refund-review', purposes: ['refund-review'] }
  interface Seen {
    market: { legalRepresentative: { name: string; idNumber: string } }
  }
  const shape = ({ market: { legalRepresentative } }: Seen): string =>
    Object.values(legalRepresentative).every((text: string) => text.includes('*'))
      ? 'masked'
      : Object.values(legalRepresentative).some((text: string) => text.includes('*'))
        ? 'half'
        : 'full'
  const shapes = (data: unknown): string[] => (data as { enterprises: Seen[] }).enterprises.map(shape)
  const wanted = new Map<Persona, string[]>([
    [masked, ['masked', 'masked']],
    [full, ['full', 'full']],
    [mixed, ['full', 'masked']],
  ])

  /** Asks over one connection, in this order. */
  async function overOneConnection(personas: readonly Persona[]): Promise<{ shapes: string[][]; sockets: number }> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const sockets = new Set<unknown>()
    const seen: string[][] = []
    for (const persona of personas) {
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${await running.token(persona)}`,
        ...(persona.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
      }
      const text = await new Promise<string>((resolve, reject) => {
        const sent = request(`${running.hub.url}/graphql`, { method: 'POST', headers, agent }, (response) => {
          let said = ''
          sockets.add(response.socket)
          response.setEncoding('utf8').on('data', (part: string) => (said += part))
          response.on('end', () => resolve(said))
        })
        sent.on('error', reject).end(JSON.stringify({ query, variables: { usccs } }))
      })
      seen.push(shapes((JSON.parse(text) as Answer).data))
    }
    agent.destroy()
    return { shapes: seen, sockets: sockets.size }
  }

  const orders = [
    [masked, full, masked, mixed],
    [full, masked, full],
    [mixed, full, mixed, masked],
  ]
  test.each(orders.map((order) => [order.map(({ as }) => as).join(', then '), order] as const))(
    'attack 6: %s, over one connection',
    async (_who, order) => {
      expect(await overOneConnection(order)).toEqual({
        shapes: order.map((persona) => wanted.get(persona)),
        sockets: 1,
      })
    },
  )

  test('attack 6: all at once over many', async () => {
    const order = Array.from({ length: 10 }, () => [masked, full, mixed]).flat()
    const answers = await Promise.all(order.map((persona) => running.ask(persona, query, { usccs })))
    expect(answers.map(({ data }) => shapes(data))).toEqual(order.map((persona) => wanted.get(persona)))
  })

  test('attack 6: within one request, the same record under two names', async () => {
    const answer = await running.ask(
      masked,
      `query ($usccs: [USCC!]!) { a: enterprises(usccs: $usccs) { market { legalRepresentative { name idNumber } } }
        b: enterprises(usccs: $usccs) { market { legalRepresentative { idNumber name } } } }`,
      { usccs },
    )
    expect(answer.data?.a).toEqual(answer.data?.b)
    const truth = (await running.ask({ as: 'market' }, query, { usccs })).data as { enterprises: Seen[] }
    const [own] = truth.enterprises
    const [name] = own?.market.legalRepresentative.name ?? ''
    // Masked once: a mask on what is masked would star the rest of the name away.
    expect((answer.data?.a as Seen[])[0]?.market.legalRepresentative.name[0]).toBe(name)
  })
})

describe('a view with one record', () => {
  const policy: Policy = {
    owner: 'tax',
    doors: ['Query.firm'],
    follows: [],
    items: [
      {
        id: 'tax.arrears',
        zh: '欠税',
        en: 'Arrears',
        ...conditional,
        data: ['Firm.arrears', 'Firm.keeper'],
        masks: { 'Firm.keeper': 'name' },
      },
    ],
  }
  /** One record for all requests, as a cache of records would hand out. */
  const kept = { arrears: 7, keeper: '王演示' }
  let served: ServedView
  beforeAll(async () => {
    served = await serveView({
      sdl: 'type Query { firm: Firm } type Firm { arrears: Int keeper: String }',
      policies: [policy],
      resolvers: [{ Query: { firm: () => kept } }],
    })
  })
  afterAll(() => served.stop())
  beforeEach(() => served.decideBy({ grants: [], version: 'none' }))

  test('attack 6: a grant that is given or taken counts from the next request on', async () => {
    const persona = { as: 'customs', purpose: 'clearance' } as const
    const ask = async () => (await served.ask(persona, '{ firm { arrears } }')).data
    const [denied, allowed] = [{ firm: { arrears: null } }, { firm: { arrears: 7 } }]
    expect([await ask(), await ask()]).toEqual([denied, denied])
    served.decideBy({ grants: [grantOf('customs', 'tax.arrears', 'clearance')], version: 'one' })
    expect([await ask(), await ask()]).toEqual([allowed, allowed])
    served.decideBy({ grants: [], version: 'two' })
    expect([await ask(), await ask()]).toEqual([denied, denied])
  })

  test('attack 6: what the authority publishes counts from the next request on', async () => {
    const persona = { as: 'customs', purpose: 'clearance' } as const
    const ask = async () => (await served.ask(persona, '{ firm { arrears keeper } }')).data
    const field = (coordinate: string, masked: boolean) => ({ coordinate, masked })
    const published = (sharing: string, dataItems: unknown[]) =>
      readPublished([{ 'tax.arrears': { sharing, sharingModes: ['API'], dataItems } }])
    const grants = [grantOf('customs', 'tax.arrears', 'clearance')]
    const all = [field('Firm.arrears', false), field('Firm.keeper', true)]
    const [none, half, both] = [
      { firm: { arrears: null, keeper: null } },
      { firm: { arrears: 7, keeper: null } },
      { firm: { arrears: 7, keeper: '王**' } },
    ]
    for (const [name, catalogue, wanted] of [
      ['as it runs', published('CONDITIONAL', all), both],
      ['withheld', published('WITHHELD', all), none],
      ['without a field', published('CONDITIONAL', all.slice(0, 1)), half],
      ['not at all', published('CONDITIONAL', []), none],
      ['as it runs, once more', published('OPEN', all), both],
    ] as const) {
      served.decideBy({ grants, published: catalogue, version: name })
      expect([name, await ask(), await ask()]).toEqual([name, wanted, wanted])
    }
  })

  test('attack 6: a record that several requests share keeps its value, whoever saw it masked', async () => {
    const ask = async (as: 'tax' | 'customs') => (await served.ask({ as }, '{ firm { keeper } }')).data
    const [masked, full] = [{ firm: { keeper: '王**' } }, { firm: { keeper: '王演示' } }]
    expect([await ask('customs'), await ask('tax'), await ask('customs')]).toEqual([masked, full, masked])
    expect(await Promise.all([ask('customs'), ask('tax')])).toEqual([masked, full])
    expect(kept).toEqual({ arrears: 7, keeper: '王演示' })
  })
})
