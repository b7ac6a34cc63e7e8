/**
 * Leaves a server alone for some seconds after it failed: logins that come in numbers do not all wait for one that hangs, and
 * users of other domains do not wait for it at all. An isolate remembers it.
 */
import type { ServerConfiguration } from './configuration.ts'
import type { DirectoryClient } from './directory-client.ts'
import { DirectoryFault } from './faults.ts'

const restMilliseconds = 5000
/** URLs that are remembered; at the bound it begins again. */
const mostResting = 100

/** Opens a server, and is told when the connection fails later. @throws DirectoryFault */
export type OpenTelling = (server: ServerConfiguration, onFault: () => void) => Promise<DirectoryClient>

export class RestingServers {
  readonly #until = new Map<string, number>()

  /** Opens a server that does not rest. @throws DirectoryFault */
  async open(server: ServerConfiguration, clock: () => number, open: OpenTelling): Promise<DirectoryClient> {
    const { serverURL: url } = server
    if (clock() < (this.#until.get(url) ?? 0)) throw new DirectoryFault('connect', 'unreachable')
    const letRest = (): void => {
      if (this.#until.size >= mostResting) this.#until.clear()
      this.#until.set(url, clock() + restMilliseconds)
    }
    try {
      return await open(server, letRest)
    } catch (error) {
      if (error instanceof DirectoryFault) letRest()
      throw error
    }
  }
}
