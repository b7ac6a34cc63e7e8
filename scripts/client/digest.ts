import { createHash } from 'node:crypto'

/** Returns the digest that a registry knows the bytes by. */
export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
