/** A bucket of another provider or account, through the S3 protocol, in the form of R2's (`BackupBucket`). */
import type { BackupTarget } from '../../variables.ts'
import type {
  BackupBucket,
  BackupUpload,
  DescribedObject,
  OpenedObject,
  StoredContent,
  UploadedPart,
} from '../backups.ts'
import { deleteObjects } from './deleting.ts'
import { listObjects } from './listing.ts'
import { notS3 } from './refusals.ts'
import { S3Requests } from './requests.ts'
import { element, textOf } from './xml.ts'

export function openS3Bucket(target: BackupTarget): BackupBucket {
  const requests = new S3Requests(target)
  return {
    async head(key) {
      const response = await requests.send({ method: 'HEAD', key })
      return response === undefined ? null : describedIn(response, key, 'content-length')
    },
    async get(key, { range } = {}) {
      const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
      const response = await requests.send({ method: 'GET', key, headers })
      if (response === undefined) return null
      // A server that ignores the range would give other bytes.
      if (range !== undefined && response.status !== 206) throw notS3(response.status)
      return opened(response, key, range === undefined ? 'content-length' : 'content-range')
    },
    async put(key, body, { customMetadata = {}, sha256 } = {}) {
      // S3 takes the name of a header in any case, and gives it back in lower case.
      const metadata = Object.entries(customMetadata).filter(([, value]) => value !== '')
      const headers = Object.fromEntries(metadata.map(([name, value]) => [`${metadataPrefix}${name}`, value]))
      await requests.tell({ method: 'PUT', key, body, headers, sha256 })
    },
    list: (options) => listObjects(requests, options),
    delete: (keys) => deleteObjects(requests, keys),
    async createMultipartUpload(key) {
      const root = 'InitiateMultipartUploadResult'
      const answer = await requests.ask({ method: 'POST', key, query: { uploads: '' } }, root)
      const uploadId = textOf(answer, 'UploadId')
      if (uploadId === undefined) throw notS3(200)
      return uploadOf(requests, key, uploadId)
    },
    resumeMultipartUpload: (key, uploadId) => uploadOf(requests, key, uploadId),
  }
}

const metadataPrefix = 'x-amz-meta-'

function describedIn(response: Response, key: string, sizeHeader: string): DescribedObject {
  const [size] = /\d+$/.exec(response.headers.get(sizeHeader) ?? '') ?? []
  if (size === undefined) throw notS3(response.status)
  const customMetadata = Object.fromEntries(
    [...response.headers]
      .filter(([name]) => name.startsWith(metadataPrefix))
      .map(([name, value]) => [name.slice(metadataPrefix.length), value]),
  )
  return { key, size: Number(size), customMetadata }
}

function opened(response: Response, key: string, sizeHeader: string): OpenedObject {
  const described = describedIn(response, key, sizeHeader)
  const body = response.body ?? new Blob([]).stream()
  return { ...described, body, text: () => new Response(body).text() }
}

function uploadOf(requests: S3Requests, key: string, uploadId: string): BackupUpload {
  return {
    uploadId,
    async uploadPart(partNumber: number, body: StoredContent): Promise<UploadedPart> {
      const query = { partNumber: String(partNumber), uploadId }
      const etag = (await requests.tell({ method: 'PUT', key, query, body })).get('etag')
      if (etag === null) throw notS3(200)
      return { partNumber, etag }
    },
    async complete(parts) {
      const listed = parts
        .map(
          ({ partNumber, etag }) => `<Part>${element('PartNumber', String(partNumber))}${element('ETag', etag)}</Part>`,
        )
        .join('')
      const body = `<CompleteMultipartUpload>${listed}</CompleteMultipartUpload>`
      await requests.ask({ method: 'POST', key, query: { uploadId }, body }, 'CompleteMultipartUploadResult')
    },
  }
}
