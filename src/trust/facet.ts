/** Trust data as a facet of its repository: the same users and roles, but tokens of its own under the GUN. */
import type { Facet } from '../auth/facet.ts'
import type { Context } from '../context.ts'
import { currentSettingsOf } from '../settings/settings.ts'
import { parseGun, type Gun } from './gun.ts'
import { trustSettings } from './settings.ts'

export const trustFacet: Facet = {
  name: 'trust',
  // `*` is the literal action of Notary: rotation of a key and deletion.
  operations: { pull: 'pull', push: 'push', '*': 'edit' },
  async find(context, scopes, host) {
    const guns = scopes.flatMap(({ name }) => parseGun(name) ?? [])
    const served = await servedAmong(context, guns, host)
    return new Map(served.map(({ text, repository }) => [text, repository]))
  },
}

/**
 * Selects the GUNs whose host this registry answers to. The host that the client asked is one; any other one is looked
 * up in the settings.
 */
export async function servedAmong(
  { db, now }: Pick<Context, 'db' | 'now'>,
  guns: readonly Gun[],
  host: string,
): Promise<Gun[]> {
  if (guns.every((gun) => gun.host === host || !hasFormOfHost(gun.host))) {
    return guns.filter((gun) => gun.host === host)
  }
  const { trustHosts } = await currentSettingsOf(db, now, trustSettings)
  return guns.filter((gun) => gun.host === host || trustHosts.includes(gun.host))
}

/** Tells whether a text looks like a host, by the rule with which Docker tells one from a namespace of Docker Hub. */
const hasFormOfHost = (text: string): boolean => /[.:]/.test(text) || text === 'localhost'
