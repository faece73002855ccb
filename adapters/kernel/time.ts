/** Times as departments write them, turned into the field's standard forms. China has one zone, +08:00. */
import type { DepartmentId } from '../../departments.ts'
import { isDate, isDateTime } from '../../rules/date.ts'
import { UpstreamError } from './errors.ts'

/** How a department's times are read. Each throws UpstreamError `contract` for a day or time that does not exist. */
export function timesOf(department: DepartmentId) {
  const existing = (exists: (text: string) => boolean, text: string): string => {
    if (!exists(text)) throw new UpstreamError(department, 'contract', 'The answer holds a time that does not exist.')
    return text
  }
  const day = (text: string): string => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
  const time = (text: string): string => `${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}`
  return {
    /** yyyyMMdd → YYYY-MM-DD */
    dayOfDigits: (text: string): string => existing(isDate, day(text)),
    /** yyyyMMddHHmmss, Beijing time → RFC 3339 with zone */
    timeOfDigits: (text: string): string => existing(isDateTime, `${day(text)}T${time(text)}+08:00`),
    /** yyyy-MM-dd HH:mm:ss, Beijing time → RFC 3339 with zone */
    timeOfText: (text: string): string => existing(isDateTime, `${text.slice(0, 10)}T${text.slice(11)}+08:00`),
  }
}
