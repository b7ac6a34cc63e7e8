/**
 * One engine and one registry for all tests that do not stop them; each is started when it is first needed. What several suites
 * of a file share is prepared so too: a hook outside of suites would run before the tests of all files.
 */
import { startEngine } from './engine.ts'
import { newRegistry } from './registry.ts'

export const sharedEngine = once(startEngine)
export const sharedRegistry = once(() => newRegistry())

/** Makes something when it is first asked for, and once. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
