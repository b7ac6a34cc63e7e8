/** What is wrong with a document, in the words of the Go server where it has any: clients print the message. */
export class InvalidMetadata extends Error {
  override readonly name: string = 'InvalidMetadata'
}

/** A document that is larger than this registry takes. No client makes such ones, so the message is for people. */
export class OverLimit extends InvalidMetadata {
  override readonly name = 'OverLimit'
}
