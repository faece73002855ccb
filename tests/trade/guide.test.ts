/** docs/trade.md: its commands, as they stand there, do what it says. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clear,
  freePorts,
  hutong,
  makeFolder,
  project,
  run,
  untilReady,
  type Command,
  type Ended,
} from '../support/serve.ts'
import { purchase } from './messages.ts'

const page = await readFile(join(project, 'docs', 'trade.md'), 'utf8')
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => commands)

let folder: string
let hub: Command
let port: number
beforeAll(async () => {
  ;[folder, port] = await Promise.all([makeFolder(), freePorts()])
  hub = hutong(['serve'], { PORT: String(port), HUTONG_DATA: join(folder, 'data') })
  await untilReady(hub)
}, 60_000)
afterAll(() => clear(hub, join(folder, 'data')))

/** Runs a block in the folder, where `npx hutong` is this project's. */
function shell(commands: string): Promise<Ended> {
  const program = `npx() { shift; "${process.execPath}" "${join(project, 'hub', 'hutong.js')}" "$@"; }`
  const script = `set -e\n${program}\n${commands.replaceAll('localhost:4000', `localhost:${port}`)}`
  const env = { PORT: String(port), HUTONG_DATA: join(folder, 'imported') }
  return run('bash', ['-c', script], env, { cwd: folder }).ended
}

test('there are two blocks', () => expect(blocks.length).toBe(2))

test('a message is handed in, and answered by its receipt', async () => {
  await writeFile(join(folder, 'order.xml'), purchase('1')['311'])
  const { code, stdout } = await shell(blocks[0] ?? '')
  expect(code).toBe(0)
  expect(stdout).toMatch(/<ceb:CEB312Message .*<ceb:orderNo>SO1<.*<ceb:returnStatus>2</)
})

test('a folder is looked at and imported, while a hub runs on other data', async () => {
  await mkdir(join(folder, 'messages'))
  for (const [kind, text] of Object.entries(purchase('2')))
    await writeFile(join(folder, 'messages', `${kind}.xml`), text)
  const { code, stdout } = await shell(blocks[1] ?? '')
  expect(code).toBe(0)
  expect(stdout).toContain('4 files: 4 accepted, 0 accepted with findings, 0 refused.\n')
  expect(stdout).toContain('Lists in the database: 1 MATCHED.\n')
  expect(await readdir(join(folder, 'receipts'))).toEqual(['311.xml', '411.xml', '511.xml', '621.xml'])
})
