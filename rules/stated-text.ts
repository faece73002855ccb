/**
 * What people state in words – bases, scopes, reasons, records of use – must say something (政务数据共享条例 arts. 20, 21,
 * 26, 27, 29: 明确、说明理由). A Chinese character says as much as two letters, so one measure fits both.
 */
const shortest = 4
const longest = 4000

/** The bounds in words, for whoever is refused. */
export const textBounds = `in at least 2 Chinese characters or 4 letters, and in at most ${longest} characters`

/** True for a text that says something; punctuation and blanks say nothing. */
export function isStated(text: string): boolean {
  if (text.length > longest) return false
  let weight = 0
  for (const [character] of text.matchAll(/[\p{L}\p{N}]/gu)) weight += /\p{Script=Han}/u.test(character) ? 2 : 1
  return weight >= shortest
}

/** The refusal of a text that says nothing or goes on for too long; null for one that is stated. */
export const checkText = (name: string, text: string, article: number): string | null =>
  isStated(text) ? null : `${name} must be stated, ${textBounds} (art. ${article}).`
