/** The connections of a login, a test or a turn of a sync: one for each server, opened when it is needed. */
import { mostOpenDirectories } from '../../limits.ts'
import { serverFor, type DirectoryConfiguration, type ServerConfiguration } from './configuration.ts'
import type { DirectoryClient } from './directory-client.ts'
import { DirectoryFault } from './faults.ts'

/** Connects to a server and logs in as its reader. @throws DirectoryFault */
export type Open = (server: ServerConfiguration) => Promise<DirectoryClient>

export class DirectorySession {
  /** The one that was used last comes last. */
  private readonly clients = new Map<ServerConfiguration, DirectoryClient>()
  private hasEnded = false

  constructor(
    readonly configuration: DirectoryConfiguration,
    private readonly open: Open,
  ) {}

  /** Tells whether the session was ended: it opens no further connection. */
  get isClosed(): boolean {
    return this.hasEnded
  }

  /**
   * Returns the client of the server that knows an entry, or a base. Ends the connection that was not used for longest where
   * there would be too many: a caller uses two at a time at most, that of a group and that of its members.
   *
   * @throws DirectoryFault
   */
  async clientFor(dn: string): Promise<DirectoryClient> {
    if (this.hasEnded) throw new DirectoryFault('connect', 'closed')
    const server = serverFor(this.configuration, dn)
    const client = this.clients.get(server) ?? (await this.openNext(server))
    this.clients.delete(server)
    this.clients.set(server, client)
    return client
  }

  /** Ends all connections. */
  close(): void {
    this.hasEnded = true
    for (const client of this.clients.values()) client.close()
    this.clients.clear()
  }

  private openNext(server: ServerConfiguration): Promise<DirectoryClient> {
    const [oldest] = this.clients
    if (this.clients.size >= mostOpenDirectories && oldest !== undefined) {
      const [itsServer, client] = oldest
      client.close()
      this.clients.delete(itsServer)
    }
    return this.open(server)
  }
}
