import type { Root } from '../auth/reach.ts'
import type { ApplicationInput, CorrectionInput, Resolvers } from '../codegen/generated/resolvers.ts'
import { divisionName } from '../rules/division.ts'
import { divisionOf } from '../rules/uscc.ts'
import { catalogueFields } from './catalogue.ts'
import { countedPage, readPage, totalCount } from './connection.ts'
import type { Context } from './context.ts'

type Actions = Parameters<Context['sharing']['actOnApplication']>[1]
type CorrectionActions = Parameters<Context['corrections']['settle']>[1]
type GrantActions = Parameters<Context['sharing']['actOnGrant']>[1]
type GrantStep = Parameters<Context['sharing']['actOnGrant']>[2]

/** A mutation that carries an application one step on. */
const onApplication =
  (mutation: string, action: Actions) =>
  async (_root: unknown, { input }: { input: ApplicationInput & { days?: number } }, { sharing }: Context) => ({
    clientMutationId: input.clientMutationId,
    application: await sharing.actOnApplication(mutation, action, input),
  })

/** A mutation that carries a grant one step on. */
const onGrant =
  (mutation: string, action: GrantActions) =>
  async (_root: unknown, { input }: { input: GrantStep }, { sharing }: Context) => ({
    clientMutationId: input.clientMutationId,
    grant: await sharing.actOnGrant(mutation, action, input),
  })

/** A mutation that carries a correction one step on. */
const onCorrection =
  (mutation: string, action: CorrectionActions) =>
  async ({ subjects }: Root, { input }: { input: CorrectionInput }, { corrections }: Context) => {
    const correction = await corrections.settle(mutation, action, input)
    subjects.add(correction.uscc)
    return { clientMutationId: input.clientMutationId, correction }
  }

const instant = (text: string | null | undefined): Date | null => (text == null ? null : new Date(text))

const counted = {
  ApplicationConnection: totalCount,
  GrantConnection: totalCount,
  CorrectionConnection: totalCount,
  UseRecordConnection: totalCount,
  CatalogueChangeConnection: totalCount,
} satisfies Partial<Resolvers>

const resolvers: Pick<Resolvers, 'Query' | 'Mutation' | 'Enterprise' | keyof typeof counted> = {
  ...counted,
  Query: {
    ...catalogueFields.Query,
    me: (_root, _args, { viewer }) => viewer,
    departments: (_root, _args, { departments }) => departments(),
    enterprise: ({ subjects }, { uscc }) => {
      subjects.add(uscc)
      return { uscc }
    },
    enterprises: ({ subjects }, { usccs }) =>
      usccs.map((uscc) => {
        subjects.add(uscc)
        return { uscc }
      }),
    applications: (_root, args, { sharing, cursors }) =>
      countedPage(sharing.applications(args), args, cursors('Query.applications')),
    application: (_root, { id }, { sharing }) => sharing.application(id),
    grants: (_root, args, { sharing, cursors }) => countedPage(sharing.grants(args), args, cursors('Query.grants')),
    ledger: ({ subjects }, { first, after, ...filter }, { ledger, cursors }) => {
      if (filter.uscc != null) subjects.add(filter.uscc)
      const read = (most: number, key: string | null) => ledger.page(filter, most, key)
      return readPage(read, { first, after }, cursors('Query.ledger'))
    },
    corrections: async ({ subjects }, args, { corrections, cursors }) => {
      const page = await countedPage(corrections.corrections(args), args, cursors('Query.corrections'))
      for (const { uscc } of page.nodes) subjects.add(uscc)
      return page
    },
    correction: async ({ subjects }, { id }, { corrections }) => {
      const found = await corrections.correction(id)
      if (found !== null) subjects.add(found.uscc)
      return found
    },
    useRecords: (_root, args, { useRecords, cursors }) =>
      countedPage(useRecords.useRecords(args.grant ?? null), args, cursors('Query.useRecords')),
  },
  Mutation: {
    ...catalogueFields.Mutation,
    draftApplication: async (_root, { input }, { sharing }) => ({
      clientMutationId: input.clientMutationId,
      application: await sharing.draftApplication({
        ...input,
        coordinates: input.fields ?? null,
        divisions: input.divisions ?? [],
        full: input.full ?? false,
        dailySubjects: input.dailySubjects ?? null,
        mode: input.mode ?? 'API',
        validTo: new Date(input.validTo),
      }),
    }),
    submitApplication: onApplication('submitApplication', 'submit'),
    requestMaterial: onApplication('requestMaterial', 'requestMaterial'),
    requestExtension: onApplication('requestExtension', 'requestExtension'),
    consentToExtension: onApplication('consentToExtension', 'consentToExtension'),
    approveApplication: async (_root, { input }, { sharing }) => {
      const { clientMutationId, application, fields, validFrom, validTo, ...narrower } = input
      const consent = {
        ...narrower,
        coordinates: fields ?? null,
        validFrom: instant(validFrom),
        validTo: instant(validTo),
      }
      const given = { clientMutationId, application, consent }
      return { clientMutationId, application: await sharing.actOnApplication('approveApplication', 'approve', given) }
    },
    refuseApplication: onApplication('refuseApplication', 'refuse'),
    withdrawApplication: onApplication('withdrawApplication', 'withdraw'),
    recordDelivery: onApplication('recordDelivery', 'recordDelivery'),
    suspendGrant: onGrant('suspendGrant', 'suspend'),
    resumeGrant: onGrant('resumeGrant', 'resume'),
    terminateGrant: onGrant('terminateGrant', 'terminate'),
    giveUpGrant: onGrant('giveUpGrant', 'giveUp'),
    disputeField: async ({ subjects }, { input }, { corrections }) => {
      subjects.add(input.uscc)
      const correction = await corrections.disputeField({ ...input, evidence: input.evidence ?? null })
      return { clientMutationId: input.clientMutationId, correction }
    },
    withdrawDispute: onCorrection('withdrawDispute', 'withdraw'),
    correctField: onCorrection('correctField', 'correct'),
    confirmField: onCorrection('confirmField', 'confirm'),
    recordUse: async (_root, { input }, { useRecords }) => ({
      clientMutationId: input.clientMutationId,
      useRecord: await useRecords.recordUse({
        ...input,
        destruction: input.destruction ?? null,
        from: new Date(input.from),
        to: new Date(input.to),
      }),
    }),
  },
  Enterprise: {
    division: ({ uscc }) => divisionName(divisionOf(uscc)),
  },
}

export default resolvers
