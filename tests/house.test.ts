/** The laws of the house, held against the tree as it is. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { objectTypes } from '../auth/catalogue.ts'
import { departmentIds } from '../departments.ts'
import { buildView } from '../hub/schema.ts'

const root = dirname(import.meta.dirname)
const tree = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const isGenerated = (path: string): boolean => path.startsWith('codegen/generated/')
const sources = tree.filter((path) => /\.tsx?$/.test(path) && !isGenerated(path))

interface Import {
  from: string
  /** A path of the tree, or the name of a package. */
  to: string
  typeOnly: boolean
}

const importsOf = (from: string): Import[] => {
  const file = ts.createSourceFile(from, read(from), ts.ScriptTarget.Latest)
  return file.statements.flatMap((statement): Import[] => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    if (statement.moduleSpecifier === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) return []
    const { text } = statement.moduleSpecifier
    const typeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly
    return [
      { from, to: text.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), text)) : text, typeOnly },
    ]
  })
}
const imports = [...sources, 'codegen/generated/grid.ts'].flatMap(importsOf)
const roomOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : path)

/** Rooms with one file a department, named by its id. */
const grid = [
  ['schema', '.graphql'],
  ['resolvers', '.ts'],
  ['adapters', '.ts'],
  ['auth/policies', '.ts'],
  ['codegen/contracts', '.yaml'],
  ['codegen/generated', '.ts'],
  ['sandbox', '.ts'],
  ['tests/departments', '.test.ts'],
  ['tests/access', '.yaml'],
] as const

/** Which rooms a room may import, itself apart. Types made from contracts and schema are everyone's. */
const mayImport: Record<string, readonly string[]> = {
  'departments.ts': [],
  rules: ['departments.ts'],
  store: ['departments.ts', 'rules'],
  auth: ['departments.ts', 'rules'],
  adapters: ['departments.ts', 'rules', 'codegen'],
  resolvers: ['departments.ts', 'rules', 'codegen', 'auth', 'adapters', 'store'],
  hub: ['departments.ts', 'rules', 'codegen', 'auth', 'adapters', 'store', 'resolvers'],
  sandbox: ['departments.ts', 'rules', 'codegen'],
  codegen: ['departments.ts', 'auth'],
  portal: [],
}

/** What stands on the first level: the rooms, and files that people and tools look for there. */
const rooms = ['departments.ts', 'rules', 'schema', 'resolvers', 'adapters', 'auth', 'codegen', 'hub', 'store']
const around = ['sandbox', 'portal', 'bench', 'docs', 'tests', 'deploy', '.ci']
const pages = ['README.md', 'README.zh-CN.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE']
const forNode = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'vitest.config.ts', 'eslint.config.js']
const forTools = ['.gitignore', '.prettierrc.json', '.prettierignore', 'Dockerfile', '.dockerignore', 'compose.yaml']
const firstLevel = [...rooms, ...around, ...pages, ...forNode, ...forTools]

describe('the laws of the house', () => {
  test('the first level holds the rooms, and what is looked for there', () => {
    expect([...new Set(tree.map(roomOf))].filter((name) => !firstLevel.includes(name))).toEqual([])
  })

  test('1 a row does not import another row', () => {
    const rowOf = (path: string): string | undefined =>
      grid.some(([room]) => posix.dirname(path) === room)
        ? departmentIds.find((id) => posix.basename(path).split('.')[0] === id)
        : undefined
    const crossings = imports.filter(({ from, to }) => {
      const [one, other] = [rowOf(from), rowOf(to)]
      return one !== undefined && other !== undefined && one !== other
    })
    expect(crossings).toEqual([])
  })

  test('2 imports run one way', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [room, target] = [roomOf(from), roomOf(to)]
      const allowed = mayImport[room]
      if (allowed === undefined || !tree.includes(to) || room === target || isGenerated(from)) return false
      return !allowed.includes(target)
    })
    expect(wrong).toEqual([])
  })

  test('2 the development departments know their contract and the rules, not the hub that asks them', () => {
    const known = imports.filter(
      ({ from, to }) => from.startsWith('sandbox/') && tree.includes(to) && !to.startsWith('sandbox/'),
    )
    expect(known.filter(({ to }) => !to.startsWith('rules/') && to !== 'departments.ts' && !isGenerated(to))).toEqual(
      [],
    )
    expect(
      imports.filter(
        ({ from, to }) =>
          to.startsWith('sandbox/') &&
          !from.startsWith('sandbox/') &&
          !from.startsWith('tests/') &&
          !from.startsWith('bench/'),
      ),
    ).toEqual([])
  })

  test.each(grid)('3 %s holds a file of every department', (room, ending) => {
    expect(departmentIds.filter((id) => !tree.includes(`${room}/${id}${ending}`))).toEqual([])
  })

  test('4 every coordinate of the view has an entry in the catalogue', () => {
    const { schema, catalogue } = buildView()
    const coordinates = objectTypes(schema).flatMap((type) =>
      Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
    )
    expect([...catalogue.entries.keys()].sort()).toEqual(coordinates.sort())
  })

  test('7 only hub/config.ts reads the environment; what is not the hub is named here', () => {
    const others = new Set([
      'hub/config.ts',
      'sandbox/main.ts', // a process of its own
    ])
    const readers = sources.filter(
      (path) =>
        /\bprocess\.env\b/.test(read(path)) &&
        !others.has(path) &&
        !path.startsWith('tests/') &&
        !path.startsWith('bench/'),
    )
    expect(readers).toEqual([])
  })

  test('7 only hub/errors.ts makes errors that clients see', () => {
    const makers = sources.filter((path) => /new GraphQLError\(/.test(read(path)) && !path.startsWith('tests/'))
    // The scalars' errors become GraphQL's own validation errors, as its interface wants.
    expect(makers).toEqual(['hub/errors.ts', 'resolvers/scalars.ts'])
  })

  test('9 no file is longer than 300 lines without a reason in its head', () => {
    const long = sources.filter(
      (path) => read(path).split('\n').length > 301 && !/^\/\*\*[^/]*longer than 300 lines/.test(read(path)),
    )
    expect(long).toEqual([])
  })

  test('10 no any, no utils, no helpers, no common, no V2', () => {
    expect(tree.filter((path) => /(^|\/)(utils?|helpers?|common)(\/|\.)|V2\b/.test(path))).toEqual([])
    const loose = sources.filter((path) =>
      /(:\s*any\b|\bas any\b|<any>|\bany\[\])/.test(
        read(path).replace(/(\/\/.*|\/\*[\s\S]*?\*\/|'[^'\n]*'|`[^`]*`|\/[^/\n]+\/\.test)/g, ''),
      ),
    )
    expect(loose).toEqual([])
  })

  test('generated files are fresh', () => {
    const said = execFileSync(process.execPath, ['codegen/run.ts', '--check'], { cwd: root, encoding: 'utf8' })
    expect(said).toMatch(/^codegen\/generated is fresh: \d+ files\.\n$/)
  })

  test('the only private key is that of the hub that made the data of an earlier release', () => {
    const texts = tree.filter((path) => !/\.(png|svg|ico|woff2?)$/.test(path))
    // A JWK's `d` holds at least 32 bytes in base64url.
    const key = /["']?\bd["']?:\s*["'][\w-]{43,}["']|-----BEGIN [A-Z ]*PRIVATE KEY/
    expect(texts.filter((path) => key.test(read(path)))).toEqual(['tests/releases/1a34f09.ledger-key.json'])
  })

  test('no address of a registry and no path of a machine stands in the project', () => {
    const host = ['registry', 'npmjs'].join('.')
    const machine = new RegExp(['', '(work|farm)', ''].join('/'))
    const texts = tree.filter((path) => !/\.(png|svg|ico|woff2?)$/.test(path))
    expect(texts.filter((path) => read(path).includes(host))).toEqual([])
    expect(texts.filter((path) => machine.test(read(path)))).toEqual([])
  })
})
