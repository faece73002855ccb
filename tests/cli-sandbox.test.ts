/** The commands that steer the development departments, and how a command finds its hub. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { departmentIds } from '../departments.ts'
import { command, misused, port, printed, told } from './support/commands.ts'
import { runHub } from './support/harness.ts'
import { project } from './support/serve.ts'

describe('sandbox', () => {
  const control = (path: string): string => `http://127.0.0.1:${port + 7}${path}`

  test('enterprises prints codes and nothing else', async () => {
    const known = (await (await fetch(control('/enterprises?limit=20'))).json()) as { uscc: string }[]
    const codes = known.map(({ uscc }) => `${uscc}\n`)
    expect(await command(['sandbox', 'enterprises'])).toEqual(printed(codes.join('')))
    expect(await command(['sandbox', 'enterprises', '--limit', '2'])).toEqual(printed(codes.slice(0, 2).join('')))
    expect(await command(['sandbox', 'enterprises', '--limit', 'all'])).toEqual(
      misused("option '--limit <number>' argument 'all' is invalid. Give a whole number from 1."),
    )
  })

  test('fault --help and both READMEs say every kind that there is, and whose it is', async () => {
    const kindsOf = async (id: string): Promise<string[]> => {
      const { stderr } = await command(['sandbox', 'fault', id, '--kind', 'gone'])
      return /it is one of (.*)\.\n$/.exec(stderr)?.[1]?.split(', ') ?? []
    }
    const kinds = await Promise.all(departmentIds.map(async (id) => [id, await kindsOf(id)] as const))
    const common = kinds[0]?.[1].filter((kind) => kinds.every(([, theirs]) => theirs.includes(kind))) ?? []
    const own = kinds.flatMap(([id, theirs]) =>
      theirs.filter((kind) => !common.includes(kind)).map((kind) => [kind, id] as const),
    )
    expect([common.length, own.length]).toEqual([4, 5])

    const { stdout } = await command(['sandbox', 'fault', '--help'])
    const said = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}(?:([a-z]+): )?[a-z].{10,}$/gm)].map(
      ([, kind, id]) => [kind, id ?? null] as const,
    )
    const known: readonly unknown[] = [...kinds.flatMap(([, theirs]) => theirs)]
    expect(said.filter(([kind]) => known.includes(kind))).toEqual([...common.map((kind) => [kind, null]), ...own])
    for (const file of ['README.md', 'README.zh-CN.md']) {
      const text = await readFile(join(project, file), 'utf8')
      const paragraph = text.split('\n\n').find((part) => part.includes('`down`')) ?? ''
      const named = [...paragraph.matchAll(/`([^`]+)`/g)].map((match) => match[1])
      expect([file, named]).toEqual([file, [...common, ...own.map(([kind]) => kind)]])
    }
  })

  test.each(['down', 'slow', 'flaky', 'lying'])('fault --kind %s', async (kind) => {
    expect(await command(['sandbox', 'fault', 'tax', '--kind', kind, '--for', '40s'])).toEqual({
      code: 0,
      stdout: '',
      stderr: `tax is ${kind} for 40 s.\n`,
    })
    const faults = (await (await fetch(control('/faults'))).json()) as { tax: { remainingSeconds: number } }
    await fetch(control('/faults'), { method: 'DELETE' })
    const { remainingSeconds, ...fault } = faults.tax
    expect({ ...faults, tax: fault }).toEqual({
      customs: null,
      tax: { kind },
      fx: null,
      market: null,
      postal: null,
      commerce: null,
    })
    expect(remainingSeconds).toBeGreaterThan(30)
    expect(remainingSeconds).toBeLessThanOrEqual(40)
  })

  test.each([
    ['customs', 'expired'],
    ['tax', 'throttled'],
    ['tax', 'skewed'],
    ['fx', 'closed'],
    ['market', 'slow-but-alive'],
  ])('fault %s --kind %s', async (id, kind) => {
    const { stderr } = await command(['sandbox', 'fault', id, '--kind', kind])
    const faults = (await (await fetch(control('/faults'))).json()) as Record<string, { kind: string } | null>
    await fetch(control('/faults'), { method: 'DELETE' })
    expect([stderr, faults[id]?.kind]).toEqual([`${id} is ${kind} for 30 s.\n`, kind])
  })

  test.each([
    [
      ['bank', '--kind', 'down'],
      'There is no department "bank"; it is one of customs, tax, fx, market, postal, commerce.',
    ],
    [
      ['tax', '--kind', 'gone'],
      'There is no fault "gone" here; it is one of down, slow, flaky, lying, throttled, skewed.',
    ],
    [['tax', '--kind', 'down', '--for', '100000'], 'seconds must be a number above 0 and at most 86400.'],
  ])('fault %j is refused', async (args, sentence) => {
    expect(await command(['sandbox', 'fault', ...args])).toEqual(told(sentence))
  })

  test.each([
    [
      ['tax', '--kind', 'down', '--for', '2h'],
      "option '--for <seconds>' argument '2h' is invalid. Give seconds, e.g. 30s.",
    ],
    [
      ['tax', '--kind', 'down', '--for', '0s'],
      "option '--for <seconds>' argument '0s' is invalid. Give seconds, e.g. 30s.",
    ],
    [['tax'], "required option '--kind <kind>' not specified"],
    [['--kind', 'down'], "missing required argument 'department'"],
  ])('fault %j is misused', async (args, complaint) => {
    expect(await command(['sandbox', 'fault', ...args])).toEqual(misused(complaint))
  })
})

const asking = [
  ['token', 'customs'],
  ['explain', '--as', 'customs', join(project, 'schema', 'hub.graphql')],
  ['sandbox', 'enterprises'],
  ['sandbox', 'fault', 'tax', '--kind', 'down'],
]

describe('which hub', () => {
  test.each(asking)('none runs: %s %s', async (...args) => {
    expect(await command(args, { PORT: '1' })).toEqual(
      told(
        'No hub answers on port 1: start one with npm start, or say which port yours has, e.g. PORT=5000 npx hutong …',
      ),
    )
  })

  test('something else answers', async () => {
    const page = createServer((_request, response) => response.end('<p>a page</p>'))
    await new Promise<void>((done) => page.listen(0, '127.0.0.1', done))
    for (const other of [(page.address() as AddressInfo).port, port + 1, port + 7]) {
      expect(await command(['token', 'customs'], { PORT: String(other) })).toEqual(
        told(`What answers on port ${other} is not a hub: say which port yours has, e.g. PORT=5000 npx hutong …`),
      )
    }
    await new Promise((done) => page.close(done))
  })

  test('it has no development departments, or runs in production', async () => {
    const plain = await runHub()
    const at = { PORT: new URL(plain.hub.url).port }
    expect(await command(['sandbox', 'enterprises'], at)).toEqual(
      told('The running hub has no development departments.'),
    )
    await plain.stop()
    const strict = await runHub({ config: { mode: 'production' } })
    const { port: strictPort } = new URL(strict.hub.url)
    for (const args of asking) {
      expect(await command(args, { PORT: strictPort })).toEqual(
        told(`The hub on port ${strictPort} does not do this: it runs in production mode.`),
      )
    }
    await strict.stop()
  })

  test('PORT is no port', async () => {
    expect(await command(['token', 'customs'], { PORT: 'four' })).toEqual(
      told('PORT must be a whole number from 0 to 65535, not "four".'),
    )
  })
})
