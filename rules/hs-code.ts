import { shown } from './shown.ts'

/** What a check of a commodity code finds. */
export type HsCodeCheck = { valid: true; hsCode: string } | { valid: false; reason: string; position?: number }

/**
 * Checks a commodity code 商品编码: a heading (4) or subheading (6) of the Harmonized System, a tariff item 税则号列 (8), or
 * a tariff item with customs' two digits more (10). Chapters are 01–97 without 77, which the HS reserves; 98 and 99 are
 * left to each country by the HS and used by China's commodity catalogue for statistics.
 */
export function checkHsCode(text: string): HsCodeCheck {
  if (!/^\d*$/.test(text)) {
    const characters = [...text]
    const wrong = characters.findIndex((character) => !/^\d$/.test(character))
    const reason = `character ${wrong + 1} (${shown(characters[wrong] ?? '')}) is not a digit; 商品编码 is written without points`
    return { valid: false, reason, position: wrong + 1 }
  }
  if (![4, 6, 8, 10].includes(text.length)) {
    return { valid: false, reason: `商品编码 must have 4, 6, 8 or 10 digits, not ${text.length}` }
  }
  const chapter = text.slice(0, 2)
  if (chapter === '00') return { valid: false, reason: 'there is no chapter 00; chapters are 01 to 99', position: 1 }
  if (chapter === '77') {
    return { valid: false, reason: 'chapter 77 is reserved by the Harmonized System and holds no goods', position: 1 }
  }
  return { valid: true, hsCode: text }
}
