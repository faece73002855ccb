/**
 * Per-request loaders: the same key is asked for once, keys asked for together travel together where the department
 * takes batches, and in parallel that the department's bulkhead bounds where it does not.
 */
import DataLoader from 'dataloader'
import { UpstreamError } from './errors.ts'
import type { DepartmentId } from '../../departments.ts'

/** A loader for a department that answers one key a call: it need not wait for others, and has only to remember. */
export function singly<K, V, C = K>(
  load: (key: K) => Promise<V>,
  cacheKeyFn?: (key: K) => C,
): Pick<DataLoader<K, V>, 'load'> {
  const asked = new Map<K | C, Promise<V>>()
  return {
    load(key) {
      const name = cacheKeyFn === undefined ? key : cacheKeyFn(key)
      let answer = asked.get(name)
      if (answer === undefined) asked.set(name, (answer = load(key)))
      return answer
    },
  }
}

/**
 * A loader for a department that takes batches.
 * @param size most keys that one call may carry, from the contract
 * @param load asks for the keys given; what it returns is looked up by key, so that order does not matter, and an error
 *   among it is that key's alone
 */
export function batched<K, V, C = K>(
  size: number,
  load: (keys: readonly K[]) => Promise<ReadonlyMap<C, V | UpstreamError>>,
  cacheKeyFn: (key: K) => C,
): DataLoader<K, V | null, C> {
  return new DataLoader<K, V | null, C>(
    async (keys) => {
      const found = await load(keys)
      return keys.map((key) => found.get(cacheKeyFn(key)) ?? null)
    },
    { maxBatchSize: size, cacheKeyFn },
  )
}

/**
 * Answers of a batch by key. An answer that nobody asked for, or one key answered twice with different content, means
 * that the department cannot be believed: UpstreamError `contract`.
 */
export function byKey<T>(
  department: DepartmentId,
  asked: readonly string[],
  answers: readonly T[],
  keyOf: (answer: T) => string,
): Map<string, T> {
  const wanted = new Set(asked)
  const found = new Map<string, T>()
  for (const answer of answers) {
    const key = keyOf(answer)
    if (!wanted.has(key))
      throw new UpstreamError(department, 'contract', 'The answer holds a record that was not asked for.')
    const before = found.get(key)
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(answer)) {
      throw new UpstreamError(department, 'contract', 'The answer holds two different records of the same enterprise.')
    }
    found.set(key, answer)
  }
  return found
}

/** Maps each answer of a batch; one that cannot be mapped is an error by itself and leaves its neighbours alone. */
export function mapped<C, T, V>(found: ReadonlyMap<C, T>, map: (answer: T) => V): Map<C, V | UpstreamError> {
  const attempt = (answer: T): V | UpstreamError => {
    try {
      return map(answer)
    } catch (error) {
      if (error instanceof UpstreamError) return error
      throw error
    }
  }
  const all = new Map<C, V | UpstreamError>()
  for (const [key, answer] of found) all.set(key, attempt(answer))
  return all
}
