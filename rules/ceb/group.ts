import type { Field } from './format.ts'
import type { Group, Layout } from './kinds.ts'
import { meaningOf } from './meaning.ts'
import type { AnyDocument, Values } from './message.ts'
import { quotableName } from './quote.ts'
import type { Node } from './tree.ts'
import { valueOf, type Report } from './values.ts'

/** An element that may not stand where it does: its name where the specification has it, its place where it does not. */
export const foundAt = (name: string, index: number): string => quotableName(name) ?? `element ${index + 1}`

/** Attributes that say nothing of the contents: namespaces, and where a schema lies. */
const isIdle = (name: string): boolean => /^xmlns(:|$)|^xsi:/.test(name)

/** Reports what may not stand in an element that has others in it, or in one that has a value. */
function checkShape(node: Node, holds: 'elements' | 'a value', report: Report): boolean {
  const attribute = node.attributes === null ? undefined : Object.keys(node.attributes).find((name) => !isIdle(name))
  const isMixed = holds === 'elements' ? /[^ \t\r\n]/.test(node.text) : node.children.length > 0 || node.raw !== null
  if (attribute === undefined && !isMixed) return true
  const expected = isMixed ? `${holds} and nothing else` : 'no attribute'
  report({ severity: 'refused', element: node.name, rule: 'structure', expected })
  return false
}

/** The values of a head or a line, in the order of the standard; what is refused is left out and reported. */
export function valuesOf(node: Node, group: Group, space: string, report: Report): Values {
  const values: Values = {}
  checkShape(node, 'elements', report)
  const { children } = node
  let [next, known, index] = [0, 0, -1]
  let first: ReadonlyMap<string, number> | null = null
  for (const child of children) {
    index += 1
    const field = child.space === space ? group.byName.get(child.name) : undefined
    if (field === undefined) {
      const expected =
        next < group.fields.length
          ? `only elements of the standard, e.g. ${group.fields[next]?.name}`
          : 'no more elements'
      const severity = child.space === space && group.besides.has(child.name) ? 'tolerated' : 'refused'
      report({ severity, rule: 'unknown-element', expected, found: foundAt(child.name, index) })
      continue
    }
    if (field.index < next) {
      first ??= firstOf(children)
      const isSecond = first.get(child.name) !== index
      const rule = isSecond ? 'duplicate-element' : 'order'
      const expected = isSecond ? 'the element once' : placeOf(field, group)
      report({ severity: 'refused', element: field.name, rule, expected })
      if (isSecond) continue
    }
    known += 1
    next = Math.max(next, field.index + 1)
    if (!checkShape(child, 'a value', report)) continue
    const value = valueOf(field, child.text, report)
    if (value === null) continue
    values[field.name] = value
    if (value !== '') meaningOf(field.name)?.(value, field.name, report)
  }
  if (known < group.fields.length) reportMissing(group, first ?? firstOf(children), report)
  return values
}

/** At which place a name stands first. */
function firstOf(children: readonly Node[]): Map<string, number> {
  const first = new Map<string, number>()
  for (const [index, { name }] of children.entries()) if (!first.has(name)) first.set(name, index)
  return first
}

function placeOf(field: Field, group: Group): string {
  const before = group.fields[group.fields.indexOf(field) - 1]
  return before === undefined ? 'it to come first' : `it right after ${before.name}`
}

const severities = {
  required: 'refused',
  'required by the text': 'wrong',
  'required by the schema': 'tolerated',
} as const

function reportMissing(group: Group, seen: ReadonlyMap<string, number>, report: Report): void {
  for (const { name, need, written } of group.fields) {
    if (need === 'optional' || seen.has(name)) continue
    const expected = `the element, of the form ${written}`
    report({ severity: severities[need], element: name, rule: 'missing-element', expected })
  }
}

/** Reports of a line: its gnum, or its place. */
export type LineReport = (line: string) => Report

/** The document in an element, e.g. Order with OrderHead and OrderList; refused values are left out and reported. */
export function documentOf(node: Node, layout: Layout, space: string, report: Report, ofLine: LineReport): AnyDocument {
  const { head: headGroup, lines: lineGroup } = layout
  if (headGroup.element === null) return { head: valuesOf(node, headGroup, space, report), lines: [] }
  checkShape(node, 'elements', report)
  let head: Values | null = null
  const lines: Values[] = []
  for (const [index, child] of node.children.entries()) {
    if (child.space === space && child.name === headGroup.element) {
      if (head !== null)
        report({ severity: 'refused', element: child.name, rule: 'duplicate-element', expected: 'one head' })
      else if (lines.length > 0) {
        report({ severity: 'refused', element: child.name, rule: 'order', expected: 'the head before the lines' })
      }
      head ??= valuesOf(child, headGroup, space, report)
    } else if (child.space === space && child.name === lineGroup?.element) {
      if (lines.length < lineGroup.count.most)
        lines.push(lineOf(child, lineGroup, space, `${lines.length + 1}`, ofLine))
      else lines.push({})
    } else {
      const expected = lineGroup === null ? headGroup.element : `${headGroup.element} and ${lineGroup.element}`
      report({
        severity: 'refused',
        rule: 'unknown-element',
        expected: `only ${expected}`,
        found: foundAt(child.name, index),
      })
    }
  }
  if (head === null)
    report({ severity: 'refused', element: headGroup.element, rule: 'missing-element', expected: 'a head' })
  if (lineGroup !== null) reportCount(lineGroup, lines.length, report)
  return { head: head ?? {}, lines: lines.slice(0, lineGroup?.count.most) }
}

function lineOf(node: Node, group: Group, space: string, place: string, ofLine: LineReport): Values {
  const gnum = node.children.find(({ name }) => name === 'gnum')?.text.trim() ?? ''
  return valuesOf(node, group, space, ofLine(/^\d{1,5}$/.test(gnum) ? gnum : place))
}

function reportCount({ element, count: { least, most } }: Group, found: number, report: Report): void {
  if (found >= least && found <= most) return
  const expected = most === Infinity ? `at least ${least}` : `${least} to ${most}`
  report({ severity: 'refused', element: element ?? '', rule: 'count', expected, found: `${found}` })
}

/** How a line is called: its gnum, or its place. */
export const labelOf = (line: Values, index: number): string => {
  const { gnum } = line
  return gnum !== undefined && /^\d{1,5}$/.test(gnum) ? gnum : `${index + 1}`
}
