/** How near the hub and its peers come to the limit: the same two documents, the same departments, in one run. */
import { agree, callsOf, checkCalls } from './agreement.ts'
import { oneEnterprise, someEnterprises, type Question } from './documents.ts'
import { load, type Measured } from './load.ts'
import type { Rig, Server, ServerName } from './rig.ts'
import { inRounds, type Length } from './rounds.ts'

export interface Regime {
  name: string
  /** How long the departments take, in ms. */
  delay: number
  connections: number
  servers: {
    name: string
    /** For one answer; asserted. */
    calls: number
    rounds: Measured[]
  }[]
}

interface Plan {
  name: string
  delay: number
  connections: number
  question: (usccs: readonly string[]) => Question
}

/** As many as there are connections. */
const oneOfFifty = (usccs: readonly string[]): Question => oneEnterprise(usccs.slice(0, 50))

export const regimes: readonly Plan[] = [
  { name: 'One enterprise, 7 calls', delay: 0, connections: 50, question: oneOfFifty },
  {
    name: '50 enterprises, 6 sections',
    delay: 0,
    connections: 10,
    question: (usccs) => someEnterprises(usccs, 50),
  },
  { name: 'One enterprise, 7 calls', delay: 20, connections: 50, question: oneOfFifty },
]

/** Measures the servers, the limit first; what peers need must be installed. Throws where one of them answers otherwise, or with other calls. */
export async function measureThroughput(
  rig: Rig,
  names: readonly ServerName[],
  length: Length,
  plans: readonly Plan[] = regimes,
): Promise<Regime[]> {
  const servers: Server[] = []
  for (const name of ['limit' as const, ...names.filter((each) => each !== 'limit')])
    servers.push(await rig.start(name))
  const measured: Regime[] = []
  for (const { name, delay, connections, question: make } of plans) {
    const question = make(rig.usccs)
    await rig.delay(0)
    await agree(rig, servers, question)
    await rig.delay(delay)
    const rounds = await inRounds(servers, length, async (server, seconds) => {
      const result = await load(rig, server, seconds, { connections, bodies: question.bodies })
      checkCalls(server, question, connections, result)
      return result
    })
    measured.push({
      name,
      delay,
      connections,
      servers: servers.map((server, at) => ({
        name: server.name,
        calls: callsOf(server, question),
        rounds: rounds[at] ?? [],
      })),
    })
  }
  await rig.delay(0)
  for (const server of servers) await server.stop()
  return measured
}
