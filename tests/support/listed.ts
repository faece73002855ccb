import { longestPage, type List } from '../../rules/page.ts'

/** All of a list that fits on one page. */
export const listed = async <T>(list: List<T>): Promise<T[]> =>
  (await list.page(longestPage, null)).items.map(({ item }) => item)
