/** The OpenAPI document: what the routes themselves say, and how a caller proves who they are. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../context.ts'

/** Serves the document of all routes that the app has until now. */
export function serveDocument(app: OpenAPIHono<AppEnv>, path: string): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'password', {
    type: 'http',
    scheme: 'basic',
    description: 'A username with a password or, in its place, an access token.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'http',
    scheme: 'bearer',
    description: 'The `auth_token` that `POST /auth/login` gives.',
  })
  app.doc31(path, {
    openapi: '3.1.0',
    info: {
      title: 'Breakwater',
      version: 'v0',
      description:
        'Administration of the registry, by the API of Docker Trusted Registry. A "/" within the name of a repository is written "%2F".',
    },
    // Some routes answer everybody, so that none is required of all.
    security: [{}, { password: [] }, { session: [] }],
  })
}
