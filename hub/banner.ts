import type { DevelopmentIssuer } from '../auth/development-issuer.ts'
import { departments, type DepartmentId } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import { coverage, dayOf } from '../rules/working-day.ts'
import { developmentEnterprises } from './explorer.ts'
import type { Hub } from './hub.ts'

const usualPort = '4000'
const thisMachineOnly = /^(127\.|localhost$|::1$)/

/** What a person needs after the start, in one screen. Without colours, so that it is the same in a file. */
export async function banner(hub: Hub, milliseconds: number): Promise<string> {
  const { url, config, issuer, control } = hub
  const lines = [
    '',
    `Hutong 互通${config.only === null ? '' : `, the slice ${config.only} alone,`} is ready after ${(milliseconds / 1000).toFixed(1)} s.`,
    '',
    `  GraphQL      ${url}/graphql`,
    `  Explorer     ${url}/explorer/`,
    `  Probes       ${url}/livez, /readyz, /metrics`,
  ]
  if (issuer === null)
    return [
      ...lines,
      ...catalogueLines(hub.unpublished),
      ...grantLines(hub.idleGrants),
      ...calendarLines(new Date()),
      '',
      '',
    ].join('\n')
  const [customs, tax] = await Promise.all([issuer.token('customs'), issuer.token('tax')])
  const prefix = config.port === Number(usualPort) ? '' : `PORT=${new URL(url).port || '80'} `
  return [
    ...lines,
    ...(control === null ? [] : developmentLines(hub, control)),
    `  Data         ${config.databaseUrl === null ? config.dataFolder : 'in the database of DATABASE_URL'}`,
    '',
    `Two tokens, good for an hour; more with: ${prefix}npx hutong token <who>`,
    '',
    named(issuer, 'customs'),
    customs,
    named(issuer, 'tax'),
    tax,
    ...catalogueLines(hub.unpublished),
    '',
    ...(control === null || config.only !== null ? [] : await curlLines(url, customs, control)),
    ...(thisMachineOnly.test(config.host)
      ? []
      : ['Development mode: whoever reaches this address may take any token. HUTONG_MODE=production ends that.', '']),
    'Ctrl-C ends everything.',
    '',
  ].join('\n')
}

/** What to tell where policies run that the authority has not reviewed (政务数据共享条例 arts. 16, 17). */
export const catalogueLines = (unpublished: readonly string[]): string[] =>
  unpublished.length === 0
    ? []
    : [
        '',
        `The authority has not published the catalogue of ${unpublished.join(', ')} as it runs here: what it opens more is denied.`,
        'docs/operating.md says what that means.',
      ]

/** What to tell where code has closed what grants in force rest on: they stay so until their provider ends them (art. 27). */
export function grantLines(idle: readonly Pick<Grant, 'item'>[]): string[] {
  if (idle.length === 0) return []
  const items = [...new Set(idle.map(({ item }) => item))].toSorted().join(', ')
  return [
    '',
    `Active grants that show nothing here, since code has closed what they rest on: ${idle.length}, for ${items}.`,
    'Their providers suspend or terminate them (art. 27): docs/operating.md says more.',
  ]
}

/** In days: a year's holidays are announced in the last months of the year before. */
const calendarNotice = 60

/** What to tell whoever runs the hub when the working days that it knows come to their end; nothing before. */
export function calendarLines(now: Date): string[] {
  const end = `${coverage.to}-12-31`
  const isFar = dayOf(new Date(now.getTime() + calendarNotice * 86_400_000)) <= end
  const sentence = `Working days 工作日 are known until ${end}: terms beyond are UNKNOWN. docs/operating.md says how to renew them.`
  return isFar ? [] : ['', sentence]
}

const named = (issuer: DevelopmentIssuer, id: DepartmentId): string =>
  `${id} ${departments[id].zh}, for ${issuer.purposes(id).join(', ')}:`

function developmentLines(hub: Hub, control: URL): string[] {
  const shown = [...hub.departments].map(([id, { port }]) => `${id} ${departments[id].zh} ${port}`)
  const rows = [shown.slice(0, 3), shown.slice(3)].flatMap((row) => (row.length === 0 ? [] : [row.join(', ')]))
  return [
    `  Departments  ${rows.join(',\n               ')} (made-up data)`,
    `  Control      ${control.origin}/enterprises, /faults, /calls`,
  ]
}

async function curlLines(url: string, token: string, control: URL): Promise<string[]> {
  const [enterprise] = await developmentEnterprises(control, 1)
  const query = `{ enterprise(uscc: \\"${enterprise?.uscc ?? ''}\\") { name customs { creditGrade } tax { creditGrade } } }`
  return [
    'Ask as customs, for clearance:',
    '',
    `curl -s ${url}/graphql -H 'content-type: application/json' -H 'x-purpose: clearance' ` +
      `-H 'authorization: Bearer ${token}' -d '{"query":"${query}"}'`,
    '',
  ]
}
