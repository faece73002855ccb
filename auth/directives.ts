/**
 * Access is decided by policies alone. A directive in a slice that looks like protection but that nothing here enforces
 * – under its own name, renamed on import, or never imported – would be a lock without a bolt, so it stops the start-up.
 */
import { Kind, parse, visit, type ConstDirectiveNode, type DirectiveNode, type ObjectValueNode } from 'graphql'

const federation = 'https://specs.apollo.dev/federation/'
/** Directives that say nothing about access. */
const plain = new Set([
  'link',
  'key',
  'shareable',
  'external',
  'requires',
  'provides',
  'override',
  'deprecated',
  'specifiedBy',
  'oneOf',
])

/** A sentence for each directive of the slice that is not understood. */
export function checkDirectives(slice: string, sdl: string): string[] {
  const problems: string[] = []
  visit(parse(sdl), {
    DirectiveDefinition(node) {
      problems.push(`${slice} defines @${node.name.value}, which nothing enforces`)
    },
    Directive(node) {
      const name = node.name.value
      if (!plain.has(name)) problems.push(`${slice} uses @${name}, which nothing enforces`)
      if (name === 'link') problems.push(...checkLink(slice, node))
    },
  })
  return problems
}

function checkLink(slice: string, link: DirectiveNode | ConstDirectiveNode): string[] {
  const value = (name: string) => link.arguments?.find((argument) => argument.name.value === name)?.value
  const url = value('url')
  if (url?.kind !== Kind.STRING || !url.value.startsWith(federation))
    return [`${slice} links a specification that is not Federation's`]
  if (value('as') !== undefined) return [`${slice} links Federation under another name`]
  const imports = value('import')
  if (imports === undefined) return []
  if (imports.kind !== Kind.LIST) return [`${slice} has an import that is not a list`]
  return imports.values.flatMap((item) => {
    if (item.kind === Kind.OBJECT) return [`${slice} imports ${nameOf(item)} under another name`]
    if (item.kind !== Kind.STRING) return [`${slice} has an import that is not a name`]
    return plain.has(item.value.replace(/^@/, '')) ? [] : [`${slice} imports ${item.value}, which nothing enforces`]
  })
}

const nameOf = (item: ObjectValueNode): string => {
  const name = item.fields.find((field) => field.name.value === 'name')?.value
  return name?.kind === Kind.STRING ? name.value : 'a directive'
}
