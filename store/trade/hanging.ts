/** Names that hang together because something bears two of them, and how many bear any of those. */
export class Hanging {
  readonly #above = new Map<string, string>()
  readonly #bearers = new Map<string, number>()

  /** The one name that stands for all that hang together with it; itself, where nothing does. */
  top(name: string): string {
    let at = name
    for (let above = this.#above.get(at); above !== undefined; above = this.#above.get(at)) at = above
    return at
  }

  /** Has something bear these names; nothing happens where there are none. */
  bear(names: readonly string[]): void {
    const [first, ...others] = names
    if (first === undefined) return
    let one = this.top(first)
    for (const name of others) {
      const other = this.top(name)
      if (other === one) continue
      // The smaller hangs on the larger, so that a name is never far from its top.
      const [low, high] = this.#of(one) < this.#of(other) ? [one, other] : [other, one]
      this.#above.set(low, high)
      this.#bearers.set(high, this.#of(low) + this.#of(high))
      one = high
    }
    this.#bearers.set(one, this.#of(one) + 1)
  }

  /** How many bear the name, or one that hangs together with it. */
  bearers(name: string): number {
    return this.#of(this.top(name))
  }

  #of(top: string): number {
    return this.#bearers.get(top) ?? 0
  }
}
