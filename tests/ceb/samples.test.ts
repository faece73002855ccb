/** The specification's own samples: what fits its schema is taken, what breaks it is refused for what it breaks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { standards, type Standard } from '../../rules/ceb/format.ts'
import { isDeclaredKind } from '../../rules/ceb/kinds.ts'
import { readMessage, type Reading } from '../../rules/ceb/read.ts'
import { accepted, receiptFor } from '../../rules/ceb/receipt.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { guid } from './messages.ts'

const folder = (standard: Standard): URL => new URL(`../../../shared/domain/ceb/official-${standard}/`, import.meta.url)
const isHere = standards.every((standard) => existsSync(folder(standard)))
if (!isHere) console.info('The samples of the specification are absent: nothing is read of them.')

const samples = standards.flatMap((standard) =>
  (isHere ? readdirSync(folder(standard)) : []).sort().map((name) => ({ standard, kind: name.slice(3, 6), name })),
)
const readings = new Map<string, Reading>(
  samples.map(({ standard, kind, name }) => [
    `${standard} ${kind}`,
    readMessage(readFileSync(new URL(name, folder(standard))), { standard }),
  ]),
)
const isRefused = (reading: Reading): boolean => !reading.read || reading.refused.length > 0

/** Which samples, and for what; each reason once. */
const reasons = (wanted: (reading: Reading) => readonly string[]): Record<string, string[]> =>
  Object.fromEntries(
    [...readings]
      .map(([name, reading]) => [name, [...new Set(wanted(reading))]])
      .filter(([, said]) => said?.length !== 0),
  ) as Record<string, string[]>

const broken = (rule: string) => (reading: Reading) =>
  reading.violations
    .filter((violation) => (rule === 'refused' ? violation.severity === rule : violation.rule === rule))
    .map(({ rule: what, element, expected, found }) =>
      rule === 'refused' ? `${what} ${element}: ${expected}, not ${found}` : `${element}`,
    )

const held = (): void => {
  test('there are 35 and 39', () => {
    expect(standards.map((standard) => samples.filter((sample) => sample.standard === standard).length)).toEqual([
      35, 39,
    ])
  })

  // Those that xmllint refuses by the edition's own schemas, and no others.
  test('the ten that break their schema are refused, for what they break', () => {
    const twice = ['duplicate-element BaseTransfer: it once, not 2']
    expect(reasons(broken('refused'))).toEqual({
      '202205 214': ['root null: CEB214Message, not CEB214'],
      ...Object.fromEntries(
        ['303', '403', '505', '507', '509', '603', '605', '607'].map((kind) => [`202205 ${kind}`, twice]),
      ),
      '202205 792': ['missing-element gseqno: the element, of the form I5, not null'],
    })
    expect([...readings].filter(([, reading]) => isRefused(reading))).toHaveLength(10)
  })

  test('the eight with wrong sums are named', () => {
    expect(reasons(broken('arithmetic'))).toEqual(
      Object.fromEntries(
        standards.flatMap((standard) => [
          [`${standard} 303`, ['goodsValue']],
          ...['311', '603', '621'].map((kind) => [`${standard} ${kind}`, ['totalPrice']]),
        ]),
      ),
    )
  })

  test('written and read again, each is what it was', () => {
    for (const [name, reading] of readings) {
      if (!reading.read || isRefused(reading)) continue
      const again = readMessage(Buffer.from(writeMessage(reading.message)), { standard: reading.message.standard })
      expect(again, name).toMatchObject({ read: true, message: reading.message, refused: [] })
    }
  })

  test('each that is sent to the e-port gets its receipt, which is a message of the specification', () => {
    const answered: string[] = []
    for (const [name, reading] of readings) {
      if (!reading.read || isRefused(reading) || !isDeclaredKind(reading.message.kind)) continue
      const { kind, standard } = reading.message
      const documents = reading.message.documents.map(({ head }) => ({
        head: { ...head },
        outcome: accepted(kind, { ...head }, { preNo: 'B20261120000000001', invtNo: '350020261000000001' }),
      }))
      const { receipt, unnamed } = receiptFor(kind, standard, documents, {
        time: '20261120093000123',
        guid: () => guid,
      })
      const again = readMessage(Buffer.from(writeMessage(receipt)), { standard })
      expect(again, name).toMatchObject({ read: true, message: receipt, refused: [] })
      expect(
        again.violations.filter(({ severity }) => severity === 'refused'),
        name,
      ).toEqual([])
      expect([unnamed, receipt.documents.length], name).toEqual([[], documents.length])
      answered.push(`${name} ${receipt.kind}`)
    }
    // Of 17 and 19 kinds, less the eight whose samples break their schema.
    expect(answered).toHaveLength(17 + 19 - 8)
  })
}

if (isHere) describe('the samples of the specification', held)
else test('the samples of the specification are absent', () => expect(samples).toEqual([]))
