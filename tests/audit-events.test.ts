/** docs/audit-events.md lists what goes on record, all of it and nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildView } from '../hub/schema.ts'
import { auditActions, auditPlan, recordText } from '../store/audit-record.ts'

const text = readFileSync(join(import.meta.dirname, '..', 'docs', 'audit-events.md'), 'utf8')

/** The names in the first column of the table under a heading. */
function named(heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const cells = [...section.matchAll(/^\| (`[^|]*) \|/gm)].map((match) => match[1] ?? '')
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '')).sort()
}

test('actions', () => {
  expect(named('Actions')).toEqual([...auditActions].sort())
})

test('fields', () => {
  const record = recordText(
    {
      requestId: '',
      department: null,
      subject: null,
      roles: [],
      purpose: null,
      action: 'query',
      operationName: null,
      documentHash: null,
      policyVersion: null,
      plan: auditPlan({}),
      subjects: [],
      roots: [],
      mandated: [],
      lapsed: [],
      departmentsCalled: {},
      outcome: 'answered',
      errorCodes: [],
      durationMs: 0,
      details: {},
    },
    new Date(),
  )
  expect(named('Fields of a record')).toEqual(Object.keys(JSON.parse(record) as object).sort())
})

test('mutations', () => {
  const fields = buildView().schema.getMutationType()?.getFields() ?? {}
  expect(named('Events of mutations')).toEqual(Object.keys(fields).sort())
})
