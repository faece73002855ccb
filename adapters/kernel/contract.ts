/**
 * A department's OpenAPI contract at run time: schemas to check answers against and the limits it states. The types
 * made from the same file keep the mapping honest; this keeps the department honest.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import type { DepartmentId } from '../../departments.ts'
import { isDate } from '../../rules/date.ts'
import { UpstreamError } from './errors.ts'

interface Document {
  info: { version: string }
  paths: Record<string, unknown>
  components: { schemas: Record<string, unknown> }
}

export interface Contract<Schemas> {
  version: string
  /** Returns the value as the named schema's type, or throws UpstreamError `contract` saying where it misfits. */
  check<Name extends keyof Schemas & string>(name: Name, value: unknown): Schemas[Name]
  /** A number found in the contract, e.g. the maxItems of a batch; throws where the contract states none. */
  limit(...path: readonly string[]): number
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const documentOf = (department: DepartmentId): Document =>
  parse(readFileSync(new URL(`../../codegen/contracts/${department}.yaml`, import.meta.url), 'utf8')) as Document

/** The paths of its contract, with what varies in braces: what may be said of a call to someone who may not know of whom. */
export const pathsOf = (department: DepartmentId): string[] => Object.keys(documentOf(department).paths)

/** Reads codegen/contracts/‹department›.yaml. `Schemas` is `components['schemas']` of the generated types. */
export function loadContract<Schemas>(department: DepartmentId): Contract<Schemas> {
  const document = documentOf(department)
  const ajv = new Ajv2020({ strict: false, allErrors: false })
  addFormats.default(ajv)
  ajv.addFormat('date', isDate) // stricter (there is no year 0000) and quicker
  ajv.addSchema({ $id: department, components: document.components })
  const validators = new Map<string, ValidateFunction>()
  const validatorOf = (name: string): ValidateFunction => {
    const known = validators.get(name)
    if (known !== undefined) return known
    const made = ajv.compile({ $ref: `${department}#/components/schemas/${name}` })
    validators.set(name, made)
    return made
  }
  return {
    version: document.info.version,
    check<Name extends keyof Schemas & string>(name: Name, value: unknown): Schemas[Name] {
      const validate = validatorOf(name)
      if (!validate(value)) {
        const [first] = validate.errors ?? []
        const where = first === undefined ? '' : ` at ${first.instancePath || '/'}: ${first.message ?? ''}`
        throw new UpstreamError(department, 'contract', `The answer does not fit the contract (${name})${where}.`)
      }
      return value as Schemas[Name]
    },
    limit(...path) {
      let at: unknown = document
      for (const step of path) at = isRecord(at) ? at[step] : undefined
      if (typeof at !== 'number') throw new Error(`The contract of ${department} states no number at ${path.join('/')}`)
      return at
    },
  }
}
