/** The texts of the ledger, written fast, held against the plainest way to write them. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditActions, indexText, linkHash, recordText, type AuditEntry } from '../store/audit-record.ts'
import { canonical, type Json } from '../store/canonical.ts'
import { digest } from '../store/ledger-suite.ts'

const writable = (text: string): string => text.split('\0').join('\ufffd').toWellFormed()

/** RFC 8785 by the book: keys sorted by UTF-16 units, all else as ECMAScript writes it. What is undefined is left out. */
function plainly(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(writable(value))
  if (Array.isArray(value)) return `[${value.map(plainly).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const held = new Map(Object.entries(value).filter(([, each]) => each !== undefined))
  const lines = [...held.keys()].sort().map((key) => `${plainly(key)}:${plainly(held.get(key))}`)
  return `{${lines.join(',')}}`
}

/** Plain words as they come, and what JSON escapes, PostgreSQL refuses or sorts otherwise than expected. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\0', '\x1f', '\x7f', '/', '中', '\u2028', '\ud83d', '\ude00', '€'),
  }),
)
const maybe = fc.option(text)
const list = fc.array(text, { maxLength: 4 })
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.constant(null),
    fc.boolean(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(text.filter(isOwn), tie('json'), { maxKeys: 4 }),
  ),
}))
/** Two keys that become one when they are made writable are no object. */
function isOwn(key: string): boolean {
  return writable(key) === key && key !== '__proto__'
}

const entries: fc.Arbitrary<AuditEntry> = fc.record(
  {
    requestId: text,
    department: maybe,
    subject: maybe,
    roles: list,
    purpose: maybe,
    action: fc.constantFrom(...auditActions),
    operationName: maybe,
    documentHash: maybe,
    policyVersion: maybe,
    plan: fc.option(fc.record({ hash: text, text })),
    subjects: list,
    roots: fc.array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 3 }),
    mandated: list,
    lapsed: fc.array(
      fc.record({ grant: text, uscc: maybe, rule: fc.constantFrom('quota' as const, 'suspended' as const) }),
      { maxLength: 3 },
    ),
    departmentsCalled: fc.dictionary(text.filter(isOwn), fc.nat(), { maxKeys: 4 }),
    outcome: fc.constantFrom('begun', 'answered', 'partial', 'refused', 'failed'),
    errorCodes: list,
    durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    details: json,
  },
  {
    requiredKeys: [
      'requestId',
      'department',
      'subject',
      'roles',
      'purpose',
      'action',
      'operationName',
      'documentHash',
      'policyVersion',
      'plan',
      'subjects',
      'mandated',
      'departmentsCalled',
      'outcome',
      'errorCodes',
      'durationMs',
    ],
  },
)
const times = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })

test('canonical JSON is what the plain way writes, and says the same', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonical(value)).toBe(plainly(value))
      expect(canonical(JSON.parse(canonical(value)) as Json)).toBe(canonical(value))
    }),
    { numRuns: 2_000 },
  )
})

test('a record and its index are what the plain way writes of their fields, each on one line', () => {
  fc.assert(
    fc.property(entries, times, (entry, at) => {
      const { requestId, department, subject, roles, purpose, action, operationName, documentHash } = entry
      const { policyVersion, plan, subjects, roots, mandated, lapsed, departmentsCalled, outcome, errorCodes } = entry
      const record = recordText(entry, at)
      expect(record).toBe(
        plainly({
          at: at.toISOString(),
          request: requestId,
          department,
          subject,
          roles,
          purpose,
          action,
          operation: operationName,
          document: documentHash,
          policyVersion,
          plan: plan?.hash ?? null,
          subjects,
          roots,
          mandated,
          lapsed,
          calls: departmentsCalled,
          outcome,
          errors: errorCodes,
          microseconds: Math.round(entry.durationMs * 1000),
          details: entry.details,
        }),
      )
      expect(canonical(JSON.parse(record) as Json)).toBe(record)
      expect(indexText(entry, at)).toBe(
        plainly({
          recorded_at: at.toISOString(),
          request_id: requestId,
          department,
          subjects,
          plan: plan?.hash ?? null,
        }),
      )
      expect(record).not.toContain('\n')
    }),
    { numRuns: 2_000 },
  )
})

test('the hash of a link is over its canonical JSON, in either suite', () => {
  fc.assert(
    fc.property(entries, times, text, fc.nat(), (entry, at, chain, sequence) => {
      const record = recordText(entry, at)
      const previous = digest('SHA256-Ed25519', chain)
      const link = plainly({ chain, previous, record: JSON.parse(record) as Json, sequence })
      for (const [suite, name] of [
        ['SHA256-Ed25519', 'sha256'],
        ['SM3-SM2', 'sm3'],
      ] as const) {
        expect(linkHash(suite, { chain, sequence, previous, record })).toBe(
          createHash(name).update(link, 'utf8').digest('hex'),
        )
      }
    }),
  )
})

test('a number that JSON cannot hold is refused', () => {
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => canonical({ number })).toThrow(TypeError)
  }
})
