/**
 * The keys of the bucket of backups.
 *
 *   backups/<id>/begun            a backup was begun
 *   backups/<id>/lists/<number>   descriptions of its parts, until it has a manifest
 *   backups/<id>/manifest.json    the backup is whole
 *   backups/<id>/key.age          its data key, for the recipients, if it is encrypted
 *   backups/<id>/key.sealed       its data key, under the secret of the registry, until the backup is proven
 *   backups/<id>/proof.json       what the last proof of it found
 *   parts/<sha256>.gz             a part, of as many backups as have these rows
 *   parts/<id>/<hmac>.gz.aes      a part of an encrypted backup
 *   blobs/<algorithm>/<hex>       the bytes of a blob or a manifest, of all backups with content
 *   kept/<name>                   a document that a capability keeps outside the database
 *   inventories/<sha256>          keys of those two, of as many backups as have exactly these
 *   oci/<id>/<repository>/…       index.json and oci-layout of a repository
 *   standing.json                 what alerts and metrics tell of backups
 */
import { algorithmOf, hexOf, type Digest } from '../names.ts'

/** Tells whether a text may be the id of a backup or of a restore: a path would lead to another object. */
export const isId = (text: string): boolean => /^[\w-]+$/.test(text)

/** The exclusion key of the jobs that write and delete backups: one runs at a time. */
export const backupsKey = 'backup'

export const backupsPrefix = 'backups/'
export const partsPrefix = 'parts/'

export const begunKey = (id: string): string => `${backupsPrefix}${id}/begun`
export const listKey = (id: string, number: number): string =>
  `${backupsPrefix}${id}/lists/${String(number).padStart(6, '0')}`
export const inventoryListKey = (id: string, number: number): string => `${listKey(id, number)}-content`
export const manifestKey = (id: string): string => `${backupsPrefix}${id}/manifest.json`
export const proofKey = (id: string): string => `${backupsPrefix}${id}/proof.json`
export const standingKey = 'standing.json'

/** Tells whether an object of a whole backup is of no use any more. */
export const isLeftOver = (key: string): boolean =>
  key === begunKey(backupOf(key)) || key.startsWith(`${backupsPrefix}${backupOf(key)}/lists/`)

export const wrappedKeyKey = (id: string): string => `${backupsPrefix}${id}/key.age`
export const sealedKeyKey = (id: string): string => `${backupsPrefix}${id}/key.sealed`

/** Returns the key of a part. @param sha256 of its lines */
export const partKey = (sha256: string): string => `${partsPrefix}${sha256}.gz`

/** Returns the key of a part of an encrypted backup. @param hmac of its lines */
export const sealedPartKey = (id: string, hmac: string): string => `${partsPrefix}${id}/${hmac}.gz.aes`

export const blobsPrefix = 'blobs/'
export const keptPrefix = 'kept/'

/** Returns the key of the bytes with a digest, which is their path in an OCI layout too. */
export const blobKey = (digest: Digest): string => `${blobsPrefix}${algorithmOf(digest)}/${hexOf(digest)}`

/** Returns the key of the copy of a segment that is kept for a capability. @param segment its key */
export const keptKey = (segment: string): string => `${keptPrefix}${segment.slice(segment.indexOf('/') + 1)}`

/** Returns the key of a list of keys. @param sha256 of its lines */
export const inventoryKey = (sha256: string): string => `inventories/${sha256}`
export const inventoriesPrefix = 'inventories/'

export const layoutsPrefix = 'oci/'
export const layoutsOf = (id: string): string => `${layoutsPrefix}${id}/`

/** Names of files that stand beside the repositories of a folder. */
const filesOfLayout = new Set(['blobs', 'index.json', 'oci-layout'])

/**
 * Returns the path of a repository's layout. In a folder the layout of `acme/app` has a file `index.json`, so a repository
 * `acme/app/index.json` gets another name, which no repository can have.
 */
export const layoutPath = (repository: string): string =>
  repository
    .split('/')
    .map((part) => (filesOfLayout.has(part) ? `_${part}` : part))
    .join('/')

/** Returns the id of the backup that an object belongs to. */
export const backupOf = (key: string): string => key.slice(backupsPrefix.length).split('/')[0] ?? ''
