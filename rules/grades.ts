/** Customs credit grades 海关企业信用等级 (GACC Order 251, 2021); ADVANCED_CERTIFIED is the AEO of the WCO SAFE Framework. */
export const customsCreditGrades = {
  ADVANCED_CERTIFIED: '高级认证企业',
  REGISTERED: '其他备案企业',
  DISCREDITED: '失信企业',
} as const
export type CustomsCreditGrade = keyof typeof customsCreditGrades

/** Tax credit grades 纳税信用级别 (SAT 2014 no. 40; M for new enterprises since SAT 2018 no. 8), best first. */
export const taxCreditGrades = { A: 'A级', B: 'B级', M: 'M级', C: 'C级', D: 'D级' } as const
export type TaxCreditGrade = keyof typeof taxCreditGrades

/** Export refund classes 出口企业管理类别 (SAT 2016 no. 46), best first. */
export const exportRefundClasses = { CLASS_1: '一类', CLASS_2: '二类', CLASS_3: '三类', CLASS_4: '四类' } as const
export type ExportRefundClass = keyof typeof exportRefundClasses

/** Foreign exchange classes of goods trade 货物贸易外汇管理分类等级 (汇发〔2012〕38号), best first. */
export const foreignExchangeClasses = { A: 'A类', B: 'B类', C: 'C类' } as const
export type ForeignExchangeClass = keyof typeof foreignExchangeClasses
