/**
 * A hub for bench/ledger.ts, as a process of its own: `on` writes its ledger as ever, `off` keeps no record. Prints its
 * address and a token of customs, and ends with SIGINT.
 */
import type { AuditLog } from '../store/audit.ts'
import { readConfig } from '../hub/config.ts'
import { credentialNames, startHub } from '../hub/hub.ts'

const none = (ordinary: AuditLog): AuditLog => ({
  record: async () => undefined,
  head: () => ordinary.head(),
  close: () => ordinary.close(),
})

const hub = await startHub(readConfig(credentialNames), process.argv[2] === 'off' ? { audit: none } : {})
process.once('SIGINT', () => void hub.stop().then(() => process.exit(0)))
console.log(JSON.stringify({ url: hub.url, token: await hub.issuer?.token('customs') }))
