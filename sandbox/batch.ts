import { usccPattern } from './department.ts'

/** The codes of a batch, or the sentence that says what is wrong with it. */
export type Batch = { readonly codes: readonly string[] } | { readonly wrong: string }

/** Checks the codes of a batch as the contracts do: from 1 to `most`, each a well-formed code. */
export const batchOf = (codes: readonly string[], most: number): Batch => {
  if (codes.length === 0) return { wrong: '至少需要一个统一社会信用代码' }
  if (codes.length > most) return { wrong: `一次最多查询 ${most} 个统一社会信用代码，收到 ${codes.length} 个` }
  const bad = codes.find((code) => !usccPattern.test(code))
  return bad === undefined ? { codes } : { wrong: '统一社会信用代码格式错误' }
}

/** The records on file for the codes asked, each once; unknown codes are left out. */
export const onFile = <File>(cabinet: ReadonlyMap<string, File>, codes: readonly string[]): File[] =>
  [...new Set(codes)].flatMap((code) => {
    const file = cabinet.get(code)
    return file === undefined ? [] : [file]
  })
