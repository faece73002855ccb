/** docs/sharing.md pasted block after block into one shell, beside a hub that has just started: it prints what it says. */
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Copy } from './adding-a-department/recipe.ts'
import {
  clear,
  freePorts,
  makeFolder,
  plainEnvironment,
  project,
  run,
  untilReady,
  type Command,
} from './support/serve.ts'

/** In ms; the page has a hundred processes, and the machine may be busy. */
const timeout = 240_000

/** A block of the page to paste, and what stands below it. */
interface Block {
  title: string
  commands: string
  printed: string
}

const page = readFileSync(join(project, 'docs', 'sharing.md'), 'utf8')
const fenced = [...page.matchAll(/^## (?<heading>.*)$|^```(?<language>\w+)\n(?<text>[\s\S]*?)^```$/gm)]

/** Every block in `sh` is to be pasted; a block in another language is what the one before it prints. */
const blocks: Block[] = []
let section = ''
for (const { groups = {} } of fenced) {
  const { heading, language, text = '' } = groups
  const last = blocks.at(-1)
  if (heading !== undefined) section = heading
  else if (language === 'sh') blocks.push({ title: `${section}: ${text.split('\n')[0]}`, commands: text, printed: '' })
  else if (last?.printed === '') last.printed = text
  else throw new Error(`Below ‹${last?.title}› stands more than one answer.`)
}

/** What differs from one walk to the next is replaced; an id by its place among the ids, so that it stays the same one. */
function generic(outputs: readonly string[]): string[] {
  const ids: string[] = []
  const place = (id: string): string => {
    if (!ids.includes(id)) ids.push(id)
    return `‹id ${ids.indexOf(id) + 1}›`
  }
  return outputs.map((output) =>
    output
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, place)
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '‹time›')
      .replace(/\b\d{4}-\d\d-\d\d\b/g, '‹date›')
      .replace(/\(policy [0-9a-f]{12}\)/g, '(policy ‹hash›)')
      .replace(/\bmilliseconds: \d+(\.\d+)?,/g, 'milliseconds: ‹number›,')
      .replace(/\bage: \d+,/g, 'age: ‹number›,')
      // A checkpoint is a line of the export, and how many there are is a matter of seconds.
      .replace(/\b\d+ checkpoints?\b/g, '‹number› checkpoints')
      .replace(/\bline \d+: Record /g, 'line ‹number›: Record '),
  )
}

let base: string
let copy: Copy
let hub: Command
let outputs: string[]
let ended: { code: number | null; stderr: string }

beforeAll(async () => {
  base = await makeFolder()
  copy = await Copy.make(join(base, 'hutong'))
  const commit = '-c user.name=Test -c user.email=test@example.invalid -c commit.gpgsign=false commit'
  expect(await copy.shell(`git add --all && git ${commit} --quiet --message before`)).toMatchObject({ code: 0 })

  const port = await freePorts()
  const serve = [join(copy.folder, 'hub', 'hutong.js'), 'serve']
  hub = run(process.execPath, serve, { PORT: `${port}`, HUTONG_DATA: join(base, 'data') }, { cwd: copy.folder })
  await untilReady(hub)

  // Between two blocks stands a line that no command prints; what a person sees in the terminal goes to one place.
  const between = '\u241e'
  const script = blocks.map(({ commands }) => `${commands}printf '%s' '${between}'\n`).join('')
  await writeFile(join(base, 'npmrc'), 'update-notifier=false\n')
  const shell = run(
    'bash',
    ['-c', `exec 2>&1\n${script}`],
    {
      PORT: `${port}`,
      NO_COLOR: '1',
      npm_config_userconfig: join(base, 'npmrc'),
      PATH: [join(project, 'node_modules', '.bin'), plainEnvironment.PATH].join(delimiter),
    },
    { cwd: copy.folder },
  )
  const { code, stdout, stderr } = await shell.ended
  ended = { code, stderr }
  outputs = stdout.split(between)
}, timeout)

afterAll(async () => {
  await clear(hub, join(base, 'data'))
  await rm(base, { recursive: true, force: true })
})

describe('the page', () => {
  const printed = generic(blocks.map((block) => block.printed))

  test.each(blocks.map(({ title }, i) => [title, i] as const))('%s', (_title, i) => {
    expect(generic(outputs)[i]).toBe(printed[i])
  })

  test('the shell has come to its end, with a block for each output', () => {
    expect({ ...ended, outputs: outputs.length, rest: outputs.at(-1) }).toEqual({
      code: 0,
      stderr: '',
      outputs: blocks.length + 1,
      rest: '',
    })
  })

  test('leaves the project as it was', async () => {
    expect(await copy.shell('git status --porcelain')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('gives the hub nothing to complain of', () => {
    expect(hub.said.stderr).toBe('')
  })
})

test('each step of the table is a section, in its order', () => {
  const steps = [...page.matchAll(/^\| \[[^\]]+\]\(#([\w-]+)\)/gm)].map((match) => match[1])
  const headings = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1]?.toLowerCase().replaceAll(' ', '-'))
  expect(['before-the-first-step', ...steps]).toEqual(headings)
})
