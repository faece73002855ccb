/** A text in an encoding that is not read, or not in the one that it names. */
export class EncodingError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'EncodingError'
  }
}

/** What the declaration may name, and how it is read: GB 18030 holds GBK, which holds GB 2312. */
const encodings = { 'utf-8': 'utf-8', utf8: 'utf-8', gb2312: 'gb18030', gbk: 'gb18030', gb18030: 'gb18030' } as const
type Label = keyof typeof encodings

const isLabel = (text: string): text is Label => Object.hasOwn(encodings, text)

const declared = /^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][\w.-]{0,30})["']/

/**
 * The text of a message: in UTF-8, or in the GB encoding that its XML declaration names. A byte order mark of UTF-8 goes
 * before the declaration.
 * @param fallback what an envelope says of it, for a text without a declaration (DxpMsg, AddInfo/IsText)
 * @throws EncodingError for another encoding, or bytes that are not in the one named
 */
export function decodeXml(bytes: Uint8Array, fallback?: string): string {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString(
    'latin1',
    marked ? 3 : 0,
  )
  const name = (declared.exec(start)?.[1] ?? fallback ?? 'utf-8').toLowerCase()
  if (!marked && !isLabel(name)) throw new EncodingError('It is in an encoding other than UTF-8 and GB 18030.')
  const encoding = marked || !isLabel(name) ? 'utf-8' : encodings[name]
  try {
    return decoders[encoding].decode(bytes)
  } catch {
    throw new EncodingError(`Its bytes are not ${encoding === 'utf-8' ? 'UTF-8' : 'GB 18030'}.`)
  }
}

// A decoder that is not streaming keeps nothing between calls, and leaves the mark out.
const decoders = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  gb18030: new TextDecoder('gb18030', { fatal: true }),
} as const
