/** What a server may answer that the one of the tests never does: each answer has one meaning, and none is taken for another. */
import { afterEach, expect, it, vi } from 'vitest'
import { RegistryError } from '../../../src/errors.ts'
import { longestBucketAnswer } from '../../../src/limits.ts'
import { openS3Bucket } from '../../../src/storage/s3/bucket.ts'
import { askStorage, BucketError, isUnknownMultipart } from '../../../src/storage/transient-errors.ts'
import { targetOfTests } from '../../support/s3-bucket.ts'

const bucket = openS3Bucket(targetOfTests())

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Stands in for the server. @returns the requests that came */
function answering(...answers: (Response | Error)[]): Request[] {
  const asked: Request[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request)
    const answer = answers.shift()
    if (answer === undefined) throw new Error('no answer is left')
    if (answer instanceof Error) throw answer
    return answer
  })
  return asked
}

const refused = (status: number, code: string): Response =>
  new Response(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`, { status })
const page = (inside: string): Response =>
  new Response(`<ListBucketResult xmlns="http://s3">${inside}</ListBucketResult>`)
const contents = (...keys: string[]): string =>
  keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents>`).join('')
const listAll = () => bucket.list({ prefix: '', limit: 1000, startAfter: 'a' })

const failureOf = async (
  work: Promise<unknown>,
): Promise<RegistryError['failure'] | BucketError['meaning'] | undefined> => {
  const error: unknown = await work.catch((caught: unknown) => caught)
  if (error instanceof BucketError) return error.meaning
  return error instanceof RegistryError ? error.failure : undefined
}
const refusedFor = (reason: object) => ({ kind: 'backup-bucket-refused', reason })

it.each([
  ['SlowDown', refused(503, 'SlowDown')],
  ['a page of a proxy', new Response('<html>Bad Gateway</html>', { status: 502 })],
  ['too many requests', new Response(null, { status: 429 })],
  ['a body that did not arrive', refused(400, 'IncompleteBody')],
  ['a lost connection', new Error('Network connection lost.')],
  ['a connection that was refused', new TypeError('fetch failed')],
])('%s passes: the call is repeated', async (_, failure) => {
  const asked = answering(failure, new Response('text', { headers: { 'content-length': '4' } }))
  expect(await askStorage(async () => (await bucket.get('key'))?.text())).toBe('text')
  expect(asked).toHaveLength(2)
})

it.each([
  [403, 'AccessDenied', { kind: 'not-allowed' }],
  [403, 'InvalidAccessKeyId', { kind: 'key-unknown' }],
  [403, 'RequestTimeTooSkewed', { kind: 'clock-wrong' }],
  [400, 'AuthorizationHeaderMalformed', { kind: 'other-region' }],
  [403, 'QuotaExceeded', { kind: 'other', status: 403, code: 'QuotaExceeded' }],
])('%i %s does not pass: it is asked once', async (status, code, reason) => {
  const asked = answering(refused(status, code))
  expect(await failureOf(askStorage(() => bucket.get('key')))).toEqual(refusedFor(reason))
  expect(asked).toHaveLength(1)
})

it.each([401, 403])('%i to HEAD, which has no code, is a refusal and no missing object', async (status) => {
  answering(new Response(null, { status }))
  expect(await failureOf(bucket.head('key'))).toMatchObject({ kind: 'backup-bucket-refused' })
})

it('a redirection is not followed: no other address gets the signature', async () => {
  const asked = answering(refused(301, 'PermanentRedirect'))
  expect(await failureOf(bucket.get('key'))).toEqual(refusedFor({ kind: 'other-region' }))
  expect(asked.map(({ redirect }) => redirect)).toEqual(['manual'])
})

it.each([
  ['not found', new Response('<html>404</html>', { status: 404 })],
  ['of success', new Response('<html>Welcome</html>')],
  ['of a list that has no end', new Response(`<ListBucketResult>${contents('b')}`)],
  ['of success, with a code in its text', new Response('<html><Code>NoSuchKey</Code></html>')],
])('a page of what is no S3 is no empty bucket: %s', async (_, answer) => {
  answering(answer)
  expect(await failureOf(listAll())).toEqual(refusedFor({ kind: 'no-s3', status: answer.status }))
})

it.each(['..', '../other/key', 'kept/../other', 'kept/./key', 'kept/..'])(
  '%s, the address of something else, is never asked for',
  async (key) => {
    const asked = answering(new Response('another object'), new Response(null))
    await expect(bucket.get(key)).rejects.toThrow('is no key of an object')
    await expect(bucket.put(key, 'text')).rejects.toThrow('is no key of an object')
    expect(asked).toEqual([])
  },
)

it('an object is missing only if S3 says so', async () => {
  answering(refused(404, 'NoSuchKey'), new Response('<html>404</html>', { status: 404 }), refused(404, 'NoSuchBucket'))
  expect(await bucket.get('key')).toBeNull()
  expect(await failureOf(bucket.get('key'))).toEqual(refusedFor({ kind: 'no-s3', status: 404 }))
  expect(await failureOf(bucket.get('key'))).toEqual(refusedFor({ kind: 'bucket-missing' }))
})

it('a server that ignores a range gives no other bytes', async () => {
  answering(new Response('all of it', { headers: { 'content-length': '9' } }))
  const range = { offset: 2, length: 1 }
  expect(await failureOf(bucket.get('key', { range }))).toEqual(refusedFor({ kind: 'no-s3', status: 200 }))
})

it('an empty page that is not the last one is followed by the next', async () => {
  const asked = answering(
    page('<IsTruncated>true</IsTruncated><NextContinuationToken>to/ken=&amp;</NextContinuationToken>'),
    page(`<IsTruncated>false</IsTruncated>${contents('b', 'c')}`),
  )
  const { objects, truncated } = await listAll()
  expect([objects.map(({ key, etag }) => [key, etag]), truncated]).toEqual([
    [
      ['b', '"e"'],
      ['c', '"e"'],
    ],
    false,
  ])
  const queries = asked.map(({ url }) => new URL(url).searchParams)
  expect(queries.map((query) => [query.get('start-after'), query.get('continuation-token')])).toEqual([
    ['a', null],
    [null, 'to/ken=&'],
  ])
})

it('keys are read as they are written: in XML, or as in addresses', async () => {
  answering(
    page(contents('b%2B', 'c &amp; &#100;&#x65;&quot;')),
    page(`<EncodingType>url</EncodingType>${contents('b%2B', 'c+%26+d')}`),
  )
  expect((await listAll()).objects.map(({ key }) => key)).toEqual(['b%2B', 'c & de"'])
  expect((await listAll()).objects.map(({ key }) => key)).toEqual(['b+', 'c & d'])
})

it.each([
  ['in no order', contents('c', 'b')],
  ['twice', contents('b', 'b')],
  ['before the start', contents('a')],
  ['without a size', '<Contents><Key>b</Key></Contents>'],
  ['in a damaged encoding', `<EncodingType>url</EncodingType>${contents('%zz')}`],
  ['truncated without a way on', '<IsTruncated>true</IsTruncated>'],
])('a list of keys %s is refused', async (_, inside) => {
  answering(page(inside))
  expect(await failureOf(listAll())).toEqual(refusedFor({ kind: 'no-s3', status: 200 }))
})

it('an object that could not be deleted is none that is deleted', async () => {
  const result = (code: string) =>
    new Response(`<DeleteResult><Error><Key>a</Key><Code>${code}</Code></Error></DeleteResult>`)
  answering(result('InternalError'), result('AccessDenied'), result('NoSuchKey'), new Response('<DeleteResult/>'))
  expect(await failureOf(bucket.delete(['a']))).toBe('passing')
  expect(await failureOf(bucket.delete(['a']))).toEqual(refusedFor({ kind: 'not-allowed' }))
  await bucket.delete(['a'])
  await bucket.delete(['a'])
})

it('a success that turns out to be a failure is one', async () => {
  answering(refused(200, 'InternalError'), refused(200, 'NoSuchUpload'))
  const upload = bucket.resumeMultipartUpload('key', 'upload')
  expect(await failureOf(upload.complete([]))).toBe('passing')
  await expect(upload.complete([])).rejects.toSatisfy(isUnknownMultipart)
})

it('longestBucketAnswer', async () => {
  const ofLength = (length: number): Response => {
    const [before, after] = ['<ListBucketResult>', '</ListBucketResult>']
    return new Response(before + ' '.repeat(length - before.length - after.length) + after)
  }
  answering(ofLength(longestBucketAnswer), ofLength(longestBucketAnswer + 1))
  expect((await listAll()).objects).toEqual([])
  expect(await failureOf(listAll())).toEqual(refusedFor({ kind: 'no-s3', status: 200 }))
})

it('the secret is in no request and no error', async () => {
  const asked = answering(refused(403, 'SignatureDoesNotMatch'))
  const error: unknown = await bucket.put('key', 'text').catch((caught: unknown) => caught)
  const { secretAccessKey } = targetOfTests()
  const told = asked.map(({ url, headers }) => [url, ...headers].join('\n')).join('\n')
  expect(told + String(error) + JSON.stringify(error)).not.toContain(secretAccessKey)
  expect(told).toContain('authorization')
})
