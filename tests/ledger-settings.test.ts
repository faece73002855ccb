/** The settings of the ledger, and what is refused of them. */
import { expect, test } from 'vitest'
import { ConfigError, readConfig, readToken } from '../hub/config.ts'
import { credentialNames } from '../hub/hub.ts'

const read = (env: Record<string, string>) => {
  const { ledger, openWithoutRecord } = readConfig(credentialNames, { HUTONG_DATA: '/data', ...env })
  return { ...ledger, openWithoutRecord }
}
const ordinary = {
  suite: 'SHA256-Ed25519',
  keyFile: '/data/ledger-key.json',
  lostKey: null,
  years: 3,
  exportTime: 1800,
  delayDays: 30,
  investigations: ['anti-smuggling', 'tax-inspection', 'anti-money-laundering'],
  openWithoutRecord: 'refuse',
}

test('what they are unless told, and when told', () => {
  expect(read({})).toEqual(ordinary)
  expect(
    read({
      HUTONG_LEDGER_KEY_LOST: 'lost',
      HUTONG_LEDGER_YEARS: '10',
      HUTONG_LEDGER_DELAY: '0',
      HUTONG_LEDGER_INVESTIGATIONS: ' smuggling  tax-evasion ',
      HUTONG_OPEN_WITHOUT_RECORD: 'answer',
    }),
  ).toEqual({
    ...ordinary,
    lostKey: 'lost',
    years: 10,
    delayDays: 0,
    investigations: ['smuggling', 'tax-evasion'],
    openWithoutRecord: 'answer',
  })
  expect([readToken({}), readToken({ HUTONG_TOKEN: '' }), readToken({ HUTONG_TOKEN: 'x' })]).toEqual([null, null, 'x'])
})

test('no purpose is an investigation where the setting says so', () => {
  expect(read({ HUTONG_LEDGER_INVESTIGATIONS: '' })).toEqual({ ...ordinary, investigations: [] })
})

const years = (text: string): string =>
  `HUTONG_LEDGER_YEARS must be a whole number from 3 to 100, not "${text}": records of sharing are kept at least 3 years (政务数据共享条例 art. 29).`

test.each([
  ['HUTONG_LEDGER_YEARS', '2', years('2')],
  ['HUTONG_LEDGER_YEARS', '3.5', years('3.5')],
  ['HUTONG_LEDGER_DELAY', '-1', 'HUTONG_LEDGER_DELAY must be a whole number from 0 to 3650, not "-1".'],
  ['HUTONG_OPEN_WITHOUT_RECORD', 'yes', 'HUTONG_OPEN_WITHOUT_RECORD must be refuse or answer, not "yes".'],
])('%s=%s', (name, value, sentence) => {
  expect(() => read({ [name]: value })).toThrow(new ConfigError(sentence))
})
