import { beginning, day, isoDay, today } from './calendar.ts'
import { customsGradeOf } from './customs.ts'
import { articles, decimal } from './goods.ts'
import type { Enterprise, RegistrationStatus } from './identity.ts'

export type Listing = { listedOn: string; reason: string; removedOn: string | null; authority: string }

export type Licence = { number: string; name: string; validFrom: string; validTo: string | null; authority: string }

export type Penalty = {
  number: string
  decidedOn: string
  kind: '警告' | '罚款' | '没收违法所得' | '责令停产停业'
  amount: string | null
  reason: string
  authority: string
}

export type QualityInspection = {
  number: string
  product: string
  stage: '采样' | '样品确认' | '结果确认' | '查处'
  startedOn: string
  qualified: boolean | null
}

/** An enterprise as market supervision keeps it. */
export type MarketFile = {
  uscc: string
  name: string
  kind: string
  status: RegistrationStatus
  capital: string
  capitalCurrency: string
  establishedOn: string
  address: string
  scope: string
  authority: string
  legalRepresentative: { name: string; idNumber: string }
  licences: Licence[]
  abnormalListings: Listing[]
  seriousViolations: Listing[]
  penalties: Penalty[]
  qualityInspections: QualityInspection[]
}

const scopes = [
  '货物进出口',
  '技术进出口',
  '跨境电子商务',
  '互联网销售（除销售需要许可的商品）',
  '国际货物运输代理',
  '普通货物仓储服务',
  '针纺织品及原料销售',
  '日用百货销售',
  '食品销售（依法须经批准的项目，经相关部门批准后方可开展经营活动）',
  '工艺美术品及收藏品零售（象牙及其制品除外）',
]

const authorityOf = (enterprise: Enterprise) => `${enterprise.zone.name}市${enterprise.county[1]}市场监督管理局`

const ago = (enterprise: Enterprise, topic: string, most: number) =>
  today - enterprise.chance(topic).whole(20, most) * day

const licencesOf = (enterprise: Enterprise): Licence[] => {
  const chance = enterprise.chance('market/licences')
  const names = ['食品经营许可证', '第二类医疗器械经营备案凭证', '道路运输经营许可证']
  return names
    .filter(() => chance.is(0.3) || enterprise.index === 0)
    .map((name, n) => {
      const from = ago(enterprise, `licence/${n}`, 900)
      return {
        number: `JY1${enterprise.county[0]}${String(enterprise.index * 10 + n).padStart(6, '0')}`,
        name,
        validFrom: isoDay(from),
        validTo: chance.is(0.8) ? isoDay(from + 5 * 365 * day) : null,
        authority: authorityOf(enterprise),
      }
    })
}

const abnormalOf = (enterprise: Enterprise): Listing[] => {
  const chance = enterprise.chance('market/abnormal')
  const planted = enterprise.planted.includes('abnormal-but-certified')
  if (!planted && !chance.is(0.1)) return []
  const listed = ago(enterprise, 'market/abnormal/day', 300)
  // Who is certified by customs is taken off the list, unless the world plants that it is not.
  const removed = !planted && (customsGradeOf(enterprise) === '高级认证企业' || chance.is(0.5))
  return [
    {
      listedOn: isoDay(listed),
      reason: chance.pick(['未按照规定公示年度报告', '通过登记的住所或者经营场所无法联系']),
      removedOn: removed ? isoDay(listed + 15 * day) : null,
      authority: authorityOf(enterprise),
    },
  ]
}

const violationsOf = (enterprise: Enterprise): Listing[] =>
  enterprise.index !== 0 && enterprise.chance('market/violations').is(0.03)
    ? [
        {
          listedOn: isoDay(ago(enterprise, 'market/violations/day', 700)),
          reason: '严重违法失信（开发数据）',
          removedOn: null,
          authority: authorityOf(enterprise),
        },
      ]
    : []

const penaltiesOf = (enterprise: Enterprise): Penalty[] => {
  const chance = enterprise.chance('market/penalties')
  return Array.from({ length: chance.is(0.15) ? chance.whole(1, 3) : 0 }, (_, n) => {
    const kind = chance.pick(['警告', '罚款', '没收违法所得', '责令停产停业'] as const)
    return {
      number: `示例市监罚字〔2026〕${enterprise.index * 10 + n}号`,
      decidedOn: isoDay(ago(enterprise, `penalty/${n}`, 600)),
      kind,
      amount: kind === '罚款' || kind === '没收违法所得' ? decimal(chance.whole(50_000, 5_000_000)) : null,
      reason: '标签标识不符合规定（开发数据）',
      authority: authorityOf(enterprise),
    }
  })
}

const inspectionsOf = (enterprise: Enterprise): QualityInspection[] => {
  const chance = enterprise.chance('market/quality')
  const count = enterprise.index === 0 ? 3 : chance.is(0.3) ? chance.whole(1, 3) : 0
  return Array.from({ length: count }, (_, n) => {
    const stage = chance.pick(['采样', '样品确认', '结果确认', '查处'] as const)
    return {
      number: `CJ2026${enterprise.county[0]}${String(enterprise.index * 10 + n).padStart(5, '0')}`,
      product: chance.pick(articles).name,
      stage,
      startedOn: isoDay(ago(enterprise, `quality/${n}`, 400)),
      qualified: stage === '结果确认' ? chance.is(0.8) : stage === '查处' ? false : null,
    }
  })
}

const kindOf = (enterprise: Enterprise) =>
  enterprise.household
    ? '个体工商户'
    : enterprise.chance('market/kind').pick(['有限责任公司', '有限责任公司（自然人独资）'])

/** What market supervision holds on an enterprise, or nothing for the few that it does not know. */
export const marketFileOf = (enterprise: Enterprise): MarketFile | undefined => {
  if (!enterprise.onFile.market) return undefined
  const chance = enterprise.chance('market')
  const { zone, county } = enterprise
  return {
    uscc: enterprise.uscc,
    name: enterprise.name,
    kind: kindOf(enterprise),
    status: enterprise.status,
    capital: decimal(chance.whole(5, 5000) * 1_000_000),
    capitalCurrency: 'CNY',
    establishedOn: isoDay(beginning - chance.whole(60, 5000) * day),
    address: `${zone.province}省${zone.name}市${county[1]}示例路${chance.whole(1, 999)}号（开发数据）`,
    scope: scopes.filter(() => chance.is(0.6)).join('；') || '货物进出口',
    authority: authorityOf(enterprise),
    legalRepresentative: enterprise.representative,
    licences: licencesOf(enterprise),
    abnormalListings: abnormalOf(enterprise),
    seriousViolations: violationsOf(enterprise),
    penalties: penaltiesOf(enterprise),
    qualityInspections: inspectionsOf(enterprise),
  }
}
