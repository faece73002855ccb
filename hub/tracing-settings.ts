/** The settings of tracing: those of OpenTelemetry, by the names that its specification gives them. */
import { ConfigError, oneOf, urlOf, wholeNumber, type Environment } from './config-values.ts'

export interface TracingSettings {
  /** Where traces are sent as OTLP over HTTP, in JSON. */
  url: URL
  /** Secrets that the collector wants; never logged. */
  headers: Readonly<Record<string, string>>
  /** Longest wait for the collector, in ms. */
  timeout: number
  service: string
  /** The part of requests that is traced, 0 to 1. */
  ratio: number
}

/** A caller decides nothing of what is kept, so that with a parent and without are the same. */
const samplers = ['always_on', 'always_off', 'traceidratio'] as const
const parentBased = (name: string): string => `parentbased_${name}`

/** Reads them; null where no collector is named, or tracing is turned off. Throws ConfigError. */
export function readTracing(env: Environment): TracingSettings | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ours } = env
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none' || !(ours || all)) {
    return null
  }
  oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/json', ['http/json'])
  return {
    url: ours ? urlOf('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', ours) : below(all ?? ''),
    headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    timeout: wholeNumber(env, 'OTEL_EXPORTER_OTLP_TIMEOUT', 10_000, 1),
    service: env.OTEL_SERVICE_NAME || 'hutong',
    ratio: ratioOf(env),
  }
}

function below(endpoint: string): URL {
  const url = urlOf('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return url
}

function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^\s*([\w-]+)\s*=\s*(\S*)\s*$/.exec(pair) ?? []
      if (name === '')
        throw new ConfigError('OTEL_EXPORTER_OTLP_HEADERS must hold name=value pairs, separated by commas.')
      try {
        return [name, decodeURIComponent(value)]
      } catch (cause) {
        throw new ConfigError(`OTEL_EXPORTER_OTLP_HEADERS: the value of ${name} is not percent-encoded.`, { cause })
      }
    }),
  )
}

function ratioOf(env: Environment): number {
  const known = [...samplers, ...samplers.map(parentBased)]
  const name = oneOf('OTEL_TRACES_SAMPLER', env.OTEL_TRACES_SAMPLER || 'parentbased_always_on', known)
  if (name.endsWith('always_on')) return 1
  if (name.endsWith('always_off')) return 0
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG || '1')
  if (ratio >= 0 && ratio <= 1) return ratio
  throw new ConfigError(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "${env.OTEL_TRACES_SAMPLER_ARG}".`)
}
