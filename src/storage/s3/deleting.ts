/** Deletes objects: DeleteObjects of S3, a thousand with one request. */
import { refusalError } from './refusals.ts'
import type { S3Requests } from './requests.ts'
import { element, elementsOf, textOf } from './xml.ts'

/** Deletes up to a thousand objects; those that do not exist are deleted already. @throws as `S3Requests.send` */
export async function deleteObjects(requests: S3Requests, keys: readonly string[]): Promise<void> {
  const objects = keys.map((key) => `<Object>${element('Key', key)}</Object>`).join('')
  const body = `<Delete>${objects}<Quiet>true</Quiet></Delete>`
  const headers = { 'content-md5': await md5Of(new TextEncoder().encode(body)) }
  const answer = await requests.ask({ method: 'POST', query: { delete: '' }, headers, body }, 'DeleteResult')
  // The answer is a success even if an object could not be deleted.
  for (const error of elementsOf(answer, 'Error')) {
    const code = textOf(error, 'Code') ?? ''
    if (code !== 'NoSuchKey') throw refusalError({ status: 200, code }, 'POST')
  }
}

/** Hashes a body for its header Content-MD5 (RFC 1864), which S3 requires of this request. */
const md5Of = async (bytes: Uint8Array): Promise<string> =>
  btoa(String.fromCodePoint(...new Uint8Array(await crypto.subtle.digest('MD5', bytes))))
