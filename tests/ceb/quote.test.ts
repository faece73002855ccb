/** What is said of a message tells nothing of a person, whatever element their name or number was put into. */
import { expect, test } from 'vitest'
import { quotableCode, quotableName, quotableNumber } from '../../rules/ceb/quote.ts'
import {
  base,
  identityNumber,
  list,
  listHead,
  listLines,
  lists,
  message,
  order,
  orderHead,
  orderLines,
  orders,
  read,
  said,
} from './messages.ts'

const persons = [
  'ZhangMarker',
  'E88812345',
  '13900009001',
  identityNumber,
  '059187654321',
  'Zhang.San',
  '6222020200112233',
]

test('in the place of any value', () => {
  for (const person of persons) {
    const heads = Object.keys(orderHead).map((name) => orders(order({ ...orderHead, [name]: person })))
    const lines = Object.keys(orderLines[0] ?? {}).map((name) =>
      orders(order(orderHead, [{ ...orderLines[0], [name]: person }])),
    )
    const listed = Object.keys(listHead).map((name) => lists(list({ ...listHead, [name]: person })))
    const ofLists = Object.keys(listLines[0] ?? {}).map((name) =>
      lists(list(listHead, [{ ...listLines[0], [name]: person }])),
    )
    const told = [...heads, ...lines, ...listed, ...ofLists].flatMap((xml) => said(read(xml)))
    expect(told.length).toBeGreaterThan(20)
    expect(told.filter((text) => text.includes(person))).toEqual([])
  }
})

test('as the name of an element, of a message, or of its kind', () => {
  const name = 'ZhangMarker'
  const xml = [
    order().replace('<ceb:OrderHead>', `<ceb:OrderHead><ceb:${name}/>`),
    order().replace('<ceb:OrderHead>', `<ceb:${name}/><ceb:OrderHead>`),
  ].map((one) => orders(one))
  const told = [...xml, message('311', `${order()}${base()}<ceb:${name}/>`), `<${name}/>`].flatMap((one) =>
    said(read(one)),
  )
  expect(told).toEqual([
    'refused 311, document 1: unknown-element: expected only elements of the standard, e.g. guid, found element 1',
    'refused 311, document 1: unknown-element: expected only OrderHead and OrderList, found element 1',
    'refused 311: unknown-element: expected only BaseTransfer, BaseSubscribe, ExtendMessage, Signature, found element 3',
    'refused message: root: expected CEB…Message of the specification',
  ])
})

test('what is quoted', () => {
  const shown = (quotable: (value: string) => string | null, values: string[]) =>
    values.filter((value) => quotable(value) !== null)
  const numbers = ['12.5', '-1', '+010.5000000', '20260230093000', '20260230093000123', '1234567890']
  const codes = ['HKG', 'Q', '0A1b', '1e5']
  const others = ['', '12345678901', 'much.', 'Wang5', '9135A', '20261301', '3501-0219-90', '2026023009300012']
  expect(shown(quotableNumber, [...numbers, ...codes, ...others])).toEqual([...numbers, '20261301'])
  expect(shown(quotableCode, [...numbers, ...codes, ...others])).toEqual([...numbers, ...codes, '20261301'])
  expect(
    shown(quotableName, ['OrderHead', 'buyerName', 'gseqno', 'DxpMsg', 'CEB999Message', 'CEB31', 'x', '__proto__']),
  ).toEqual(['OrderHead', 'buyerName', 'gseqno', 'DxpMsg', 'CEB999Message'])
})
