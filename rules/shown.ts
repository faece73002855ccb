/**
 * A character as a reason quotes it: printable ASCII and Chinese characters in quotes, anything else by its number (The
 * Unicode Standard, U+ notation), since look-alikes, controls and direction marks cannot be told apart by eye.
 */
export function shown(character: string): string {
  if (/^[!-~\p{Script=Han}]$/u.test(character)) return character === '"' ? `'"'` : `"${character}"`
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return /^\s$/.test(character) ? `white space U+${number}` : `U+${number}`
}
