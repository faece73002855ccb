/** Every state, every action, every side and role: the tables say all that is possible, and the law says the tables. */
import { describe, expect, test } from 'vitest'
import { applicationActions, applicationStates, applicationSteps } from '../../rules/application.ts'
import { catalogueChangeActions, catalogueChangeStates, catalogueChangeSteps } from '../../rules/catalogue-change.ts'
import { correctionActions, correctionStates, correctionSteps } from '../../rules/correction.ts'
import { grantActions, grantStates, grantSteps } from '../../rules/grant-life.ts'
import { isRole, mayCombine, roles, type Role } from '../../rules/roles.ts'
import { actionsOf, holders, transition, type Side, type Step } from '../../rules/transition.ts'

const sides: readonly Side[] = ['consumer', 'provider', 'authority']
const allRoles = Object.keys(roles) as Role[]

/** Everything that is possible in a matter, as `STATE action -> STATE by side:role`, tried one by one. */
function possible<State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  states: readonly State[],
  actions: readonly Action[],
  { cause = null, side: brought = null }: { cause?: string | null; side?: Side | null } = {},
): string[] {
  const found: string[] = []
  for (const state of [null, ...states]) {
    for (const action of actions) {
      for (const side of sides) {
        for (const role of allRoles) {
          const after = steps.flatMap((step) => (step.after === undefined ? [] : [step.after]))
          const done = action === after[0] ? [] : after
          const result = transition(
            steps,
            { state, done, side: brought },
            action,
            { sides: [side], roles: [role] },
            { reason: 'because', cause },
          )
          if ('to' in result) found.push(`${state ?? '-'} ${action} -> ${result.to} by ${side}:${role}`)
        }
      }
    }
  }
  return found
}

describe('all that is possible', () => {
  test('in an application 共享申请', () => {
    expect(possible(applicationSteps, applicationStates, applicationActions)).toEqual([
      '- draft -> DRAFTED by consumer:officer',
      '- draft -> DRAFTED by consumer:steward',
      'DRAFTED submit -> SUBMITTED by consumer:steward',
      'DRAFTED withdraw -> WITHDRAWN by consumer:steward',
      'SUBMITTED requestMaterial -> INCOMPLETE by provider:steward',
      'SUBMITTED requestExtension -> SUBMITTED by provider:steward',
      'SUBMITTED consentToExtension -> SUBMITTED by authority:authority',
      'SUBMITTED approve -> APPROVED by provider:steward',
      'SUBMITTED refuse -> REFUSED by provider:steward',
      'SUBMITTED withdraw -> WITHDRAWN by consumer:steward',
      'INCOMPLETE submit -> SUBMITTED by consumer:steward',
      'INCOMPLETE withdraw -> WITHDRAWN by consumer:steward',
      'APPROVED recordDelivery -> APPROVED by provider:steward',
    ])
  })

  test('with a grant 共享授权', () => {
    expect(possible(grantSteps, grantStates, grantActions)).toEqual([
      '- grant -> ACTIVE by provider:steward',
      'ACTIVE suspend -> SUSPENDED by provider:steward',
      'ACTIVE suspend -> SUSPENDED by authority:authority',
      'ACTIVE giveUp -> GIVEN_UP by consumer:steward',
      'SUSPENDED resume -> ACTIVE by authority:authority',
      'SUSPENDED giveUp -> GIVEN_UP by consumer:steward',
    ])
  })

  test('with a grant that its provider suspended, beside that', () => {
    const besides = (given: Parameters<typeof possible>[3]) => {
      const before = possible(grantSteps, grantStates, grantActions)
      return possible(grantSteps, grantStates, grantActions, given).filter((line) => !before.includes(line))
    }
    expect([besides({ side: 'provider' }), besides({ side: 'authority' }), besides({ side: 'consumer' })]).toEqual([
      ['SUSPENDED resume -> ACTIVE by provider:steward'],
      [],
      [],
    ])
    expect([besides({ cause: 'MISUSE' }), besides({ cause: 'NEED' }), besides({ cause: 'WHIM' })]).toEqual([
      [
        'SUSPENDED terminate -> TERMINATED by provider:steward',
        'SUSPENDED terminate -> TERMINATED by authority:authority',
      ],
      ['ACTIVE terminate -> TERMINATED by provider:steward', 'SUSPENDED terminate -> TERMINATED by provider:steward'],
      [],
    ])
  })

  test('in a correction 校核', () => {
    expect(possible(correctionSteps, correctionStates, correctionActions)).toEqual([
      '- dispute -> DISPUTED by consumer:officer',
      '- dispute -> DISPUTED by consumer:steward',
      'DISPUTED correct -> CORRECTED by provider:steward',
      'DISPUTED confirm -> CONFIRMED by provider:steward',
      'DISPUTED withdraw -> WITHDRAWN by consumer:officer',
      'DISPUTED withdraw -> WITHDRAWN by consumer:steward',
    ])
  })

  test('in a change of the catalogue 目录更新', () => {
    expect(possible(catalogueChangeSteps, catalogueChangeStates, catalogueChangeActions)).toEqual([
      '- announce -> ANNOUNCED by provider:steward',
      '- submit -> SUBMITTED by provider:steward',
      'ANNOUNCED requestExtension -> ANNOUNCED by provider:steward',
      'ANNOUNCED consentToExtension -> ANNOUNCED by authority:authority',
      'ANNOUNCED submit -> SUBMITTED by provider:steward',
      'ANNOUNCED withdraw -> WITHDRAWN by provider:steward',
      'SUBMITTED publish -> PUBLISHED by authority:authority',
      'SUBMITTED return -> RETURNED by authority:authority',
      'RETURNED submit -> SUBMITTED by provider:steward',
      'RETURNED withdraw -> WITHDRAWN by provider:steward',
    ])
  })
})

describe('why not', () => {
  const provider = { sides: ['provider'], roles: ['steward'] } as const
  const step = (
    state: 'SUBMITTED' | 'APPROVED',
    action: 'refuse' | 'requestMaterial' | 'consentToExtension' | 'recordDelivery',
    done: ('requestMaterial' | 'requestExtension' | 'consentToExtension' | 'recordDelivery')[] = [],
    actor: { sides: readonly Side[]; roles: readonly Role[] } = provider,
    reason: string | null = 'because',
  ) => transition(applicationSteps, { state, done }, action, actor, { reason })
  const authority = { sides: ['authority'], roles: ['authority'] } as const

  test.each([
    ['another state', step('APPROVED', 'refuse'), { refused: 'wrong-state' }],
    [
      'another side, whatever the state',
      step('APPROVED', 'refuse', [], { ...provider, sides: ['consumer'] }),
      { refused: 'not-yours' },
    ],
    [
      'an officer of the right side',
      step('SUBMITTED', 'refuse', [], { ...provider, roles: ['officer'] }),
      { refused: 'not-yours' },
    ],
    ['no reason', step('SUBMITTED', 'refuse', [], provider, null), { refused: 'reason-missing' }],
    ['an empty reason', step('SUBMITTED', 'refuse', [], provider, ' \n'), { refused: 'reason-missing' }],
    [
      'material asked for a second time (art. 21: 一次性告知)',
      step('SUBMITTED', 'requestMaterial', ['requestMaterial']),
      { refused: 'once-only' },
    ],
    [
      'consent to an extension that nobody asked for',
      step('SUBMITTED', 'consentToExtension', [], authority),
      { refused: 'wrong-state' },
    ],
    [
      'a second extension',
      step('SUBMITTED', 'consentToExtension', ['requestExtension', 'consentToExtension'], authority),
      { refused: 'once-only' },
    ],
    [
      'the first',
      step('SUBMITTED', 'consentToExtension', ['requestExtension'], authority),
      { to: 'SUBMITTED', article: 21 },
    ],
    ['a delivery before the consent', step('SUBMITTED', 'recordDelivery'), { refused: 'wrong-state' }],
    ['a second delivery', step('APPROVED', 'recordDelivery', ['recordDelivery']), { refused: 'once-only' }],
    [
      'the first, that says nothing more',
      step('APPROVED', 'recordDelivery', [], provider, null),
      { to: 'APPROVED', article: 22 },
    ],
    ['a reason that says nothing', step('SUBMITTED', 'refuse', [], provider, '……'), { refused: 'reason-missing' }],
  ])('%s', (_name, result, wanted) => {
    expect(result).toEqual(wanted)
  })

  test('an end for misuse while there is time to put it right', () => {
    const course = { state: 'SUSPENDED', done: [], side: 'provider', isTermOver: false } as const
    const end = (cause: string) => transition(grantSteps, course, 'terminate', provider, { reason: '未整改', cause })
    expect([end('MISUSE'), end('NEED')]).toEqual([{ refused: 'too-early' }, { to: 'TERMINATED', article: 27 }])
    expect([
      actionsOf(grantSteps, course, authority),
      actionsOf(grantSteps, { ...course, isTermOver: true }, authority),
      actionsOf(grantSteps, { ...course, isTermOver: true }, provider),
      actionsOf(grantSteps, { ...course, side: 'authority' }, provider),
    ]).toEqual([['resume'], ['resume', 'terminate'], ['resume', 'terminate'], ['terminate']])
  })

  test('more time or material, once the term is over', () => {
    const refused = ['requestMaterial', 'requestExtension', 'approve'] as const
    const over = (isTermOver: boolean) =>
      refused.map((action) =>
        transition(applicationSteps, { state: 'SUBMITTED', done: [], isTermOver }, action, provider, {
          reason: '须核对',
        }),
      )
    expect([over(false), over(true)]).toEqual([
      [
        { to: 'INCOMPLETE', article: 21 },
        { to: 'SUBMITTED', article: 21 },
        { to: 'APPROVED', article: 21 },
      ],
      [{ refused: 'too-late' }, { refused: 'too-late' }, { to: 'APPROVED', article: 21 }],
    ])
    const later = { done: ['requestExtension'], isTermOver: true } as const
    expect([
      transition(applicationSteps, { ...later, state: 'SUBMITTED' }, 'consentToExtension', authority),
      transition(catalogueChangeSteps, { ...later, state: 'ANNOUNCED' }, 'consentToExtension', authority),
      actionsOf(catalogueChangeSteps, { done: [], state: 'ANNOUNCED', isTermOver: true }, provider),
    ]).toEqual([{ refused: 'too-late' }, { refused: 'too-late' }, ['submit', 'withdraw']])
  })

  test('whose it is', () => {
    const of = (side: Side, action: 'resume' | 'terminate', cause?: string) =>
      holders(grantSteps, { state: 'SUSPENDED', done: [], side }, action, { cause: cause ?? null })
    expect([
      of('authority', 'resume'),
      of('provider', 'resume'),
      of('provider', 'terminate', 'MISUSE'),
      of('provider', 'terminate', 'NEED'),
    ]).toEqual([
      ['authority:authority'],
      ['provider:steward', 'authority:authority'],
      ['provider:steward', 'authority:authority'],
      ['provider:steward'],
    ])
  })

  test('what may be done next is what is not refused', () => {
    expect([
      actionsOf(applicationSteps, { state: null, done: [] }, { sides: ['consumer'], roles: ['officer'] }),
      actionsOf(applicationSteps, { state: 'SUBMITTED', done: ['draft', 'submit', 'requestMaterial'] }, provider),
      actionsOf(applicationSteps, { state: 'SUBMITTED', done: ['requestExtension'] }, authority),
      actionsOf(applicationSteps, { state: 'APPROVED', done: [] }, provider),
    ]).toEqual([['draft'], ['requestExtension', 'approve', 'refuse'], ['consentToExtension'], ['recordDelivery']])
  })
})

test('roles that watch or run are held by nobody who does anything else', () => {
  const pairs = allRoles.flatMap((one, index) => allRoles.slice(index + 1).map((other) => [one, other] as const))
  expect(pairs.filter((pair) => mayCombine(pair))).toEqual([['officer', 'steward']])
  expect([mayCombine([]), ...allRoles.map((role) => mayCombine([role]))]).toEqual(Array.from({ length: 6 }, () => true))
  expect(['officer', 'toString', ''].map(isRole)).toEqual([true, false, false])
})
