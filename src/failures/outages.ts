/** Failures of what the registry runs on: D1, R2, the disk and the configuration. */
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { passwordRefusal, type WhyNoPassword } from './passwords.ts'

const whyVariableInvalid = {
  'secret-missing': () => 'is not set: run "npx wrangler secret put REGISTRY_SECRET" with 32 random characters',
  'secret-short': ({ shortest }: { shortest: number }) =>
    `must have at least ${shortest} characters: "openssl rand -base64 32" makes one`,
  'previous-secret-short': ({ shortest }: { shortest: number }) =>
    `must have at least ${shortest} characters, like the current secret: correct it, or remove it`,
  'no-seconds': ({ text, largest, usual }: { text: string; largest: number; usual: number }) =>
    `must be a number of seconds from 0 to ${largest}, not "${text}": correct it, or remove it for ${usual}`,
  'no-replica-count': ({ text, usual }: { text: string; usual: number }) =>
    `must be 1, 3, 5 or 7, not "${text}": correct it, or remove it for ${usual}`,
  'no-origin': ({ text }: { text: string }) =>
    `must be origins like "https://console.example.com", separated by spaces or commas, and "${text}" is not one: correct it, or remove it`,
  'backup-target-half': ({ given }: { given: string }) =>
    `must be set beside ${given}: set what is missing, or remove all that begin with BACKUP_S3_`,
  'no-endpoint': () =>
    'must be an address like "https://s3.eu-central-1.amazonaws.com", with https unless it is of this machine, and without a bucket, a name or a password: correct it',
  'no-word': () =>
    'must be one word, as the provider of the bucket shows it, without spaces or line ends: set it again',
  'no-password': ({ reason }: { reason: WhyNoPassword }) => `cannot be used: ${passwordRefusal(reason)}`,
} as const

export type WhyVariableInvalid = PhraseOf<typeof whyVariableInvalid>

const keys = 'BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY'

const whyBackupBucketRefused = {
  'key-unknown': () => `it does not know the access key: set ${keys} again, both of the same key`,
  'signature-wrong': () => `the secret does not belong to the access key: set ${keys} again, both of the same key`,
  'not-allowed': () =>
    'the access key has no right to that: allow it to list, read, write and delete objects of BACKUP_S3_BUCKET',
  'bucket-missing': () => 'there is no such bucket: make it at the provider, or correct BACKUP_S3_BUCKET',
  'other-region': () => 'the bucket is in another region: correct BACKUP_S3_REGION and BACKUP_S3_ENDPOINT',
  'clock-wrong': () => 'its clock and that of the registry differ by too much: correct the clock of this machine',
  'no-s3': ({ status }: { status: number }) =>
    `what answers there does not speak S3 (status ${status}): correct BACKUP_S3_ENDPOINT`,
  other: ({ status, code }: { status: number; code: string }) =>
    `it says ${code} (status ${status}): look that up at the provider`,
} as const

export type WhyBackupBucketRefused = PhraseOf<typeof whyBackupBucketRefused>

export const outagesFailures = {
  overloaded: {
    status: 429,
    ociCode: 'TOOMANYREQUESTS',
    apiCode: 'TOO_MANY_REQUESTS',
    sentence: () => 'the registry is busy: wait a few seconds and try again',
    retryAfterSeconds: () => 5,
  },
  /** R2 failed or did not answer, and a retry may succeed. */
  'storage-unavailable': {
    status: 429,
    apiStatus: 503,
    ociCode: 'TOOMANYREQUESTS',
    apiCode: 'INTERNAL_ERROR',
    sentence: () => 'the storage of the registry is not responding: wait a few seconds and try again',
    retryAfterSeconds: () => 5,
    isOutage: true,
  },
  /** The bucket of backups is of another provider, which refuses a request for a reason that does not pass by itself. */
  'backup-bucket-refused': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'BACKUP_BUCKET_REFUSED',
    sentence: ({ reason }: { reason: WhyBackupBucketRefused }) =>
      `the bucket of backups refuses the registry: ${phrase(whyBackupBucketRefused, reason)}`,
    isOutage: true,
  },
  'database-full': {
    // RFC 4918 section 11.5. Waiting does not help; Docker tries a few times all the same.
    status: 507,
    ociCode: 'DENIED',
    apiCode: 'DATABASE_FULL',
    sentence: () =>
      'the database of the registry is full: pulls work, but pushes do not until the operator makes room by deleting repositories or keeping fewer events and jobs',
    isOutage: true,
  },
  /** The disk of a local registry is full. */
  'disk-full': {
    status: 507,
    ociCode: 'DENIED',
    apiCode: 'DISK_FULL',
    sentence: () =>
      'the disk of the registry is almost full: pulls work, but pushes do not until the operator makes room by deleting images and collecting garbage, or by moving the state folder to a larger disk',
    isOutage: true,
  },
  /** A secret or variable of the deployment has an unusable value; `reason` never quotes a secret. */
  'variable-invalid': {
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: ({ variable, reason }: { variable: string; reason: WhyVariableInvalid }) =>
      `${variable} ${phrase(whyVariableInvalid, reason)}`,
    isOutage: true,
  },
} as const satisfies FailureTypes
