/** The connections of one login or one test: one for each server, opened when it is needed. */
import { serverFor, type DirectoryConfiguration, type ServerConfiguration } from './configuration.ts'
import type { DirectoryClient } from './directory-client.ts'

/** Connects to a server and logs in as its reader. @throws DirectoryFault */
export type Open = (server: ServerConfiguration) => Promise<DirectoryClient>

export class DirectorySession {
  private readonly clients = new Map<ServerConfiguration, DirectoryClient>()

  constructor(
    readonly configuration: DirectoryConfiguration,
    private readonly open: Open,
  ) {}

  /** Returns the client of the server that knows an entry, or a base. @throws DirectoryFault */
  async clientFor(dn: string): Promise<DirectoryClient> {
    const server = serverFor(this.configuration, dn)
    const known = this.clients.get(server)
    if (known !== undefined) return known
    const client = await this.open(server)
    this.clients.set(server, client)
    return client
  }

  /** Ends all connections. */
  close(): void {
    for (const client of this.clients.values()) client.close()
    this.clients.clear()
  }
}
