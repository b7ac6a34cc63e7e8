/** Routes that take a form which a page of another site sends, as identity providers of SAML do: each checks who began it. */
import { matchedRoutes } from 'hono/route'
import type { AppContext } from './app-context.ts'

type Handler = ReturnType<typeof matchedRoutes>[number]['handler']

/** Keyed by the handler, which stays the same wherever its router is mounted. */
const takers = new WeakSet<Handler>()

/** Lets pages of other sites send forms to a route. Its handler trusts nothing that the browser adds. */
export const declareForeignForms = (handler: Handler): void => void takers.add(handler)

/** Tells whether the route of a request takes forms of other sites. */
export const takesForeignForms = (c: AppContext): boolean => matchedRoutes(c).some(({ handler }) => takers.has(handler))
