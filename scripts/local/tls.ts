/** A certificate of the registry's own for `--https`, made once and kept with the state. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface Certificate {
  readonly key: string
  readonly certificate: string
  /** What clients must trust. */
  readonly path: string
}

const years = 5

export async function ownCertificate(state: string, host: string): Promise<Certificate> {
  const folder = join(state, 'tls')
  // Apart from the certificate: clients that are pointed at the folder would take a key in it for their own.
  const [keyPath, path] = [join(folder, 'private', `${host}.pem`), join(folder, `${host}.crt`)]
  if (!existsSync(keyPath)) {
    const now = new Date()
    const names = [...new Set([host, 'localhost', '127.0.0.1'])]
    const made = await generate([{ name: 'commonName', value: host }], {
      keyType: 'ec',
      notAfterDate: new Date(now.getFullYear() + years, now.getMonth(), now.getDate()),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        {
          name: 'subjectAltName',
          altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
        },
      ],
    })
    await mkdir(join(folder, 'private'), { recursive: true, mode: 0o700 })
    await writeFile(path, made.cert)
    await writeFile(keyPath, made.private, { mode: 0o600 })
  }
  return { key: await readFile(keyPath, 'utf8'), certificate: await readFile(path, 'utf8'), path }
}
