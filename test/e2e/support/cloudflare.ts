/**
 * A stand-in for Cloudflare's API on loopback, as far as wrangler asks it during a deployment: an account with buckets,
 * databases, a Worker and its secrets. Its databases are real SQLite. The Worker that was uploaded is not run: the
 * stand-in itself answers at its address.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import packageJson from '../../../package.json' with { type: 'json' }
import { basic } from '../../../scripts/client/credentials.ts'

export interface Cloudflare {
  /** Its address, in which wrangler finds the API below /client/v4. */
  readonly url: string
  /** What wrangler has to be told. */
  readonly environment: Readonly<Record<string, string>>
  readonly buckets: ReadonlySet<string>
  readonly databases: ReadonlyMap<string, { readonly name: string; readonly sqlite: DatabaseSync }>
  readonly secrets: ReadonlyMap<string, string>
  /** Lets the next request whose path has this word fail, as an API that breaks off. */
  readonly failOnce: (word: string) => void
  /** How often the Worker was uploaded. */
  readonly uploads: () => number
  /** What was asked for that the stand-in does not know. */
  readonly unknown: readonly string[]
  readonly close: () => Promise<void>
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
  readonly type: string
}

/** Undefined for what this route does not know. */
type Route = (asked: Asked) => Answer | undefined

interface Answer {
  readonly status: number
  readonly body: unknown
  /** Of what was stored. */
  readonly etag?: string
}

const account = 'f'.repeat(32)
/** The Worker starts to answer some looks after its upload, as it does on a busy edge. */
const unhealthyLooks = 2

export async function startCloudflare(): Promise<Cloudflare> {
  const buckets = new Set<string>()
  const databases = new Map<string, { name: string; sqlite: DatabaseSync }>()
  const secrets = new Map<string, string>()
  const files = new Map<string, string>()
  const unknown: string[] = []
  let uploads = 0
  let looks = 0
  let isDraft = false
  let failing: string | undefined

  const routes: readonly Route[] = [
    ({ path }) => (path === '/user/tokens/verify' ? ok({ id: account, status: 'active' }) : undefined),
    ({ path }) => (path === '/user' ? ok({ id: account, email: 'operator@example.com' }) : undefined),
    ({ path }) => (path === '/accounts' || path === '/memberships' ? ok(memberships(path)) : undefined),
    ({ method, path, body }) => {
      if (path !== of('/r2/buckets') || method !== 'POST') return undefined
      buckets.add(named.parse(jsonOf(body)).name)
      return ok({})
    },
    ({ path }) => {
      const [, name] = /^\/r2\/buckets\/([^/]+)$/.exec(withoutAccount(path)) ?? []
      if (name === undefined) return undefined
      return buckets.has(name)
        ? ok({ name, creation_date: '2026-01-01', location: 'WEUR', storage_class: 'Standard' })
        : failure(404, 10_006, 'The specified bucket does not exist.')
    },
    ({ method, path, body }) => {
      if (path !== of('/d1/database')) return undefined
      if (method === 'GET') return ok([...databases].map(([uuid, { name }]) => ({ uuid, name })))
      const { name } = named.parse(jsonOf(body))
      const uuid = randomUUID()
      databases.set(uuid, { name, sqlite: new DatabaseSync(':memory:') })
      return ok({ uuid, name })
    },
    ({ path, body }) => {
      const [, uuid = '', what] = /^\/d1\/database\/([^/]+)(?:\/([a-z]+))?$/.exec(withoutAccount(path)) ?? []
      const database = databases.get(uuid)
      if (database === undefined) return undefined
      if (what === undefined) return ok({ uuid, name: database.name, version: 'production' })
      if (what === 'query') return answerQuery(database.sqlite, z.object({ sql: z.string() }).parse(jsonOf(body)).sql)
      return what === 'import'
        ? answerImport(database.sqlite, importing.parse(jsonOf(body)), files, uploadUrl())
        : undefined
    },
    ({ method, path, body }) => {
      const [, etag] = /^\/upload\/([0-9a-f]+)$/.exec(path) ?? []
      if (etag === undefined || method !== 'PUT') return undefined
      files.set(etag, body.toString())
      return { ...ok({}), etag }
    },
    // It has all assets already, as after an earlier upload, and asks for none.
    ({ path }) =>
      withoutAccount(path).endsWith('/assets-upload-session') ? ok({ jwt: 'assets', buckets: [] }) : undefined,
    ({ method, path, body, type }) => {
      if (!/^\/workers\/(scripts|services|workers)\/breakwater/.test(withoutAccount(path))) return undefined
      const exists = uploads > 0 || isDraft
      if (method === 'PATCH' && path.endsWith('/secrets-bulk') && exists) return changeSecrets(jsonOf(body), secrets)
      if (method !== 'PUT' || !type.startsWith('multipart/form-data')) return answerWorker(path, exists, secrets)
      const bindings = bindingsIn(body.toString('latin1'))
      // A Worker that wrangler makes for its secrets has nothing but a line of code.
      if (bindings.length === 0) {
        isDraft = true
        return ok(uploaded)
      }
      const before = new Map(secrets)
      for (const { name, type: kind, text, old_name: oldName = '' } of bindings) {
        const own = kind === 'inherit' ? before.get(oldName) : kind === 'secret_text' ? text : undefined
        if (own !== undefined) secrets.set(name, own)
        else if (kind === 'inherit') return failure(400, 10_057, `inherit binding '${name}' is invalid`)
      }
      uploads += 1
      looks = 0
      return ok(uploaded)
    },
    ({ path }) => (withoutAccount(path) === '/workers/subdomain' ? ok({ subdomain: 'test' }) : undefined),
    // How much is in a bucket, which wrangler shows and nothing needs.
    ({ path }) => (path === '/graphql' ? failure(404, 7003, 'the stand-in counts nothing') : undefined),
  ]

  const uploadUrl = (): string => `${url}/client/v4/upload`

  const server = createServer((request, response) => void serve(request, response))
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array))
    if (pathname === '/health') {
      looks += 1
      return send(response, { status: uploads > 0 && looks > unhealthyLooks ? 200 : 503, body: { Healthy: true } })
    }
    if (pathname === '/api/v0/admin/installation') {
      looks += 1
      return send(response, { status: 200, body: installationOf(secrets, looks) })
    }
    if (pathname === '/auth/token') {
      const wanted = basic({ name: 'admin', password: secrets.get('BREAKWATER_ADMIN_PASSWORD') ?? '' })
      return send(response, { status: request.headers.authorization === wanted ? 200 : 401, body: {} })
    }
    const asked = {
      method: request.method ?? 'GET',
      path: pathname.replace('/client/v4', ''),
      query: searchParams,
      body: Buffer.concat(chunks),
      type: request.headers['content-type'] ?? '',
    }
    if (failing !== undefined && asked.path.includes(failing)) {
      failing = undefined
      return send(response, failure(400, 10_001, 'the stand-in was told to fail'))
    }
    for (const route of routes) {
      const answer = route(asked)
      if (answer !== undefined) return send(response, answer)
    }
    unknown.push(`${asked.method} ${asked.path}`)
    send(response, failure(404, 7003, `the stand-in does not know ${asked.method} ${asked.path}`))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port')
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    environment: {
      CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
      CLOUDFLARE_API_TOKEN: 'a token of the stand-in',
      CLOUDFLARE_ACCOUNT_ID: account,
    },
    buckets,
    databases,
    secrets,
    failOnce: (word) => {
      failing = word
    },
    uploads: () => uploads,
    unknown,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const of = (path: string): string => `/accounts/${account}${path}`
const withoutAccount = (path: string): string => path.replace(`/accounts/${account}`, '')
const named = z.object({ name: z.string() })
const importing = z.object({ action: z.string(), etag: z.string().optional(), filename: z.string().optional() })
const jsonOf = (body: Buffer): unknown => JSON.parse(body.toString())

const memberships = (path: string): unknown[] =>
  path === '/accounts' ? [{ id: account, name: 'Test' }] : [{ id: account, account: { id: account, name: 'Test' } }]

const ok = (result: unknown): Answer => ({ status: 200, body: { success: true, errors: [], messages: [], result } })
const failure = (status: number, code: number, message: string): Answer => ({
  status,
  body: { success: false, errors: [{ code, message }], messages: [], result: null },
})

function send(response: ServerResponse, { status, body, etag }: Answer): void {
  const headers = { 'content-type': 'application/json', ...(etag === undefined ? {} : { etag: `"${etag}"` }) }
  response.writeHead(status, headers).end(JSON.stringify(body))
}

/** What wrangler reads of the result of an upload. */
const uploaded = {
  id: 'breakwater',
  startup_time_ms: 40,
  available_on_subdomain: true,
  deployment_id: 'd',
  etag: 'e',
  pipeline_hash: null,
  mutable_pipeline_id: null,
}

/** What is known of the Worker, by the last part of the path. */
function answerWorker(path: string, exists: boolean, secrets: ReadonlyMap<string, string>): Answer {
  if (path.endsWith('/subdomain')) return ok({ enabled: true, previews_enabled: false })
  if (path.endsWith('/domains/changeset')) return ok({ added: [], removed: [], updated: [], conflicting: [] })
  if (path.includes('/domains')) return ok([])
  if (path.endsWith('/schedules')) return ok({ schedules: [] })
  if (!exists) return failure(404, 10_007, 'This Worker does not exist on your account.')
  if (path.endsWith('/secrets')) return ok([...secrets.keys()].map((name) => ({ name, type: 'secret_text' })))
  if (path.endsWith('/settings')) return ok({ bindings: [] })
  if (path.endsWith('/deployments')) {
    return ok({ deployments: [{ id: 'd', source: 'wrangler', versions: [{ version_id: 'v', percentage: 100 }] }] })
  }
  if (path.includes('/versions')) return ok({ id: 'v', metadata: {}, resources: { bindings: [], script: {} } })
  return ok({
    id: 'breakwater',
    subdomain: { enabled: true, previews_enabled: false },
    default_environment: { environment: 'production', script: { last_deployed_from: 'wrangler' } },
    migration_tag: 'v1',
  })
}

/** D1 splits what is sent as one string at the semicolons that end a line, and keeps what it did before an error. */
function answerQuery(sqlite: DatabaseSync, sql: string): Answer {
  const statements = sql.split(/;[ \t]*(?:\n|$)/).filter((statement) => statement.trim() !== '')
  try {
    const results = statements.map((statement) => ({
      results: sqlite.prepare(statement).all(),
      success: true,
      meta: { duration: 1 },
    }))
    return ok(results)
  } catch (error) {
    return failure(400, 7500, error instanceof Error ? error.message : String(error))
  }
}

/** An import is done whole or not at all. */
function answerImport(
  sqlite: DatabaseSync,
  { action, etag = '' }: z.infer<typeof importing>,
  files: ReadonlyMap<string, string>,
  uploadUrl: string,
): Answer {
  if (action === 'init') return ok({ success: true, filename: etag, upload_url: `${uploadUrl}/${etag}` })
  const text = files.get(etag)
  if (text === undefined || createHash('md5').update(text).digest('hex') !== etag) {
    return failure(400, 7400, 'the file is not the one announced')
  }
  sqlite.exec('BEGIN')
  try {
    sqlite.exec(text)
    sqlite.exec('COMMIT')
  } catch (error) {
    sqlite.exec('ROLLBACK')
    const why = error instanceof Error ? error.message : String(error)
    return ok({ success: false, type: 'import', status: 'error', error: why, messages: [] })
  }
  const meta = { duration: 1, rows_read: 1, rows_written: 1, size_after: 1 }
  const result = { num_queries: 1, final_bookmark: 'b', meta }
  return ok({ success: true, type: 'import', status: 'complete', messages: [], at_bookmark: 'b', result })
}

const binding = z.looseObject({
  name: z.string(),
  type: z.string(),
  text: z.string().optional(),
  old_name: z.string().optional(),
})

function bindingsIn(form: string): z.infer<typeof binding>[] {
  const [, metadata = '{}'] = /name="metadata"[^]*?\r\n\r\n([^]*?)\r\n--/.exec(form) ?? []
  return z.object({ bindings: z.array(binding).default([]) }).parse(JSON.parse(metadata)).bindings
}

/** Sets secrets, and deletes those that are null. */
function changeSecrets(body: unknown, secrets: Map<string, string>): Answer {
  const wanted = z.object({ secrets: z.record(z.string(), z.object({ text: z.string() }).nullable()) }).parse(body)
  for (const [name, secret] of Object.entries(wanted.secrets)) {
    if (secret === null) secrets.delete(name)
    else secrets.set(name, secret.text)
  }
  return ok([])
}

/** What the registry says of its secrets: after an upload, keys are encrypted again for some looks. */
function installationOf(secrets: ReadonlyMap<string, string>, looks: number) {
  const [current = '', previous] = [secrets.get('REGISTRY_SECRET'), secrets.get('REGISTRY_SECRET_PREVIOUS')]
  const needPrevious = previous === undefined ? 0 : Math.max(0, 3 - looks)
  return {
    version: packageJson.version,
    databaseBytes: 1,
    databaseLimitBytes: 10,
    secret: { name: String(current.length), previousName: previous === undefined ? null : 'previous', needPrevious },
  }
}
