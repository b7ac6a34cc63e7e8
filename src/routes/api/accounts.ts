/** Accounts, under the path that DTR's scripts know. */
import { Hono } from 'hono'
import * as z from 'zod'
import { createAccount } from '../../accounts/accounts.ts'
import { RegistryError } from '../../errors.ts'
import { withCaller, type AppContext, type AppEnv } from '../context.ts'

export const accounts = new Hono<AppEnv>()

const longestBody = 64 * 1024
const newAccount = z.object({ name: z.string(), password: z.string(), isAdmin: z.boolean().default(false) })

accounts.use(withCaller())

accounts.post('/', async function postAccount(c) {
  requireAdministrator(c)
  const { name, password, isAdmin } = await readBody(c)
  const { stores } = c.var
  const account = await createAccount(stores.db, { username: name, password, isAdmin }, stores.now)
  return c.json({ name: account.username, isAdmin: account.isAdmin, isActive: true, isOrg: false }, 201)
})

/** A registry token says nothing about administration, so this asks for the password. */
function requireAdministrator(c: AppContext): void {
  const caller = c.get('caller')
  if (caller.kind === 'account' && caller.account.isAdmin) return
  if (caller.kind === 'account') {
    throw new RegistryError({
      kind: 'denied',
      who: caller.account.username,
      what: 'administer accounts',
      scope: undefined,
    })
  }
  throw new RegistryError({
    kind: 'unauthorized',
    why: 'send the username and password of an administrator (Basic)',
    scope: undefined,
  })
}

async function readBody(c: AppContext): Promise<z.infer<typeof newAccount>> {
  const size = Number(c.req.header('content-length') ?? Number.NaN)
  if (!(size <= longestBody)) throw invalid(`it must announce its length and have at most ${longestBody} bytes`)
  const body = newAccount.safeParse(await c.req.json<unknown>().catch(() => undefined))
  if (!body.success) throw invalid('send {"name": "…", "password": "…", "isAdmin": false} as JSON')
  return body.data
}

const invalid = (why: string): RegistryError => new RegistryError({ kind: 'body-invalid', why })
