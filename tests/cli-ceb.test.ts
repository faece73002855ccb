/** `hutong ceb validate`: needs no hub; goes on after a bad file; prints nothing of a person. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { base, identityNumber, list, lists, message, order, orderHead, orderLines, orders } from './ceb/messages.ts'
import { hutong } from './support/serve.ts'

let folder: string
const file = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hutong-ceb-'))
  await writeFile(file('good.xml'), orders(order(), order()))
  await writeFile(file('list.xml'), lists(list()))
  await writeFile(file('unsigned.xml'), message('621', list() + base()))
  await writeFile(file('wrong.xml'), orders(order({ ...orderHead, acturalPaid: '1' })))
  await writeFile(
    file('person.xml'),
    orders(order({ ...orderHead, buyerIdNumber: `${identityNumber}0`, ebcCode: identityNumber })),
  )
  await writeFile(
    file('many.xml'),
    orders(
      ...Array.from({ length: 50 }, () =>
        order(
          orderHead,
          orderLines.map((line) => ({ ...line, unit: '999' })),
        ),
      ),
    ),
  )
  const unknown = '<ceb:unknown/>'.repeat(250)
  await writeFile(file('hostile.xml'), orders(order().replace('<ceb:OrderHead>', `<ceb:OrderHead>${unknown}`), order()))
  await writeFile(file('none.xml'), '{"not": "XML"}')
  await writeFile(file('large.xml'), '<x>')
  await truncate(file('large.xml'), 100 * 1024 * 1024)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function validate(...args: string[]): Promise<{ code: number | null; said: string[]; stderr: string }> {
  const { code, stdout, stderr } = await hutong(['ceb', 'validate', ...args], { PORT: '1' }).ended
  return { code, said: stdout.replaceAll(`${folder}/`, '').trimEnd().split('\n'), stderr }
}

test('good files: a line each, and the count', async () => {
  expect(await validate(file('good.xml'), file('list.xml'))).toEqual({
    code: 0,
    said: [
      'accepted  good.xml: 311 进口订单, 2 documents',
      'accepted  list.xml: 621 进口清单, 1 document',
      '2 files: 2 accepted, 0 accepted with findings, 0 refused.',
    ],
    stderr: '',
  })
})

test('contents that are not as specified do not refuse a file', async () => {
  expect(await validate(file('wrong.xml'))).toEqual({
    code: 0,
    said: [
      'findings  wrong.xml: 311 进口订单, 1 document',
      '  wrong     311, document 1: acturalPaid 实际支付金额: arithmetic: expected goodsValue + freight + taxTotal − discount = 262.34, found 1',
      '1 file: 0 accepted, 1 accepted with findings, 0 refused.',
    ],
    stderr: '',
  })
})

test('bad files are named, and what comes after them is looked at', async () => {
  const large = 16 * 1024 * 1024
  expect(
    await validate(
      file('none.xml'),
      file('nowhere.xml'),
      folder,
      file('large.xml'),
      file('unsigned.xml'),
      file('list.xml'),
    ),
  ).toEqual({
    code: 1,
    said: [
      'refused   none.xml: no message of the specification',
      '  refused   message, line 1 of the XML: well-formed: expected well-formed XML 1.0',
      'refused   nowhere.xml: it cannot be read',
      `refused   ${folder}: it cannot be read`,
      'refused   large.xml: no message of the specification',
      `  refused   message: size: expected at most ${large} bytes, found ${large + 1}`,
      'refused   unsigned.xml: 621 进口清单',
      '  refused   621: Signature 签名节点: signature: expected a signature',
      'accepted  list.xml: 621 进口清单, 1 document',
      '6 files: 1 accepted, 0 accepted with findings, 5 refused.',
    ],
    stderr: '',
  })
  expect((await validate('--no-signed', file('unsigned.xml'))).code).toBe(0)
})

test('nothing of a person is printed, and not more than a few lines unless asked for', async () => {
  const { said } = await validate(file('person.xml'))
  expect(said.filter((line) => line.includes(identityNumber))).toEqual([])
  expect(said).toContain(
    '  wrong     311, document 1: buyerIdNumber 订购人证件号码: identity-number: expected a number that GB 11643 allows',
  )
  const few = await validate(file('many.xml'))
  expect([few.said.length, few.said.at(-2)]).toEqual([23, '  … and 80 more (--all says them)'])
  expect((await validate('--all', file('many.xml'))).said).toHaveLength(102)
  const counted = '  … and 150 more that are counted alone'
  const some = (await validate(file('hostile.xml'))).said
  expect([some.length, some[0], ...some.slice(-3, -1)]).toEqual([
    24,
    'refused   hostile.xml: 311 进口订单, 1 document, 1 refused',
    '  … and 80 more (--all says them)',
    counted,
  ])
  const all = (await validate('--all', file('hostile.xml'))).said
  expect([all.length, all.at(-2)]).toEqual([103, counted])
})

test('an edition is named, or the one in force is meant', async () => {
  expect(await validate('--standard', '2018', file('good.xml'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      "option '--standard <edition>' argument '2018' is invalid. Allowed choices are 2018-113, 202205.",
    ) as string,
  })
})
