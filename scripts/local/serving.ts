/** Opens the port of the registry, over http or https, and keeps the certificate from ending while it runs. */
import type { Runtime } from './runtime.ts'
import { ownCertificate } from './tls.ts'

interface Serving {
  readonly url: URL
  readonly endRenewal: () => void
}

interface Options {
  readonly state: string
  readonly host: string
  readonly https: boolean
}

const lookMilliseconds = 24 * 3600 * 1000

export async function serve(runtime: Runtime, { state, host, https }: Options): Promise<Serving> {
  if (!https) return { url: await runtime.open(undefined), endRenewal: () => undefined }
  let served = await ownCertificate(state, host, Date.now())
  const url = await runtime.open(served)
  const renew = async (): Promise<void> => {
    const next = await ownCertificate(state, host, Date.now())
    if (next.certificate === served.certificate) return
    await runtime.open(next)
    served = next
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => console.error('the certificate could not be renewed:', error))
  }, lookMilliseconds)
  return { url, endRenewal: () => clearInterval(timer) }
}
