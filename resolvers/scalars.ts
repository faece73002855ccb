/** The scalars of the view, checked by the rules they come from. */
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import { checkCountryCode } from '../rules/country.ts'
import { isDate, isDateTime } from '../rules/date.ts'
import { isDecimal } from '../rules/decimal.ts'
import { isDivisionCode } from '../rules/division.ts'
import { checkHsCode } from '../rules/hs-code.ts'
import { checkTrackingNumber } from '../rules/tracking-number.ts'
import { checkUscc } from '../rules/uscc.ts'

type Check = (text: string) => { valid: true } | { valid: false; reason: string }

function scalar(name: string, check: Check): GraphQLScalarType<string, string> {
  const parse = (value: unknown): string => {
    if (typeof value !== 'string') throw new GraphQLError(`${name} must be a string.`)
    const result = check(value)
    if (!result.valid) throw new GraphQLError(`${name} ${JSON.stringify(value)}: ${result.reason}`)
    return value
  }
  return new GraphQLScalarType<string, string>({
    name,
    // What leaves is checked like what enters: an answer that is not of its type is an error, not data.
    serialize: parse,
    parseValue: parse,
    parseLiteral: (node) => {
      if (node.kind !== Kind.STRING) throw new GraphQLError(`${name} must be a string.`, { nodes: node })
      return parse(node.value)
    },
  })
}

const holds =
  (test: (text: string) => boolean, reason: string): Check =>
  (text) =>
    test(text) ? { valid: true } : { valid: false, reason }

export const scalars = {
  USCC: scalar('USCC', checkUscc),
  DivisionCode: scalar('DivisionCode', holds(isDivisionCode, 'a division code has 2, 4 or 6 digits')),
  Date: scalar('Date', holds(isDate, 'a date is YYYY-MM-DD and must exist')),
  DateTime: scalar('DateTime', holds(isDateTime, 'a date and time is RFC 3339 with a zone')),
  Decimal: scalar('Decimal', holds(isDecimal, 'a decimal has at most 19 digits, 5 of them after the point')),
  HSCode: scalar('HSCode', checkHsCode),
  CountryCode: scalar('CountryCode', checkCountryCode),
  TrackingNumber: scalar('TrackingNumber', checkTrackingNumber),
}

/**
 * An entity as a router names it (`_Any` of Federation's subgraph specification): its type, of which the view has one
 * that slices share, and its key. Whatever else stands in it counts for nothing.
 */
export const representation = new GraphQLScalarType<{ __typename: 'Enterprise'; uscc: string }, never>({
  name: '_Any',
  parseValue: (value) => {
    const { __typename, uscc } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
    if (typeof __typename !== 'string') throw new GraphQLError('A representation has a __typename and a uscc.')
    if (__typename !== 'Enterprise') {
      throw new GraphQLError(`${JSON.stringify(__typename)} is no entity of this slice: it has Enterprise alone.`)
    }
    return { __typename, uscc: scalars.USCC.parseValue(uscc) }
  },
})
