/** Opens the client of a directory, which is loaded then. */
import { lazily } from '../../util/lazy.ts'
import type { ServerConfiguration } from './configuration.ts'
import type { DirectoryClient } from './directory-client.ts'

const loadClient = lazily(() => import('./client.ts'))

/**
 * Connects to a server and logs in as the reader.
 *
 * @param onFault is told when the connection fails later
 * @throws DirectoryFault
 */
export async function openServer(server: ServerConfiguration, onFault?: () => void): Promise<DirectoryClient> {
  const { openClient } = await loadClient()
  return openClient(server, onFault)
}
