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

interface Renewal {
  /** How long to wait before each look at the certificate. */
  readonly lookMilliseconds: number
  /** Returns the time, in milliseconds since 1970. */
  readonly now: () => number
}

/** Opens the port, and opens it again with the next certificate as soon as a look finds that this one is due. */
export async function serve(
  runtime: Runtime,
  { state, host, https }: Options,
  { lookMilliseconds, now }: Renewal,
): Promise<Serving> {
  if (!https) return { url: await runtime.open(undefined), endRenewal: () => undefined }
  let served = await ownCertificate(state, host, now())
  const url = await runtime.open(served)
  const renew = async (): Promise<void> => {
    const next = await ownCertificate(state, host, now())
    if (next.certificate === served.certificate) return
    await runtime.open(next)
    served = next
  }
  let looks = Promise.resolve()
  const timer = setInterval(() => {
    // One after the other: to open the port takes a while on a busy machine, and each time breaks connections off.
    looks = looks.then(renew).catch((error: unknown) => console.error('the certificate could not be renewed:', error))
  }, lookMilliseconds)
  return { url, endRenewal: () => clearInterval(timer) }
}
