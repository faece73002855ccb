/**
 * Attack 16: the log of a hub as a process. Whatever callers and departments say, a line of the log is one object of
 * JSON, holds no character that a terminal would act on, and no secret.
 */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ScriptedDepartment } from '../support/scripted-department.ts'
import { utf8 } from '../support/scripted-postal.ts'
import { port, post, ready, tokensOf } from '../support/start.ts'
import { send } from './over-http.ts'

const uscc = '91350102MYE0000341'
/** A line of its own, colours, the control characters of eight bits, and letters that turn the direction of writing. */
const evil = 'x\r\n{"level":"fatal","msg":"forged"}\u001b[31m\u009b2J\u0007\u0000\u202e\u2066\u2028\u0085\u007f'
const key = 'the-key-of-postal'
const purpose = { 'x-purpose': 'clearance' }

/** Sends bytes as they are, and waits for the other side to close. */
const sendRaw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    socket
      .setEncoding('latin1')
      .on('data', (part: string) => (heard += part))
      .on('error', reject)
      .on('close', () => resolve(heard))
  })

/** What a terminal, or a person reading, would take for something else. */
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/**
 * Starts a hub whose postal administration answers with an error of this code, asks for it, and ends the hub.
 * @param before what is asked first
 */
async function logOf(code: string, before: (authorization: string) => Promise<void> = async () => undefined) {
  const postal = await ScriptedDepartment.start()
  const xml = code.replaceAll('"', '&quot;')
  postal.says(utf8(`<response><status>error</status><code>${xml}</code><description>${xml}</description></response>`))
  const hub = await ready({
    HUTONG_MODE: 'development',
    HUTONG_LOG: 'trace',
    HUTONG_POSTAL_URL: postal.url.href,
    HUTONG_POSTAL_KEY: key,
  })
  const [token = ''] = tokensOf(hub.said.stdout)
  const authorization = `Bearer ${token}`
  await before(authorization)
  const query = `{ enterprise(uscc: "${uscc}") { postal { shipments { totalCount } } } }`
  const asked = await post('/graphql', { query }, { authorization, ...purpose })
  hub.child.kill('SIGINT')
  const { stderr } = await hub.ended
  await postal.stop()
  const lines = stderr.split('\n').filter((line) => !['', 'Stopping …', 'Stopped.'].includes(line))
  return { asked, token, lines }
}

describe('the log', () => {
  test('attack 16: what callers and departments say stands in it as JSON, or not at all', async () => {
    const { asked, token, lines } = await logOf('x\n{"level":"fatal","msg":"forged"}', async (authorization) => {
      // Callers: variables, names, headers, and bytes that are no HTTP.
      const search =
        'query ($name: String, $uscc: USCC!) { searchEnterprises(name: $name) { totalCount } enterprise(uscc: $uscc) { name } }'
      await post('/graphql', { query: search, variables: { name: evil, uscc: evil } }, { authorization, ...purpose })
      await post('/graphql', { query: `{ me { ${evil} } }`, operationName: evil }, { authorization, ...purpose })
      await post('/explain', { query: evil, operationName: evil }, { authorization, ...purpose })
      await post(
        '/graphql',
        { query: '{ me { department } }' },
        { authorization: `Bearer ${evil.replace(/[^\x20-\x7e]/g, '')}` },
      )
      const latin = 'x\u009b31m\u0085\u00a0'
      await send(`http://127.0.0.1:${port}/graphql`, {
        headers: {
          'content-type': 'application/json',
          authorization,
          'x-purpose': latin,
          'x-request-id': latin,
          'user-agent': latin,
          'x-forwarded-for': latin,
          referer: latin,
        },
        body: '{"query":"{ me { department } }"}',
      })
      await sendRaw(
        'GET /livez HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x1b[31mb\r\nX-Request-Id: abcdefgh\r\n x: y\r\nConnection: close\r\n\r\n',
      )
      await sendRaw('GET /\x1b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    })
    const { errors } = (await asked.json()) as { errors: { extensions: { cause: string } }[] }
    expect(errors.map(({ extensions }) => extensions.cause)).toEqual(['failed'])
    // What callers did wrong is no matter for the log; what a department did is one line.
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
        requestId: asked.headers.get('x-request-id'),
        department: 'postal',
        problem: 'failed',
        msg: expect.any(String) as unknown,
      },
    ])
    for (const secret of [token, key]) expect(lines.join('\n')).not.toContain(secret)
    expect(lines.filter((line) => acting.test(line))).toEqual([])
  })

  test('attack 16: no character of a department that a terminal acts on stands in it', async () => {
    // XML has none of these three; JSON writes them as escapes anyway.
    const { asked, lines } = await logOf(evil.replace(/[\0\x07\x1b]/g, ''))
    expect(lines.map((line) => (JSON.parse(line) as { requestId: unknown }).requestId)).toEqual([
      asked.headers.get('x-request-id'),
    ])
    expect(lines.filter((line) => acting.test(line))).toEqual([])
  })

  test('attack 16: a header of two lines, and one with bytes that no header has, are refused', async () => {
    await ready()
    for (const header of [
      'X-Request-Id: abcdefgh\r\n x: y',
      'X-Purpose: a\x1b[31m',
      'X-Purpose: a\0',
      'X-Purpose : a',
    ]) {
      const heard = await sendRaw(`GET /livez HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`)
      expect([header, heard.split('\r\n')[0]]).toEqual([header, 'HTTP/1.1 400 Bad Request'])
      expect(heard).not.toMatch(/abcdefgh|\u001b/)
    }
  })
})
