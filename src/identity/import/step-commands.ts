/** Carries out a step of an import, over the API of this registry. */
import { answer, type Api } from '../../../scripts/admin/api.ts'
import { accountBody, levelOf, visibilityOf } from './bodies.ts'
import type { Step } from './steps.ts'

/** Carries a step out. @throws Refusal, NoAnswer */
export async function act(api: Api, step: Step): Promise<unknown> {
  switch (step.kind) {
    case 'organization':
    case 'user':
      return answer(api.POST('/enzi/v0/accounts', { body: accountBody(step.name, step.account) }))
    case 'member': {
      const path = { orgname: step.organization, membername: step.user }
      return answer(
        api.PUT('/enzi/v0/accounts/{orgname}/members/{membername}', {
          params: { path },
          body: { isAdmin: step.isAdmin },
        }),
      )
    }
    case 'owner-sync': {
      const path = { orgname: step.organization }
      const body = { enableSync: true, ...step.sync }
      return answer(api.PUT('/enzi/v0/accounts/{orgname}/adminMemberSyncConfig', { params: { path }, body }))
    }
    case 'team': {
      const body = { name: step.team, description: step.description }
      return answer(
        api.POST('/enzi/v0/accounts/{orgname}/teams', { params: { path: { orgname: step.organization } }, body }),
      )
    }
    case 'team-member': {
      const path = { orgname: step.organization, teamname: step.team, membername: step.user }
      const where = '/enzi/v0/accounts/{orgname}/teams/{teamname}/members/{membername}'
      return answer(api.PUT(where, { params: { path }, body: { isAdmin: step.isAdmin } }))
    }
    case 'team-sync': {
      const path = { orgname: step.organization, teamname: step.team }
      const where = '/enzi/v0/accounts/{orgname}/teams/{teamname}/memberSyncConfig'
      return answer(api.PUT(where, { params: { path }, body: { enableSync: true, ...step.sync } }))
    }
    case 'repository':
      return answer(
        api.POST('/api/v0/repositories/{namespace}', {
          params: { path: { namespace: step.namespace } },
          body: { name: step.name, ...step.repository, visibility: visibilityOf(step.repository) },
        }),
      )
    case 'access':
      return grant(api, step)
  }
}

async function grant(
  api: Api,
  { namespace, name, team: teamname, level }: Step & { kind: 'access' },
): Promise<unknown> {
  const body = { accessLevel: levelOf(level) }
  if (name === undefined) {
    const where = '/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}'
    return answer(api.PUT(where, { params: { path: { namespace, teamname } }, body }))
  }
  const where = '/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}'
  return answer(api.PUT(where, { params: { path: { namespace, reponame: name, teamname } }, body }))
}
