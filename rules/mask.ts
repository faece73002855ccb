const stars = (count: number): string => '*'.repeat(count)

/**
 * A personal name 姓名 with all but its first character starred; a name of one character is starred whole (minimum
 * necessary, 个人信息保护法 art. 6). Characters are code points, so that a rare Han character is never cut in two.
 */
export function maskName(name: string): string {
  const [first, ...rest] = name
  if (first === undefined) return ''
  return rest.length === 0 ? '*' : first + stars(rest.length)
}

/**
 * An identity number 身份证号码 (GB 11643) with its first three and last two characters kept, e.g. 350***************23;
 * of a short text fewer, never more than a third (minimum necessary, 个人信息保护法 art. 6).
 */
export function maskIdentityNumber(number: string): string {
  const characters = [...number]
  const allowed = Math.floor(characters.length / 3)
  const head = Math.min(3, allowed)
  const tail = Math.min(2, allowed - head)
  const hidden = characters.length - head - tail
  return characters.slice(0, head).join('') + stars(hidden) + characters.slice(head + hidden).join('')
}

/** The masks that policies may name; masking what is masked changes nothing. A closed table (个人信息保护法 art. 6). */
export const masks = { name: maskName, identityNumber: maskIdentityNumber } as const

/** The name of a mask. */
export type MaskName = keyof typeof masks
