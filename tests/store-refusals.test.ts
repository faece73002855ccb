import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import type { StoreErrorCode } from '../store/errors.ts'
import { data, failure, hub, place, start } from './support/data-folder.ts'

const broken: [string, { given: () => Promise<unknown>; want: () => { code: StoreErrorCode; message: string } }][] = [
  [
    'a file in place of the folder',
    {
      given: () => writeFile(data, ''),
      want: () => ({ code: 'DATA_FOLDER_INVALID', message: `${data} is not a folder: choose another data folder.` }),
    },
  ],
  [
    'a PostgreSQL cluster in place of the folder',
    {
      given: () => place({ PG_VERSION: '15\n' }),
      want: () => ({
        code: 'DATA_FOLDER_INVALID',
        message: `${data} is itself a PostgreSQL cluster and not a data folder of the hub: choose another data folder.`,
      }),
    },
  ],
  [
    'something else where the cluster should be',
    {
      given: () => place({ 'postgres/holiday.jpg': '' }),
      want: () => ({
        code: 'CLUSTER_INVALID',
        message: `${data}/postgres is not a PostgreSQL cluster (it has no PG_VERSION): restore it from a backup, or move it away.`,
      }),
    },
  ],
  [
    'a file where the cluster should be',
    {
      given: () => place({ postgres: '' }),
      want: () => ({
        code: 'CLUSTER_INVALID',
        message: `${data}/postgres is a file, not a PostgreSQL cluster: move it away.`,
      }),
    },
  ],
  [
    'a version that is none',
    {
      given: () => place({ 'postgres/PG_VERSION': '\0\0\0' }),
      want: () => ({
        code: 'CLUSTER_INVALID',
        message: `${data}/postgres is damaged (its PG_VERSION is not a version): restore it from a backup, or move it away.`,
      }),
    },
  ],
  [
    'a cluster of another major version',
    {
      given: () => place({ 'postgres/PG_VERSION': '15\n' }),
      want: () => ({
        code: 'CLUSTER_VERSION',
        message: `${data}/postgres was written by PostgreSQL 15, this hub brings 18: dump it with the old version and restore it with this one.`,
      }),
    },
  ],
  [
    'a note that points to a cluster which is gone',
    {
      given: () => place({ 'database-location.txt': '/nowhere/at-all\n' }),
      want: () => ({
        code: 'DATA_FOLDER_INVALID',
        message: `${data}/database-location.txt says that the database is in "/nowhere/at-all", which does not exist: restore that folder, or delete the file to begin with an empty database.`,
      }),
    },
  ],
  [
    'a cluster that lost its contents',
    {
      given: () => place({ 'postgres/PG_VERSION': '18\n' }),
      want: () => ({
        code: 'CLUSTER_INVALID',
        message: `${data}/postgres is damaged (it has no global/pg_control): restore it from a backup, or move it away.`,
      }),
    },
  ],
  [
    'a configuration that PostgreSQL does not understand',
    {
      given: async () => {
        await (await start(data)).stop()
        await appendFile(join(data, 'postgres', 'postgresql.conf'), 'colour = green\n')
      },
      want: () => ({
        code: 'ENGINE_FAILED',
        message: `PostgreSQL did not start in ${data}/postgres: configuration file "${data}/postgres/postgresql.conf" contains errors (see ${data}/postgres.log).`,
      }),
    },
  ],
]

test.each(broken)('refuses with one sentence: %s', async (_, { given, want }) => {
  await given()
  expect(await failure(start(data))).toEqual(want())
})

test('refuses with one sentence: no permission', async () => {
  await mkdir(data)
  await chmod(data, 0o500)
  // Nothing is forbidden to root, so the hub of this test is not root.
  const { said } = await hub(data, process.getuid?.() === 0 ? { user: 65534 } : {})
  expect(said).toEqual({
    code: 'DATA_FOLDER_FORBIDDEN',
    message: `No permission for ${data}: let the user that runs the hub read and write it, or choose another data folder.`,
  })
})

const addresses: [string, { given: string; want: { code: StoreErrorCode; message: string } }][] = [
  [
    'nobody listens',
    {
      given: 'postgres://hub:secret@127.0.0.1:1/hutong',
      want: {
        code: 'DATABASE_UNREACHABLE',
        message:
          'No database server answers at 127.0.0.1:1 (ECONNREFUSED): check DATABASE_URL and that the server runs.',
      },
    },
  ],
  ...['mysql://hub:secret@localhost/hutong', 'hub:secret', '', 'postgres://hub:secret%@localhost/x'].map(
    (given): (typeof addresses)[number] => [
      `not an address: ${given}`,
      {
        given,
        want: {
          code: 'DATABASE_URL_INVALID',
          message:
            'DATABASE_URL is not of the form postgres://user:password@host:port/database: correct it, or unset it to use the embedded database.',
        },
      },
    ],
  ),
]

test.each(addresses)('DATABASE_URL, %s', async (_, { given, want }) => {
  expect(await failure(openDatabase({ databaseUrl: given }))).toEqual(want)
})
