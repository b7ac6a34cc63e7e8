/** What a backup does with the tables of content trust (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'
import { lazily } from '../util/lazy.ts'

const loadMending = lazily(() => import('./mending-store.ts'))

export const trustTables: readonly TableDeclaration[] = [
  { name: 'trust_collections', key: ['id'], refersTo: ['repositories'] },
  // From the highest key down, so that a timestamp is read before the targets and the snapshot that it leads to.
  {
    name: 'trust_metadata',
    key: ['collection_id', 'role', 'version'],
    isDescending: true,
    refersTo: ['segments', 'trust_collections', 'trust_keys'],
    atRestore:
      'drops the documents that are newer than what the newest timestamp of the collection names, and all of a collection whose timestamp names one that is missing or that is not published',
    mending: async () => (await loadMending()).metadata,
  },
  {
    name: 'trust_expiries',
    key: ['collection_id', 'role'],
    refersTo: ['trust_collections'],
    atRestore:
      'marks each published collection as one of which nothing is known yet: the job trust_facts reads its documents',
    mending: async () => (await loadMending()).expiries,
  },
  {
    name: 'trust_keys',
    key: ['collection_id', 'key_id'],
    refersTo: ['trust_collections'],
    atRestore: 'needs the secret that the keys are sealed under, as the current or the previous one',
  },
  {
    name: 'registry_keys',
    key: ['generation'],
    atRestore: 'needs the secret that the key is sealed under, as the current or the previous one',
  },
  // A restatement is made again from its row where its manifest is missing.
  {
    name: 'restatements',
    key: ['repository_id', 'subject', 'kind', 'signed_with'],
    refersTo: ['registry_keys', 'repositories'],
  },
  {
    name: 'bridged_repositories',
    leftOut: 'what is signed is compared again with what is restated',
    atRestore:
      'inserts a row that is due for each repository with published trust data, and marks each restatement without its manifest as not stored',
    mending: async () => (await loadMending()).bridgedRepositories,
  },
  { name: 'trust_changes', key: ['id'] },
  {
    name: 'trust_counts',
    key: ['name'],
    refersTo: ['trust_collections'],
    atRestore: 'counts the published collections again',
    mending: async () => (await loadMending()).counts,
  },
  {
    name: 'trust_delegates',
    key: ['collection_id'],
    refersTo: ['trust_collections'],
    atRestore: 'are due, so that the registry looks at what it signs in each',
    mending: async () => (await loadMending()).delegates,
  },
  // A signature that was checked against fewer keys and roots than there are now has an older revision, and is checked again.
  { name: 'public_keys', key: ['id'], refersTo: ['accounts', 'trust_revisions'] },
  { name: 'signer_identities', key: ['id'], refersTo: ['accounts'] },
  { name: 'trust_roots', key: ['name'], refersTo: ['trust_revisions'] },
  {
    name: 'signature_manifests',
    key: ['repository_id', 'digest', 'tag'],
    refersTo: ['manifests', 'repositories', 'trust_revisions'],
  },
  { name: 'trust_revisions', key: ['id'] },
  // Each fact has its pins, and the keys that were deleted before their facts.
  {
    name: 'signature_facts',
    key: ['repository_id', 'digest', 'kind', 'source', 'name', 'fingerprint', 'issuer', 'subject'],
    refersTo: ['forgotten_keys', 'pins', 'public_keys', 'repositories'],
  },
  {
    name: 'forgotten_keys',
    key: ['fingerprint'],
    atRestore: 'adds the keys of facts that no user has registered: a job deletes those facts',
    mending: async () => (await loadMending()).forgottenKeys,
  },
  // A policy without its teams would demand less.
  {
    name: 'trust_policies',
    key: ['id'],
    refersTo: ['accounts', 'repositories'],
    atRestore: 'says at each repository again whether its pulls demand signatures',
    mending: async () => (await loadMending()).policies,
  },
  { name: 'trust_policy_teams', key: ['policy_id', 'team_id'], partOf: 'trust_policies' },
]
