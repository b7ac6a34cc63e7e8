/** The library for X.509, which is loaded at its first use. */
import { lazily } from '../util/lazy.ts'

export type X509 = Awaited<ReturnType<typeof loadX509>>

/** Loads the library. */
export const loadX509 = lazily(async () => {
  // The library expects it to be there already.
  await import('reflect-metadata')
  return import('@peculiar/x509')
})
