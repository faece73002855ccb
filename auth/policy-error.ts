/** The policies and the schema do not fit; `problems` has a sentence for each misfit. */
export class PolicyError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Policies and schema do not fit:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'PolicyError'
    this.problems = problems
  }
}
