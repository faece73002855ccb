/**
 * Check digits for the codes that the world invents. The arithmetic is the sandbox's own, on purpose: it is a witness,
 * and a mistake in the rules of the gateway must not repeat itself in the data that tries them.
 */

const weighted = (digits: readonly number[], weights: readonly number[]) =>
  digits.reduce((sum, digit, i) => sum + digit * (weights[i] ?? 0), 0)

const usccAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const usccWeights = Array.from({ length: 17 }, (_, i) => Number(3n ** BigInt(i) % 31n))

/** GB 32100-2015: the 18th character of a unified social credit code from the first 17. */
export const usccCheck = (body: string): string => {
  const sum = weighted(
    [...body].map((c) => usccAlphabet.indexOf(c)),
    usccWeights,
  )
  return usccAlphabet.charAt((31 - (sum % 31)) % 31)
}

/** GB 11714: the ninth character of an organization code from the first eight. */
export const organizationCheck = (body: string): string => {
  const sum = weighted(
    [...body].map((c) => parseInt(c, 36)),
    [3, 7, 9, 10, 5, 8, 4, 2],
  )
  const check = 11 - (sum % 11)
  return check === 10 ? 'X' : check === 11 ? '0' : String(check)
}

/** GB 11643: the 18th character of an identity number from the first 17. */
export const identityCheck = (body: string): string =>
  '10X98765432'.charAt(weighted([...body].map(Number), [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11)

/** UPU S10: the check digit of a tracking number from its eight digits. */
export const s10Check = (serial: string): string => {
  const check = 11 - (weighted([...serial].map(Number), [8, 6, 4, 2, 3, 5, 9, 7]) % 11)
  return check === 10 ? '0' : check === 11 ? '5' : String(check)
}
