/** The hub's log: JSON lines on stderr with the request's id; never tokens, credentials, documents' variables or data. */
import { pino, type Logger } from 'pino'

export type { Logger }

/** @param level pino's: trace, debug, info, warn, error, fatal or silent */
export const createLog = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
