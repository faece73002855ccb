/** The environment, read once and checked. Nothing else reads it. A bad value is one sentence naming the variable. */
import { join, resolve } from 'node:path'
import { askedBy, isDepartmentId, type DepartmentId, type SliceId } from '../departments.ts'
import { pilotZones } from '../rules/trade/zones.ts'
import type { Rates } from './rate-limits.ts'
import { isSuiteName, suiteNames, type SuiteName } from '../store/ledger-suite.ts'
import { readTracing, type TracingSettings } from './tracing-settings.ts'
import { limitsOf, type Limits } from './limits.ts'
import { ConfigError, oneOf, urlOf, wholeNumber, wordsOf, type Environment } from './config-values.ts'

export { ConfigError }

export type Mode = 'development' | 'production'

export interface DepartmentAddress {
  url: URL
  credentials: Readonly<Record<string, string>>
}

/** Names of the secrets that each department's adapter needs. */
export type CredentialNames = Readonly<Record<DepartmentId, readonly string[]>>

/** The variable that a department's secret is read from: clientSecret of customs is HUTONG_CUSTOMS_CLIENT_SECRET. */
export const credentialVariable = (department: string, name: string): string =>
  `HUTONG_${department}_${name.replace(/[A-Z]/g, (capital) => `_${capital}`)}`.toUpperCase()

export interface Config {
  mode: Mode
  /** The one slice that is served, as a subgraph for a router; null for the whole view. */
  only: SliceId | null
  host: string
  port: number
  dataFolder: string
  databaseUrl: string | null
  /** Trusted issuers and where their keys are. */
  issuers: ReadonlyMap<string, URL>
  /** Where the keys are that departments sign change notices with. */
  noticeKeys: ReadonlyMap<DepartmentId, URL>
  audience: string
  /** Seconds. */
  clockTolerance: number
  /** Departments with an address of their own; those without one are played by the development departments. */
  departments: ReadonlyMap<DepartmentId, DepartmentAddress>
  /** Longest wait for a department, in ms. */
  departmentTimeout: number
  /** Calls under way at once to one department. */
  departmentConcurrency: number
  /** Largest answer of a department, in bytes. */
  departmentAnswerBytes: number
  limits: Limits
  rates: Rates
  logLevel: string
  /** Where requests are told as traces; null where they are not. */
  tracing: TracingSettings | null
  ledger: {
    suite: SuiteName
    /** The private key that signs checkpoints; made where there is none. */
    keyFile: string
    /** Id of a key that is lost, which the operator wants to go on without. */
    lostKey: string | null
    /** How long a record is kept. */
    years: number
    /** Seconds that an export may take in all. */
    exportTime: number
    /** How many days an enterprise does not see requests for purposes of investigations. */
    delayDays: number
    /** Those purposes. */
    investigations: readonly string[]
  }
  cache: {
    /** `off`: departments are asked every time. */
    use: 'on' | 'off'
    /** Most copies of a department's records in the process. */
    records: number
    /** Where processes share copies, and the 32 bytes that encrypt them there; null where they do not. */
    redis: { url: string; key: Buffer } | null
  }
  trade: {
    /** The key that closes personal values of trade documents; made where there is none. */
    keyFile: string
    /** Customs offices of pilot zones, by city, where they are others than the hub knows. */
    offices: ReadonlyMap<string, readonly string[]>
  }
  /** Whether open data is answered while no record can be written. */
  openWithoutRecord: 'refuse' | 'answer'
}

/** The hub's port, also for commands that ask the hub that runs there. Throws ConfigError. */
export const readPort = (env: Environment = process.env): number => wholeNumber(env, 'PORT', 4000, 0, 65535)

/** The token that commands show the hub; null where none is set. */
export const readToken = (env: Environment = process.env): string | null => env.HUTONG_TOKEN || null

/** Where commands find the hub: the address it listens on, or this machine where it listens on all. */
export function readHost(env: Environment = process.env): string {
  const host = env.HOST || '127.0.0.1'
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}

/** The limits alone, for commands that hold documents against them. Throws ConfigError. */
export const readLimits = (env: Environment = process.env): Limits => limitsOf(env)

/** What is needed to open the hub's store. */
export type StoreConfig = Pick<Config, 'dataFolder' | 'databaseUrl' | 'trade'>

export function readStore(env: Environment = process.env): StoreConfig {
  const dataFolder = resolve(env.HUTONG_DATA || join(import.meta.dirname, '..', '.hutong'))
  return {
    dataFolder,
    databaseUrl: env.DATABASE_URL || null,
    trade: {
      keyFile: resolve(env.HUTONG_TRADE_KEY || join(dataFolder, 'trade-key.json')),
      offices: officesOf(env.HUTONG_TRADE_OFFICES ?? ''),
    },
  }
}

/**
 * Reads the settings; a variable that is empty counts as not set, where a list that is
 * empty says nothing. Throws ConfigError.
 * @param only a slice that runs alone: nothing is read of departments that it does not ask
 */
export function readConfig(
  names: CredentialNames,
  env: Environment = process.env,
  only: SliceId | null = null,
): Config {
  const text = (name: string, fallback: string): string => env[name] || fallback
  const number = (name: string, fallback: number, least?: number, most?: number): number =>
    wholeNumber(env, name, fallback, least, most)
  const mode = oneOf('HUTONG_MODE', text('HUTONG_MODE', 'development'), ['development', 'production'])
  const real = Object.keys(env).filter((name) => /^HUTONG_([A-Z]+_URL|ISSUERS)$/.test(name) && env[name] !== '')
  if (!env.HUTONG_MODE && real[0] !== undefined) {
    throw new ConfigError(
      `${real[0]} names a real system, so HUTONG_MODE must say production, or development where anyone on this machine may have a token.`,
    )
  }
  const departments = new Map<DepartmentId, DepartmentAddress>()
  for (const id of askedBy(only)) {
    const variable = `HUTONG_${id.toUpperCase()}_URL`
    const url = env[variable]
    if (url) departments.set(id, { url: urlOf(variable, url), credentials: credentialsOf(id, names[id], env) })
    else if (mode === 'production')
      throw new ConfigError(`${variable} must name the address of the department in production.`)
  }
  const issuers = new Map(wordsOf(env.HUTONG_ISSUERS ?? '').map(issuerOf))
  if (mode === 'production' && issuers.size === 0) {
    throw new ConfigError(
      'HUTONG_ISSUERS must list the trusted issuers in production: issuer=JWKS address, separated by spaces.',
    )
  }
  const store = readStore(env)
  const { dataFolder } = store
  return {
    mode,
    only,
    host: text('HOST', '127.0.0.1'),
    port: readPort(env),
    ...store,
    issuers,
    noticeKeys: noticeKeysOf(text('HUTONG_NOTICE_KEYS', '')),
    audience: text('HUTONG_AUDIENCE', 'hutong'),
    clockTolerance: number('HUTONG_CLOCK_TOLERANCE', 5, 0, 300),
    departments,
    departmentTimeout: number('HUTONG_DEPARTMENT_TIMEOUT', 4000, 1),
    departmentConcurrency: number('HUTONG_DEPARTMENT_CONCURRENCY', 32, 1, 1024),
    departmentAnswerBytes: number('HUTONG_DEPARTMENT_ANSWER_BYTES', 4 * 1024 * 1024, 1024),
    limits: limitsOf(env),
    rates: {
      requests: number('HUTONG_RATE_REQUESTS', 10_000, 1),
      subjects: number('HUTONG_RATE_SUBJECTS', 100_000, 1),
    },
    logLevel: logLevelOf(text('HUTONG_LOG', 'error')),
    tracing: readTracing(env),
    ledger: {
      suite: suiteOf(text('HUTONG_LEDGER_SUITE', 'SHA256-Ed25519')),
      keyFile: resolve(text('HUTONG_LEDGER_KEY', join(dataFolder, 'ledger-key.json'))),
      lostKey: env.HUTONG_LEDGER_KEY_LOST || null,
      years: yearsOf(text('HUTONG_LEDGER_YEARS', String(leastYears))),
      exportTime: number('HUTONG_LEDGER_EXPORT_TIME', 1800, 1, 86_400),
      delayDays: number('HUTONG_LEDGER_DELAY', 30, 0, 3650),
      investigations: investigationsOf(mode, env.HUTONG_LEDGER_INVESTIGATIONS),
    },
    cache: {
      use: oneOf('HUTONG_CACHE', text('HUTONG_CACHE', 'on'), ['on', 'off']),
      records: number('HUTONG_CACHE_RECORDS', 5000, 1),
      redis: redisOf(env.REDIS_URL, env.HUTONG_CACHE_KEY),
    },
    openWithoutRecord: oneOf('HUTONG_OPEN_WITHOUT_RECORD', text('HUTONG_OPEN_WITHOUT_RECORD', 'refuse'), [
      'refuse',
      'answer',
    ]),
  }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

function logLevelOf(text: string): string {
  if (logLevels.includes(text)) return text
  throw new ConfigError(`HUTONG_LOG must be one of ${logLevels.join(', ')}, not "${text}".`)
}

function suiteOf(text: string): SuiteName {
  if (isSuiteName(text)) return text
  throw new ConfigError(`HUTONG_LEDGER_SUITE must be one of ${suiteNames.join(', ')}, not "${text}".`)
}

/** 政务数据共享条例 art. 29. */
const leastYears = 3

function yearsOf(text: string): number {
  const years = Number(text)
  if (Number.isInteger(years) && years >= leastYears && years <= 100) return years
  throw new ConfigError(
    `HUTONG_LEDGER_YEARS must be a whole number from ${leastYears} to 100, not "${text}": records of sharing are kept at least ${leastYears} years (政务数据共享条例 art. 29).`,
  )
}

function redisOf(url: string | undefined, key: string | undefined): Config['cache']['redis'] {
  if (!url) return null
  if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new ConfigError('REDIS_URL must be a redis or rediss address.')
  }
  const bytes = Buffer.from(key ?? '', 'base64')
  if (bytes.length === 32) return { url, key: bytes }
  throw new ConfigError(
    'HUTONG_CACHE_KEY must hold 32 bytes in base64 where REDIS_URL is set (openssl rand -base64 32), the same for all processes: what departments said stands in Redis encrypted.',
  )
}

/** Purposes that development knows as investigations: 缉私、税务稽查、反洗钱. */
const developmentInvestigations = ['anti-smuggling', 'tax-inspection', 'anti-money-laundering']

/** In production somebody has said which purposes these are, if only that there are none: an enterprise would be warned. */
function investigationsOf(mode: Mode, stated: string | undefined): readonly string[] {
  if (stated !== undefined) return wordsOf(stated)
  if (mode === 'development') return developmentInvestigations
  throw new ConfigError(
    'HUTONG_LEDGER_INVESTIGATIONS must list the purposes of investigations in production, separated by spaces; empty where there are none.',
  )
}

function issuerOf(pair: string): [string, URL] {
  const at = pair.indexOf('=')
  if (at < 1) throw new ConfigError('HUTONG_ISSUERS must hold issuer=JWKS address pairs, separated by spaces.')
  return [pair.slice(0, at), urlOf('HUTONG_ISSUERS', pair.slice(at + 1))]
}

const noticeKeysOf = (text: string): Map<DepartmentId, URL> =>
  new Map(
    wordsOf(text).map((pair) => {
      const [id = '', ...address] = pair.split('=')
      if (isDepartmentId(id)) return [id, urlOf('HUTONG_NOTICE_KEYS', address.join('='))]
      throw new ConfigError('HUTONG_NOTICE_KEYS must hold department=JWKS address pairs, separated by spaces.')
    }),
  )

const officesOf = (text: string): Map<string, readonly string[]> =>
  new Map(
    wordsOf(text).map((pair) => {
      const [city = '', ...named] = pair.split('=')
      const zone = Object.values(pilotZones).find((one) => one.city === city)
      const offices = [...new Set(named.join('=').split(','))]
      if (zone !== undefined && offices.every((office) => /^\d{4}$/.test(office) && office.startsWith(zone.district)))
        return [city, offices]
      throw new ConfigError(
        `HUTONG_TRADE_OFFICES must hold city=offices pairs, separated by spaces: the four digits of a pilot zone's city and customs offices of its district, e.g. 3307=2921,2922; not "${pair}".`,
      )
    }),
  )

function credentialsOf(
  department: string,
  names: readonly string[],
  env: Environment,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const variable = credentialVariable(department, name)
      const value = env[variable]
      if (value === undefined || value === '')
        throw new ConfigError(`${variable} must hold a secret that ${department} asks for.`)
      return [name, value]
    }),
  )
}
