/** Attack 3: a directive that looks like protection but is renamed, imported under another name or not imported at all. */
import { readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PolicyError } from '../../auth/policy-error.ts'
import { policies } from '../../codegen/generated/grid.ts'
import { buildView } from '../../hub/schema.ts'
import { Copy } from '../adding-a-department/recipe.ts'
import { leftBehind, makeFolder, portsAreFree, freePorts, project, run } from '../support/serve.ts'

const names = Object.keys(policies)
const slices = Object.fromEntries(
  names.map((name) => [name, readFileSync(join(project, 'schema', `${name}.graphql`), 'utf8')]),
)
const federation = 'https://specs.apollo.dev/federation/v2.5'

/** The first field of the first object type of a slice, with a directive put on it. */
const onFirstField = (slice: string, directive: string): string =>
  slice.replace(/^( {2}\w+(?:\([^)]*\))?: [\w[\]!]+)$/m, `$1 ${directive}`)

/** What is done to a slice, and the sentences that the start-up says of it. */
const harms: [string, (slice: string) => string, (name: string) => string[]][] = [
  [
    'an access directive without an import',
    (slice) => onFirstField(slice, '@authenticated'),
    (name) => [`${name} uses @authenticated, which nothing enforces`],
  ],
  [
    'an access directive imported from Federation',
    (slice) =>
      onFirstField(
        slice.replace('"@shareable"]', '"@shareable", "@requiresScopes"]'),
        '@requiresScopes(scopes: [["x"]])',
      ),
    (name) => [
      `${name} imports @requiresScopes, which nothing enforces`,
      `${name} uses @requiresScopes, which nothing enforces`,
    ],
  ],
  [
    'an access directive imported under another name',
    (slice) =>
      onFirstField(
        slice.replace('"@shareable"]', '"@shareable", { name: "@policy", as: "@rule" }]'),
        '@rule(policies: [["x"]])',
      ),
    (name) => [`${name} imports @policy under another name`, `${name} uses @rule, which nothing enforces`],
  ],
  [
    'a harmless name for an access directive',
    (slice) =>
      onFirstField(slice.replace('"@shareable"]', '{ name: "@authenticated", as: "@shareable" }]'), '@shareable'),
    (name) => [`${name} imports @authenticated under another name`],
  ],
  [
    'Federation under another name',
    (slice) => onFirstField(slice.replace(`${federation}",`, `${federation}", as: "f",`), '@f__authenticated'),
    (name) => [`${name} links Federation under another name`, `${name} uses @f__authenticated, which nothing enforces`],
  ],
  [
    'another specification',
    (slice) => `${slice}\nextend schema @link(url: "https://specs.example.org/access/v1.0", import: ["@key"])\n`,
    (name) => [`${name} links a specification that is not Federation's`],
  ],
  [
    'an address that only begins like Federation',
    (slice) => slice.replace(federation, 'https://specs.apollo.dev/federation.example.org/v2.5'),
    (name) => [`${name} links a specification that is not Federation's`],
  ],
  [
    'a directive of its own',
    (slice) => `directive @guarded on FIELD_DEFINITION\n${onFirstField(slice, '@guarded')}`,
    (name) => [`${name} defines @guarded, which nothing enforces`, `${name} uses @guarded, which nothing enforces`],
  ],
  [
    'a directive of its own with the name of a harmless one',
    (slice) => `directive @shareable on FIELD_DEFINITION | OBJECT\n${slice}`,
    (name) => [`${name} defines @shareable, which nothing enforces`],
  ],
  [
    'an access directive on a type',
    (slice) => slice.replace('type Enterprise @key', 'type Enterprise @authenticated @key'),
    (name) => [`${name} uses @authenticated, which nothing enforces`],
  ],
  [
    'an access directive on a scalar',
    (slice) => slice.replace(/^scalar USCC$/m, 'scalar USCC @inaccessible'),
    (name) => [`${name} uses @inaccessible, which nothing enforces`],
  ],
]

/** What keeps a view from being built. */
function problemsOf(given: Parameters<typeof buildView>[0]): readonly string[] {
  try {
    buildView(given)
  } catch (error) {
    if (error instanceof PolicyError) return [...new Set(error.problems)].sort()
    throw error
  }
  return []
}

describe.each(names)('the slice of %s', (name) => {
  test.each(harms)('attack 3: %s', (_what, harm, said) => {
    const slice = slices[name] ?? ''
    const harmed = harm(slice)
    expect(harmed).not.toBe(slice)
    expect(problemsOf({ slices: { ...slices, [name]: harmed } })).toEqual(said(name).sort())
  })

  test('attack 3: as it is, it starts', () => {
    expect(problemsOf({ slices })).toEqual([])
  })
})

describe.each(
  Object.values(policies).flatMap((policy) => (policy.items.length === 0 ? [] : [[policy.owner, policy] as const])),
)('the policy of %s', (owner, policy) => {
  const others = Object.values(policies).filter((other) => other !== policy)
  const [item, ...rest] = policy.items
  if (item === undefined) throw new Error(`${owner} has no item`)
  const provider = item.provider ?? owner

  test('attack 3: missing', () => {
    const said = problemsOf({ policies: others })
    const own = [...buildView().catalogue.entries.values()].filter(
      (entry) => entry.item !== null && policy.items.includes(entry.item),
    )
    expect(own.length).toBeGreaterThan(0)
    for (const { coordinate } of own) expect(said).toContain(`${coordinate} has no policy`)
  })

  test('attack 3: names a field that is called otherwise', () => {
    const renamed = { ...item, data: [...item.data, 'Enterprise.secrets' as const] }
    expect(problemsOf({ policies: [...others, { ...policy, items: [renamed, ...rest] }] })).toEqual([
      `${provider} names Enterprise.secrets, which the schema does not have`,
    ])
  })

  test('attack 3: speaks of a field that another department owns', () => {
    const foreign = owner === 'hub' || owner === 'tax' ? 'CustomsRecord.creditGrade' : 'TaxRecord.creditGrade'
    const other = owner === 'hub' || owner === 'tax' ? 'customs' : 'tax'
    const said = problemsOf({
      policies: [...others, { ...policy, items: [{ ...item, data: [...item.data, foreign] }, ...rest] }],
    })
    expect(said).toEqual([`${foreign} has two policies, of ${other} and of ${provider}`])
  })

  test('attack 3: an item under the name of another department', () => {
    const borrowed = { ...item, id: `${owner === 'tax' ? 'fx' : 'tax'}.borrowed` as const }
    expect(problemsOf({ policies: [...others, { ...policy, items: [borrowed, ...rest] }] })).toEqual([
      `${borrowed.id} stands in the policy of ${provider}`,
    ])
  })
})

describe('the command', () => {
  let base: string
  let copy: Copy
  beforeAll(async () => {
    base = await makeFolder()
    copy = await Copy.make(join(base, 'hutong'))
  })
  afterAll(() => rm(base, { recursive: true, force: true }))

  /** Starts the hub of the copy, in which a file was changed, and puts the file back. */
  async function started(path: string, change: (text: string) => string): Promise<unknown> {
    const file = join(copy.folder, path)
    const text = await readFile(file, 'utf8')
    const changed = change(text)
    expect(changed).not.toBe(text)
    await writeFile(file, changed)
    const [port, data] = [await freePorts(), join(base, 'data')]
    const args = [join(copy.folder, 'hub', 'hutong.js'), 'serve']
    const command = run(process.execPath, args, { PORT: String(port), HUTONG_DATA: data }, { cwd: copy.folder })
    const { code, stdout, stderr } = await command.ended
    await writeFile(file, text)
    return { code, stdout, stderr, left: leftBehind(data, port), free: await portsAreFree(port) }
  }
  const refusal = (sentence: string) => ({
    code: 1,
    stdout: '',
    stderr: `Policies and schema do not fit:\n  - ${sentence}\n`,
    left: [],
    free: true,
  })

  test('attack 3: an access directive that nothing enforces: exit 1, and one sentence without a stack', async () => {
    expect(await started('schema/tax.graphql', (slice) => onFirstField(slice, '@authenticated'))).toEqual(
      refusal('tax uses @authenticated, which nothing enforces'),
    )
  })

  test('attack 3: a field without a policy: exit 1, and one sentence without a stack', async () => {
    expect(
      await started('auth/policies/tax.ts', (text) =>
        text.replace("data: ['TaxRecord.arrears']", "data: ['TaxRecord.arrear']"),
      ),
    ).toEqual(
      refusal('tax names TaxRecord.arrear, which the schema does not have\n  - TaxRecord.arrears has no policy'),
    )
  })
})
