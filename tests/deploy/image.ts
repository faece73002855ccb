/**
 * What the Dockerfile makes, without Docker: its stages, and a folder that holds what a stage copies – from the tree as
 * .dockerignore lets it through, the modules as `npm ci --omit` leaves them, and the page that is already built.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Copy, DockerfileParser } from 'dockerfile-ast'
import { project } from '../support/serve.ts'

export const dockerfile = readFileSync(join(project, 'Dockerfile'), 'utf8')

export interface Step {
  keyword: string
  /** Words of the instruction; those of the exec form where it has that. */
  words: string[]
  isExec: boolean
  /** `--from` of a copy. */
  from: string | null
}
export interface Stage {
  name: string
  image: string
  steps: Step[]
}

export const stages: readonly Stage[] = (() => {
  const found: Stage[] = []
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const words = instruction.getArguments().map((argument) => argument.getValue())
    const keyword = instruction.getKeyword()
    if (keyword === 'FROM') {
      found.push({ image: words[0] ?? '', name: words[2] ?? '', steps: [] })
      continue
    }
    // HEALTHCHECK has options before it.
    const [, exec] = /(?:^|CMD )(\[.*\])$/.exec(instruction.getArgumentsContent() ?? '') ?? []
    found.at(-1)?.steps.push({
      keyword,
      words: exec === undefined ? words : (JSON.parse(exec) as string[]),
      isExec: exec !== undefined,
      from: instruction instanceof Copy ? (instruction.getFromFlag()?.getValue() ?? null) : null,
    })
  }
  return found
})()

export function stage(name: string): Stage {
  const found = stages.find((one) => one.name === name)
  if (found === undefined) throw new Error(`The Dockerfile has no stage ${name}.`)
  return found
}
/** The steps of a stage with this keyword. */
export const steps = (name: string, keyword: string): Step[] =>
  stage(name).steps.filter((step) => step.keyword === keyword)

const kept = readFileSync(join(project, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
if (kept.shift() !== '*' || kept.some((line) => !/^![\w./-]+$/.test(line))) {
  throw new Error('.dockerignore is read here as `*` and then what is kept.')
}
/** Paths that .dockerignore sends to the builder. */
export const sent = kept.map((line) => line.slice(1))
const isSent = (path: string): boolean => sent.some((one) => path === one || path.startsWith(`${one}/`))

interface Locked {
  dev?: boolean
  optional?: boolean
  devOptional?: boolean
}
const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
/** Folders of the modules that `npm ci --omit=dev --omit=optional` installs. */
export const productionModules = Object.entries(lock.packages)
  .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
  .map(([path]) => path)

function copyModules(to: string): void {
  for (const path of productionModules) {
    const from = join(project, path)
    cpSync(from, join(to, path), {
      recursive: true,
      filter: (file) => !relative(from, file).split('/').includes('node_modules'),
    })
  }
}

/** Copies what a stage copies into an empty folder. @throws where it copies what is not there, or is not sent */
export function copyStage(name: string, to: string): void {
  for (const { words, from } of steps(name, 'COPY')) {
    const [target = '', ...sources] = words.toReversed()
    for (const source of sources) {
      const isFolder = target.endsWith('/') || target === './'
      if (from === 'modules') copyModules(to)
      else if (source.endsWith('/node_modules/')) symlinkSync(join(project, 'node_modules'), join(to, 'node_modules'))
      else {
        const path = from === null ? source.replace(/\/$/, '') : relative('/app', source)
        if (from === null && !isSent(path)) throw new Error(`.dockerignore keeps ${path} back.`)
        if (!existsSync(join(project, path))) throw new Error(`There is no ${path}.`)
        const isWhole = statSync(join(project, path)).isDirectory()
        const at = isWhole ? join(to, target) : join(to, target, isFolder ? path : '')
        mkdirSync(dirname(at), { recursive: true })
        cpSync(join(project, path), at, { recursive: true })
      }
    }
  }
}

/** Every file below a folder. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
