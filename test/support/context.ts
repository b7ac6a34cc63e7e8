/** What the code under test works with: the real bindings of the test runtime. */
import { env } from 'cloudflare:workers'
import { openContext, type Context } from '../../src/context.ts'

/** Work that outlives its caller is not waited for. @param changes what a test sets itself, as the time */
export const testContext = (changes: Partial<Context> = {}): Context => ({
  ...openContext(env, (work) => void work.catch(() => undefined)),
  pullLogSeconds: 0,
  replicaCount: 3,
  ...changes,
})
