/** The slices of a hub as servers of their own, and a router over them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sliceIds, type SliceId } from '../../departments.ts'
import { startHub, type Hub } from '../../hub/hub.ts'
import type { Running } from './harness.ts'

export type Slices = Readonly<Record<SliceId, Hub>> & { stop(): Promise<void> }

/** Starts each as `hutong serve --only` does, beside a hub: over its database, its departments and its issuer. */
export async function startSlices({ hub }: Running): Promise<Slices> {
  const started = await Promise.all(
    sliceIds.map(async (only) => [only, await startHub({ ...hub.config, only })] as const),
  )
  return {
    ...(Object.fromEntries(started) as Record<SliceId, Hub>),
    async stop() {
      await Promise.all(started.map(([, slice]) => slice.stop()))
    },
  }
}

export interface Router {
  url: string
  stop(): Promise<void>
}

/** Starts Hive Gateway over the composed supergraph as it is committed, with the addresses of the slices. */
export async function startRouter(slices: Slices): Promise<Router> {
  const supergraph = join(import.meta.dirname, '..', '..', 'codegen', 'generated', 'supergraph.graphql')
  const addresses = Object.fromEntries(sliceIds.map((id) => [id, `${slices[id].url}/graphql`]))
  const router = spawn(
    process.execPath,
    [join(import.meta.dirname, 'router.js'), supergraph, JSON.stringify(addresses)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const ended = once(router, 'close')
  const port = await Promise.race([
    once(createInterface({ input: router.stdout }), 'line'),
    ended.then(() => Promise.reject(new Error('The router did not start.'))),
  ])
  return {
    url: `http://127.0.0.1:${String(port[0])}`,
    async stop() {
      router.stdin.end()
      await ended
    },
  }
}
