/** Which edition of the specification a message is read by. */
import { standards, type Standard } from '../rules/ceb/format.ts'
import { readMessage, type Reading } from '../rules/ceb/read.ts'
import { mostMessageBytes } from './ceb-files.ts'

/**
 * Reads a message as whichever edition it fits: it does not say. The one in force is tried first, and stands where
 * neither fits better.
 */
export function readAsItFits(bytes: Uint8Array, signed = true): Reading {
  const [first, ...others] = standards
    .toSorted((one, other) => Number(other === inForce) - Number(one === inForce))
    .map((standard) => (): Reading => readMessage(bytes, { standard, signed, mostBytes: mostMessageBytes }))
  let best = first?.() ?? readMessage(bytes)
  for (const other of others) {
    if (refusals(best) === 0) break
    const reading = other()
    if (refusals(reading) < refusals(best)) best = reading
  }
  return best
}

export const inForce: Standard = '202205'
const refusals = (reading: Reading): number => (reading.read ? reading.refused.length : Infinity)
