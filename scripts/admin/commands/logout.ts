/** `logout`: revokes the access tokens of a profile, and forgets it. */
import { command, flag, optionalArgument } from '../command.ts'
import { urlOf } from '../connection.ts'
import { logDockerOut } from '../docker-login.ts'
import { done } from '../output.ts'
import { readProfiles, withoutProfile, writeProfiles } from '../profiles.ts'
import { revoke } from './login.ts'

export const logout = command({
  name: 'logout',
  summary: 'Revoke the access token of a registry, and of Docker after login --docker, and delete its profile',
  example: 'logout https://registry.example.com',
  arguments: { url: optionalArgument('URL') },
  options: { offline: flag('delete the profile only, when the registry cannot be reached; its token stays valid') },
  async run({ url: given }, { offline }, { destination }) {
    const { origin, host } = urlOf(given === undefined ? destination : { ...destination, url: given })
    const profiles = readProfiles()
    const profile = profiles.profiles[origin]
    if (profile === undefined) throw new Error(`you are not logged in to ${origin}: "profile list" shows where you are`)
    if (!offline) {
      await revoke(origin, profile, profile.dockerTokenHash)
      if (profile.dockerTokenHash !== undefined) await logDockerOut(host)
    }
    writeProfiles(withoutProfile(profiles, origin))
    return done(`Logged out of ${origin}.`, { url: origin })
  },
})
