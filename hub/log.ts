/** The hub's log: JSON lines on stderr with the request's id; never tokens, credentials, documents' variables or data. */
import { writeSync } from 'node:fs'
import { pino, type Logger } from 'pino'

export type { Logger }

/**
 * JSON escapes the controls below U+0020 alone; those above, and characters that turn the direction of text, would still
 * act on a terminal. They stand in strings only, where an escape means the same.
 */
const escaped = (line: string): string =>
  line.replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** @param level pino's: trace, debug, info, warn, error, fatal or silent */
export const createLog = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void writeSync(2, escaped(line)) },
  )
