/** The secret of a registry on Cloudflare, whose value cannot be read: it is renamed there. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import type { SecretPlace } from '../admin/secret/rotation.ts'
import { root } from '../local/build.ts'
import { replaceFile } from '../local/replace-file.ts'
import { pendingMigrations } from './migrations.ts'
import { putSecrets, secretNames } from './resources.ts'
import { upload } from './upload.ts'

const sinceVariable = 'REGISTRY_SECRET_SINCE'
const [currentName, previousName] = ['REGISTRY_SECRET', 'REGISTRY_SECRET_PREVIOUS'] as const

const configuration = z.looseObject({ name: z.string(), vars: z.record(z.string(), z.string()).default({}) })

/** The edge serves a Worker of before for some seconds; the job that encrypts again begins each minute. */
const settledMilliseconds = 120_000

/**
 * Returns the secret of a deployment.
 *
 * @param file the name of its configuration
 * @param deployedVersion that of the Worker that runs: a rotation uploads this clone's, which must be the same
 */
export function secretOnCloudflare(file: string, deployedVersion: string): SecretPlace {
  const path = join(root, file)
  if (!existsSync(path)) throw new Error(`${path} does not exist: deploy from this clone first, or name the --config`)
  const read = () => configuration.parse(JSON.parse(readFileSync(path, 'utf8')))
  const remember = (vars: Record<string, string>): void =>
    replaceFile(path, `${JSON.stringify({ ...read(), vars }, undefined, 2)}\n`)
  return {
    isRotating: async () => (await secretNames(read().name)).has(previousName),
    async begin(now) {
      await requireSameRelease(path, deployedVersion)
      const { vars, ...rest } = read()
      const withTime = { ...vars, [sinceVariable]: new Date(now).toISOString() }
      remember(withTime)
      await uploadRenamed({ ...rest, vars: withTime })
    },
    begunAt: () => {
      const since = Date.parse(read().vars[sinceVariable] ?? '')
      return Promise.resolve(Number.isNaN(since) ? undefined : since)
    },
    async finish() {
      await putSecrets(path, { [previousName]: null })
      const { [sinceVariable]: _, ...vars } = read().vars
      remember(vars)
    },
    restart: '',
    settledMilliseconds,
  }
}

/** Requires that an upload changes nothing but the secrets. @throws Error that says to deploy first */
async function requireSameRelease(path: string, deployed: string): Promise<void> {
  const { version } = packageJson
  if (deployed !== version) {
    throw new Error(
      `the registry runs ${deployed} and this clone is ${version}: deploy first, or check out ${deployed}`,
    )
  }
  const [pending] = await pendingMigrations(path)
  if (pending !== undefined) throw new Error(`the migration ${pending.name} is pending: deploy first`)
}

/**
 * Uploads the Worker with a new secret, and the old one under its new name. The API takes both in one upload: a binding of
 * the kind `inherit` with `old_name` is that of the version before. If it refuses, nothing has changed.
 */
async function uploadRenamed(deployed: z.infer<typeof configuration>): Promise<void> {
  // Beside the other one, as its paths are relative; git ignores it.
  const path = join(root, `wrangler.rotation-${process.pid}.json`)
  const bindings = [{ name: previousName, type: 'inherit', old_name: currentName }]
  writeFileSync(path, JSON.stringify({ ...deployed, unsafe: { bindings } }))
  try {
    await upload(path, { [currentName]: randomBytes(32).toString('base64url') })
  } finally {
    rmSync(path, { force: true })
  }
}
