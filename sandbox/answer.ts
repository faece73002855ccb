import iconv from 'iconv-lite'
import { createHash } from 'node:crypto'
import { type XmlElement, xmlDocument } from './xml.ts'

/** What an answer says, before it becomes bytes; a lie is told about this. */
export type Body =
  | { readonly form: 'none' }
  | { readonly form: 'text'; readonly text: string; readonly type: string }
  | { readonly form: 'json'; readonly value: unknown }
  | { readonly form: 'xml'; readonly root: XmlElement }

/** A department's answer to one call. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** An answer as it goes over the wire. `padding` bytes of white space follow the content, streamed. */
export interface Wire {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
  readonly padding: number
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { form: 'json', value },
})

/** What all departments but the post say when they refuse: a code and a sentence. */
export const failure = (status: number, code: string, message: string, headers: Record<string, string> = {}): Answer =>
  json({ code, message }, status, headers)

export const xml = (root: XmlElement): Answer => ({ status: 200, headers: {}, body: { form: 'xml', root } })

export const text = (content: string, type: string, status = 200): Answer => ({
  status,
  headers: {},
  body: { form: 'text', text: content, type },
})

const encodings = { 'utf-8': 'utf8', gb18030: 'gb18030' } as const

export type Charset = keyof typeof encodings

/** The charset in which a body is sent, and which it declares. */
export const charsetOf = (body: Body): Charset => (body.form === 'xml' ? 'gb18030' : 'utf-8')

/** The text of a body and its media type. */
export const textOf = (body: Body): { text: string; type: string } => {
  switch (body.form) {
    case 'none':
      return { text: '', type: '' }
    case 'text':
      return { text: body.text, type: body.type }
    case 'json':
      return { text: JSON.stringify(body.value), type: 'application/json; charset=utf-8' }
    case 'xml':
      return { text: xmlDocument(body.root, 'GB18030'), type: 'application/xml; charset=GB18030' }
  }
}

/** Text as bytes of a charset. */
export const encode = (content: string, charset: Charset): Buffer => iconv.encode(content, encodings[charset])

/** An honest answer as bytes. */
export const wire = (answer: Answer): Wire => {
  const { text: content, type } = textOf(answer.body)
  return {
    status: answer.status,
    headers: { ...(type && { 'content-type': type }), ...answer.headers },
    bytes: encode(content, charsetOf(answer.body)),
    padding: 0,
  }
}

/** A strong entity tag: the same for the same record, another for any other. */
export const strongTag = (value: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)}"`
