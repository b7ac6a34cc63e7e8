/** Each bound of `src/limits.ts` at its edge: as much is taken, or shown, and one more is not. */
import { beforeEach, describe, expect, it } from 'vitest'
import * as limits from '../src/limits.ts'
import { isAccountName, isRepositoryName, isTag, isTeamName, isWorkloadRuleName } from '../src/names.ts'
import { readImageConfig } from '../src/registry/image-config.ts'
import { mediaTypes, readManifest } from '../src/registry/manifest-document.ts'
import { sizeQuery } from '../src/routes/shared/paging.ts'
import { insertMany, isWithin, text, times, withSql } from './support/bounds.ts'
import { header, send, type Send } from './support/client.ts'
import { bytesOf, contentOf, countRows, digestOf, json, pushBlob, pushImage, putManifest } from './support/content.ts'
import { aPerson, anOrganization, aUser, clientOf, type Person } from './support/people.ts'

const repository = 'acme/app'
const repositoryAt = `/api/v0/repositories/${repository}`
const digest = `sha256:${'a'.repeat(64)}`
const descriptor = { mediaType: 'a/b', digest, size: 1 }

let root: Person
let client: Send

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await anOrganization('acme', { owners: ['root'] })
  client = await clientOf(repository)
})

const isReadable = (manifest: object, mediaType: string = mediaTypes.image): boolean =>
  isReadableText(json({ schemaVersion: 2, ...manifest }), mediaType)

function isReadableText(manifest: Uint8Array<ArrayBuffer>, mediaType: string): boolean {
  try {
    readManifest(manifest, mediaType)
    return true
  } catch {
    return false
  }
}

const patch = (fields: object): Promise<Response> => root.ask('PATCH', repositoryAt, fields)
const order = (fields: object): Promise<Response> => root.ask('POST', '/api/v0/jobs', { action: 'nothing', ...fields })

type Bound = { [Name in keyof typeof limits]: (typeof limits)[Name] extends number ? Name : never }[keyof typeof limits]

/** Whether so much is taken. */
const edges: Partial<Record<Bound, (size: number) => boolean | Promise<boolean>>> = {
  longestRepositoryName: (size) => isRepositoryName(`a/${text(size - 2)}`),
  longestAccountName: (size) => isAccountName(text(size)),
  longestTeamName: (size) => isTeamName(text(size)),
  longestWorkloadRuleName: (size) => isWorkloadRuleName(text(size)),
  longestPath: async (size) => (await send('GET', `/${text(size - 1)}`)).status !== 414,
  longestTag: (size) => isTag(text(size)),
  longestMediaType: (size) => isReadable({ config: { ...descriptor, mediaType: text(size) } }),
  mostDescriptors: (size) => isReadable({ config: descriptor, layers: times(size, descriptor) }),
  mostAnnotations: (size) =>
    isReadable({
      config: descriptor,
      annotations: Object.fromEntries(Array.from({ length: size }, (_, at) => [`key-${at}`, ''])),
    }),
  mostUrls: (size) => isReadable({ config: descriptor, layers: [{ ...descriptor, urls: times(size, 'x') }] }),
  longestUrl: (size) => isReadable({ config: descriptor, layers: [{ ...descriptor, urls: [text(size)] }] }),
  async largestKeptAnnotationsBytes(size) {
    const subject = { mediaType: mediaTypes.image, digest, size: 1 }
    const annotations = { a: text(size - '{"a":""}'.length) }
    const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [], subject, annotations })
    expect((await putManifest(client, repository, 'a', manifest, mediaTypes.index)).status).toBe(201)
    return (await countRows('manifests', `size_bytes = ${manifest.length} AND annotations IS NOT NULL`)) === 1
  },
  async mostTagsOfPush(size) {
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
    const tags = Array.from({ length: size }, (_, at) => `tag=t${at}`).join('&')
    const pushed = await putManifest(client, repository, `${await digestOf(index)}?${tags}`, index, mediaTypes.index)
    return pushed.status === 201
  },
  async mostChunksOfUpload(size) {
    const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
    const first = await client('PATCH', header(started, 'location'), { body: bytesOf('a') })
    await withSql('UPDATE upload_sessions SET chunk_count = ?', size - 1)
    return (await client('PATCH', header(first, 'location'), { body: bytesOf('b') })).status === 202
  },
  async mostMountSources(size) {
    const name = `bob${size}`
    const bob = await aUser(name)
    const pushed = await pushBlob(client, repository, contentOf(100, size))
    await insertMany(
      size - 2,
      "INSERT INTO repositories (name, namespace, created_at) SELECT 'acme/m' || ? || '-' || i, 'acme', 0 FROM n",
      String(size),
    )
    await withSql('INSERT INTO repositories (name, namespace, created_at) VALUES (?, ?, 0)', `${name}/m${size}`, name)
    await withSql(
      `INSERT INTO repository_blobs (repository_id, digest, linked_at)
       SELECT id, ?, 0 FROM repositories WHERE name LIKE '%/m' || ? || '%' ORDER BY namespace`,
      pushed.digest,
      String(size),
    )
    return (await bob('POST', `/v2/${name}/m${size}/blobs/uploads/?mount=${pushed.digest}`)).status === 201
  },
  largestFormBytes: (size) =>
    isWithin(
      send('POST', '/auth/token', {
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(size) },
        body: bytesOf(`grant_type=none&scope=${text(size - 'grant_type=none&scope='.length)}`),
      }),
    ),
  async mostTagsOfPage(size) {
    await pushImage(client, repository, 'a')
    await insertMany(
      size + 1,
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
       SELECT repository_id, ? || i, digest, '', 0 FROM n, manifests`,
      `t${size}-`,
    )
    const { tags } = await (await client('GET', `/v2/${repository}/tags/list?n=${size}`)).json<{ tags: string[] }>()
    return tags.length === size
  },
  async mostRepositoriesOfPage(size) {
    await insertMany(
      size + 1,
      "INSERT INTO repositories (name, namespace, created_at) SELECT 'acme/r' || ? || '-' || i, 'acme', 0 FROM n",
      size,
    )
    const admin = await aUser(`admin${size}`, { isAdmin: true })
    const listed = await admin('GET', `/v2/_catalog?n=${size}`)
    return (await listed.json<{ repositories: string[] }>()).repositories.length === size
  },
  async mostReferrersOfPage(size) {
    await pushImage(client, repository, 'a')
    await insertMany(
      size + 1,
      `INSERT INTO manifests (repository_id, digest, media_type, subject, size_bytes, pushed_by, pushed_at, annotations)
       SELECT repository_id, printf('sha256:%064d', i), 'a/b', ?, 1, '', 0, 'null' FROM n, manifests WHERE subject IS NULL
       ON CONFLICT DO NOTHING`,
      digest,
    )
    const listed = await client('GET', `/v2/${repository}/referrers/${digest}?n=${size}`)
    return (await listed.json<{ manifests: object[] }>()).manifests.length === size
  },
  async mostReferrersOfTag(size) {
    const tag = digest.replace(':', '-')
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
    expect((await putManifest(client, repository, tag, index, mediaTypes.index)).status).toBe(201)
    await insertMany(
      size,
      `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, pushed_by, pushed_at, annotations)
       SELECT repository_id, printf('sha256:%064d', i), 'a/b', 1, '', 0, 'null' FROM n, tags WHERE tags.name = ?
       ON CONFLICT DO NOTHING`,
      tag,
    )
    await insertMany(
      size,
      `INSERT INTO manifest_children (repository_id, manifest_digest, child_digest)
       SELECT repository_id, digest, printf('sha256:%064d', i) FROM n, tags WHERE tags.name = ? ON CONFLICT DO NOTHING`,
      tag,
    )
    const last = `sha256:${String(size - 1).padStart(64, '0')}`
    const listed = await client('GET', `/v2/${repository}/referrers/${digest}?last=${last}`)
    return (await listed.json<{ manifests: object[] }>()).manifests.length === 1
  },
  largestApiBodyBytes: (size) =>
    isWithin(
      root.client('POST', '/api/v0/api_tokens', {
        headers: { 'content-type': 'application/json', 'content-length': String(size) },
        body: bytesOf('{"tokenLabel":"x"}'.padEnd(size)),
      }),
    ),
  mostItemsOfPage: (size) => sizeQuery('n', 1).parse(String(size)) === size,
  mostLinesOfLogPage: (size) => sizeQuery('n', 1, limits.mostLinesOfLogPage).parse(String(size)) === size,
  largestLogOffset: async (size) => (await root.ask('GET', `/api/v0/jobs/x/logs?offset=${size}`)).status === 404,
  longestPageStart: (size) => isWithin(root.ask('GET', `/api/v0/repositories?pageStart=${text(size)}`)),
  longestIdentifier: (size) => isWithin(root.ask('GET', `/api/v0/jobs/${text(size)}`)),
  async longestTimeText(size) {
    const response = await root.ask(
      'GET',
      `/api/v0/events?publishedBefore=${'2026-01-31T09:30:00.'.padEnd(size - 1, '0')}Z`,
    )
    return response.status === 200
  },
  longestReference: (size) => isWithin(root.ask('GET', `${repositoryAt}/tags/${text(size)}`)),
  longestFilter: (size) => isWithin(root.ask('GET', `${repositoryAt}/tags?domain=${text(size)}`)),
  longestSearch: (size) => isWithin(root.ask('GET', `/api/v0/index/autocomplete?query=${text(size)}`)),
  async mostSearchWords(size) {
    const words = Array.from({ length: size }, (_, at) => `w${at}`)
    await withSql(
      "INSERT INTO repositories (name, namespace, created_at) VALUES (?, 'acme', 0) ON CONFLICT DO NOTHING",
      `acme/${words.join('-')}`,
    )
    const query = [...words.slice(1), 'other'].join('%20')
    const found = await root.ask('GET', `/api/v0/index/autocomplete?query=${query}&includeAccounts=false`)
    return (await found.json<{ repositoryResults: object[] }>()).repositoryResults.length === 0
  },
  longestFullName: (size) => isWithin(root.ask('PATCH', '/enzi/v0/accounts/root', { fullName: text(size) })),
  longestDescription: (size) =>
    isWithin(root.ask('POST', '/enzi/v0/accounts/acme/teams', { name: `t${size}`, description: text(size) })),
  longestShortDescription: (size) => isWithin(patch({ shortDescription: text(size) })),
  longestLongDescription: (size) => isWithin(patch({ longDescription: text(size) })),
  largestTagLimit: (size) => isWithin(patch({ tagLimit: size })),
  async mostServiceAccounts(size) {
    await insertMany(
      size - 1,
      "INSERT OR IGNORE INTO accounts (id, name, created_at) SELECT 'r' || i || '-' || ?, 'robot.acme.r' || i, 0 FROM n",
      String(size),
    )
    await withSql(
      `INSERT OR IGNORE INTO service_accounts (account_id, organization_id, created_by, created_at)
       SELECT id, (SELECT id FROM accounts WHERE name = 'acme'), '', 0 FROM accounts WHERE name LIKE 'robot.acme.r%'`,
    )
    return (await root.ask('POST', '/enzi/v0/accounts/acme/serviceAccounts', { name: `ci${size}` })).status === 201
  },
  longestServiceName: async (size) =>
    (await root.ask('POST', '/enzi/v0/accounts/acme/serviceAccounts', { name: text(size) })).status === 201,
  async mostPlacesOfToken(size) {
    const repositories = Array.from({ length: size }, (_, at) => `acme/r${at}`)
    return (await root.ask('POST', '/api/v0/api_tokens', { tokenLabel: 'ci', repositories })).status === 200
  },
  async mostAccessTokens(size) {
    await withSql('DELETE FROM access_tokens')
    await insertMany(
      size - 1,
      `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
       SELECT 'hash' || i, ?, 'x', '', '', 1 FROM n`,
      root.id,
    )
    return (await root.ask('POST', '/api/v0/api_tokens', { tokenLabel: 'x' })).status === 200
  },
  longestTokenLabel: (size) => isWithin(root.ask('POST', '/api/v0/api_tokens', { tokenLabel: text(size) })),
  async longestAgent(size) {
    const headers = { 'content-type': 'application/json', 'user-agent': text(size) }
    await root.client('POST', '/api/v0/api_tokens', { headers, body: '{"tokenLabel":"x"}' })
    return (await countRows('access_tokens', `length(creator_agent) = ${size}`)) === 1
  },
  longestReadOnlyReason: (size) =>
    isWithin(root.ask('POST', '/api/v0/admin/read_only', { on: false, reason: text(size) })),
  longestDrillSeconds: (size) =>
    isWithin(root.ask('POST', '/api/v0/admin/replicas/aaaaaaaaaaaa/drill', { seconds: size })),
  mostRetriesOfJob: (size) => isWithin(order({ retries: size })),
  longestSchedule: (size) => isWithin(root.ask('POST', '/api/v0/crons', { action: 'nothing', schedule: text(size) })),
  largestJobMapBytes: (size) => isWithin(order({ parameters: { a: text(size - '{"a":""}'.length) } })),
  async largestShownDocumentBytes(size) {
    const empty = json({ os: 'linux', comment: '' }).length
    const pushed = await pushBlob(client, repository, json({ os: 'linux', comment: text(size - empty) }))
    const config = { ...pushed, mediaType: 'application/vnd.oci.image.config.v1+json' }
    const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config, layers: [] })
    await putManifest(client, repository, `t${size}`, manifest)
    const [shown] = await (
      await root.ask('GET', `${repositoryAt}/tags/t${size}`)
    ).json<Array<{ manifest: { os: string } }>>()
    return shown?.manifest.os === 'linux'
  },
  mostShownSteps: (size) => readImageConfig(JSON.stringify({ history: times(size, {}) })).steps.length === size,
  longestShownLine(size) {
    const [step] = readImageConfig(JSON.stringify({ history: [{ created_by: text(size) }] })).steps
    return step?.line.length === size
  },
}

/** Where the other ones are tested. */
const elsewhere: Record<string, string> = {
  largestManifestBytes: 'routes/v2/manifests.test.ts',
  largestPageBytes: 'registry/page-budget.test.ts',
  mostScopes: 'routes/token.test.ts',
  longestAuthorization: 'routes/token.test.ts',
  largestPullLogSeconds: 'variables.test.ts',
  mostSharedQuestions: 'db/in-flight.test.ts',
  mostKeptAnswers: 'db/cache.test.ts',
  mostKeptCharacters: 'db/cache.test.ts',
  mostVerifiedTokens: 'auth/verified-tokens.test.ts',
  mostVerifiedCharacters: 'auth/verified-tokens.test.ts',
  shortestSecret: 'variables.test.ts',
  sessionSeconds: 'registry/upload-session.test.ts',
  mostSessions: 'accounts/sessions.test.ts',
  mostRangesOfRequest: 'routes/v2/blobs.test.ts',
  mostSegmentsOfBlob: 'routes/v2/storage-faults.test.ts',
  mostSegmentsToLookAt: 'registry/lost-content.test.ts',
  largestPutBytes: 'storage/bounds.test.ts',
  partBytes: 'storage/bounds.test.ts',
  leastProgressBytes: 'storage/bounds.test.ts',
  longestStallMilliseconds: 'storage/bounds.test.ts',
  longestPartMilliseconds: 'storage/bounds.test.ts',
  mostPartBuffers: 'storage/bounds.test.ts',
  mostPartBuffersOfAccount: 'storage/bounds.test.ts',
  mostPartBuffersOfAnonymous: 'storage/bounds.test.ts',
  fewPartBuffers: 'storage/bounds.test.ts',
  wholeBytesOfShare: 'storage/bounds.test.ts',
  longestBufferWaitMilliseconds: 'storage/bounds.test.ts',
  mostDrainedBytes: 'storage/bounds.test.ts',
  longestDrainMilliseconds: 'storage/bounds.test.ts',
  longestBucketAnswer: 'storage/s3/answers.test.ts',
}

/** Bounds of capabilities, each tested in `limits.test.ts` of the folder. */
const ofCapabilities: Record<string, string> = {
  longestFsckCursor: 'fsck',
  longestServerUrl: 'identity',
  longestReaderPassword: 'identity',
  longestDn: 'identity',
  longestLdapFilter: 'identity',
  longestLdapAttribute: 'identity',
  mostUserSearches: 'identity',
  mostDirectoryDomains: 'identity',
  mostOpenDirectories: 'identity',
  // Against a real directory: `test/e2e/directory.test.ts`.
  directoryConnectMilliseconds: 'identity',
  directoryOperationMilliseconds: 'identity',
  longestDirectoryLoginMilliseconds: 'identity',
  largestDirectoryMessageBytes: 'identity',
  largestDirectoryAnswerBytes: 'identity',
  // Against one that is hostile: `test/e2e/hostile-directory.test.ts`.
  largestDirectoryLoginAnswerBytes: 'identity',
  mostEntriesOfDirectoryAnswer: 'identity',
  entriesOfDirectoryPage: 'identity',
  mostRangesOfGroup: 'identity',
  mostNamedEntries: 'identity',
  // Where a user is put at the first login: `test/identity/sync/newcomer.test.ts`.
  mostSyncsOfFirstLogin: 'identity',
  firstLoginSyncMilliseconds: 'identity',
  longestRecoverySecret: 'backup',
  mostPruningPolicies: 'pruning',
  mostPruningRules: 'pruning',
  mostPruningValues: 'pruning',
  longestPruningValue: 'pruning',
  longestPruningField: 'pruning',
  longestPruningOperator: 'pruning',
  longestGun: 'trust',
  longestHost: 'trust',
  longestBackupKey: 'backup',
  mostBackupRecipients: 'backup',
  mostTrustHosts: 'trust',
  largestTrustDocumentBytes: 'trust',
  largestTrustUpdateBytes: 'trust',
  mostRolesOfTrustUpdate: 'trust',
  longestRoleName: 'trust',
  deepestDelegation: 'trust',
  trustJson: 'trust',
  mostKeysOfTrustDocument: 'trust',
  mostKeysOfRole: 'trust',
  mostSignaturesOfTrustDocument: 'trust',
  mostTargetsOfTrustDocument: 'trust',
  mostRolesOfSnapshot: 'trust',
  largestTrustKeyBytes: 'trust',
  mostCertificatesOfKey: 'trust',
  longestTrustMessageBytes: 'trust',
  mostVersionsKept: 'trust/notary',
  trustMultipartBytes: 'trust/notary',
  mostPublishTries: 'trust/notary',
  mostChangesOfPage: 'trust/notary',
  mostChangesOfViewer: 'trust/notary',
  mostRepositoriesOfFeed: 'trust/notary',
  mostSignedTargets: 'trust/notary',
  largestTrustCollectionBytes: 'trust/notary',
  longestQuotedParameter: 'trust/notary',
  mostSignaturesOfArtifact: 'trust/signatures',
  largestSignedPayloadBytes: 'trust/signatures',
  largestSignatureBytes: 'trust/signatures',
  signatureJson: 'trust/signatures',
  mostProofsOfSignature: 'trust/signatures',
  largestTimestampBytes: 'trust/signatures',
  largestCertificateBytes: 'trust/signatures',
  mostCertificatesOfSignature: 'trust/signatures',
  mostTrustedCertificates: 'trust/signatures',
  mostSignatureChecks: 'trust/signatures',
  largestTrustImportBytes: 'trust/rescue',
  mostDocumentsOfTrustImport: 'trust/rescue',
  largestTrustImportBodyBytes: 'trust/rescue',
  mostMissingImagesShown: 'trust/rescue',
  mostTeamsOfPolicy: 'trust',
  longestReplayDays: 'trust',
  mostPullsOfReplay: 'trust',
  mostPublicKeys: 'trust',
  longestKeyLabel: 'trust',
  mostSignerIdentities: 'trust',
  longestIssuer: 'trust',
  longestIdentityPattern: 'trust',
  mostStarsOfPattern: 'trust',
  mostTrustRoots: 'trust',
  longestTrustRootName: 'trust',
  longestTrustRoot: 'trust',
  mostShownSignatures: 'trust',
  mostKeysTried: 'trust',
  largestIssuerAnswerBytes: 'identity/issuers',
  issuerJson: 'identity/issuers',
  longestIssuerWaitSeconds: 'identity/issuers',
  mostKeysOfIssuer: 'identity/issuers',
  longestClientId: 'identity/oidc',
  longestClientSecret: 'identity/oidc',
  longestClaimName: 'identity/oidc',
  mostSsoScopes: 'identity/oidc',
  longestSubject: 'identity/oidc',
  longestGroupName: 'identity/oidc',
  mostGroupsOfUser: 'identity/oidc',
  mostTeamsOfGroup: 'identity/oidc',
  longestSsoParameter: 'identity/oidc',
  largestLogoutBytes: 'identity/oidc',
  longestDeviceName: 'identity/oidc',
  mostDevicesOfNetwork: 'identity/oidc',
  mostDevices: 'identity/oidc',
  largestSamlFormBytes: 'identity/saml',
  mostSamlElements: 'identity/saml',
  deepestSamlElement: 'identity/saml',
  longestSamlMetadata: 'identity/saml',
  longestEntityId: 'identity/saml',
  mostSamlCertificates: 'identity/saml',
  mostWorkloadRules: 'identity/workloads',
  mostRepositoriesOfRule: 'identity/workloads',
  longestAudience: 'identity/workloads',
  longestCondition: 'identity/workloads',
  deepestCondition: 'identity/workloads',
  mostNodesOfCondition: 'identity/workloads',
  longestKeySet: 'identity/workloads',
  longestWorkloadToken: 'identity/workloads',
  workloadJson: 'identity/workloads',
}

const bounds: Readonly<Record<string, unknown>> = { ...limits }

/** Ten thousand parts are 48.8 GiB, more than a test can send. */
const tooLargeToReach = ['mostPartsOfBody']

/** Those that bound more than one number. */
const below = ['manifestJson', 'apiJson', 'configJson']

describe('so much is taken, and one more is not', () => {
  for (const [bound, takes] of Object.entries(edges)) {
    it(bound, async () => {
      const size = Number(bounds[bound])
      expect([await takes(size), await takes(size + 1)]).toEqual([true, false])
    })
  }

  const nestedText = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  const nested = (depth: number): unknown => JSON.parse(nestedText(depth))
  /** With the object around it and its member, there are as many values. */
  const many = (count: number): number[] => times(count, 0)

  it('manifestJson', () => {
    const { depth, values } = limits.manifestJson
    // As text: JSON.stringify has too small a stack for so deep a value.
    const custom = (value: string): boolean => {
      const image = `{"schemaVersion":2,"config":${JSON.stringify(descriptor)},"layers":[],"custom":${value}}`
      return isReadableText(Uint8Array.from(new TextEncoder().encode(image)), mediaTypes.image)
    }
    expect([custom(nestedText(depth - 1)), custom(nestedText(depth))]).toEqual([true, false])
    // Three openings and six commas are those of the image around it.
    expect([custom(JSON.stringify(many(values - 9))), custom(JSON.stringify(many(values - 7)))]).toEqual([true, false])
  })

  it('apiJson', async () => {
    const { depth, values } = limits.apiJson
    const ask = (x: unknown): Promise<boolean> => isWithin(root.ask('PATCH', repositoryAt, { x }))
    expect([await ask(nested(depth - 1)), await ask(nested(depth))]).toEqual([true, false])
    expect([await ask(many(values - 1)), await ask(many(values))]).toEqual([true, false])
  })

  it('configJson', () => {
    const { depth, values } = limits.configJson
    const isShown = (x: unknown): boolean => readImageConfig(JSON.stringify({ os: 'linux', x })).os === 'linux'
    expect([isShown(nested(depth - 1)), isShown(nested(depth))]).toEqual([true, false])
    expect([isShown(many(values - 2)), isShown(many(values - 1))]).toEqual([true, false])
  })
})

it('no bound is without a test at its edge', () => {
  const files = Object.keys(
    import.meta.glob<string>(['./variables.test.ts', './*/**/*.test.ts'], {
      query: '?raw',
      import: 'default',
      eager: true,
    }),
  )
  expect(
    [
      ...Object.keys(edges),
      ...Object.keys(elsewhere),
      ...Object.keys(ofCapabilities),
      ...tooLargeToReach,
      ...below,
    ].sort(),
  ).toEqual(Object.keys(limits).sort())
  for (const file of Object.values(elsewhere)) expect(files).toContain(`./${file}`)
  // A capability that was taken away takes its tests with it.
  const isHere = (folder: string): boolean => files.some((file) => file.startsWith(`./${folder}/`))
  for (const folder of Object.values(ofCapabilities).filter(isHere)) {
    expect(files).toContain(`./${folder}/limits.test.ts`)
  }
})
