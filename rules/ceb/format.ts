/** The two editions of the message specification that are in use: GACC 2018 no. 113, and its revision of May 2022. */
export const standards = ['2018-113', '202205'] as const
export type Standard = (typeof standards)[number]

/**
 * How the value of an element is written, in one line: who asks for it, its form, the values it may have, and what the
 * edition of 2018 had instead.
 *
 * - `?` may be missing, `!` may be missing by the schema and not by the text, `~` the other way round or, as a number that
 *   the e-port gives out later, in practice; nothing before the form: must be there;
 * - `C36` so many characters, `C1..18`, `C..18` so few and so many, `N19,5` a decimal number of at most 19 digits, 5 of them
 *   after the point, `I9` a whole number of at most 9 digits (the specification's own notation, part 1);
 * - ` 1|2` the values that the text allows, which the schema does not know;
 * - ` was C..80` the form of 2018; ` was -` not there in 2018.
 */
export type Format = string

/** A message's table. `documents` and `lineCount` are how many there may be, e.g. `1..100`, `0..`, `1.. was 1..100`. */
export interface KindTable {
  zh: string
  /** The element that a document is, under the root; a message holds 1 to 100 unless `documents` says otherwise. */
  entity: string
  documents?: string
  /** The kind of message that answers it. */
  answer?: string
  /** Who asks for a signature: the schema, always; or the text, for what is declared (appStatus 2). */
  signed?: 'schema' | 'declared'
  /** The element that holds the head; the document itself where there is none. */
  headElement?: string
  head: Readonly<Record<string, Format>>
  /** Elements that real heads have besides and the schema has not; they are told and not read. */
  besides?: readonly string[]
  lineElement?: string
  lineCount?: string
  line?: Readonly<Record<string, Format>>
}

type Spared = '?' | '!' | '~'

/** Values by the names of a table: strings, those that may be missing optional. */
export type ValuesOf<Table> = {
  -readonly [Name in keyof Table as Table[Name] extends `${Spared}${string}` ? never : Name]: string
} & { -readonly [Name in keyof Table as Table[Name] extends `${Spared}${string}` ? Name : never]?: string }

/** An element with a value, in one edition. */
export interface Field {
  name: string
  /** Its place among its neighbours. */
  index: number
  need: 'required' | 'optional' | 'required by the text' | 'required by the schema'
  form: 'text' | 'decimal' | 'whole'
  /** Characters of a text, at least and at most; digits of a number. */
  least: number
  most: number
  /** As the specification writes it, e.g. `C..18`. */
  written: string
  values: ReadonlySet<string> | null
}

const needs = { '?': 'optional', '!': 'required by the text', '~': 'required by the schema' } as const

/**
 * A field of a table's line; null where the edition does not have it. In 2018 every text that must be there in a message of
 * an enterprise had one character at least; the schemas of 2022 for exports ask for none.
 */
export function fieldOf(
  name: string,
  format: Format,
  index: number,
  standard: Standard,
  ofEnterprise: boolean,
): Field | null {
  const parts = /^([?!~]?)(\S+?)(?: (?!was)(\S+))?(?: was (\S+))?$/.exec(format)
  const mark = parts?.[1] ?? ''
  const written = standard === '2018-113' ? (parts?.[4] ?? parts?.[2]) : parts?.[2]
  if (written === '-') return null
  const need = Object.hasOwn(needs, mark) ? needs[mark as keyof typeof needs] : 'required'
  const values = parts?.[3] === undefined ? null : new Set(parts[3].split('|'))
  const field = { name, index, need, values, written: written ?? '' } as const
  const number = /^(N|I)(\d+)/.exec(field.written)
  if (number !== null)
    return { ...field, form: number[1] === 'N' ? 'decimal' : 'whole', least: 1, most: Number(number[2]) }
  const text = /^C(\d*)(\.\.)?(\d*)$/.exec(field.written)
  if (text === null) throw new RangeError(`The format of ${name} cannot be read: ${format}`)
  const [, low = '', range, high = ''] = text
  const least = low === '' ? (standard === '2018-113' && ofEnterprise && need === 'required' ? 1 : 0) : Number(low)
  return { ...field, form: 'text', least, most: range === undefined ? least : high === '' ? Infinity : Number(high) }
}

/** How many of something there may be. */
export interface Count {
  least: number
  most: number
}

/** Reads a count, e.g. `0..` or `1.. was 1..100`. */
export function countOf(text: string, standard: Standard): Count {
  const [now = '', before = now] = text.split(' was ')
  const [least, most] = (standard === '2018-113' ? before : now).split('..')
  return { least: Number(least), most: most === '' ? Infinity : Number(most) }
}
