/** The list of planted bugs, area by area. A new one is a new entry in the file of its area. */
import { access } from './access.ts'
import { accessTokens } from './access-tokens.ts'
import { backup } from './backup.ts'
import { blobs } from './blobs.ts'
import { collector } from './collector.ts'
import { consumers } from './consumers.ts'
import { directories } from './directories.ts'
import { documents } from './documents.ts'
import { events } from './events.ts'
import { gates } from './gates.ts'
import { jobs } from './jobs.ts'
import { logins } from './logins.ts'
import { manifests } from './manifests.ts'
import type { Mutation } from './mutation.ts'
import { names } from './names.ts'
import { pins } from './pins.ts'
import { policies } from './policies.ts'
import { pruning } from './pruning.ts'
import { publications } from './publications.ts'
import { replicas } from './replicas.ts'
import { rights } from './rights.ts'
import { saml } from './saml.ts'
import { signatures } from './signatures.ts'
import { storage } from './storage.ts'
import { tags } from './tags.ts'
import { tokens } from './tokens.ts'
import { trust } from './trust.ts'
import { uploads } from './uploads.ts'
import { workloads } from './workloads.ts'

export const areas: Readonly<Record<string, readonly Mutation[]>> = {
  access,
  'access-tokens': accessTokens,
  backup,
  blobs,
  collector,
  consumers,
  directories,
  documents,
  events,
  gates,
  jobs,
  logins,
  manifests,
  names,
  pins,
  policies,
  pruning,
  publications,
  replicas,
  rights,
  saml,
  signatures,
  storage,
  tags,
  tokens,
  trust,
  uploads,
  workloads,
}
