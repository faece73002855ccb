import { useId, useRef, type ReactNode } from 'react'
import type { Asker } from './asking.ts'
import type { Sample, Session, Viewer } from './samples.ts'

interface BarProps {
  session: Session
  asker: Asker
  trouble: string
  /** False until there is an editor that the menus can write to. */
  isReady: boolean
  onWho: (viewer: Viewer) => void
  onPurpose: (purpose: string) => void
  onToken: (token: string) => void
  onSample: (sample: Sample) => void
  onEnterprise: (code: string) => void
  onDismiss: () => void
}

export const Zh = ({ children }: { children: ReactNode }) => <span lang="zh-CN">{children}</span>

export function Bar(props: BarProps) {
  const { session, trouble } = props
  const nameOf = (id: string) => session.viewers.find((viewer) => viewer.id === id)
  return (
    <header className="bar" data-testid="bar">
      <div className="bar-row">
        <h1>
          Hutong <Zh>互通</Zh>
        </h1>
        {session.viewers.length > 0 ? <Who {...props} /> : <PastedToken {...props} />}
      </div>
      <div className="bar-row">
        <Purpose {...props} />
        {session.samples.length > 0 && (
          <Menu id="samples" isReady={props.isReady} label="Sample queries" zh="示例查询">
            {session.samples.map((sample) => (
              <button type="button" key={sample.name} data-testid="sample" onClick={() => props.onSample(sample)}>
                {sample.name}
                <small>
                  as <Zh>{nameOf(sample.viewer)?.zh}</Zh> {nameOf(sample.viewer)?.en ?? sample.viewer}
                  {sample.purpose && <> for {sample.purpose}</>}
                </small>
              </button>
            ))}
          </Menu>
        )}
        {session.enterprises.length > 0 && (
          <Menu id="enterprises" isReady={props.isReady} label="Enterprise" zh="换一家企业">
            {session.enterprises.map((code) => (
              <button type="button" key={code} data-testid="enterprise" onClick={() => props.onEnterprise(code)}>
                <code>{code}</code>
              </button>
            ))}
          </Menu>
        )}
        <span className="mode" data-testid="mode">
          {session.mode === 'production' ? 'production' : 'development data'}{' '}
          <Zh>{session.mode === 'production' ? '生产环境' : '开发数据'}</Zh>
        </span>
      </div>
      {trouble && (
        <p className="trouble" role="alert" data-testid="trouble">
          {trouble}
          <button type="button" onClick={props.onDismiss} aria-label="Dismiss 关闭">
            ×
          </button>
        </p>
      )}
    </header>
  )
}

function Who({ session, asker, onWho }: BarProps) {
  return (
    <fieldset className="who" data-testid="who">
      <legend>
        Who is asking <Zh>谁在问</Zh>
      </legend>
      {session.viewers.map((viewer) => (
        <label key={viewer.id} data-testid={`who-${viewer.id}`}>
          <input
            type="radio"
            name="who"
            value={viewer.id}
            checked={viewer.id === asker.viewer?.id}
            onChange={() => onWho(viewer)}
          />
          <Zh>{viewer.zh}</Zh>
          <small>{viewer.en}</small>
        </label>
      ))}
    </fieldset>
  )
}

function PastedToken({ onToken }: BarProps) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <form
      className="pasted"
      onSubmit={(event) => {
        event.preventDefault()
        onToken(field.current?.value.trim().replace(/^Bearer\s+/i, '') ?? '')
      }}
    >
      <label htmlFor="token">
        Token <Zh>令牌</Zh>
      </label>
      <input
        id="token"
        ref={field}
        type="password"
        autoComplete="one-time-code"
        spellCheck={false}
        required
        placeholder="paste a token; it is kept in memory only 粘贴令牌，仅存于内存"
        data-testid="token"
      />
      <button type="submit" data-testid="token-use">
        Use <Zh>使用</Zh>
      </button>
    </form>
  )
}

function Purpose({ session, asker, onPurpose }: BarProps) {
  const label = (
    <span>
      Purpose <Zh>用途</Zh>
    </span>
  )
  if (session.viewers.length === 0) {
    return (
      <label className="purpose">
        {label}
        <input
          value={asker.purpose}
          onChange={(event) => onPurpose(event.target.value.trim())}
          spellCheck={false}
          autoComplete="off"
          data-testid="purpose"
        />
      </label>
    )
  }
  return (
    <label className="purpose">
      {label}
      <select value={asker.purpose} onChange={(event) => onPurpose(event.target.value)} data-testid="purpose">
        <option value="">none 不声明</option>
        {asker.viewer?.purposes.map((purpose) => (
          <option key={purpose}>{purpose}</option>
        ))}
      </select>
    </label>
  )
}

interface MenuProps {
  id: string
  isReady: boolean
  label: string
  zh: string
  children: ReactNode
}

/** A button that opens a list of buttons. The browser's own popover brings Esc, closing outside and the return of focus. */
function Menu({ id, isReady, label, zh, children }: MenuProps) {
  const panel = `${id}-${useId()}`
  const button = useRef<HTMLButtonElement>(null)
  return (
    <>
      <button type="button" className="menu" ref={button} disabled={!isReady} popoverTarget={panel} data-testid={id}>
        {label} <Zh>{zh}</Zh> <span aria-hidden="true">▾</span>
      </button>
      <div
        id={panel}
        popover="auto"
        className="menu-panel"
        role="group"
        aria-label={`${label} ${zh}`}
        onClick={(event) => {
          if (event.target !== event.currentTarget) event.currentTarget.hidePopover()
        }}
        onToggle={(event) => {
          const at = button.current?.getBoundingClientRect()
          if (event.newState !== 'open' || !at) return
          const panelWidth = event.currentTarget.offsetWidth
          event.currentTarget.style.top = `${at.bottom + 4}px`
          event.currentTarget.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - panelWidth - 8))}px`
        }}
      >
        {children}
      </div>
    </>
  )
}
