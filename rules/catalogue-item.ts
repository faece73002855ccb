/**
 * What the catalogue 目录 must state of an item (政务数据共享条例 art. 13 para. 2 and art. 15 para. 2), in the words of the
 * State's guides: how often it is updated, its class 分类 in the catalogue, its grade 分级 (GB/T 43697-2024).
 */
import type { SharingMode } from './application-request.ts'
import { wrongWith, type Freshness } from './freshness.ts'
import type { SharingClass } from './sharing.ts'

/** Format of the data at its provider 数据格式; the hub itself answers in JSON. */
export const dataFormats = ['JSON', 'XML'] as const
export type DataFormat = (typeof dataFormats)[number]

/** 更新频率 */
export const updateFrequencies = [
  'REAL_TIME',
  'DAILY',
  'WEEKLY',
  'MONTHLY',
  'QUARTERLY',
  'YEARLY',
  'ON_CHANGE',
] as const
export type UpdateFrequency = (typeof updateFrequencies)[number]

/** Where it stands in the catalogue 分类: base data 基础, data of a theme 主题, data of one department 部门. */
export const classifications = ['BASE', 'THEME', 'DEPARTMENT'] as const
export type Classification = (typeof classifications)[number]

/** 分级: general data 一般数据 in four grades by the harm a leak would do, important data 重要数据, core data 核心数据. */
export const grades = ['GENERAL_1', 'GENERAL_2', 'GENERAL_3', 'GENERAL_4', 'IMPORTANT', 'CORE'] as const
export type Grade = (typeof grades)[number]

/** What every item states, whatever its class (art. 13 para. 2). */
export interface ItemTerms {
  dataFormat: DataFormat
  updateFrequency: UpdateFrequency
  /** 共享方式; empty for what is not shared. */
  sharingModes: readonly SharingMode[]
  classification: Classification
  grade: Grade
}

/** An item as it is written, before it is checked. */
export interface StatedItem extends Partial<ItemTerms>, Partial<Freshness> {
  id: string
  sharing: SharingClass
  /** Scope 共享范围 and use 使用用途 it is shared for; obligatory for CONDITIONAL (art. 15). */
  conditions?: string
  /** Why it is not shared 理由; obligatory for WITHHELD (art. 15). */
  reason?: string
  /** The law, regulation or decision behind it; obligatory for WITHHELD (art. 15). */
  legalBasis?: string
}

const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === ''

/** A sentence for each thing that is demanded of an item, by law or by this hub, and that it does not state rightly. */
export function missingOf(item: StatedItem): string[] {
  const problems: string[] = []
  for (const term of ['dataFormat', 'updateFrequency', 'sharingModes', 'classification', 'grade'] as const) {
    if (item[term] === undefined) problems.push(`${item.id} must state its ${term} (art. 13)`)
  }
  if (item.sharing === 'CONDITIONAL' && isBlank(item.conditions)) {
    problems.push(`${item.id} is CONDITIONAL and must state its conditions of use (art. 15)`)
  }
  if (item.sharing === 'WITHHELD' && isBlank(item.reason)) {
    problems.push(`${item.id} is WITHHELD and must state its reason (art. 15)`)
  }
  if (item.sharing === 'WITHHELD' && isBlank(item.legalBasis)) {
    problems.push(`${item.id} is WITHHELD and must name its legal basis (art. 15)`)
  }
  const modes = item.sharingModes?.length
  if (item.sharing === 'WITHHELD' && modes !== undefined && modes > 0) {
    problems.push(`${item.id} is WITHHELD and cannot have a sharing mode`)
  }
  if (item.sharing !== 'WITHHELD' && modes === 0) problems.push(`${item.id} must state its sharingModes (art. 13)`)
  // Conditions beyond the law would hinder sharing.
  if (item.sharing !== 'CONDITIONAL' && item.conditions !== undefined) {
    problems.push(`${item.id} is ${item.sharing} and cannot have conditions of use (art. 15)`)
  }
  problems.push(...wrongWith(item))
  return problems
}
