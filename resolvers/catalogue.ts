/** The hub's fields on the catalogue 目录, its changes, and the reasons of a decision. */
import { createHash } from 'node:crypto'
import { matchesSearch, type ItemContent } from '../auth/catalogue-content.ts'
import type { CatalogueChangeInput, Resolvers } from '../codegen/generated/resolvers.ts'
import { connection, countedPage } from './connection.ts'
import type { Context } from './context.ts'
import { InvalidArgument } from './invalid-argument.ts'

type Actions = Parameters<Context['catalogue']['matters']['act']>[1]

/** A mutation that carries a change of the catalogue one step on. */
const onChange =
  (mutation: string, action: Actions) =>
  async (_root: unknown, { input }: { input: CatalogueChangeInput & { days?: number } }, { catalogue }: Context) => ({
    clientMutationId: input.clientMutationId,
    change: await catalogue.matters.act(mutation, action, input),
  })

/** Items with how they stand to what was published. */
async function published(items: readonly ItemContent[], { catalogue }: Context) {
  const publications = await catalogue.matters.publications()
  return items.map((item) => ({
    ...item,
    dataItems: [...item.dataItems],
    sharingModes: [...item.sharingModes],
    publication: publications.get(item.id) ?? ('NEW' as const),
  }))
}

const Query: Pick<
  NonNullable<Resolvers['Query']>,
  'catalogue' | 'catalogueItem' | 'catalogueVersion' | 'catalogueChanges' | 'why'
> = {
  catalogue: async (_root, { search, provider, sharing, ...page }, context) => {
    const found = context.catalogue.items.filter(
      (item) =>
        (search == null || matchesSearch(item, search)) &&
        (provider == null || item.provider === provider) &&
        (sharing == null || item.sharing === sharing),
    )
    return connection(await published(found, context), page, ({ id }) => id, context.cursors('Query.catalogue'))
  },
  catalogueItem: async (_root, { id }, context) => {
    const [found] = await published(
      context.catalogue.items.filter((item) => item.id === id),
      context,
    )
    return found ?? null
  },
  catalogueVersion: async (_root, _args, { catalogue }) => {
    const sections = await catalogue.matters.sections()
    const hashes = sections.map(({ provider, hash }) => `${provider} ${hash}\n`)
    return {
      hash: createHash('sha256').update(hashes.join('')).digest('hex'),
      isPublished: sections.every(({ hash, publishedHash }) => hash === publishedHash),
      sections,
    }
  },
  catalogueChanges: (_root, args, { catalogue, cursors }) =>
    countedPage(catalogue.matters.changes(), args, cursors('Query.catalogueChanges')),
  why: ({ subjects }, { coordinate, uscc }, { why, viewer }) => {
    const found = why(coordinate, uscc ?? null)
    if (found === null) throw new InvalidArgument(`The schema has no field ${coordinate}, e.g. TaxRecord.creditGrade.`)
    if (uscc != null) subjects.add(uscc)
    const { item, steps, apply, ...shown } = found
    return {
      ...shown,
      item: item?.id ?? null,
      steps: [...steps],
      apply:
        apply === null
          ? null
          : {
              mutation: 'draftApplication',
              item: apply.item,
              fields: apply.fields === null ? null : [...apply.fields],
            },
      policyVersion: viewer.policyVersion,
    }
  },
}

const Mutation: Pick<
  NonNullable<Resolvers['Mutation']>,
  | 'announceCatalogueChange'
  | 'requestCatalogueExtension'
  | 'consentToCatalogueExtension'
  | 'submitCatalogueChange'
  | 'withdrawCatalogueChange'
  | 'publishCatalogueChange'
  | 'returnCatalogueChange'
> = {
  announceCatalogueChange: async (_root, { input }, { catalogue }) => ({
    clientMutationId: input.clientMutationId,
    change: await catalogue.matters.announce({ ...input, item: input.item ?? null }),
  }),
  requestCatalogueExtension: onChange('requestCatalogueExtension', 'requestExtension'),
  consentToCatalogueExtension: onChange('consentToCatalogueExtension', 'consentToExtension'),
  submitCatalogueChange: onChange('submitCatalogueChange', 'submit'),
  withdrawCatalogueChange: onChange('withdrawCatalogueChange', 'withdraw'),
  publishCatalogueChange: onChange('publishCatalogueChange', 'publish'),
  returnCatalogueChange: onChange('returnCatalogueChange', 'return'),
}

export const catalogueFields = { Query, Mutation }
