import { groupOf, type Group } from './kinds.ts'

const transfer = (copCode: string): Group =>
  groupOf(
    null,
    { copCode, copName: 'C..100', dxpMode: 'C3 DXP', dxpId: 'C..30', note: '?C..1000' },
    { least: 1, most: 1 },
    '202205',
    false,
  )

/** BaseTransfer 基础报文传输实体 (specification, 2.1.4 table 2-4, 3.1.4 table 3-4). */
export const transferGroups = { import: transfer('C1..18'), export: transfer('C..18') } as const

/** BaseSubscribe 基础回执订阅实体 (the schemas of both editions). */
export const subscriptionGroup: Group = groupOf(
  null,
  { status: 'C..100 ALL|DATA|RET', dxpMode: 'C3 DXP', dxpAddress: 'C..100', note: '?C..1000' },
  { least: 0, most: 5 },
  '202205',
  false,
)
