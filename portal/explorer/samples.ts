/** What `GET /explorer/session` answers: who can be asked as, and sample queries with real codes of the development data. */
export interface Session {
  mode: 'development' | 'production'
  /** Empty in production, where a person pastes a token. */
  viewers: Viewer[]
  samples: Sample[]
  /** Unified social credit codes 统一社会信用代码 that the data holds. */
  enterprises: string[]
}

export interface Viewer {
  id: string
  en: string
  zh: string
  purposes: string[]
}

export interface Sample {
  name: string
  viewer: string
  purpose?: string
  query: string
  variables?: Record<string, unknown>
}

/** What the editor opens with where the server has no sample to show. */
const greeting = `# Who does the hub think is asking? 当前调用方
query WhoAmI {
  me {
    department
    purpose
    purposes
  }
}
`

export const openingSample = (session: Session): Sample =>
  session.samples[0] ?? { name: 'me', viewer: session.viewers[0]?.id ?? '', query: greeting }

export const variablesText = (sample: Sample): string =>
  sample.variables && Object.keys(sample.variables).length > 0 ? JSON.stringify(sample.variables, null, 2) : ''

export async function loadSession(): Promise<Session> {
  const response = await fetch('/explorer/session', { headers: { accept: 'application/json' }, cache: 'no-store' })
  if (!response.ok) throw new Error(`status ${response.status}`)
  const session = (await response.json()) as Partial<Session>
  return {
    mode: session.mode === 'development' ? 'development' : 'production',
    viewers: session.viewers ?? [],
    samples: session.samples ?? [],
    enterprises: session.enterprises ?? [],
  }
}
