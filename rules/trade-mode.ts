/**
 * Customs supervision modes 监管方式代码 that cross-border e-commerce meets, with the announcement of GACC that made each
 * where it is younger than the code list of 2019.
 */
export const tradeModes = {
  '0110': { zh: '一般贸易', en: 'General trade' },
  '1039': { zh: '市场采购', en: 'Market procurement' },
  '1210': { zh: '保税电商', en: 'Bonded e-commerce' },
  '1239': { zh: '保税电商A', en: 'Bonded e-commerce A, outside the pilot cities' },
  '9610': { zh: '电子商务', en: 'E-commerce direct to consumers (B2C)' },
  /** GACC 2020 no. 75 */
  '9710': { zh: '跨境电商B2B直接出口', en: 'E-commerce B2B direct export' },
  /** GACC 2020 no. 75 */
  '9810': { zh: '跨境电商出口海外仓', en: 'E-commerce export to overseas warehouses' },
} as const satisfies Record<string, { zh: string; en: string }>

/** The code of a supervision mode 监管方式, e.g. `9610`. */
export type TradeModeCode = keyof typeof tradeModes

/** True for a code of the table of supervision modes 监管方式代码. */
export const isTradeModeCode = (text: string): text is TradeModeCode => Object.hasOwn(tradeModes, text)
