/** What a target says when a run broke a rule that no exception of ours tells. */
export class Violation extends Error {
  name = 'Violation'
}
