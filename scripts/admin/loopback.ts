/** Waits for a browser on this machine to bring a code (RFC 8252 section 7.3). */
import { createServer, type Server } from 'node:http'

export interface Loopback {
  readonly port: number
  /** Fulfilled with the code; rejected when none has come in time. */
  readonly code: Promise<string>
  close(): void
}

/** Listens at a port of this machine alone. @param state names the login: an answer to another one is refused */
export async function listenForCode(state: string, milliseconds: number): Promise<Loopback> {
  const server = createServer()
  const code = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no browser has logged in: begin again')), milliseconds)
    server.once('close', () => clearTimeout(timer))
    server.on('request', (request, response) => {
      const { searchParams, pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
      const given = searchParams.get('code')
      const isAnswer = request.method === 'GET' && pathname === '/' && searchParams.get('state') === state
      const isTaken = isAnswer && given !== null
      response.writeHead(isTaken ? 200 : 404, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
      response.end(isTaken ? 'Go back to the command. You can close this page.\n' : 'There is nothing here.\n')
      if (isTaken) resolve(given)
    })
  })
  // Awaited later, or never.
  code.catch(() => undefined)
  const close = (): void => {
    server.close()
    server.closeIdleConnections()
  }
  return { port: await listen(server), code, close }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('a socket without a port'))
      else resolve(address.port)
    })
  })
}
