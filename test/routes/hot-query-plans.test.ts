/**
 * By which indexes D1 finds the rows of the requests that clients send most. The test of all endpoints
 * (`query-plans.test.ts`) notices a scan; this one notices another index, which may be a worse one.
 */
import { beforeEach, expect, it } from 'vitest'
import { directory } from '../../src/installed.ts'
import { header, tokenFor, type Send } from '../support/client.ts'
import { contentOf, digestOf, pushImage, type Image } from '../support/content.ts'
import { explainRequests } from '../support/explaining-requests.ts'
import type { Plans } from '../support/explaining.ts'
import { anAccount, anOrganization, clientOf } from '../support/people.ts'

const root = { username: 'root', password: 'password of root' }
const basic = { authorization: `Basic ${btoa(`${root.username}:${root.password}`)}` }
const chunk = contentOf(1000, 7)

let image: Image

beforeEach(async () => {
  await anAccount(root.username, root.password, true)
  await anOrganization('acme')
  image = await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
})

/** @returns each index that finds rows, and by which columns; a table's primary key is `sqlite_autoindex_…` or its rowid */
function indexesIn(plans: Plans): string[] {
  const search = /^SEARCH (\S+)(?: EXISTS)? USING (?:(?:COVERING )?INDEX (\S+)|INTEGER PRIMARY KEY) (\([^)]*\))/
  const found = [...plans.values()].flat().flatMap((step) => {
    const [, table, index = table, columns] = search.exec(step) ?? []
    return index === undefined ? [] : [`${index} ${columns}`]
  })
  return [...new Set(found)].sort()
}

/** What finds a repository that the caller may use, and what the settings say. */
const toEnter = [
  'accounts_name_unique (name=?)',
  'repositories_name_unique (name=?)',
  'sqlite_autoindex_settings_1 (name=?)',
]

/** What finds a manifest by its digest, and then writes down the pull. */
const toPull = [
  ...toEnter,
  'manifest_children_by_child (repository_id=? AND child_digest=?)',
  'repositories (rowid=?)',
  'segments_by_blob (blob_digest=?)',
  'sqlite_autoindex_blobs_1 (digest=?)',
  'sqlite_autoindex_manifests_1 (repository_id=? AND digest=?)',
  'tags_by_digest (repository_id=? AND digest=?)',
]

/** SQLite looks whether a new repository has anything already: these foreign keys lead to it. */
const toMakeRepository = [
  'bridged_repositories (rowid=?)',
  'pruning_policies_by_repository (repository_id=?)',
  'repository_words_by_repository (repository_id=?)',
  'restatements_by_digest (repository_id=?)',
  'signature_facts_by_source (repository_id=?)',
  'sqlite_autoindex_manifests_1 (repository_id=?)',
  'sqlite_autoindex_pins_1 (repository_id=?)',
  'sqlite_autoindex_repository_blobs_1 (repository_id=?)',
  'sqlite_autoindex_repository_grants_1 (repository_id=?)',
  'sqlite_autoindex_signature_manifests_1 (repository_id=?)',
  'trust_changes_by_repository (repository_id=?)',
  'trust_collections_by_gun (repository_id=?)',
  'trust_policies_repository_id_unique (repository_id=?)',
]

interface HotPath {
  /** These find the rows, and no others. */
  readonly indexes: readonly string[]
  readonly ask: (client: Send) => Promise<unknown>
}

const hotPaths: Record<string, HotPath> = {
  'a pull by tag': {
    indexes: [...toPull, 'sqlite_autoindex_tags_1 (repository_id=? AND name=?)'],
    ask: (client) => client('GET', '/v2/acme/app/manifests/latest'),
  },
  'a pull by digest': {
    indexes: toPull,
    ask: async (client) => client('GET', `/v2/acme/app/manifests/${await digestOf(image.manifest)}`),
  },
  'HEAD of a blob': {
    indexes: [
      ...toEnter,
      'sqlite_autoindex_blobs_1 (digest=?)',
      'sqlite_autoindex_repository_blobs_1 (repository_id=? AND digest=?)',
    ],
    ask: (client) => client('HEAD', `/v2/acme/app/blobs/${image.layers[0]?.digest}`),
  },
  'the closing PUT of an upload': {
    indexes: [
      ...toEnter,
      ...toMakeRepository,
      'manifest_blobs_by_blob (repository_id=? AND blob_digest=?)',
      'manifests_by_body (body_digest=?)',
      'repository_blobs_by_digest (digest=?)',
      'segments_by_blob (blob_digest=?)',
      'segments_by_session (session_id=?)',
      'sqlite_autoindex_blobs_1 (digest=?)',
      'sqlite_autoindex_segments_1 (key=?)',
      'sqlite_autoindex_upload_sessions_1 (id=?)',
    ],
    ask: async (client) => {
      // Only the last request is explained.
      const opener = await clientOf('acme/app')
      const location = header(await opener('POST', '/v2/acme/app/blobs/uploads/'), 'location')
      await opener('PATCH', location, { body: chunk })
      return client('PUT', `${location}?digest=${await digestOf(chunk)}`)
    },
  },
  'PUT of a manifest': {
    indexes: [
      ...toEnter,
      ...toMakeRepository,
      'manifest_children_by_child (repository_id=? AND child_digest=?)',
      'manifests_by_artifact_type (repository_id=? AND subject=? AND artifact_type>? AND artifact_type<?)',
      'manifests_by_subject (repository_id=? AND subject=?)',
      'sqlite_autoindex_manifest_blobs_1 (repository_id=? AND manifest_digest=?)',
      'sqlite_autoindex_manifest_children_1 (repository_id=? AND manifest_digest=?)',
      'sqlite_autoindex_pins_1 (repository_id=? AND kind=? AND name=?)',
      'sqlite_autoindex_signature_manifests_1 (repository_id=? AND digest=?)',
      'sqlite_autoindex_tags_1 (repository_id=? AND name=?)',
      'tags (rowid=?)',
      'tags_by_age (repository_id=? AND accompanies=?)',
      'tags_by_digest (repository_id=? AND digest=?)',
    ],
    ask: (client) => client('PUT', '/v2/acme/app/manifests/other', { body: image.manifest }),
  },
  'a token for a password': {
    indexes: [
      ...toEnter,
      'sqlite_autoindex_accounts_1 (id=?)',
      'sqlite_autoindex_login_addresses_1 (account_id=? AND address=?)',
      'sqlite_autoindex_login_failures_1 (key=?)',
      'sqlite_autoindex_login_failures_1 (key>? AND key<?)',
      'sqlite_autoindex_members_1 (organization_id=? AND user_id=?)',
      'sqlite_autoindex_repository_grants_1 (repository_id=? AND team_id=?)',
      // Whether there is a directory, where a capability has one.
      ...(directory === undefined ? [] : ['sqlite_autoindex_settings_documents_1 (name=?)']),
      'sqlite_autoindex_teams_1 (id=?)',
      'team_members_by_user (user_id=? AND organization_id=?)',
    ],
    ask: (client) =>
      client('GET', '/auth/token?service=registry.test&scope=repository:acme/app:pull,push', { headers: basic }),
  },
}

it.each(Object.entries(hotPaths))('%s uses the indexes that are meant for it', async (_, { indexes, ask }) => {
  const access = [{ type: 'repository', name: 'acme/app', actions: ['pull', 'push'] }]
  const plans = await explainRequests(`Bearer ${await tokenFor('root', access)}`, ask)
  expect(indexesIn(plans)).toEqual([...indexes].sort())
})
