/** Why an answer of the identity provider is not trusted, within this folder. */
import type { WhyRefused } from './failures.ts'

export class ResponseRefused extends Error {
  override readonly name = 'ResponseRefused'
  readonly kind: WhyRefused['kind']

  constructor(kind: WhyRefused['kind'], options?: ErrorOptions) {
    super(kind, options)
    this.kind = kind
  }
}
