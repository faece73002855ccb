import iconv from 'iconv-lite'
import type { Said } from './scripted-department.ts'

/** Answers of postal administration as bytes. */
const headers = { 'content-type': 'application/xml; charset=GB18030' }
export const gb = (xml: string): Said => ({
  headers,
  body: iconv.encode(`<?xml version="1.0" encoding="GB18030"?>${xml}`, 'gb18030'),
})
export const utf8 = (xml: string): Said => ({ headers, body: `<?xml version="1.0" encoding="UTF-8"?>${xml}` })
export const raw = (body: string | Buffer): Said => ({ headers, body })
export const failed = (problem: string, message: string) => ({ problem, message, retryAt: null })
export const misfit = (message: string) => failed('contract', message)

export const trace = (time: string, address: string, remark: string, code?: string) =>
  `<trace><acceptTime>${time}</acceptTime><acceptAddress>${address}</acceptAddress><remark>${remark}</remark>${
    code === undefined ? '' : `<code>${code}</code>`
  }</trace>`
export const traces = (...inner: string[]) => `<traces>${inner.join('')}</traces>`
