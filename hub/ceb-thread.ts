/** What a thread does that reads messages. */
import type { Reading } from '../rules/ceb/read.ts'
import { readAsItFits } from './ceb-standard.ts'

/** A message as it is handed over. */
export interface Handed {
  bytes: Uint8Array
  signed: boolean
}

export default ({ bytes, signed }: Handed): Reading => readAsItFits(bytes, signed)
