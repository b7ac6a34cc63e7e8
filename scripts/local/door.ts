/**
 * The entrance of the registry: a socket that leads to the Worker itself. Miniflare's own entrance believes headers of anyone
 * (`CF-Connecting-IP`, `MF-Original-URL`) and serves the objects of R2 at `/cdn-cgi/local/r2/public`, without a login; so
 * that one stays on a port of this machine that is told to no client. This file is a plugin of Miniflare, which loads it.
 */
import * as z from 'zod'

const doorOptions = z.object({
  /** Host and port. */
  address: z.string(),
  /** The name of the Worker. */
  worker: z.string(),
  /** Null serves http. */
  certificate: z.object({ key: z.string(), certificate: z.string() }).nullable(),
})

export type DoorOptions = z.infer<typeof doorOptions>

const name = 'door'

/** Makes the binding of the door for a Worker's options. */
export const doorBinding = (options: DoorOptions) => ({
  name,
  type: name,
  plugin: { package: import.meta.filename, name },
  options,
})

const workerOptions = z.object({
  options: z.object({
    config: z.object({ env: z.object({ [name]: z.object({ dev: z.object({ options: doorOptions }) }).optional() }) }),
  }),
})

const door = {
  bindingTypeDescription: 'door',
  getBindings: () => [],
  getNodeBindings: () => ({}),
  getServices(given: unknown) {
    const options = workerOptions.parse(given).options.config.env[name]?.dev.options
    return { services: [], extensions: [], sockets: options === undefined ? [] : [socketOf(options)] }
  },
}

/** @public Miniflare finds plugins by this name. */
export const plugins = { [name]: door }

function socketOf({ address, worker, certificate: pair }: DoorOptions) {
  const socket = { name, address, service: { name: `core:user:${worker}` } }
  if (pair === null) return { ...socket, http: {} }
  return { ...socket, https: { tlsOptions: { keypair: { privateKey: pair.key, certificateChain: pair.certificate } } } }
}
