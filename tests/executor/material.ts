import type { Random } from '../leak/random.ts'

/** Real values that arguments are taken from. */
export interface Material {
  usccs: readonly string[]
  declarations: readonly string[]
  shipments: readonly string[]
  items: readonly string[]
  coordinates: readonly string[]
  /** Numbers of orders and lists that the played store of trade documents knows. */
  orders: readonly string[]
  /** A cursor of a list, good for whoever the document is written for. */
  cursor: (list: string, random: Random) => string
}

/** A value for an argument of a field; now and then one that the field refuses. */
export function valueOf(material: Material, coordinate: string, name: string, random: Random): unknown {
  const { usccs, declarations, shipments, items, coordinates, orders, cursor } = material
  const isOfTrade = ['Query.order', 'Query.match', 'Query.payments', 'Query.waybill', 'Query.tradeList'].includes(
    coordinate,
  )
  switch (name) {
    case 'uscc':
      return random.pick(usccs)
    case 'platform':
    case 'seller':
    case 'copNo':
    case 'agent':
    case 'carrier':
      return 'A'
    case 'idNumber':
      return random.chance(10) ? 'none' : '350102199001019993'
    case 'tradeMode':
      return random.pick(['9610', '1210'])
    case 'tradeModes':
      return random.pick(random.chance(10) ? ['none'] : ['9610', '1210'])
    case 'period':
      return random.pick(random.chance(10) ? ['none'] : ['2025', '2026', '2025-11', '2025-Q3', '2025-11-21'])
    case 'category':
      return random.pick(['69', '04'])
    case 'number':
      if (isOfTrade) return random.pick(orders)
      return random.pick(random.chance(10) ? ['none', ''] : declarations)
    case 'trackingNumber':
      return random.pick(random.chance(10) ? ['none', 'LY974219773CX'] : shipments)
    case 'year':
      return random.pick([2024, 2025, 2026, 1999])
    case 'first':
      return random.chance(2) ? random.pick([0, 101, -1]) : 1 + random.below(4)
    case 'after':
      return random.chance(80) ? cursor(coordinate, random) : random.pick(['bad', ''])
    case 'name':
      return random.pick(['示例', '贸易', '云帆'])
    case 'division':
      return random.pick(['3501', '3506', '33', '350102'])
    case 'coordinate':
      return random.pick(coordinates)
    case 'item':
      return random.pick(items)
    case 'id':
      return coordinate === 'Query.catalogueItem' ? random.pick(items) : 'Application 0'
    case 'overdue':
    case 'answeredLate':
    case 'deliveredLate':
      return random.chance(50)
    case 'from':
    case 'to':
      return '2026-11-01T00:00:00Z'
    default:
      return random.pick(['tax', '登记', 'customs'])
  }
}
