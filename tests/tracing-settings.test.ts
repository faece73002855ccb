/** The settings of tracing, and that nothing of it is loaded without them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../hub/config.ts'
import { readTracing } from '../hub/tracing-settings.ts'
import { project } from './support/serve.ts'

test('the packages are loaded by hub/tracing.ts alone, and that where a collector is configured', () => {
  const tree = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', 'hub', 'adapters', 'auth', 'store', 'resolvers', 'rules'],
    {
      cwd: project,
      encoding: 'utf8',
    },
  )
  const importing = (pattern: RegExp): string[] =>
    tree.split('\n').filter((path) => path.endsWith('.ts') && pattern.test(readFileSync(join(project, path), 'utf8')))
  expect(importing(/@opentelemetry\//)).toEqual(['hub/tracing.ts'])
  expect(importing(/from '.*\/tracing\.ts'/)).toEqual([])
})

test('the settings are those that docs/operating.md lists', () => {
  const names = (path: string): string[] =>
    [...new Set(readFileSync(join(project, path), 'utf8').match(/OTEL_[A-Z_]+/g))].toSorted()
  expect(names('docs/operating.md')).toEqual(names('hub/tracing-settings.ts'))
})

describe('settings', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/below/' }
  const ordinary = {
    url: new URL('https://collector.example:4318/below/v1/traces'),
    headers: {},
    timeout: 10_000,
    service: 'hutong',
    ratio: 1,
  }
  test.each([
    ['nothing', {}, null],
    ['an address', endpoint, ordinary],
    [
      'an address for traces alone',
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector.example/here' },
      { ...ordinary, url: new URL('http://collector.example/here') },
    ],
    ['turned off', { ...endpoint, OTEL_SDK_DISABLED: 'true' }, null],
    ['no exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, null],
    [
      'all',
      {
        ...endpoint,
        OTEL_SERVICE_NAME: 'one-point',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_TIMEOUT: '500',
        OTEL_EXPORTER_OTLP_HEADERS: 'a=b%20c, d-e=f=',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.05',
      },
      { ...ordinary, service: 'one-point', timeout: 500, headers: { a: 'b c', 'd-e': 'f=' }, ratio: 0.05 },
    ],
    ['none sampled', { ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }, { ...ordinary, ratio: 0 }],
  ])('%s', (_name, env, want) => {
    expect(readTracing(env)).toEqual(want)
  })
  test.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https address.',
    ],
    [
      { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/json, not "grpc".',
    ],
    [
      { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'a' },
      'OTEL_EXPORTER_OTLP_HEADERS must hold name=value pairs, separated by commas.',
    ],
    [
      { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'a=%' },
      'OTEL_EXPORTER_OTLP_HEADERS: the value of a is not percent-encoded.',
    ],
    [
      { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "2".',
    ],
  ])('%o is refused', (env, message) => {
    expect(() => readTracing(env)).toThrow(new ConfigError(message))
  })
})
