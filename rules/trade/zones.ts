/**
 * The comprehensive pilot zones 综合试验区 as statistics see them: the city's four digits (GB/T 2260), its customs district
 * 直属海关 by the two digits with which the codes of its offices begin (JGS/T 18), and those of its own offices that are
 * known. Those of 3500 福州关区 and 3700 厦门关区 were not found published; whoever runs the hub names them (zonesWith).
 */
import type { ZoneName } from './zone-targets.ts'

export interface PilotZone {
  city: string
  district: string
  /** Customs offices 关区代码 in the zone, four digits each. */
  offices: readonly string[]
}

export type PilotZones = Readonly<Record<ZoneName, PilotZone>>

export const pilotZones: PilotZones = {
  福州: { city: '3501', district: '35', offices: [] },
  漳州: { city: '3506', district: '37', offices: [] },
  三明: { city: '3504', district: '35', offices: [] },
  金华: { city: '3307', district: '29', offices: ['2921', '2922'] },
  舟山: { city: '3309', district: '29', offices: ['2941', '2942', '2943'] },
}

/**
 * The zones with other offices for some of them.
 * @param offices by city; those of a city that it does not name stay
 */
export const zonesWith = (offices: ReadonlyMap<string, readonly string[]>): PilotZones =>
  Object.fromEntries(
    Object.entries(pilotZones).map(([name, zone]) => [
      name,
      { ...zone, offices: offices.get(zone.city)?.toSorted() ?? zone.offices },
    ]),
  ) as PilotZones

/**
 * The city in which an enterprise is registered, four digits: digits 3 to 6 of a credit code (GB 32100-2015), the first
 * four of a customs code of ten characters. Empty where the text is neither, as of a platform abroad (无).
 */
export function cityOf(enterprise: string): string {
  if (/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(enterprise)) return enterprise.slice(2, 6)
  return /^\d{4}[0-9A-Z]{6}$/.test(enterprise) ? enterprise.slice(0, 4) : ''
}
