/**
 * Three hubs as processes: what one is told reaches the others within a second of its commit, one that ends takes nothing
 * with it, and one that is killed leaves a ledger that verifies.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importJWK, SignJWT, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { rateWindow } from '../hub/rate-limits.ts'
import { waitUntil } from '../store/engine/process.ts'
import { hutong, untilReady } from './support/serve.ts'
import {
  ask,
  authority,
  base,
  begin,
  clearance,
  grantsChanged,
  hubs,
  mutate,
  postgres,
  rate,
  reasonsOf,
  sandbox,
  steward,
  timeout,
  whenSeen,
  withinASecond,
  type Process,
  type Reply,
} from './support/three-hubs.ts'

const uscc = '91350102MYE0000341'

test('all three have the same keys, policies and catalogue', async () => {
  const said = await Promise.all(
    hubs.map(async (hub) => {
      const { body } = await ask(hub, clearance, '{ me { policyVersion } catalogueVersion { hash isPublished } }')
      const keys = await (await fetch(`http://127.0.0.1:${hub.port}/ledger/keys`)).json()
      return { data: body.data, keys }
    }),
  )
  expect(said).toEqual([said[0], said[0], said[0]])
  expect(said[0]?.data).toMatchObject({ catalogueVersion: { isPublished: true } })
})

test('a suspension and its end reach all three', { timeout }, async () => {
  const grant = 'development:customs:tax.creditGrade:clearance'
  const grade = (hub: Process) => ask(hub, clearance, `{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`)
  for (const hub of hubs) expect(reasonsOf(await grade(hub))).toEqual([])
  const putRightBy = new Date(Date.now() + 30 * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10)
  await mutate(hubs[0], authority, 'suspendGrant', 'SuspendGrantInput', { grant, reason: '涉嫌超范围使用', putRightBy })
  await withinASecond(grantsChanged, grade, (reply) => reasonsOf(reply)[0] === 'suspended')
  await mutate(hubs[1], authority, 'resumeGrant', 'GrantInput', { grant, reason: '已整改' })
  await withinASecond(grantsChanged, grade, (reply) => reasonsOf(reply).length === 0)
})

test(
  'a grant that comes about changes the policy of all three; a change of the catalogue is known to all',
  { timeout },
  async () => {
    const licence = { viewer: 'market', purpose: 'licence-review' }
    const grade = (hub: Process) => ask(hub, licence, `{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`)
    const before = await Promise.all(hubs.map(grade))
    expect(before.map(reasonsOf)).toEqual([['no-grant'], ['no-grant'], ['no-grant']])
    const { id: application } = (await mutate(hubs[0], steward('market'), 'draftApplication', 'DraftApplicationInput', {
      item: 'tax.creditGrade',
      purpose: 'licence-review',
      basis: '市场主体登记管理条例第二十一条',
      scenario: '年报抽查时核对纳税信用级别',
      scope: '登记注册处',
      validTo: '2999-12-31T00:00:00+08:00',
    })) as { id: string }
    await mutate(hubs[1], steward('market'), 'submitApplication', 'ApplicationInput', { application })
    await mutate(hubs[2], steward('tax'), 'approveApplication', 'ApproveApplicationInput', { application })
    await withinASecond(grantsChanged, grade, (reply) => reasonsOf(reply).length === 0)
    const after = await Promise.all(hubs.map(grade))
    const versions = new Set(after.map(({ body }) => body.extensions?.policyVersion))
    expect([versions.size, versions.has(before[0]?.body.extensions?.policyVersion)]).toEqual([1, false])

    const occurredOn = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
    const announced = { item: 'tax.refunds', reason: '税收征收管理法修订', occurredOn }
    const change = await mutate(
      hubs[2],
      steward('tax'),
      'announceCatalogueChange',
      'AnnounceCatalogueChangeInput',
      announced,
    )
    const { id } = change as { id: string }
    await withinASecond(
      () => postgres.committedAt('catalogue_change', `id = '${id}'`),
      (hub) => ask(hub, authority, '{ catalogueChanges { nodes { id } } }'),
      ({ body }) => JSON.stringify(body.data).includes(id),
    )
  },
)

test('a change notice ends the copies of all three', { timeout }, async () => {
  const fx = (hub: Process) => ask(hub, clearance, `{ enterprise(uscc: "${uscc}") { fx { class } } }`)
  const freshness = ({ body }: Reply): unknown => body.extensions?.provenance.map((one) => one.freshness)[0]
  for (const hub of hubs)
    await whenSeen(
      hub,
      () => fx(hub),
      (reply) => freshness(reply) === 'cached',
    )
  const key = JSON.parse(await readFile(join(base, 'data', 'development-issuer.json'), 'utf8')) as JWK
  const jti = randomUUID()
  const notice = await new SignJWT({ jti, usccs: [uscc] })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'change-notice+jwt', kid: 'development' })
    .setIssuer('fx')
    .setAudience('hutong')
    .setIssuedAt()
    .sign(await importJWK(key, 'EdDSA'))
  const { status } = await fetch(`http://127.0.0.1:${hubs[1].port}/notices/fx`, {
    method: 'POST',
    headers: { 'content-type': 'application/jwt' },
    body: notice,
  })
  expect(status).toBe(202)
  await withinASecond(
    () => postgres.committedAt('change_notice', `id = '${jti}'`),
    fx,
    (reply) => freshness(reply) === 'live',
  )
})

test('a value that its provider has corrected ends the copies of all three', { timeout }, async () => {
  const grade = (hub: Process) => ask(hub, clearance, `{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`)
  const freshness = ({ body }: Reply): unknown => body.extensions?.provenance.map((one) => one.freshness)[0]
  const isCopy = (reply: Reply): boolean => freshness(reply) === 'cached'
  for (const hub of hubs) await whenSeen(hub, () => grade(hub), isCopy)
  const field = { coordinate: 'TaxRecord.creditGrade', uscc, reason: '与公示不一致' }
  const { id: correction } = (await mutate(hubs[0], clearance, 'disputeField', 'DisputeInput', field)) as { id: string }
  const settled = { correction, reason: '已更正' }
  for (const hub of hubs) expect(isCopy(await grade(hub))).toBe(true)
  await mutate(hubs[1], steward('tax'), 'correctField', 'CorrectionInput', settled)
  await withinASecond(
    () => postgres.committedAt('change_notice', `id = 'correction:${correction}'`),
    grade,
    (reply) => freshness(reply) === 'live',
  )
})

test('documents that are registered, and a limit to them, reach all three', { timeout }, async () => {
  const documents = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await hutong(['documents', ...args, '--department', 'postal'], {
      DATABASE_URL: postgres.url,
    }).ended
    expect([code, stderr]).toEqual([0, expect.stringContaining('go by it within a second.') as string])
  }
  const me = '{ me { department } }'
  const asked = (hub: Process) => ask(hub, { viewer: 'postal' }, me)
  await documents('limit', 'on')
  await withinASecond(grantsChanged, asked, ({ status }) => status === 403)
  const folder = join(base, 'documents')
  await mkdir(folder)
  await writeFile(join(folder, 'me.graphql'), me)
  await documents('register', folder)
  await withinASecond(grantsChanged, asked, ({ status }) => status === 200)
  await documents('limit', 'off')
})

test('what a department may ask in ten seconds is counted by all three together', { timeout }, async () => {
  const commerce = { viewer: 'commerce' }
  const one = async (hub: Process): Promise<number> => (await ask(hub, commerce, '{ me { department } }')).status
  await one(hubs[0])
  const windowOf = (): number => Math.floor(Date.now() / rateWindow)
  const many = async (hub: Process, count: number): Promise<number[]> => {
    const statuses: number[] = []
    let left = count
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        statuses.push(await one(hub))
      }
    }
    await Promise.all(Array.from({ length: 10 }, client))
    return statuses
  }
  for (let last = windowOf(); ;) {
    // Of ten seconds that nothing was counted in yet.
    await waitUntil(() => windowOf() !== last, 2 * rateWindow)
    const window = (last = windowOf())
    const taken = await Promise.all([many(hubs[0], rate / 3), many(hubs[1], rate / 3)])
    let third = 0
    let isRefused = false
    while (!isRefused && windowOf() === window && third < rate) {
      if ((await one(hubs[2])) === 429) isRefused = true
      else third += 1
    }
    // The others learn of it with what they count next.
    const learned: boolean[] = []
    for (const hub of [hubs[0], hubs[1]]) {
      const refused = async (): Promise<boolean> => (await one(hub)) === 429
      await waitUntil(async () => windowOf() !== window || (await refused()), 5000)
      learned.push(await refused())
    }
    // Where ten seconds ended in the midst of it, once more: there are other ten.
    if (windowOf() !== window) continue
    expect(new Set(taken.flat())).toEqual(new Set([200]))
    // By its own count it would have taken all of them.
    expect([third < rate / 2, isRefused, learned]).toEqual([true, true, [true, true]])
    break
  }
})

test('one that is told to end answers what is under way; the others go on', { timeout }, async () => {
  const [first, second, third] = hubs
  const another = sandbox.witness.list({}).find((known) => known.uscc !== uscc && known.knownTo.includes('tax'))?.uscc
  sandbox.faults.set('tax', { kind: 'slow', seconds: 60, delayMs: 1500 })
  sandbox.calls.reset()
  const underWay = ask(third, clearance, `{ enterprise(uscc: "${another ?? ''}") { tax { creditGrade } } }`)
  expect(await waitUntil(() => sandbox.calls.report().tax.total > 0, 5000)).toBe(true)
  third.command.child.kill('SIGTERM')
  const answered: number[] = []
  let isOver = false
  // In turns, so that nobody asks more than it may in ten seconds.
  const askers = ['tax', 'fx', 'market', 'postal', 'bank', 'portal', 'authority']
  const going = (async () => {
    for (let nth = 0; !isOver; nth += 1) {
      const viewer = askers[nth % askers.length] ?? ''
      for (const hub of [first, second]) answered.push((await ask(hub, { viewer }, '{ me { department } }')).status)
    }
  })()
  const { code, stderr } = await third.command.ended
  isOver = true
  await going
  sandbox.faults.clear()
  expect([(await underWay).status, code, stderr]).toEqual([200, 0, '\nStopping …\nStopped.\n'])
  expect([answered.length > 0, new Set(answered)]).toEqual([true, new Set([200])])
  await expect(ask(third, clearance, '{ me { department } }')).rejects.toThrow()
  hubs[2] = await begin()
  await untilReady(hubs[2].command)
})

test('one that is killed under load takes no record with it, and the ledger of all verifies', { timeout }, async () => {
  const received: string[] = []
  const client = async (hub: Process): Promise<void> => {
    for (let nth = 0; nth < 40; nth += 1) {
      const reply = await ask(hub, clearance, `{ enterprise(uscc: "${uscc}") { name tax { creditGrade } } }`).catch(
        () => null,
      )
      if (reply === null) return // killed: no answer was received
      expect(reply.status).toBe(200)
      received.push(reply.id)
    }
  }
  const clients = hubs.flatMap((hub) => Array.from({ length: 4 }, () => client(hub)))
  expect(await waitUntil(() => received.length >= 100, 20_000)).toBe(true)
  hubs[1].command.child.kill('SIGKILL')
  await hubs[1].command.ended
  await Promise.all(clients)
  expect(received.length).toBeGreaterThan(200)

  const command = (...args: string[]) => hutong(args, { PORT: String(hubs[0].port) }).ended
  const [keys, ledger] = [join(base, 'keys.json'), join(base, 'ledger.ndjson')]
  await writeFile(keys, (await command('audit', 'keys')).stdout)
  const exported = (await command('audit', 'export')).stdout
  await writeFile(ledger, exported)
  const { code, stdout } = await command('audit', 'verify', ledger, '--keys', keys)
  expect(stdout).toMatch(/^\d+ records in 4 chains, \d+ checkpoints, exported [\d:.TZ-]+: nothing wrong\.\n$/)
  expect(code).toBe(0)
  const recorded = new Set([...exported.matchAll(/"request":"([^"]+)"/g)].map((match) => match[1]))
  expect(received.filter((id) => !recorded.has(id))).toEqual([])
})
