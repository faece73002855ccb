/** What a change is compared with: all of it, not its last commit. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeFolder, project, run } from './support/serve.ts'

let folder: string
let work: string
beforeAll(async () => {
  folder = await makeFolder()
  work = join(folder, 'work')
  await git(folder, 'init', '--quiet', '--initial-branch=main', 'work')
  for (const message of ['one', 'two']) await commit(message)
  await git(work, 'switch', '--quiet', '--create', 'change')
  for (const message of ['three', 'four', 'five']) await commit(message)
  await git(work, 'switch', '--quiet', 'main')
  await commit('six')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function git(cwd: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false']
  const { code, stdout, stderr } = await run('git', [...who, ...args], {}, { cwd }).ended
  expect([code, stderr]).toEqual([0, ''])
  return stdout.trim()
}
const commit = (message: string): Promise<string> =>
  git(work, 'commit', '--quiet', '--allow-empty', '--message', message)

/** The message of the commit that is found; null where none is. */
async function base(cwd: string): Promise<string | null> {
  const { code, stdout, stderr } = await run(join(project, '.ci', 'base'), [], {}, { cwd }).ended
  expect([code, stderr]).toEqual([0, ''])
  return stdout === '' ? null : git(cwd, 'log', '--max-count=1', '--format=%s', stdout.trim())
}

test('where the branch left the main one, here and in a clone; on the main branch, the commit before', async () => {
  expect(await base(work)).toBe('two')
  await git(work, 'switch', '--quiet', 'change')
  expect(await base(work)).toBe('two')
  await git(work, 'switch', '--quiet', 'main')
  await git(folder, 'clone', '--quiet', 'work', 'clone')
  const clone = join(folder, 'clone')
  expect(await base(clone)).toBe('two')
  await git(clone, 'checkout', '--quiet', '--detach', 'origin/change')
  expect(await base(clone)).toBe('two')
})

test('nothing where there is one commit alone', async () => {
  await git(folder, 'clone', '--quiet', '--depth=1', `file://${work}`, 'shallow')
  expect(await base(join(folder, 'shallow'))).toBe(null)
})
