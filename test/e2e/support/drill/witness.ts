/** Something that a registry has, and how a client sees that it still has it. */
export interface Witness {
  readonly what: string
  /** @throws Error where it is not as it was */
  readonly check: () => Promise<void>
}
