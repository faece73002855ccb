/** Who asks, as an argument of a command. */
import { InvalidArgumentError } from 'commander'
import { departments, isCallerId, isViewerId, offices, partners } from '../departments.ts'

export const viewers = Object.keys({ ...departments, ...partners })

export function viewer(text: string): string {
  if (isViewerId(text)) return text
  throw new InvalidArgumentError(`It must be one of ${viewers.join(', ')}.`)
}

export const callers = [...viewers, ...Object.keys(offices)]

export function caller(text: string): string {
  if (isCallerId(text)) return text
  throw new InvalidArgumentError(`It must be one of ${callers.join(', ')}.`)
}
