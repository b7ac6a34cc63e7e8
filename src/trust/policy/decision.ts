/** Decides about a pull of a repository that demands signatures. */
import { shared } from '../../db/in-flight.ts'
import type { ContentTrust } from '../../registry/content-trust.ts'
import { findMissingTeams, type MissingTeam } from './decision-store.ts'
import { policyError } from './failures.ts'

/** Judges a pull by what the tables say now. */
export const judge: ContentTrust['judge'] = async ({ db }, { repositoryId, repository, digest }) => {
  // Concurrent pulls of one image ask once, and none takes an answer that is older than its request.
  const missing = await shared(db, ['signatures', repositoryId, digest], () =>
    findMissingTeams(db, repositoryId, digest),
  )
  const teams = missing.filter(({ mode }) => mode === 'enforce')
  const refusal =
    teams.length === 0 ? undefined : policyError({ kind: 'signatures-missing', repository, digest, teams })
  return { refusal, refusedFor: namesOf(teams), reported: namesOf(missing.filter(({ mode }) => mode === 'report')) }
}

const namesOf = (teams: readonly MissingTeam[]): string[] => [...new Set(teams.map(({ name }) => name))]
