/** The documents that a hub keeps parsed are bounded in number and in text. */
import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { parsedDocuments } from '../hub/parsed-documents.ts'

const held = async (store: ReturnType<typeof parsedDocuments>, names: readonly string[]): Promise<string[]> => {
  const found = await Promise.all(names.map(async (name) => ((await store.get(name)) === undefined ? [] : [name])))
  return found.flat()
}

test('a thousand documents; the one used longest ago gives way', async () => {
  const store = parsedDocuments()
  const names = Array.from({ length: 1001 }, (_, nth) => String(nth))
  const document = parse('{ me { department } }')
  for (const name of names.slice(0, 1000)) await store.set(name, document)
  expect(await store.get('0')).toBe(document)
  await store.set('1000', document)
  expect(await held(store, names)).toEqual(names.filter((name) => name !== '1'))
  await store.delete('0')
  expect(await held(store, ['0', '2'])).toEqual(['2'])
})

test('a million characters of text', async () => {
  const store = parsedDocuments()
  const names = ['one', 'two', 'three', 'four', 'five']
  for (const name of names) await store.set(name, parse(`# ${'x'.repeat(300_000)}\n{ me { department } }`))
  expect(await held(store, names)).toEqual(['three', 'four', 'five'])
})
