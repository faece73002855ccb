/** GraphQL documents by chance: valid ones of the schema, and what becomes of a document that is cut, doubled and shuffled. */
import { isInputObjectType, isEnumType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql'
import { getNamedType, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Chance } from '../../sandbox/world/random.ts'

/** Strings that are something else somewhere: names of JavaScript, ends of texts, other scripts, halves of characters. */
export const oddities = [
  '',
  '__proto__',
  'constructor',
  'toString',
  '__typename',
  'null',
  '‮',
  '\u0000',
  '\ud800',
  "'; drop table audit_record; --",
  '${7*7}',
  '../../etc/passwd',
  '%00%ff',
  '\u{1f4a9}'.repeat(50),
  'x'.repeat(5000),
  '91350102MYE0000341',
  '9135010２MYE0000341',
  '-0',
  '1e400',
  '9007199254740993',
]

/** A literal of an input type, as the language writes it; now and then of another type. */
function literal(type: GraphQLInputType, chance: Chance, usccs: readonly string[], depth = 0): string {
  if (isNonNullType(type)) return literal(type.ofType, chance, usccs, depth)
  if (chance.is(0.05)) return chance.pick(['null', '-1', '1e400', '[[[]]]', '{a: {}}', '"\\u0000"', 'NONE', '$none'])
  if (isListType(type)) {
    const items = Array.from({ length: chance.whole(0, 3) }, () => literal(type.ofType, chance, usccs, depth + 1))
    return `[${items.join(', ')}]`
  }
  if (isEnumType(type)) return chance.pick(type.getValues()).name
  if (isInputObjectType(type)) {
    if (depth > 4) return '{}'
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || chance.is(0.3))
    return `{${fields.map((field) => `${field.name}: ${literal(field.type, chance, usccs, depth + 1)}`).join(', ')}}`
  }
  if (type.name === 'USCC') return JSON.stringify(chance.pick(usccs))
  if (type.name === 'Int') return String(chance.pick([0, 1, 2, 20, 100, 101, -1, 2147483648]))
  if (type.name === 'Boolean') return chance.pick(['true', 'false'])
  return JSON.stringify(chance.pick(oddities).slice(0, 50))
}

/** Some fields of a type, with what they lead to. */
function selection(type: GraphQLObjectType, chance: Chance, usccs: readonly string[], depth: number): string {
  const fields = Object.values(type.getFields())
  const some = Array.from({ length: chance.whole(1, 4) }, () => chance.pick(fields)).map((field) => {
    const given = field.args
      .filter((argument) => isNonNullType(argument.type) || chance.is(0.3))
      .map((argument) => `${argument.name}: ${literal(argument.type, chance, usccs)}`)
    const alias = chance.is(0.2) ? `a${chance.whole(0, 9)}: ` : ''
    const directive = chance.is(0.05)
      ? ` @${chance.pick(['skip', 'include', 'none'])}(if: ${chance.pick(['true', 'false', '$no'])})`
      : ''
    const named = getNamedType(field.type)
    const below = isLeafType(named)
      ? ''
      : isObjectType(named) && depth > 0
        ? selection(named, chance, usccs, depth - 1)
        : ' { __typename }'
    return `${alias}${field.name}${given.length === 0 ? '' : `(${given.join(', ')})`}${directive}${below}`
  })
  return ` { ${some.join(' ')} }`
}

/** A document of the schema; most are valid. */
export function documentBy(chance: Chance, schema: GraphQLSchema, usccs: readonly string[]): string {
  const isMutation = chance.is(0.1)
  const root = isMutation ? schema.getMutationType() : schema.getQueryType()
  if (root == null) return '{ __typename }'
  return `${isMutation ? 'mutation' : chance.pick(['', 'query', 'query Q'])}${selection(root, chance, usccs, chance.whole(0, 6))}`
}

/** Shapes that cost whoever does not look out for them. */
const floods: readonly ((size: number) => string)[] = [
  (size) => '{ a '.repeat(size),
  (size) => `{ ${'me { department } '.repeat(size)}}`,
  (size) => `{ ${Array.from({ length: size }, (_, at) => `a${at}: me { department }`).join(' ')} }`,
  (size) => `query (${Array.from({ length: size }, (_, at) => `$v${at}: Int`).join(' ')}) { me { department } }`,
  (size) => `{ me ${'@include(if: true) '.repeat(size)}{ department } }`,
  (size) =>
    `{ ...A } ${Array.from({ length: size }, (_, at) => `fragment A${at} on Query { ...A${at + 1} }`).join(' ')}`,
  () => '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
  (size) => `{ enterprises(usccs: [${'"91350102MYE0000341" '.repeat(size)}]) { name } }`,
  (size) => `{ enterprise(uscc: ${'['.repeat(size)}${']'.repeat(size)}) { name } }`,
  (size) => `#${'x'.repeat(size)}\n{ me { department } }`,
  (size) => `{ me { department } } ${'{ me { department } } '.repeat(size)}`,
  (size) => `{ __schema { types ${'{ fields { type '.repeat(size)}{ name }${' } }'.repeat(size)} } }`,
]

export const flood = (chance: Chance): string => chance.pick(floods)(chance.pick([2, 30, 300, 3000]))

const tokens = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '!',
  '$',
  '@',
  '...',
  '&',
  '|',
  '=',
  '"',
  '"""',
  '#',
  '\\',
  ' ',
  '\n',
  '\ufeff',
  '\u0000',
]

/** Some changes to a text, each anywhere. */
export function mutated(text: string, chance: Chance): string {
  let result = text
  for (let left = chance.whole(1, 4); left > 0; left -= 1) {
    const [one, other] = [chance.whole(0, result.length), chance.whole(0, Math.min(result.length, 200))]
    const piece = result.slice(one, one + other)
    result = chance.pick([
      () => result.slice(0, one) + result.slice(one + other),
      () => result.slice(0, one) + piece + result.slice(one),
      () => result.slice(0, one) + chance.pick(tokens) + result.slice(one),
      () => result.slice(0, one) + chance.pick(oddities) + result.slice(one + 1),
      () => piece + result.slice(0, one) + result.slice(one + other),
      () => result.slice(0, one),
    ])()
  }
  return result
}
