/** Customs offices of pilot zones, as settings name them. */
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../hub/config-values.ts'
import { readStore } from '../../hub/config.ts'
import { pilotZones, zonesWith } from '../../rules/trade/zones.ts'

const offices = (text: string) => readStore({ HUTONG_TRADE_OFFICES: text }).trade.offices

test('those that are named take the place of those that are known', () => {
  expect([readStore({}).trade.offices, offices('')]).toEqual([new Map(), new Map()])
  const named = offices(' 3501=3503,3501,3503  3307=2922 ')
  expect(named).toEqual(
    new Map([
      ['3501', ['3503', '3501']],
      ['3307', ['2922']],
    ]),
  )
  expect(zonesWith(named)).toEqual({
    ...pilotZones,
    福州: { ...pilotZones.福州, offices: ['3501', '3503'] },
    金华: { ...pilotZones.金华, offices: ['2922'] },
  })
})

describe('what is none is refused', () => {
  test.each(['3501', '3501=', '3501=350', '3501=3501;3502', '3502=3501', '3501=3701', '=3501', '福州=3501'])(
    '%s',
    (text) => {
      expect(() => offices(text)).toThrow(
        new ConfigError(
          `HUTONG_TRADE_OFFICES must hold city=offices pairs, separated by spaces: the four digits of a pilot zone's city and customs offices of its district, e.g. 3307=2921,2922; not "${text}".`,
        ),
      )
    },
  )
})
