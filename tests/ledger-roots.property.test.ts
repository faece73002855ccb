/**
 * What the ledger says of a request, held against its text and its answer: under each root every field for every
 * enterprise that the root names or finds, and nothing across roots; never less than what was shown; and no quota charged
 * for an enterprise under whose root its grant is not used. Random documents over the played departments. HUTONG_EXECUTOR_RUNS sets how many, HUTONG_EXECUTOR_SEED where to begin.
 */
import {
  getArgumentValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isObjectType,
  Kind,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type FieldNode,
  type GraphQLObjectType,
  type SelectionNode,
} from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { admits } from '../auth/decide.ts'
import { directiveVariables } from '../auth/plan.ts'
import { collector } from '../auth/selection.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import { createExecutor } from '../hub/executor.ts'
import type { AuditDecisions } from '../store/audit-record.ts'
import { clock, openDepartments } from './executor/departments.ts'
import { mattersOf } from './executor/matters.ts'
import { randomDocument } from './executor/queries.ts'
import {
  callers,
  grants,
  materialFor,
  randomAsker,
  randomConditions,
  schema,
  usccs,
  view,
  world,
} from './executor/scenes.ts'
import { createStage, type Outcome, type Question, type Scene, type Stage } from './executor/stage.ts'
import { randomFrom } from './leak/random.ts'
import { orderHead } from './ceb/messages.ts'

const runs = Number(process.env.HUTONG_EXECUTOR_RUNS ?? 1000)
const firstSeed = Number(process.env.HUTONG_EXECUTOR_SEED ?? 20261121)

let stage: Stage
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: clock })
  const play = await openDepartments(world)
  stage = await createStage(view, grants, play(), ({ seed }) => mattersOf(schema, seed), createExecutor(schema))
})
afterAll(async () => {
  vi.useRealTimers()
  await stage.close()
})

/** Whose a declaration or a parcel is, by its number. */
const owners = new Map<unknown, string>(
  usccs.flatMap((uscc) => [
    ...(world.customs.get(uscc)?.declarations ?? []).map(({ invtNo }) => [invtNo, uscc] as const),
    ...(world.postal.get(uscc)?.shipments ?? []).map(({ mailNo }) => [mailNo, uscc] as const),
  ]),
)
const limited = new Set(grants.filter(({ dailySubjects }) => dailySubjects !== null).map(({ id }) => `grant:${id}`))

/** Whose trade documents are does not show in answers: tests/trade/view.test.ts and statistics-view.test.ts hold their records. */
const tradeRoots: ReadonlySet<string> = new Set([
  ...['order', 'match', 'tradeList', 'payments', 'waybill', 'tradeBuyer'],
  'tradeEnterpriseStatistics',
])
const isOfTrade = (coordinate: string): boolean => {
  const [type = '', name = ''] = coordinate.split('.')
  return type.startsWith('Trade') || (type === 'Query' && tradeRoots.has(name))
}
/** The seller of those that are played. */
const tradeSeller = orderHead.ebcCode

/** Has an answer say whose each part of it is. */
function tellingWhose(query: string): string {
  const types = new TypeInfo(schema)
  const [whose, found] = ['{ whose: uscc }', '{ whose: nodes { whose: uscc } }'].map((text): SelectionNode[] => {
    const [definition] = parse(text).definitions
    return definition?.kind === Kind.OPERATION_DEFINITION ? [...definition.selectionSet.selections] : []
  })
  const added: Record<string, SelectionNode[] | undefined> = { Enterprise: whose, EnterpriseConnection: found }
  const told = visit(
    parse(query),
    visitWithTypeInfo(types, {
      SelectionSet: {
        leave: (node) => ({
          ...node,
          selections: [...node.selections, ...(added[types.getParentType()?.name ?? ''] ?? [])],
        }),
      },
    }),
  )
  return print(told)
}

type Data = Record<string, unknown>

/** A field below a root with what the answer holds there. */
interface Place {
  coordinate: Coordinate
  /** Undefined where the answer does not come so far. */
  value: unknown
  /** Whose it is. */
  uscc: string | undefined
}

interface RootAsked {
  /** Enterprises that it names or finds. */
  codes: string[]
  /** For a record by its number: whose it is, whether it was shown or not. */
  owner: string | undefined
  /** Fields of catalogue items. */
  coordinates: Set<Coordinate>
  places: Place[]
}

/** What a question asks and was answered, root by root; null where it was not executed to the end. */
function rootsOf({ query, variables, operationName }: Question, data: Data | null): RootAsked[] | null {
  const document = parse(query)
  const operation = getOperationAST(document, operationName)
  const root = schema.getQueryType()
  if (operation == null || root == null || data === null) return null
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}).coerced ?? {}
  // What such a condition stands at is an error, and what a search found before it does not show.
  if (directiveVariables(document).some((name) => values[name] === null)) return null
  const collect = collector(schema, document, values)

  const walk = (
    asked: RootAsked,
    type: GraphQLObjectType,
    [key, nodes]: [string, readonly FieldNode[]],
    sources: readonly { value: Data; uscc: string | undefined }[],
  ): void => {
    const name = nodes[0]?.name.value ?? ''
    const field = type.getFields()[name]
    if (field === undefined) return
    const coordinate: Coordinate = `${type.name}.${name}`
    if (view.catalogue.entries.get(coordinate)?.item != null) {
      asked.coordinates.add(coordinate)
      asked.places.push(...sources.map(({ value, uscc }) => ({ coordinate, value: value[key], uscc })))
    }
    const below = getNamedType(field.type)
    if (!isObjectType(below)) return
    const found = sources.flatMap(({ value, uscc }) =>
      [value[key]]
        .flat(2)
        .filter((part): part is Data => typeof part === 'object' && part !== null)
        .map((part) => ({ value: part, uscc: below.name === 'Enterprise' ? (part.whose as string) : uscc })),
    )
    const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]))
    for (const one of collect(below, sets)) walk(asked, below, one, found)
  }

  return [...collect(root, [operation.selectionSet])].flatMap(([key, nodes]) => {
    const [node] = nodes
    const field = node && root.getFields()[node.name.value]
    if (node === undefined || field === undefined) return []
    const given = argumentsOf(() => getArgumentValues(field, node, values))
    const isTrade = tradeRoots.has(field.name)
    const owner = isTrade ? tradeSeller : owners.get(given.number ?? given.trackingNumber)
    const nodesFound =
      field.name === 'searchEnterprises' ? ((data[key] as Data | null)?.whose as { whose: string }[]) : []
    const named =
      field.name === 'enterprise'
        ? [given.uscc]
        : field.name === 'enterprises'
          ? (given.usccs ?? [])
          : owner !== undefined && !isTrade && data[key] !== null
            ? [owner]
            : (nodesFound ?? []).map(({ whose }) => whose)
    const codes = [...new Set((named as unknown[]).filter((code) => typeof code === 'string'))]
    const asked: RootAsked = { codes, owner, coordinates: new Set(), places: [] }
    walk(asked, root, [key, nodes], [{ value: data, uscc: undefined }])
    return [asked]
  })
}

function argumentsOf(read: () => Data): Data {
  try {
    return read()
  } catch {
    return {} // the field is refused
  }
}

const pairs = (codes: Iterable<string>, what: Iterable<string>): string[] =>
  [...codes].flatMap((code) => [...what].map((one) => `${one} ${code}`))

/** What is charged where such a root reaches such enterprises: grants with a quota, for those that they are for. */
function charged(
  decisions: AuditDecisions,
  coordinates: Iterable<Coordinate>,
  codes: string[],
  scene: Scene,
): string[] {
  const outcomes = [...coordinates].flatMap((coordinate) => decisions[coordinate]?.outcomes ?? [])
  return outcomes
    .filter(({ rule }) => limited.has(rule))
    .flatMap(({ rule, divisions = [], mandate = false }) => {
      const reached = codes.filter((uscc) => admits({ divisions, mandate }, uscc, scene.principal.mandate))
      return pairs(reached, [rule.slice('grant:'.length)])
    })
}

test(
  `${runs} random documents: the ledger says under each root what it asked of whom, and nothing across roots`,
  { timeout: 3_600_000 },
  async () => {
    const seen = { compared: 0, apart: 0, spared: 0, shown: 0, charged: 0, uncharged: 0, unfinished: 0 }
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const random = randomFrom(seed)
      const as = random.pick(callers.filter((id) => id !== 'operations'))
      const document = randomDocument(schema, random, materialFor(as))
      const conditions = randomConditions(random, seed, as)
      const scene: Scene = { ...conditions, ...randomAsker(random, as), faults: new Map(), spoiled: 0 }
      const question = { ...document.ask(random), query: tellingWhose(document.query) }
      const outcome = await stage.ask(scene, question)
      hold(scene, question, outcome)
    }
    console.log(`seeds ${firstSeed} to ${firstSeed + runs - 1}: ${JSON.stringify(seen)}`)
    // The draw must not be empty of what it is about; a few seeds may be.
    if (runs >= 100) for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs / 100)

    function hold(scene: Scene, question: Question, { data, audit, uses, counted }: Outcome): void {
      const about = `HUTONG_EXECUTOR_SEED=${scene.seed} HUTONG_EXECUTOR_RUNS=1\n${JSON.stringify(question)}`
      const roots = rootsOf(question, data === 'none' ? null : (JSON.parse(data) as Data | null))
      if (audit.outcome === 'refused') expect(uses, about).toEqual([])
      if (roots === null) {
        seen.unfinished += 1
        return
      }
      const compared = uses.filter(({ coordinate }) => !isOfTrade(coordinate))
      const said = compared.map(({ coordinate, uscc }) => `${coordinate} ${uscc}`)
      const asked = (coordinates: ReadonlySet<Coordinate>) => [...coordinates].filter((one) => !isOfTrade(one))
      const wanted = new Set(roots.flatMap(({ codes, coordinates }) => pairs(codes, asked(coordinates))))
      expect([...said].sort(), about).toEqual([...wanted].sort())

      const open = new Set(
        uses.filter(({ effect }) => effect !== 'DENY').map(({ coordinate, uscc }) => `${coordinate} ${uscc}`),
      )
      const shown = roots.flatMap(({ codes, places }) =>
        places
          .filter(({ coordinate, value }) => !isOfTrade(coordinate) && value !== null && value !== undefined)
          .flatMap(({ coordinate, uscc }) => pairs(uscc === undefined ? codes : [uscc], [coordinate])),
      )
      expect(
        shown.filter((pair) => !open.has(pair)),
        about,
      ).toEqual([])

      const { text } = (audit.plan ?? { text: '{}' }) as { text: string }
      const decisions = JSON.parse(text) as AuditDecisions
      const due = roots.flatMap(({ codes, coordinates }) => charged(decisions, coordinates, codes, scene))
      // A record by its number is counted once it is known whose it is, and shown or not by what came of it.
      const may = roots.flatMap(({ owner, coordinates }) =>
        charged(decisions, coordinates, owner === undefined ? [] : [owner], scene),
      )
      expect(
        due.filter((pair) => !counted.includes(pair)),
        about,
      ).toEqual([])
      expect(
        // By what trade documents are narrowed does not show in answers either, and counts.
        counted.filter((pair) => !due.includes(pair) && !may.includes(pair) && !/:\w+\.trade[A-Z]/.test(pair)),
        about,
      ).toEqual([])

      const codes = new Set(roots.flatMap((root) => root.codes))
      const coordinates = new Set(roots.flatMap((root) => [...root.coordinates]))
      seen.compared += 1
      seen.apart += audit.roots === undefined ? 0 : 1
      seen.spared += codes.size * coordinates.size - wanted.size
      seen.shown += shown.length
      seen.charged += counted.length
      seen.uncharged += new Set(charged(decisions, coordinates, [...codes], scene)).size - new Set(due).size
    }
  },
)
