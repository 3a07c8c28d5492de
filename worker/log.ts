/** The log of a process: pino, one JSON line an event on stderr, without values of a person. */
import pino, { type Logger } from 'pino'
import type { LogLevel } from '../config/settings.js'

export type { Logger }

/** @param level `GEMAAL_LOG` */
export function openLog(level: LogLevel, destination: string | number = 2): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An error's other properties can hold a request with its headers.
      serializers: { err: (error: Error) => ({ type: error.name, message: error.message }) },
    },
    pino.destination({ dest: destination, sync: true }),
  )
}
