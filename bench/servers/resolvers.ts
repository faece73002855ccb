/** Resolvers of the view for the servers that are not the hub: as they are usually written, one for each section. */
import DataLoader from 'dataloader'
import type { Departments, Said } from './departments.ts'
import { keepsRecords } from './process.ts'
import * as sections from './sections.ts'

/** How the resolvers of one request ask. */
export interface Ask {
  market: (uscc: string) => Promise<Said['market']>
  customs: (uscc: string) => Promise<Said['customs']>
  declarations: (uscc: string, first: number) => Promise<Said['declarations'] | undefined>
  fx: (uscc: string) => Promise<Said['fx']>
  tax: (uscc: string) => Promise<Said['tax']>
  postal: (uscc: string) => Promise<Said['postal']>
  commerce: (uscc: string) => Promise<Said['commerce']>
}

export interface Context {
  ask: Ask
}

/** One call for every section of every enterprise. */
export function single(departments: Departments): Ask {
  const only = <T>(found: ReadonlyMap<string, T>, uscc: string): T => found.get(uscc) as T
  return {
    market: async (uscc) => only(await departments.market([uscc]), uscc),
    customs: async (uscc) => only(await departments.customs([uscc]), uscc),
    declarations: async (uscc, first) => (await departments.declarations([uscc], first)).get(uscc),
    fx: async (uscc) => only(await departments.fx([uscc]), uscc),
    tax: departments.tax,
    postal: departments.postal,
    commerce: departments.commerce,
  }
}

/** Calls for several enterprises at once, as many as the contracts take; for one request. */
export function batched(departments: Departments): Ask {
  const together = <T>(many: (usccs: readonly string[]) => Promise<Map<string, T>>, maxBatchSize: number) =>
    new DataLoader<string, T>(
      async (usccs) => {
        const found = await many(usccs)
        return usccs.map((uscc) => found.get(uscc) as T)
      },
      { maxBatchSize },
    )
  const market = together(departments.market, 50)
  const customs = together(departments.customs, 100)
  const fx = together(departments.fx, 50)
  const pages = new Map<number, DataLoader<string, Said['declarations'] | undefined>>()
  return {
    market: (uscc) => market.load(uscc),
    customs: (uscc) => customs.load(uscc),
    declarations: (uscc, first) => {
      let loader = pages.get(first)
      if (loader === undefined) {
        loader = together((usccs) => departments.declarations(usccs, first), 50)
        pages.set(first, loader)
      }
      return loader.load(uscc)
    },
    fx: (uscc) => fx.load(uscc),
    tax: departments.tax,
    postal: departments.postal,
    commerce: departments.commerce,
  }
}

/** The same, each record asked for once and kept: for all requests. */
export function remembering(ask: Ask): Ask {
  const kept = <T>(load: (uscc: string) => Promise<T>): ((uscc: string) => Promise<T>) => {
    const records = new Map<string, Promise<T>>()
    return (uscc) => {
      let record = records.get(uscc)
      if (record === undefined) records.set(uscc, (record = load(uscc)))
      return record
    }
  }
  return {
    ...ask,
    market: kept(ask.market),
    customs: kept(ask.customs),
    fx: kept(ask.fx),
    tax: kept(ask.tax),
    postal: kept(ask.postal),
    commerce: kept(ask.commerce),
  }
}

/** What a request asks with: its own, or that of all where records are kept. */
export function askOf(make: () => Ask): () => Ask {
  if (!keepsRecords) return make
  const all = remembering(make())
  return () => all
}

interface Subject {
  uscc: string
}

type Resolve<Source, Arguments = object> = (source: Source, given: Arguments, context: Context) => unknown

const enterprise = {
  division: ({ uscc }: Subject) => sections.division(uscc),
  customs: (async ({ uscc }, _, { ask }) => ({
    uscc,
    ...sections.customs(await ask.customs(uscc)),
  })) as Resolve<Subject>,
  tax: (async ({ uscc }, _, { ask }) => sections.tax(await ask.tax(uscc))) as Resolve<Subject>,
  fx: (async ({ uscc }, _, { ask }) => sections.fx(await ask.fx(uscc))) as Resolve<Subject>,
  postal: (({ uscc }, _, { ask }) => ask.postal(uscc)) as Resolve<Subject>,
  commerce: (async ({ uscc }, _, { ask }) => sections.commerce(await ask.commerce(uscc))) as Resolve<Subject>,
}

const market = (said: Said['market']) => ({ said, ...sections.market(said) })

const records = {
  MarketRecord: {
    abnormalListings: ({ said }: ReturnType<typeof market>) => sections.abnormalListings(said),
    penalties: ({ said }: ReturnType<typeof market>, { first }: { first: number }) => sections.penalties(said, first),
  },
  CustomsRecord: {
    declarations: (async ({ uscc }, { first }, { ask }) =>
      sections.declarationPage(await ask.declarations(uscc, first))) as Resolve<Subject, { first: number }>,
  },
  PostalRecord: {
    shipments: (said: Said['postal'], { first }: { first: number }) => sections.shipments(said, first),
    monthlyVolumes: (said: Said['postal']) => sections.monthlyVolumes(said),
  },
}

/** For loaders that ask once: all sections are asked at the same time. */
export const loading = {
  Query: {
    enterprise: (_: unknown, { uscc }: Subject) => ({ uscc }),
    enterprises: (_: unknown, { usccs }: { usccs: string[] }) => usccs.map((uscc) => ({ uscc })),
  },
  Enterprise: {
    ...enterprise,
    name: (async ({ uscc }, _, { ask }) => (await ask.market(uscc)).name) as Resolve<Subject>,
    status: (async ({ uscc }, _, { ask }) => sections.marketStatus(await ask.market(uscc))) as Resolve<Subject>,
    market: (async ({ uscc }, _, { ask }) => market(await ask.market(uscc))) as Resolve<Subject>,
  },
  ...records,
}

const asked = async (uscc: string, { ask }: Context) => {
  const said = await ask.market(uscc)
  return { uscc, name: said.name, status: sections.marketStatus(said), market: market(said) }
}

/** Without loaders: the enterprise itself comes from its registration, and every other section is asked on its own. */
export const plain = {
  Query: {
    enterprise: ((_, { uscc }, context) => asked(uscc, context)) as Resolve<unknown, Subject>,
    enterprises: ((_, { usccs }, context) => Promise.all(usccs.map((uscc) => asked(uscc, context)))) as Resolve<
      unknown,
      { usccs: string[] }
    >,
  },
  Enterprise: enterprise,
  ...records,
}
