/** Ctrl-C ends everything, whenever it comes, and nothing is left running. */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { leftBehind, portsAreFree, run, signalGroup, untilReady } from './support/serve.ts'
import { asCustoms, data, port, post, ready, serve, started, stopped, tokensOf, whoAmI } from './support/start.ts'

describe('stopping', () => {
  test('SIGTERM to the hub alone', async () => {
    const hub = await ready()
    const { seconds } = await stopped(hub, () => hub.child.kill('SIGTERM'))
    expect(seconds).toBeLessThan(5)
  })

  test.each([
    ['the folder is taken', 'hub.pid'],
    ['the database is being made', 'postgres.init-'],
    ['the database starts', 'postgres.log'],
  ])('Ctrl-C while it starts: %s', async (_when, file) => {
    const hub = serve()
    const there = async (): Promise<boolean> => {
      const found = await readdir(data).catch((): string[] => [])
      return found.some((name) => name.startsWith(file))
    }
    expect(await waitUntil(there, 20_000)).toBe(true)
    const { ended } = await stopped(hub, () => signalGroup(hub, 'SIGINT'))
    expect(ended.stdout).toBe('')
    const again = await ready()
    await stopped(again, () => signalGroup(again, 'SIGINT'))
  })

  test('Ctrl-C before anything has been started, while the modules of the hub are loaded', async () => {
    // Interrupts itself when the first of them is asked for.
    const hook = `import { registerHooks } from 'node:module'
      registerHooks({ load: (url, context, next) => {
        if (url.endsWith('/hub/serve.ts')) process.kill(process.pid, 'SIGINT')
        return next(url, context)
      } })`
    const hub = serve({ NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(hook).toString('base64')}` })
    const { ended } = await stopped(hub, () => undefined)
    expect(ended.stdout).toBe('')
  })

  test('Ctrl-C during a request: its answer still comes, a second Ctrl-C changes nothing', async () => {
    const hub = await ready()
    const [token = ''] = tokensOf(hub.said.stdout)
    const creditGrade = (uscc: string): Promise<Response> => {
      const query = `{ enterprise(uscc: "${uscc}") { customs { creditGrade } } }`
      return post('/graphql', { query }, { authorization: `Bearer ${token}` })
    }
    const asked = async (): Promise<number> => {
      const calls = await (await fetch(`http://127.0.0.1:${port + 7}/calls`)).json()
      return (calls as { customs: { total: number } }).customs.total
    }
    await creditGrade('91350602MY0000178A') // so that the hub has its token of customs
    await post('/faults/customs', { kind: 'slow', seconds: 60, delayMs: 1500 }, {}, port + 7)
    const answer = creditGrade('91350102MYE0000341').then((response) => response.json())
    expect(await waitUntil(async () => (await asked()) === 2, 5_000)).toBe(true)
    const { seconds } = await stopped(hub, () => {
      signalGroup(hub, 'SIGINT')
      signalGroup(hub, 'SIGINT')
    })
    expect(((await answer) as { data: unknown }).data).toEqual({
      enterprise: { customs: { creditGrade: 'ADVANCED_CERTIFIED' } },
    })
    expect(seconds).toBeLessThan(8)
  })

  test('Ctrl-C while connections are open that never sent a request', async () => {
    const hub = await ready()
    const silent = connect(port, '127.0.0.1')
    const half = connect(port, '127.0.0.1')
    await Promise.all([once(silent, 'connect'), once(half, 'connect')])
    half.write('POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-le')
    for (const socket of [silent, half]) socket.on('error', () => undefined)
    const { seconds } = await stopped(hub, () => signalGroup(hub, 'SIGINT'))
    expect(seconds).toBeLessThan(5)
  })

  test('the hub is killed: its departments end by themselves, the next start takes the database over', async () => {
    const first = await ready()
    const [token = ''] = tokensOf(first.said.stdout)
    first.child.kill('SIGKILL')
    await first.ended
    expect(await waitUntil(() => portsAreFree(port), 10_000)).toBe(true)
    const [database, ...others] = leftBehind(data, port)
    expect({ isServer: database?.includes(`-D ${data}/postgres `), others }).toEqual({ isServer: true, others: [] })
    const second = await ready()
    expect(await whoAmI(token)).toEqual(asCustoms)
    await stopped(second, () => signalGroup(second, 'SIGINT'))
  })

  test('npm start: Ctrl-C in its terminal', async () => {
    const npm = run('npm', ['start'], { PORT: String(port), HUTONG_DATA: data, npm_config_loglevel: 'error' })
    started.push(npm)
    await untilReady(npm)
    signalGroup(npm, 'SIGINT')
    // npm's own code depends on its version and on the shell: 0, 130, or ended by the signal.
    const { stderr } = await npm.ended
    expect(stderr).toBe('\nStopping …\nStopped.\n')
    expect(leftBehind(data, port)).toEqual([])
    expect(await portsAreFree(port)).toBe(true)
  })
})
