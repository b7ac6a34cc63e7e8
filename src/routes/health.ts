/** The health checks for load balancers and monitors, without credentials: `/health` and `/_ping` as DTR has them. */
import { Hono } from 'hono'
import { healthError } from '../replicas/health-check.ts'
import type { AppContext, AppEnv } from './app-context.ts'

export const health = new Hono<AppEnv>()

const healthPaths = ['/health', '/_ping']

for (const path of healthPaths) {
  health.get(path, async function getHealth(c) {
    return answerHealth(c, await healthError(c.get('context')))
  })
}

export const isHealthPath = (path: string): boolean => healthPaths.includes(path)

/** Answers as DTR does. @param error what fails; empty for a healthy registry */
export function answerHealth(c: AppContext, error: string) {
  c.header('Cache-Control', 'no-store')
  return c.json({ Error: error, Healthy: error === '' }, error === '' ? 200 : 503)
}
