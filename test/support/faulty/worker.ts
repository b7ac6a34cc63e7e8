/**
 * The registry between a D1 and an R2 that fail when they are told to. Only the harness of `scripts/faults` runs this
 * entry point; the cron trigger and the replicas have the real ones.
 *
 *     GET /faults   what was called since the last PUT, and whether the fault has happened
 *     PUT /faults   begins to count again, and arms a fault: `{}` for none
 */
import * as z from 'zod'
import type { ReplicaEnv } from '../../../src/replicas/types.ts'
import worker from '../../../src/worker.ts'
import { interceptedBucket } from '../intercepted-bucket.ts'
import { interceptedDatabase } from '../intercepted-database.ts'

export { Replica } from '../../../src/worker.ts'

const order = z.object({
  fault: z
    .object({
      /** As `GET /faults` names it. */
      call: z.string(),
      /** How many calls of this name succeed before. */
      after: z.int(),
      message: z.string(),
      /** Whether everything is done before, and only the answer is lost. */
      isDone: z.boolean(),
    })
    .optional(),
})

let calls: string[] = []
let fault: z.infer<typeof order>['fault']
let hasFailed = false

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === '/faults') return control(request)
    return worker.fetch(withFailingToken(request), faulty(env), context)
  },
  scheduled: (controller, env, context) => worker.scheduled(controller, env, context),
} satisfies ExportedHandler<ReplicaEnv>

async function control(request: Request): Promise<Response> {
  if (request.method === 'PUT') {
    fault = order.parse(await request.json()).fault
    calls = []
    hasFailed = false
  }
  return Response.json({ calls, hasFailed })
}

/** The same object for every request, as the registry keeps things by its bindings. */
let bindings: ReplicaEnv | undefined

function faulty(env: ReplicaEnv): ReplicaEnv {
  bindings ??= {
    ...env,
    DB: interceptedDatabase((statements, run) => around(`D1 ${statements.map(shortened).join('; ')}`, run), env.DB),
    BUCKET: interceptedBucket((name, _parameters, act) => around(`R2 ${name}`, act), env.BUCKET),
  }
  return bindings
}

async function around(call: string, act: () => unknown): Promise<unknown> {
  const due = takeFault(call)
  if (due === undefined) return act()
  if (due.isDone) await act()
  throw new Error(call.startsWith('D1 ') ? `D1_ERROR: ${due.message}` : due.message)
}

/** Counts a call, and says whether it is the one that fails. */
function takeFault(call: string): typeof fault {
  const before = calls.filter((made) => made === call).length
  calls.push(call)
  if (hasFailed || fault?.call !== call || fault.after !== before) return undefined
  hasFailed = true
  return fault
}

/** The tokens that clients have used: one that fails at its first use is no token that has expired. */
const used = new Set<string>()

/** A token that is good no longer, as when it has expired: the client has to fetch another one. */
function withFailingToken(request: Request): Request {
  const authorization = request.headers.get('authorization')
  if (authorization?.startsWith('Bearer ') !== true) return request
  if (!used.has(authorization)) {
    used.add(authorization)
    return request
  }
  if (takeFault(`token ${request.method} ${kindOf(new URL(request.url).pathname)}`) === undefined) return request
  const failing = new Request(request)
  failing.headers.set('authorization', `Bearer expired.${authorization.slice('Bearer '.length)}`)
  return failing
}

/** Which endpoint of `/v2/` a path leads to. */
const kindOf = (path: string): string => /\/(blobs\/uploads|blobs|manifests|tags)\//.exec(path)?.[1] ?? path

/** What a statement does, and to which table. */
function shortened(statement: string): string {
  const [, verb = ''] = /^\s*(\w+)/.exec(statement) ?? []
  const [, table = ''] = /\b(?:from|into|update)\s+"?(\w+)/i.exec(statement) ?? []
  return `${verb.toUpperCase()} ${table}`
}
