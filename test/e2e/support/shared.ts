/** One engine and one registry for all tests that do not stop them; each is started when it is first needed. */
import { startEngine } from './engine.ts'
import { newRegistry } from './registry.ts'

export const sharedEngine = once(startEngine)
export const sharedRegistry = once(() => newRegistry())

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
