/** `login`: keeps an access token of a registry in a profile. */
import { hostname } from 'node:os'
import { answer, createApi, createOpenApi, Refusal } from '../api.ts'
import { capabilitySignOns } from '../capability-groups.ts'
import { command, flag, optionalArgument, text } from '../command.ts'
import { setting, urlOf } from '../connection.ts'
import { Login } from '../user-login.ts'
import { logDockerIn } from '../docker-login.ts'
import { UsageError } from '../errors.ts'
import { done } from '../output.ts'
import { readProfiles, writeProfiles, type Profile } from '../profiles.ts'
import { ask, isAttended, readStandardInput } from '../terminal.ts'

export const login = command({
  name: 'login',
  summary: 'Log in to a registry, and keep an access token in the profile of this machine',
  example: 'login https://registry.example.com --username alice',
  arguments: { url: optionalArgument('URL') },
  options: {
    username: text('NAME', 'user to log in as; else --user, BREAKWATER_USER, or asked for'),
    sso: flag('log in with a browser on this machine, at a registry with single sign-on'),
    device: flag('with --sso: log in with a browser on another machine'),
    docker: flag('log in Docker on this machine too, with an access token of its own'),
    passwordStdin: flag('read the password from the standard input; else BREAKWATER_PASSWORD, or asked for'),
  },
  async run({ url: given }, { username, sso, device, docker, passwordStdin }, { destination }) {
    if (device && !sso) throw new UsageError('--device goes with --sso')
    const { origin, host } = urlOf(given === undefined ? destination : { ...destination, url: given })
    const named = username ?? destination.user ?? setting('BREAKWATER_USER')
    const as = sso
      ? await signOn(origin, device)
      : new Login(
          named ?? (await askUsername(host)),
          host,
          passwordStdin ? await readStandardInput() : setting('BREAKWATER_PASSWORD'),
        )
    const { user } = as
    const { profiles } = readProfiles()
    const old = profiles[origin]
    const profile = await createToken(origin, as, 'breakwater')
    try {
      const kept = docker ? await withDocker(origin, as, profile) : { ...profile, ...dockerOf(old) }
      writeProfiles({ current: origin, profiles: { ...profiles, [origin]: kept } })
    } catch (error) {
      // A token that is kept nowhere is of no use to its owner.
      await revoke(origin, profile)
      throw error
    }
    if (old !== undefined) await revoke(origin, old, docker ? old.dockerTokenHash : undefined)
    return done(`Logged in to ${origin} as ${user}${docker ? ', and so is Docker' : ''}.`, { url: origin, user })
  },
})

/** Logs in with a browser. The session makes the access token, and is then of no more use. */
async function signOn(origin: string, device: boolean): Promise<Login> {
  const [ofCapability] = capabilitySignOns
  if (ofCapability === undefined) throw new UsageError('there is no single sign-on in this release')
  const tell = (line: string): void => console.error(line)
  const { user, session } = await ofCapability(createOpenApi(origin), { device, tell })
  return new Login(user, new URL(origin).host, session)
}

/** Logs Docker in with a token of its own. @returns the profile, which names that token */
async function withDocker(origin: string, as: Login, profile: Profile): Promise<Profile> {
  const { user, token, tokenHash: dockerTokenHash } = await createToken(origin, as, 'docker')
  try {
    await logDockerIn(new URL(origin).host, user, token)
  } catch (error) {
    await revoke(origin, { user, token, tokenHash: dockerTokenHash })
    throw error
  }
  return { ...profile, dockerTokenHash }
}

/** Returns what a profile says of Docker, which stays logged in. */
const dockerOf = (old: Profile | undefined): Pick<Profile, 'dockerTokenHash'> =>
  old?.dockerTokenHash === undefined ? {} : { dockerTokenHash: old.dockerTokenHash }

/**
 * Revokes the token of a profile. A registry that no longer accepts it has revoked it already.
 *
 * @param docker the token of Docker, to revoke it too
 */
export async function revoke(origin: string, { user, token, tokenHash }: Profile, docker?: string): Promise<void> {
  const api = createApi(origin, new Login(user, new URL(origin).host, token))
  // Its own comes last, as it opens the way for the other.
  for (const hashedtoken of [...(docker === undefined ? [] : [docker]), tokenHash]) {
    await api
      .DELETE('/api/v0/api_tokens/{hashedtoken}', { params: { path: { hashedtoken } } })
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
      })
  }
}

async function createToken(origin: string, as: Login, client: 'breakwater' | 'docker'): Promise<Profile> {
  const body = { tokenLabel: `${client} on ${hostname()}` }
  const { token, hashedToken } = await answer(createApi(origin, as).POST('/api/v0/api_tokens', { body }))
  return { user: as.user, token, tokenHash: hashedToken }
}

async function askUsername(host: string): Promise<string> {
  if (!isAttended()) throw new UsageError('there is no terminal to ask for a username: use --username')
  return ask(`Username at ${host}:`)
}
