/** docs/adding-a-department.md as something to follow: its files, its edit and its commands, in a copy of the project. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { plainEnvironment, project, run } from '../support/serve.ts'

/** A fenced block; `path` and `why` are of the heading above it and of what stands between. */
interface Block {
  path: string | undefined
  why: string
  language: string
  text: string
}

export const recipe = readFileSync(join(project, 'docs', 'adding-a-department.md'), 'utf8')

const heading = '(?:^### `(?<path>[^`\\n]+)`\\n(?<why>(?:(?!^```)[^\\n]*\\n)*))?'
const blocks = [
  ...recipe.matchAll(new RegExp(`${heading}^\`\`\`(?<language>\\w+)\\n(?<text>[\\s\\S]*?)^\`\`\`$`, 'gm')),
].map(({ groups = {} }): Block => {
  const { path, why = '', language = '', text = '' } = groups
  return { path, why: why.trim(), language, text }
})
const underPath = blocks.flatMap(({ path, ...block }) => (path === undefined ? [] : [{ path, ...block }]))

/** Files to write, in the order of the recipe. */
export const files = underPath.filter(({ language }) => language !== 'diff')
/** Edits of files that are there. */
export const edits = underPath.filter(({ language }) => language === 'diff')

/** The one block of a language that is no file. */
export function example(language: string): string {
  const [found, ...more] = blocks.filter((block) => block.path === undefined && block.language === language)
  if (found === undefined || more.length > 0) throw new Error(`The recipe has not one example of ${language}.`)
  return found.text
}

const treeOf = (folder: string): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(folder, path)))

/** A copy of the project, in which the recipe is followed. */
export class Copy {
  readonly folder: string
  private constructor(folder: string) {
    this.folder = folder
  }

  static async make(folder: string): Promise<Copy> {
    for (const path of treeOf(project)) await cp(join(project, path), join(folder, path))
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'))
    execFileSync('git', ['init', '--quiet'], { cwd: folder })
    await writeFile(join(folder, '.git', 'info', 'exclude'), 'node_modules\n')
    return new Copy(folder)
  }

  /** All files but those that git ignores, by path. */
  async contents(): Promise<Map<string, string>> {
    const read = async (path: string) => [path, await readFile(join(this.folder, path), 'latin1')] as const
    return new Map(await Promise.all(treeOf(this.folder).map(read)))
  }

  /** Writes the files of the recipe, and makes its edits: what surrounds the new lines stands in the file once. */
  async follow(): Promise<void> {
    for (const { path, text } of files) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true })
      await writeFile(join(this.folder, path), text, { flag: 'wx' })
    }
    for (const { path, text } of edits) {
      const lines = text.trimEnd().split('\n')
      const written = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1))
      const was = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1))
      const [start, end, ...more] = (await readFile(join(this.folder, path), 'utf8')).split(was.join('\n'))
      if (end === undefined || more.length > 0) throw new Error(`${path} does not hold the lines of the recipe once.`)
      await writeFile(join(this.folder, path), [start, end].join(written.join('\n')))
    }
  }

  /** Does something while files are away. */
  async without<T>(paths: readonly string[], action: () => Promise<T>): Promise<T> {
    const aside = (path: string): string => join(this.folder, '.git', path.replaceAll('/', '-'))
    for (const path of paths) await rename(join(this.folder, path), aside(path))
    try {
      return await action()
    } finally {
      for (const path of paths) await rename(aside(path), join(this.folder, path))
    }
  }

  /** Runs a line as a person does; the project's own programs come first. */
  async shell(line: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const path = [join(project, 'node_modules', '.bin'), plainEnvironment.PATH].join(delimiter)
    const command = run('sh', ['-c', line], { NO_COLOR: '1', PATH: path }, { cwd: this.folder })
    const { code, stdout, stderr } = await command.ended
    return { code, stdout, stderr }
  }
}
