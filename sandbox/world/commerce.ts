import { beginning, day, isoDay, yearOf } from './calendar.ts'
import { countries } from './goods.ts'
import type { Enterprise } from './identity.ts'

export type Role = 'platform' | 'seller' | 'payment' | 'logistics' | 'warehouse'

/** A filing of a cross-border e-commerce enterprise as commerce keeps it. */
export type CommerceFile = {
  uscc: string
  filing: {
    number: string
    zone: '福州' | '漳州' | '三明' | '金华' | '舟山'
    roles: Role[]
    filedOn: string
    status: '有效' | '变更中' | '已注销'
  }
  overseasWarehouses: { name: string; country: string; area: string; public: boolean }[]
  parks: { name: string; division?: string }[]
}

const statusOf = (enterprise: Enterprise): CommerceFile['filing']['status'] => {
  if (enterprise.planted.includes('filing-outlives-registration')) return '有效'
  if (enterprise.status !== '存续') return '已注销'
  return enterprise.index > 4 && enterprise.chance('commerce/status').is(0.06) ? '变更中' : '有效'
}

const rolesOf = (enterprise: Enterprise): Role[] => {
  const chance = enterprise.chance('commerce/roles')
  const others = (['platform', 'payment', 'logistics', 'warehouse'] as const).filter(() => chance.is(0.15))
  return enterprise.index === 0 ? ['platform', 'seller', 'warehouse'] : ['seller', ...others]
}

/** What commerce holds on an enterprise, or nothing where it has no filing. */
export const commerceFileOf = (enterprise: Enterprise): CommerceFile | undefined => {
  if (!enterprise.onFile.commerce) return undefined
  const chance = enterprise.chance('commerce')
  const filed = beginning - chance.whole(1, 1800) * day
  const warehouses = enterprise.index === 0 ? 2 : chance.is(0.25) ? chance.whole(1, 3) : 0
  return {
    uscc: enterprise.uscc,
    filing: {
      number: `CBEC-${enterprise.zone.city}-${yearOf(filed)}-${String(enterprise.index).padStart(6, '0')}`,
      zone: enterprise.zone.name,
      roles: rolesOf(enterprise),
      filedOn: isoDay(filed),
      status: statusOf(enterprise),
    },
    overseasWarehouses: Array.from({ length: warehouses }, (_, n) => {
      const country = chance.pick(countries)
      return {
        name: `${enterprise.zone.name}示例海外仓 ${country.alpha3}-${n + 1}（开发数据）`,
        country: country.alpha3,
        area: String(chance.whole(4, 300) * 100),
        public: chance.is(0.4),
      }
    }),
    parks:
      chance.is(0.5) || enterprise.index === 0
        ? [{ name: chance.pick(enterprise.zone.parks), division: enterprise.county[0] }]
        : [],
  }
}
