/** How the text of a setting is read. A bad value is one sentence that names the variable. */

/** A setting that cannot be used. */
export class ConfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConfigError'
  }
}

/** Variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Throws ConfigError. */
export function wholeNumber(
  env: Environment,
  name: string,
  fallback: number,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`)
}

/** Throws ConfigError. */
export function oneOf<T extends string>(name: string, text: string, valid: readonly T[]): T {
  const found = valid.find((value) => value === text)
  if (found !== undefined) return found
  throw new ConfigError(`${name} must be ${valid.join(' or ')}, not "${text}".`)
}

/** An http or https address without anything that is secret. Throws ConfigError. */
export function urlOf(name: string, text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`${name} must be an http or https address.`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new ConfigError(`${name} must be an address without user, query or fragment.`)
  return url
}

/** What stands between white space. */
export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')
