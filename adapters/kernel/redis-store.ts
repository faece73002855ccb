/**
 * Redis for Keyv: the storage contract of Keyv 6 over the Redis client, since Keyv's own adapter is of Keyv 5. What is
 * asked fails at a short deadline; after some failures it fails at once, but for one trial a second.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { createClient } from '@redis/client'
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel'
import {
  keyvStorageCapability,
  type KeyvStorageAdapter,
  type KeyvStorageCapability,
  type KeyvStorageEntry,
  type KeyvStorageGetResult,
} from 'keyv'
import { within } from './time-limit.ts'

/** Longest that anyone waits for it, in ms. */
const deadline = 25
const breakerOpens = 3
/** How long it is left alone then, in ms. */
const pause = 1000
/** Between two attempts to connect, in ms. */
const reconnects = 500
/** A connection on which nothing comes for so long, in ms, is given up; a ping goes out more often. */
const silent = 2000

/**
 * One command, so that no count is left without an end. Each process has a field with all that it has counted, which only
 * grows: told twice, or late, it is the same. Returns what the others have counted.
 */
const tellCount = `local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if tonumber(ARGV[2]) > before then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local others = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do if all[i] ~= ARGV[1] then others = others + tonumber(all[i + 1]) end end
return others`

/** Never queues what cannot be sent at once: whoever asks has better to do than to wait for a cache. */
export class RedisStore extends EventEmitter implements Omit<KeyvStorageAdapter, keyof EventEmitter> {
  readonly #client
  readonly #breaker = circuitBreaker(handleAll, { halfOpenAfter: pause, breaker: new ConsecutiveBreaker(breakerOpens) })
  /** What its counts are known by. */
  readonly #process = randomUUID()
  readonly #never = new AbortController().signal
  constructor(url: string) {
    super()
    this.#client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: 10_000,
      pingInterval: silent / 4,
      socket: { connectTimeout: silent, socketTimeout: silent, reconnectStrategy: () => reconnects },
    })
    this.#client.on('error', () => undefined) // it connects again by itself; what is asked meanwhile fails
    this.#client.connect().catch(() => undefined)
  }

  /** False while it is left alone. */
  get isUp(): boolean {
    return this.#breaker.state !== CircuitState.Open
  }

  #attempt<T>(work: () => Promise<T>): Promise<T> {
    return this.#breaker.execute(() => within(deadline, this.#never, work))
  }

  get capabilities(): KeyvStorageCapability {
    return keyvStorageCapability(this)
  }

  async get<Value>(key: string): Promise<KeyvStorageGetResult<Value>> {
    return (await this.#attempt(() => this.#client.get(key))) ?? undefined
  }

  async getMany<Value>(keys: string[]): Promise<KeyvStorageGetResult<Value | undefined>[]> {
    const found = await this.#attempt(() => this.#client.mGet(keys))
    return found.map((value) => (value ?? undefined) as KeyvStorageGetResult<Value>)
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    const until = expires === undefined ? {} : { expiration: { type: 'PXAT' as const, value: expires } }
    return (await this.#attempt(() => this.#client.set(key, String(value), until))) !== null
  }

  setMany<Value>(entries: KeyvStorageEntry<Value>[]): Promise<boolean[]> {
    return Promise.all(entries.map(({ key, value, expires }) => this.set(key, value, expires)))
  }

  /** Tells what this process has counted in all; ends so many ms after it was last told. @returns what the others have */
  async tell(key: string, total: number, lifetime: number): Promise<number> {
    const told = { keys: [key], arguments: [this.#process, String(total), String(lifetime)] }
    return Number(await this.#attempt(() => this.#client.eval(tellCount, told)))
  }

  async has(key: string): Promise<boolean> {
    return (await this.#attempt(() => this.#client.exists(key))) > 0
  }

  hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.has(key)))
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#attempt(() => this.#client.del(key))) > 0
  }

  deleteMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.delete(key)))
  }

  clear(): Promise<void> {
    return Promise.reject(new Error('Copies in Redis run out by themselves.'))
  }

  async disconnect(): Promise<void> {
    this.#client.destroy()
  }
}
