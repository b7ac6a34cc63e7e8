/** The whole app: the routes of the core and of all capabilities. `answer.ts` loads it for the first request that needs it. */
import { assemble } from './assembly.ts'
import { apiGroups, capabilities } from './installed.ts'
import { serveDocument } from './routes/shared/openapi.ts'

const modules = await Promise.all(capabilities.map(async ({ routes }) => routes?.()))

export const { app } = assemble(modules.flatMap((routes) => routes ?? []))

serveDocument(app, '/api/v0/openapi.json', apiGroups)
