import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { answerRequest } from '../src/answer.ts'
import { longestPath, shortestSecret } from '../src/limits.ts'
import { plainVariables, readBackupTarget, variablesOf, type VariableTexts } from '../src/variables.ts'
import worker from '../src/worker.ts'
import { origin, problemOf } from './support/client.ts'

const [short, enough] = ['x'.repeat(shortestSecret - 1), 'x'.repeat(shortestSecret)]
const read = (texts: VariableTexts) => variablesOf({ REGISTRY_SECRET: enough, ...texts })

describe('secrets', () => {
  const secrets = (current: string, previous?: string) =>
    read({ REGISTRY_SECRET: current, REGISTRY_SECRET_PREVIOUS: previous }).secrets

  it('need the same length before and after a rotation, or tokens could be forged by guessing', () => {
    const other = enough.replaceAll('x', 'y')
    expect(secrets(enough, other)).toEqual({ current: enough, previous: other })
    expect(() => secrets(short)).toThrow(/^REGISTRY_SECRET must have at least 32 characters/)
    for (const guessable of [short, 'none', ' ']) {
      expect(() => secrets(enough, guessable)).toThrow(/^REGISTRY_SECRET_PREVIOUS must have at least 32 characters/)
    }
  })

  it('may have no previous one, which an empty text says too', () => {
    expect(secrets(enough)).toEqual({ current: enough, previous: undefined })
    expect(secrets(enough, '')).toEqual({ current: enough, previous: undefined })
    // As a rotation leaves them that was interrupted.
    expect(secrets(enough, enough)).toEqual({ current: enough, previous: undefined })
  })

  it('are not in the sentence that refuses them', () => {
    expect(() => secrets('a short secret')).not.toThrow(/a short secret/)
    expect(() => secrets('')).toThrow(/^REGISTRY_SECRET is not set: run/)
  })
})

/** Of each variable: what it means, by its text, and the texts that mean nothing. */
const rules: Record<
  (typeof plainVariables)[number],
  { means: readonly [string, unknown][]; wrong: readonly string[] }
> = {
  PULL_LOG_SECONDS: {
    means: [
      ['', 5],
      ['0', 0],
      ['2.5', 2.5],
      ['20', 20],
    ],
    wrong: ['20.1', '21', '-1', '5s', ' ', '1e1', 'NaN', '0x5'],
  },
  REPLICA_COUNT: {
    means: [
      ['', 3],
      ['1', 1],
      ['7', 7],
    ],
    wrong: ['0', '2', '4', '9', '3.0', '3 ', 'three', ' '],
  },
  ALLOWED_ORIGINS: {
    means: [
      ['', new Set()],
      ['https://a.test, http://b.test:81', new Set(['https://a.test', 'http://b.test:81'])],
    ],
    wrong: ['*', 'null', 'a.test', 'https://a.test/', 'https://a.test *', 'ftp://a.test'],
  },
}

describe('variables', () => {
  it.each(plainVariables)('%s means what it says, or is refused with a sentence that names it', (name) => {
    const key = {
      PULL_LOG_SECONDS: 'pullLogSeconds',
      REPLICA_COUNT: 'replicaCount',
      ALLOWED_ORIGINS: 'allowedOrigins',
    } as const
    for (const [text, meaning] of rules[name].means) expect(read({ [name]: text })[key[name]]).toEqual(meaning)
    for (const text of rules[name].wrong) {
      expect(() => read({ [name]: text })).toThrow(new RegExp(`^${name} must be .*: correct it, or remove it`))
    }
  })
})

describe('the bucket of backups of another provider', () => {
  const right = {
    BACKUP_S3_ENDPOINT: 'https://s3.example.com/base',
    BACKUP_S3_BUCKET: 'my-backups',
    BACKUP_S3_REGION: 'eu-central-1',
    BACKUP_S3_ACCESS_KEY_ID: 'AKIA123',
    BACKUP_S3_SECRET_ACCESS_KEY: 'a/secret+key=',
  }

  it('is what the five variables say', () => {
    expect(readBackupTarget(right)).toEqual({
      endpoint: new URL('https://s3.example.com/base'),
      bucket: 'my-backups',
      region: 'eu-central-1',
      accessKeyId: 'AKIA123',
      secretAccessKey: 'a/secret+key=',
    })
  })

  it('needs all of them, and names each that is missing', () => {
    const half = { ...right, BACKUP_S3_REGION: '', BACKUP_S3_SECRET_ACCESS_KEY: undefined }
    expect(() => readBackupTarget(half)).toThrow(
      /^BACKUP_S3_REGION and BACKUP_S3_SECRET_ACCESS_KEY must be set beside BACKUP_S3_ENDPOINT, BACKUP_S3_BUCKET, BACKUP_S3_ACCESS_KEY_ID: set what is missing/,
    )
  })

  it.each([
    [
      'BACKUP_S3_ENDPOINT',
      [
        's3.example.com',
        'http://s3.example.com',
        'https://me:word@s3.example.com',
        'https://s3.example.com/?a=1',
        'http://127.evil.test',
      ],
    ],
    ['BACKUP_S3_BUCKET', ['my/backups', 'my backups', '../backups', 'backups\n']],
    ['BACKUP_S3_REGION', ['eu central', 'eu/central', 'x'.repeat(65)]],
    ['BACKUP_S3_ACCESS_KEY_ID', ['AKIA 123', 'ÄKIA', 'AKIA123\n', 'x'.repeat(257)]],
    ['BACKUP_S3_SECRET_ACCESS_KEY', ['a secret', 'secret\n', 'x'.repeat(257)]],
  ] as const)('%s is refused with a sentence that names it and does not quote it', (name, wrong) => {
    for (const text of wrong) {
      const readWrong = (): unknown => readBackupTarget({ ...right, [name]: text })
      expect(readWrong).toThrow(new RegExp(`^${name} must be .*: (?:correct it|set it again)$`))
      expect(readWrong).not.toThrow(text)
    }
  })

  it.each(['http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000'])(
    'may be without TLS at %s',
    (endpoint) => {
      expect(readBackupTarget({ ...right, BACKUP_S3_ENDPOINT: endpoint }).endpoint.origin).toBe(endpoint)
    },
  )

  it('is not needed for anything else', () => {
    expect(() => read({ BACKUP_S3_BUCKET: 'my-backups' })).not.toThrow()
  })
})

describe('a deployment with a wrong variable', () => {
  // What it logs for its operator would only hide other lines here.
  beforeEach(() => {
    vi.spyOn(console, 'error').mockReturnValue()
  })

  const deployments = plainVariables.map((name): [string, VariableTexts] => [name, { [name]: rules[name].wrong[0] }])
  const all: readonly [string, VariableTexts][] = [...deployments, ['REGISTRY_SECRET', { REGISTRY_SECRET: short }]]
  const ask = async (texts: VariableTexts, path: string) =>
    answerRequest(new Request(new URL(path, origin)), { ...env, ...texts }, createExecutionContext())

  it.each(all)('%s answers every request with 500 and the sentence', async (name, texts) => {
    for (const path of [
      '/',
      '/v2/',
      '/v2/alice/app/manifests/1',
      '/api/v0/repositories',
      `/${'x'.repeat(longestPath)}`,
    ]) {
      const response = await ask(texts, path)
      expect([path, response.status]).toEqual([path, 500])
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect((await problemOf(response)).message).toMatch(new RegExp(`^${name} must`))
    }
  })

  it.each(all)('%s is not healthy, and its monitors hear why', async (name, texts) => {
    for (const path of ['/health', '/_ping']) {
      const response = await ask(texts, path)
      expect(response.status).toBe(503)
      expect(await response.json()).toEqual({ Error: expect.stringMatching(`^${name} must`), Healthy: false })
    }
  })

  it.each(all)('%s makes no replicas and does no jobs', async (name, texts) => {
    const trigger = { scheduledTime: Date.now(), cron: '* * * * *', noRetry: () => undefined }
    await expect(worker.scheduled(trigger, { ...env, ...texts }, createExecutionContext())).rejects.toThrow(
      new RegExp(`^${name} must`),
    )
  })

  it('works again as soon as it is corrected', async () => {
    const response = await answerRequest(
      new Request(`${origin}/v2/`),
      { ...env, REPLICA_COUNT: '5' },
      createExecutionContext(),
    )
    expect(response.status).toBe(401)
  })
})
