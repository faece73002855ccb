import { Zh } from './bar.tsx'
import { whoAsks, type Summary } from './summary.ts'
import type { Asker } from './asking.ts'
import type { ReactNode } from 'react'

export interface Run {
  state: 'none' | 'asking' | 'answered'
  summary?: Summary
}

const freshnessZh: Record<string, string> = { live: '实时', revalidated: '已核验' }

/** Stands below the answer it is about. */
export function SummaryLine({ run, asker }: { run: Run; asker: Asker }) {
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
