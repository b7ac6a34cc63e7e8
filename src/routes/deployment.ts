/** A deployment with a secret or variable that is wrong serves nothing, and every answer says which one it is. */
import type { MiddlewareHandler } from 'hono'
import { RegistryError } from '../errors.ts'
import { variablesOf, type VariableTexts } from '../variables.ts'
import type { AppEnv } from './app-context.ts'
import { answerHealth, isHealthPath } from './health.ts'

/** Refuses every request while a variable is wrong. Monitors and load balancers are told in their own words. */
export function withCheckedVariables(): MiddlewareHandler<AppEnv> {
  return async function checkVariables(c, next) {
    const fault = faultIn(c.env)
    if (fault === undefined) return next()
    if (isHealthPath(c.req.path)) return answerHealth(c, fault.message)
    throw fault
  }
}

function faultIn(texts: VariableTexts): RegistryError | undefined {
  try {
    variablesOf(texts)
    return undefined
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
}
