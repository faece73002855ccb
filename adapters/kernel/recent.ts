/** A map that keeps what was used last, for a Keyv store that must not grow without end. */
export class Recent<K, V> extends Map<K, V> {
  readonly #most: number

  constructor(most: number) {
    super()
    this.#most = most
  }

  override get(key: K): V | undefined {
    const value = super.get(key)
    if (value !== undefined) this.set(key, value) // a Map keeps the order of insertion: used last stands last
    return value
  }

  override set(key: K, value: V): this {
    super.delete(key)
    super.set(key, value)
    const [oldest] = this.keys()
    if (oldest !== undefined && this.size > this.#most) super.delete(oldest)
    return this
  }
}
