import { commerceFileOf, type CommerceFile } from './world/commerce.ts'
import { customsFileOf, type CustomsFile } from './world/customs.ts'
import { declarationsOf } from './world/declarations.ts'
import { fxFileOf, type FxFile } from './world/fx.ts'
import { type Enterprise, enterpriseAt, population } from './world/identity.ts'
import { marketFileOf, type MarketFile } from './world/market.ts'
import { postalFileOf, type PostalFile } from './world/postal.ts'
import { taxFileOf, type TaxFile } from './world/tax.ts'

/** The records of one department, by unified social credit code. */
export type Cabinet<File> = ReadonlyMap<string, File>

/**
 * The invented world: the same enterprises and the same records from the same seed, on every machine, at any time.
 * Each department is handed its own cabinet and sees nothing of the others'.
 */
export interface World {
  readonly seed: number
  /** In the order of their index; the first five are the demonstration's, one of each zone. */
  readonly enterprises: readonly Enterprise[]
  readonly customs: Cabinet<CustomsFile>
  readonly tax: Cabinet<TaxFile>
  readonly fx: Cabinet<FxFile>
  readonly market: Cabinet<MarketFile>
  readonly postal: Cabinet<PostalFile>
  readonly commerce: Cabinet<CommerceFile>
}

/** The seed of the development data. */
export const developmentSeed = 20261101

/** Invents the world of a seed. */
export const createWorld = (seed: number = developmentSeed): World => {
  const enterprises = Array.from({ length: population }, (_, index) => enterpriseAt(seed, index))
  const customs = new Map<string, CustomsFile>()
  const tax = new Map<string, TaxFile>()
  const fx = new Map<string, FxFile>()
  const market = new Map<string, MarketFile>()
  const postal = new Map<string, PostalFile>()
  const commerce = new Map<string, CommerceFile>()
  for (const enterprise of enterprises) {
    const declared = declarationsOf(enterprise)
    file(customs, enterprise, customsFileOf(enterprise, declared))
    file(tax, enterprise, taxFileOf(enterprise, declared))
    file(fx, enterprise, fxFileOf(enterprise, declared))
    file(market, enterprise, marketFileOf(enterprise))
    file(postal, enterprise, postalFileOf(enterprise, declared))
    file(commerce, enterprise, commerceFileOf(enterprise))
  }
  return { seed, enterprises, customs, tax, fx, market, postal, commerce }
}

const file = <File>(cabinet: Map<string, File>, enterprise: Enterprise, record: File | undefined) => {
  if (record !== undefined) cabinet.set(enterprise.uscc, record)
}
