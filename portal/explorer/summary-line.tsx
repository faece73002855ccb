import { Zh } from './bar.tsx'
import { whoAsks, type Summary } from './summary.ts'
import type { Asker } from './asking.ts'
import type { ReactNode } from 'react'

export interface Run {
  state: 'none' | 'asking' | 'answered'
  summary?: Summary
}

const freshnessZh: Record<string, string> = { live: '实时', revalidated: '已核验', cached: '缓存', stale: '过期' }

/** Stands below the answer it is about: a line, and a list of what it could not show or shows with a reservation. */
export function SummaryLine({ run, asker }: { run: Run; asker: Asker }) {
  return (
    <>
      <Line run={run} asker={asker} />
      {run.summary && <Notes summary={run.summary} />}
    </>
  )
}

function Line({ run, asker }: { run: Run; asker: Asker }) {
  return (
    <p className="summary" role="status" data-testid="summary" data-state={run.state}>
      {run.state === 'asking' ? (
        <>
          asking as <b>{whoAsks(asker)}</b>… <Zh>查询中</Zh>
        </>
      ) : run.summary ? (
        <Answered summary={run.summary} asker={asker} />
      ) : (
        <>
          not asked yet <Zh>尚未查询</Zh>
        </>
      )}
    </p>
  )
}

const Part = ({ testid, kind, children }: { testid: string; kind?: string | undefined; children: ReactNode }) => (
  <>
    {' · '}
    <span className={kind} data-testid={testid}>
      {children}
    </span>
  </>
)

function Answered({ summary, asker }: { summary: Summary; asker: Asker }) {
  const { who, purpose, fields, denied, errors, departments } = summary
  return (
    <>
      asked as <b data-testid="asked-as">{who}</b>
      {purpose ? ` for ${purpose}` : ' for no purpose'}
      {(who !== whoAsks(asker) || purpose !== asker.purpose) && (
        <Part testid="moved" kind="moved">
          since changed, run again <Zh>已切换，请重新运行</Zh>
        </Part>
      )}
      <Part testid="fields">
        {fields} {fields === 1 ? 'field' : 'fields'} <Zh>字段</Zh>
      </Part>
      <Part testid="denied" kind={denied > 0 ? 'denied' : undefined}>
        {denied} denied <Zh>未授权</Zh>
      </Part>
      {errors > 0 && (
        <Part testid="errors" kind="failed">
          {errors} {errors === 1 ? 'error' : 'errors'} <Zh>错误</Zh>
        </Part>
      )}
      {departments.map(({ department, freshness, milliseconds }) => (
        <Part key={department} testid={`said-${department}`}>
          {department} {milliseconds !== null && `${Math.round(milliseconds)} ms `}
          {freshness} <Zh>{freshnessZh[freshness]}</Zh>
        </Part>
      ))}
    </>
  )
}

/** Each denied field with what to apply for, and each disputed one since when. */
function Notes({ summary: { deniedFields, disputedFields } }: { summary: Summary }) {
  if (deniedFields.length + disputedFields.length === 0) return null
  return (
    <ul className="notes" data-testid="notes">
      {deniedFields.map(({ coordinate, reason, apply }) => (
        <li key={`${coordinate} ${reason} ${apply}`} data-testid="denied-field">
          <code>{coordinate}</code> denied <Zh>未授权</Zh>: {reason}
          {apply !== null && (
            <>
              {' · '}apply <Zh>可申请</Zh>: <code>{apply}</code>
            </>
          )}
        </li>
      ))}
      {disputedFields.map(({ coordinate, uscc, since }) => (
        <li key={`${coordinate} ${uscc}`} data-testid="disputed-field">
          <code>{coordinate}</code> of <code>{uscc}</code> disputed since {since} <Zh>校核中</Zh>
        </li>
      ))}
    </ul>
  )
}
