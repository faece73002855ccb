/** `hutong policy diff` in a copy of the project whose policies are changed: who gains or loses which field. */
import { rm, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verdictOf } from '../rules/access-change.ts'
import { Copy } from './adding-a-department/recipe.ts'
import { makeFolder, plainEnvironment, project, run } from './support/serve.ts'

const snapshot = 'codegen/generated/policies.json'

describe('a change of access', () => {
  const [own, held, rows] = ['ALLOW own', 'ALLOW grant:1', 'ALLOW grant:1, only for divisions 3501*']
  test.each([
    ['nothing to all', 'DENY no-grant', held, 'gains'],
    ['all to nothing', own, 'DENY withheld', 'loses'],
    ['masked to full', 'MASK masked', held, 'gains'],
    ['full to some rows', held, rows, 'loses'],
    ['masked to full for some rows and masked for others', 'MASK masked', `${rows}; MASK masked`, 'gains'],
    ['some rows to others', rows, 'ALLOW grant:1, only for divisions 3502*', 'changes'],
    ['another rule that says the same', own, 'ALLOW unconditional', null],
    ['another reason to refuse', 'DENY no-grant', 'DENY withheld', null],
    ['the same ways in another order', `${rows}; MASK masked`, `MASK masked; ${rows}`, null],
    ['a field that there was not', undefined, 'ALLOW open', 'gains'],
    ['a field that there was not, closed', undefined, 'DENY no-grant', null],
    ['a field that there is not any more', 'MASK masked', undefined, 'loses'],
  ])('%s', (_what, before, after, verdict) => {
    expect(verdictOf(before, after)).toBe(verdict)
  })
})

describe('the command', () => {
  let base: string
  let copy: Copy
  beforeAll(async () => {
    base = await makeFolder()
    copy = await Copy.make(join(base, 'hutong'))
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'before')
  })
  afterAll(() => rm(base, { recursive: true, force: true }))

  const git = async (...args: string[]): Promise<void> => {
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false']
    const { code, stderr } = await run('git', [...who, ...args], {}, { cwd: copy.folder }).ended
    expect([code, stderr]).toEqual([0, ''])
  }
  const diff = async (...args: string[]) => {
    const command = [join(copy.folder, 'hub', 'hutong.js'), 'policy', 'diff', ...args]
    const { code, stdout, stderr } = await run(process.execPath, command, {}, { cwd: copy.folder }).ended
    return { code, stdout, stderr }
  }
  const edit = async (path: string, was: string, is: string): Promise<void> => {
    const text = await readFile(join(copy.folder, path), 'utf8')
    expect(text.split(was).length).toBe(2)
    await writeFile(join(copy.folder, path), text.replace(was, is))
  }

  test('nothing has changed', async () => {
    const same = { code: 0, stdout: 'No one gains or loses a field.\n', stderr: '' }
    expect([await diff('HEAD', snapshot), await diff('HEAD', 'HEAD'), await diff(snapshot, snapshot)]).toEqual([
      same,
      same,
      same,
    ])
  })

  test('a class, a grant and the rows of a grant are changed: each reader that gains or loses is named', async () => {
    await edit(
      'auth/policies/fx.ts',
      "      en: 'Exemption of small traders from registration',\n      sharing: 'CONDITIONAL',",
      "      en: 'Exemption of small traders from registration',\n      sharing: 'UNCONDITIONAL',",
    )
    const conditions = /\n {6}conditions:\n? *'[^']*the same uses',/
    const fx = await readFile(join(copy.folder, 'auth/policies/fx.ts'), 'utf8')
    await writeFile(join(copy.folder, 'auth/policies/fx.ts'), fx.replace(conditions, ''))
    await edit(
      'auth/policies/tax.ts',
      "      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],\n",
      "      developmentGrants: [{ reader: 'market', purpose: 'licence-review' }],\n",
    )
    await edit(
      'auth/policies/fx.ts',
      "developmentGrants: [{ reader: 'tax', purpose: 'refund-review', divisions: ['3501', '3504'] }],",
      "developmentGrants: [{ reader: 'tax', purpose: 'refund-review', divisions: ['3301'] }],",
    )
    const codegen = await run(process.execPath, ['codegen/run.ts'], {}, { cwd: copy.folder }).ended
    expect([codegen.code, codegen.stderr]).toEqual([0, ''])
    const { code, stdout, stderr } = await diff('HEAD', snapshot)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.split('\n')
    const about = (field: string) =>
      lines.filter((line) => line.includes(`  ${field} `)).map((line) => line.replace(/ {2,}/g, '  '))
    const opened = (reader: string) =>
      `${reader}  gains  ForeignExchangeRecord.exemptFromRegistration  DENY no-grant → ALLOW unconditional`
    expect(about('ForeignExchangeRecord.exemptFromRegistration')).toEqual(
      [
        'commerce',
        'commerce for statistics',
        'customs',
        'customs for clearance',
        'market',
        'market for licence-review',
        'market for quality-tracing',
        'postal',
        'postal for delivery',
        'tax',
        'tax for refund-review',
      ].map(opened),
    )
    expect(about('TaxRecord.creditGrade')).toEqual([
      'customs for clearance  loses  TaxRecord.creditGrade  ALLOW grant:development:customs:tax.creditGrade:clearance → DENY no-grant',
      'market for licence-review  gains  TaxRecord.creditGrade  DENY no-grant → ALLOW grant:development:market:tax.creditGrade:licence-review',
    ])
    const settlements = lines.filter((line) => line.includes('Settlement.'))
    expect(settlements.length).toBeGreaterThan(0)
    expect(settlements.filter((line) => !/^tax for refund-review +changes /.test(line))).toEqual([])
    expect(lines.at(-2)).toBe(`12 gained, 1 lost, ${settlements.length} changed.`)
    expect(lines.length).toBe(12 + 1 + settlements.length + 3)
    // The other way round the same fields are lost.
    expect((await diff(snapshot, 'HEAD')).stdout.split('\n').at(-2)).toBe(
      `1 gained, 12 lost, ${settlements.length} changed.`,
    )
  })

  test('the snapshot that is committed is that of the policies', async () => {
    const committed = await readFile(join(project, snapshot), 'utf8')
    const fields = Object.keys((JSON.parse(committed) as { fields: object }).fields)
    expect(committed.split('\n').length).toBe(fields.length + 3)
  })

  test('of a change, checks say who gains or loses; they pass over a snapshot that is missing and over nothing else', async () => {
    const script = await readFile(join(project, '.ci', 'run'), 'utf8')
    const step = /^base=[\s\S]*?^fi$/m.exec(script)?.[0] ?? ''
    const checks = async () => {
      const env = { PATH: [join(project, 'node_modules', '.bin'), plainEnvironment.PATH].join(delimiter) }
      const ran = await run('bash', ['-euo', 'pipefail', '-c', step], env, { cwd: copy.folder }).ended
      return [ran.code, ran.stdout.split('\n').at(-2) ?? '']
    }
    const passed = [0, '']
    const outcomes = [await checks()] // the first commit has none before it
    await git('commit', '--quiet', '--allow-empty', '--message', 'empty')
    outcomes.push(await checks())
    const held = await readFile(join(copy.folder, snapshot), 'utf8')
    await writeFile(join(copy.folder, snapshot), '[')
    outcomes.push(await checks())
    await writeFile(join(copy.folder, snapshot), held)
    expect(outcomes).toEqual([passed, [0, expect.stringMatching(/^12 gained, 1 lost, /)], [1, '']])
  })

  test('what cannot be compared is said in a sentence', async () => {
    await writeFile(join(copy.folder, 'other.json'), '{"fields": {"A.b": {"tax": 1}}}')
    await writeFile(join(copy.folder, 'none.json'), '[')
    await git('rm', '--quiet', '--cached', snapshot)
    await git('commit', '--quiet', '--message', 'without')
    const told = (sentence: string) => ({ code: 1, stdout: '', stderr: `${sentence}\n` })
    expect([
      await diff('HEAD', snapshot),
      await diff('no-such-branch', snapshot),
      await diff('other.json', snapshot),
      await diff(snapshot, 'none.json'),
      await diff(snapshot),
    ]).toEqual([
      told(`The revision HEAD has no ${snapshot}.`),
      told('no-such-branch is neither a file nor a revision of this repository.'),
      told('other.json is not a snapshot of policies; npm run codegen writes one.'),
      told('none.json is not a snapshot of policies; npm run codegen writes one.'),
      told("error: missing required argument 'new'\n(add --help for help)"),
    ])
  })
})
