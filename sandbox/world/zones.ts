/** The five comprehensive pilot zones (综合试验区) in which the invented enterprises live. */
export interface Zone {
  readonly name: '福州' | '漳州' | '三明' | '金华' | '舟山'
  readonly province: '福建' | '浙江'
  /** The city's four digits of the division code (GB/T 2260). */
  readonly city: string
  /** County-level divisions: six digits and name. */
  readonly counties: readonly (readonly [code: string, name: string])[]
  /** Customs districts (four digits) where its enterprises are on file and declare. */
  readonly districts: readonly string[]
  readonly parks: readonly string[]
}

export const zones: readonly Zone[] = [
  {
    name: '福州',
    province: '福建',
    city: '3501',
    counties: [
      ['350102', '鼓楼区'],
      ['350104', '仓山区'],
      ['350105', '马尾区'],
      ['350112', '长乐区'],
      ['350181', '福清市'],
    ],
    districts: ['3500'],
    parks: ['福州示例跨境产业园', '马尾示例物流园'],
  },
  {
    name: '漳州',
    province: '福建',
    city: '3506',
    counties: [
      ['350602', '芗城区'],
      ['350603', '龙文区'],
      ['350604', '龙海区'],
      ['350623', '漳浦县'],
    ],
    districts: ['3700'],
    parks: ['漳州示例跨境产业园'],
  },
  {
    name: '三明',
    province: '福建',
    city: '3504',
    counties: [
      ['350404', '三元区'],
      ['350405', '沙县区'],
      ['350481', '永安市'],
    ],
    districts: ['3500'],
    parks: ['三明示例跨境产业园'],
  },
  {
    name: '金华',
    province: '浙江',
    city: '3307',
    counties: [
      ['330702', '婺城区'],
      ['330782', '义乌市'],
      ['330783', '东阳市'],
      ['330784', '永康市'],
    ],
    districts: ['2921', '2922'],
    parks: ['义乌示例跨境产业园', '金华示例数字贸易园'],
  },
  {
    name: '舟山',
    province: '浙江',
    city: '3309',
    counties: [
      ['330902', '定海区'],
      ['330903', '普陀区'],
      ['330921', '岱山县'],
    ],
    districts: ['2942', '2943'],
    parks: ['舟山示例综合保税园'],
  },
]
