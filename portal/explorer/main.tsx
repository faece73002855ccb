import 'graphiql/setup-workers/vite'
// The parts of graphiql/style.css one by one: the whole also holds 400 KB of fonts and a second copy of the editor's styles.
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import 'graphiql/graphiql.css'
import './style.css'
import './desk.css'
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import type { Fetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import type { ExecutionResult } from 'graphql'
import { useCallback, useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { ask, Refusal, type Asker } from './asking.ts'
import { Bar } from './bar.tsx'
import { loadSession, openingSample, variablesText, type Sample, type Session, type Viewer } from './samples.ts'
import { SummaryLine, type Run } from './summary-line.tsx'
import { summarise } from './summary.ts'

/** What the bar does to the editor; set from inside it, where GraphiQL's hooks can be used. */
interface Desk {
  tab: string
  open: (sample: Sample) => void
  /** Puts one enterprise's code in the place of another's. */
  exchange: (code: string) => void
}

function Explorer({ session }: { session: Session }) {
  const [opening] = useState(() => openingSample(session))
  const [asker, setAsker] = useState<Asker>(() => openingAsker(session, opening))
  // A run belongs to the tab that shows its answer.
  const [runs, setRuns] = useState<Record<string, Run>>({})
  const [tab, setTab] = useState('')
  const [trouble, setTrouble] = useState('')
  const current = useRef(asker)
  const desk = useRef<Desk | null>(null)
  const needsToken = !asker.viewer && !asker.pastedToken

  const become = useCallback((next: Partial<Asker>) => {
    current.current = { ...current.current, ...next }
    setAsker(current.current)
    setTrouble('')
    const { viewer, purpose } = current.current
    if (viewer) history.replaceState(null, '', `#${new URLSearchParams({ as: viewer.id, for: purpose }).toString()}`)
  }, [])
  const becomeViewer = (viewer: Viewer, purpose = viewer.purposes[0] ?? '') => become({ viewer, purpose })

  // One fetcher for the whole visit: a new one would make GraphiQL introspect again.
  const [fetcher] = useState<Fetcher>(
    () => async (question: Parameters<Fetcher>[0], options: Parameters<Fetcher>[1]) => {
      const asked = current.current
      const isRun = question.operationName !== 'IntrospectionQuery'
      const from = desk.current?.tab ?? ''
      // GraphiQL shows an answer in the tab that is open when it comes, so its summary goes there too.
      const note = (run: Run) => {
        const at = desk.current?.tab ?? ''
        if (isRun) setRuns((before) => ({ ...before, [from]: { state: 'none' }, [at]: run }))
      }
      note({ state: 'asking' })
      try {
        const answer = await ask(asked, question, options?.headers)
        note({ state: 'answered', summary: summarise(asked, answer) })
        setTrouble('')
        // Its type wants instances of GraphQLError; it prints what came, which is JSON.
        return answer as ExecutionResult
      } catch (cause) {
        note({ state: 'none' })
        const sentence = cause instanceof Refusal ? cause.message : 'The question could not be sent. 请求未能发出。'
        setTrouble(sentence)
        // GraphiQL prints a thrown error with its stack; a plain object is printed as the sentence alone.
        throw { message: sentence } as Error
      }
    },
  )

  return (
    <>
      <Bar
        session={session}
        asker={asker}
        trouble={trouble}
        isReady={tab !== ''}
        onWho={becomeViewer}
        onPurpose={(purpose) => become({ purpose })}
        onToken={(pastedToken) => become({ pastedToken })}
        onSample={(sample) => {
          const viewer = session.viewers.find(({ id }) => id === sample.viewer)
          if (viewer) becomeViewer(viewer, sample.purpose ?? '')
          desk.current?.open(sample)
        }}
        onEnterprise={(code) => desk.current?.exchange(code)}
        onDismiss={() => setTrouble('')}
      />
      <main className="desk">
        <GraphiQL
          fetcher={fetcher}
          // Without a token there is nobody to ask as; pasting one starts the introspection.
          {...(needsToken ? { schema: null } : {})}
          {...(remembersTabs(session) ? {} : { initialQuery: opening.query, initialVariables: variablesText(opening) })}
          // In production nothing that was asked stays behind on the machine.
          {...(session.mode === 'production' ? { storage: null as never } : {})}
          shouldPersistHeaders={false}
          defaultEditorToolsVisibility="variables"
          schemaDescription
        >
          <GraphiQL.Logo>{''}</GraphiQL.Logo>
          <GraphiQL.Footer>
            <SummaryLine run={runs[tab] ?? { state: 'none' }} asker={asker} />
          </GraphiQL.Footer>
          <Inside desk={desk} onTab={setTab} />
        </GraphiQL>
      </main>
    </>
  )
}

/** Draws nothing: lends the editor to the bar. */
function Inside({ desk, onTab }: { desk: { current: Desk | null }; onTab: (tab: string) => void }) {
  const actions = useGraphiQLActions()
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({
    queryEditor,
    variableEditor,
  }))
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id ?? '')
  useEffect(() => {
    if (!queryEditor || !variableEditor) return // the bar's menus wait for both
    desk.current = {
      tab,
      open: (sample) => {
        actions.addTab()
        queryEditor.setValue(sample.query)
        variableEditor.setValue(variablesText(sample))
        queryEditor.focus()
      },
      exchange: (code) => {
        // The first code in the variables, or else in the query, becomes this one.
        for (const editor of [variableEditor, queryEditor]) {
          const found = editor
            .getModel()
            ?.findNextMatch('[0-9A-Z]{18}', { lineNumber: 1, column: 1 }, true, true, null, false)
          if (!found) continue
          editor.executeEdits('explorer', [{ range: found.range, text: code }])
          return editor.focus()
        }
        queryEditor.trigger('explorer', 'type', { text: code })
        queryEditor.focus()
      },
    }
    onTab(tab)
  }, [desk, onTab, tab, actions, queryEditor, variableEditor])
  return null
}

const remembersTabs = (session: Session): boolean =>
  session.mode === 'development' && localStorage.getItem('graphiql:tabState') !== null

/** Who asks first: whom the address names (`#as=tax&for=refund-review`, kept over a reload), or whom the first sample is for. */
function openingAsker({ viewers }: Session, opening: Sample): Asker {
  const address = new URLSearchParams(location.hash.slice(1))
  const named = viewers.find(({ id }) => id === address.get('as'))
  const viewer = named ?? viewers.find(({ id }) => id === opening.viewer) ?? viewers[0] ?? null
  const wanted = named ? (address.get('for') ?? '') : (opening.purpose ?? '')
  return { viewer, pastedToken: '', purpose: viewer?.purposes.includes(wanted) ? wanted : '' }
}

function Page() {
  const [session, setSession] = useState<Session | 'loading' | 'gone'>('loading')
  const load = useCallback(() => {
    setSession('loading')
    loadSession().then(setSession, () => setSession('gone'))
  }, [])
  useEffect(load, [load])
  if (typeof session === 'object') return <Explorer session={session} />
  if (session === 'loading') return <p className="notice">Hutong 互通 …</p>
  return (
    <p className="notice" role="alert" data-testid="trouble">
      The hub does not answer; is it running? <span lang="zh-CN">互通网关没有应答，请确认它正在运行。</span>
      <button type="button" onClick={load}>
        Try again <span lang="zh-CN">重试</span>
      </button>
    </p>
  )
}

createRoot(document.getElementById('explorer') as HTMLElement).render(<Page />)
