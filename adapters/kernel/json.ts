import { UpstreamError } from './errors.ts'
import type { DepartmentHttp, Answer } from './http.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Names of members that would reach an object's prototype. */
export const reservedNames = ['__proto__', 'constructor', 'prototype']
/**
 * True where a member may have a reserved name, so that it is worth the time to look at every member. Such a name is
 * written out, or has a letter as an escape; its letters are all below U+0080, so that the escape begins with \u00.
 */
const mayPollute = (text: string): boolean => [...reservedNames, '\\u00'].some((part) => text.includes(part))

/**
 * The JSON of an answer. Throws UpstreamError `contract` for anything else: HTML, a body cut short, bytes that are not
 * UTF-8, or names that would reach an object's prototype.
 */
export function jsonOf(http: DepartmentHttp, answer: Answer): unknown {
  const { department } = http
  const type = answer.headers['content-type']
  if (typeof type !== 'string' || !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new UpstreamError(department, 'contract', 'The answer is not JSON.')
  }
  const refuseReserved = (key: string, value: unknown): unknown => {
    if (!reservedNames.includes(key)) return value
    throw new UpstreamError(department, 'contract', `The answer has a member ${key}.`)
  }
  try {
    const text = utf8.decode(answer.body)
    return JSON.parse(text, mayPollute(text) ? refuseReserved : undefined)
  } catch (error) {
    if (error instanceof UpstreamError) throw error
    throw new UpstreamError(department, 'contract', 'The answer is not JSON in UTF-8.', { cause: error })
  }
}
