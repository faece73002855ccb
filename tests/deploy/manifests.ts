/** The files of compose and Kubernetes, as data. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { readConfig } from '../../hub/config.ts'
import { credentialNames } from '../../hub/hub.ts'
import { project } from '../support/serve.ts'

export type Mapping = Record<string, unknown>
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands at a path in a manifest; a number picks of a list. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const step of path) {
    found = Array.isArray(found) ? (found as unknown[])[Number(step)] : isMapping(found) ? found[step] : undefined
  }
  return found
}

/** Every document of a file. @throws where it is no YAML */
export function documents(path: string): Mapping[] {
  const parsed = parseAllDocuments(readFileSync(join(project, path), 'utf8'), { merge: true })
  if (!Array.isArray(parsed)) return []
  return parsed.map((document) => {
    const [wrong] = [...document.errors, ...document.warnings]
    if (wrong !== undefined) throw wrong
    return document.toJS() as Mapping
  })
}

export const folder = join('deploy', 'kubernetes')
export const files = readdirSync(join(project, folder)).toSorted()
export const kustomization = documents(join(folder, 'kustomization.yaml'))[0] ?? {}
/** Manifests by kind and name, with the file of each. */
export const manifests = files
  .filter((file) => file !== 'kustomization.yaml')
  .flatMap((file) => documents(join(folder, file)).map((manifest) => ({ file, manifest })))

/** The one of a kind. */
export function only(kind: string): Mapping {
  const [found, ...more] = manifests.filter(({ manifest }) => manifest.kind === kind)
  if (found === undefined || more.length > 0) throw new Error(`There are ${more.length + (found ? 1 : 0)} of ${kind}.`)
  return found.manifest
}

/** The names that hub/config.ts asks for as it reads an environment; it throws where that is not one to start with. */
export function namesRead(env: Readonly<Record<string, string>>): Set<string> {
  const names = new Set<string>()
  readConfig(
    credentialNames,
    new Proxy(env, {
      get(target, name) {
        names.add(String(name))
        return Reflect.get(target, name) as unknown
      },
    }),
  )
  return names
}
