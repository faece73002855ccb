import { json, type Said, type ScriptedDepartment } from './scripted-department.ts'
import customs from '../../adapters/customs.ts'

/** Codes of development. */
export const [a, b, c] = ['91350102MYE0000341', '91350602MY0000178A', '91350404MY900022X6'] as const
export const number = '35002026E123456789'

const credentials = { clientId: 'hutong', clientSecret: 'a secret & more' }

/** What customs tests share: a department that hands out tokens, and a connection to it. */
export const scriptedCustoms = (department: ScriptedDepartment) => ({
  connected: () => department.connect('customs', customs, { credentials }),
  /** Says this to calls for data, and hands out tokens token-1, token-2 … that live so long. */
  withTokens: (data: (nth: number, authorization: string) => Said | Promise<Said>, expiresIn = 3600): void => {
    let tokens = 0
    let calls = 0
    department.says(({ path, headers }) =>
      path === '/oauth/token'
        ? json({ access_token: `token-${++tokens}`, token_type: 'Bearer', expires_in: expiresIn })
        : data(calls++, headers['authorization'] ?? ''),
    )
  },
  paths: () => department.heard.map(({ path }) => path),
})

export const misfit = (message: string) => ({ problem: 'contract', message, retryAt: null })
