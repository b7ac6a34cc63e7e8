/** Certificate authorities for the tests, made by openssl. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newFolder } from './folders.ts'
import { run } from './run.ts'

export interface Authority {
  /** The file of its certificate. */
  readonly file: string
  /** Its certificate, in PEM. */
  readonly pem: string
  /**
   * Issues a certificate for a server.
   *
   * @param names as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`
   * @returns the files of the certificate and its key
   */
  readonly issue: (names: readonly string[]) => Promise<{ readonly certificate: string; readonly key: string }>
}

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export async function newAuthority(): Promise<Authority> {
  const folder = await newFolder('authority')
  const [file, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')]
  const subject = ['-subj', '/CN=Acme Authority', '-days', '30']
  await run('openssl', ['req', '-x509', ...keyOptions, '-keyout', key, '-out', file, ...subject])
  let issued = 0
  return {
    file,
    pem: await readFile(file, 'utf8'),
    async issue(names) {
      const name = join(folder, `server-${(issued += 1)}`)
      const made = { certificate: `${name}.pem`, key: `${name}.key` }
      await run('openssl', ['req', ...keyOptions, '-keyout', made.key, '-out', `${name}.csr`, '-subj', '/CN=directory'])
      await writeFile(`${name}.ext`, `subjectAltName=${names.join(',')}\n`)
      const signing = ['-CA', file, '-CAkey', key, '-CAcreateserial', '-days', '30', '-extfile', `${name}.ext`]
      await run('openssl', ['x509', '-req', '-in', `${name}.csr`, ...signing, '-out', made.certificate])
      return made
    },
  }
}
