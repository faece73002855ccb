/** The explorer's page as the hub serves it, without a browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from './support/browser.ts'
import { runHub, type Running } from './support/harness.ts'

describe('what the server says about the page', () => {
  let running: Running
  let origin: string
  beforeAll(async () => {
    running = await runHub()
    origin = running.hub.url
  })
  afterAll(() => running.stop())

  test('assets are kept for good, the page is asked for each time', async () => {
    const html = await fetch(`${origin}/explorer/`)
    const [, script = ''] = /<script [^>]*src="([^"]+)"/.exec(await html.text()) ?? []
    const asset = await fetch(origin + script)
    expect([html.status, html.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    const [missing, unslashed] = await Promise.all([
      fetch(`${origin}/explorer/assets/none.js`),
      fetch(`${origin}/explorer`, { redirect: 'manual' }),
    ])
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, null])
    expect([unslashed.status, unslashed.headers.get('location')]).toEqual([302, '/explorer/'])
  })

  test('in production the page needs a sign-in and hands out no token', async () => {
    const strict = await runHub({ config: { mode: 'production' } })
    const paths = ['/explorer', '/explorer/', '/explorer/index.html', '/explorer/session', '/explorer/token']
    const answers = await Promise.all(
      paths.map(async (path) => {
        const response = await fetch(strict.hub.url + path, { redirect: 'manual' })
        const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
        return [path, response.status, errors.map(({ extensions }) => extensions.code)]
      }),
    )
    await strict.stop()
    expect(answers).toEqual([
      ['/explorer', 401, ['UNAUTHENTICATED']],
      ['/explorer/', 401, ['UNAUTHENTICATED']],
      ['/explorer/index.html', 401, ['UNAUTHENTICATED']],
      ['/explorer/session', 401, ['UNAUTHENTICATED']],
      ['/explorer/token', 401, ['UNAUTHENTICATED']],
    ])
  })
})

test('a Chromium that is named and not there is one sentence; one that is there is taken', async () => {
  await expect(findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })).rejects.toThrow(
    'CHROMIUM_PATH names /nowhere/chromium, which does not exist.',
  )
  expect(await findChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath)
})
