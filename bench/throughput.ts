/** How near the hub and its peers come to the limit: the same documents, the same departments, in one run. */
import { agree, bodiesOf, callsOf, checkCalls, fill } from './agreement.ts'
import { keptEnterprise, keptEnterprises, oneEnterprise, someEnterprises, type Question } from './documents.ts'
import { load, type Measured } from './load.ts'
import type { Rig, Server, ServerName } from './rig.ts'
import { inRounds, type Length } from './rounds.ts'

export interface Regime {
  /** As the command line names it. */
  id: RegimeId
  name: string
  /** How long the departments take, in ms. */
  delay: number
  /** Whether every server answers from records that it keeps in its process. */
  isKept: boolean
  /** How long they took in fact, in ms: the median; NaN where there is no delay. */
  took: number
  connections: number
  servers: {
    name: string
    /** For one answer; asserted. */
    calls: number
    rounds: Measured[]
  }[]
}

interface Plan extends Omit<Regime, 'id' | 'took' | 'servers'> {
  id: string
  question: (usccs: readonly string[]) => Question
}

/** As many as there are connections. */
const oneOfFifty = (usccs: readonly string[]): Question => oneEnterprise(usccs.slice(0, 50))

export const plans = [
  { id: 'one', name: 'One enterprise, 7 calls', delay: 0, isKept: false, connections: 50, question: oneOfFifty },
  {
    id: 'list',
    name: '50 enterprises, 6 sections',
    delay: 0,
    isKept: false,
    connections: 10,
    question: (usccs: readonly string[]) => someEnterprises(usccs, 50),
  },
  { id: 'slow', name: 'One enterprise, 7 calls', delay: 20, isKept: false, connections: 50, question: oneOfFifty },
  {
    id: 'kept',
    name: 'One enterprise, 6 sections',
    delay: 0,
    isKept: true,
    connections: 50,
    question: (usccs: readonly string[]) => keptEnterprise(usccs.slice(0, 50)),
  },
  {
    id: 'kept-list',
    name: '50 enterprises, 6 sections',
    delay: 0,
    isKept: true,
    connections: 10,
    question: (usccs: readonly string[]) => keptEnterprises(usccs, 50),
  },
] as const satisfies readonly Plan[]

export type RegimeId = (typeof plans)[number]['id']
export const regimeIds = plans.map(({ id }) => id)

/**
 * Measures the servers, the limit first; what peers need must be installed. Throws where one of them answers otherwise,
 * or with other calls.
 */
export async function measureThroughput(
  rig: Rig,
  names: readonly ServerName[],
  length: Length,
  wanted: readonly RegimeId[] = regimeIds,
): Promise<Regime[]> {
  const measured: Regime[] = []
  for (const plan of plans.filter(({ id }) => wanted.includes(id)))
    measured.push(await measureRegime(rig, ['limit', ...names], length, plan))
  return measured
}

/** By servers of its own, so that none has run for longer than the others, and copies are as young. */
async function measureRegime(
  rig: Rig,
  names: readonly ServerName[],
  length: Length,
  { question: make, ...regime }: (typeof plans)[number],
): Promise<Regime> {
  const { delay, isKept, connections } = regime
  const question = make(rig.usccs)
  const servers: Server[] = []
  for (const name of new Set(names)) servers.push(await rig.start(name, [], { HUTONG_CACHE: isKept ? 'on' : 'off' }))
  try {
    await rig.delay(0)
    if (isKept) await fill(servers, question)
    await agree(rig, servers, question)
    await rig.delay(delay)
    const rounds = await inRounds(servers, length, async (server, seconds) => {
      const result = await load(rig, server, seconds, { connections, bodies: bodiesOf(server, question) })
      checkCalls(server, question, connections, result)
      return result
    })
    const took = await rig.took()
    await rig.delay(0)
    return {
      ...regime,
      took,
      servers: servers.map((server, at) => ({
        name: server.name,
        calls: callsOf(server, question),
        rounds: rounds[at] ?? [],
      })),
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}
