import type { Said } from './subscriptions.ts'

/** What a viewer is shown already: nothing, before anything was. */
export class Shown {
  #last: string | null = null

  /** For where what was to be told is not told. */
  undo(): () => void {
    const last = this.#last
    return () => void (this.#last = last)
  }

  /** Whether it is to be told, since it is not what is shown. Of lists that changed those are, where there are any. */
  isNews({ data, errors }: Said, isFirst = false): boolean {
    const [value] = Object.values(data ?? {})
    if (errors === undefined && Array.isArray(value)) {
      if (value.length > 0) this.#last = null
      return isFirst || value.length > 0
    }
    const now = errors === undefined && value === null ? null : JSON.stringify([data, errors])
    if (now === this.#last) return false
    this.#last = now
    return true
  }
}
