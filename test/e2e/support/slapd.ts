/**
 * Directories for the tests: OpenLDAP's server, started on loopback with what a test puts in, with StartTLS and ldaps under
 * a certificate authority of its own. A second database stands in for Active Directory's attributes.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newAuthority, type Authority } from './authority.ts'
import { atEnd } from './ending.ts'
import { newFolder } from './folders.ts'
import { freePort, isServed } from './ports.ts'
import { endServer, run, start, type Running } from './run.ts'
import { until } from './wait.ts'

/** The database of inetOrgPerson and groupOfNames. */
export const base = 'dc=acme,dc=test'
/** The database with `sAMAccountName`, `objectGUID` and `memberOf`. */
export const windowsBase = 'dc=corp,dc=test'

export const reader = { dn: `cn=reader,${base}`, password: 'password of the reader' }
export const windowsReader = { dn: `cn=reader,${windowsBase}`, password: 'password of the other reader' }

export interface DirectoryOptions {
  /** Entries of `base` in LDIF, below the entries that are always there: the base, `ou=people` and `ou=groups`. */
  readonly ldif?: string
  /** Entries of `windowsBase` in LDIF, below the base, `ou=people` and `ou=groups`. */
  readonly windowsLdif?: string
  /** The most entries that a search without pages gives, and the most of a page. Without it there is no limit. */
  readonly sizeLimit?: number
  readonly pageLimit?: number
  /** Refuses the control for pages: a server without RFC 2696. */
  readonly isWithoutPages?: boolean
  /** The names in its certificate; else 127.0.0.1 and localhost. */
  readonly certificateNames?: readonly string[]
  /** Issues the certificate; else a new authority. */
  readonly authority?: Authority
}

export interface Directory {
  readonly port: number
  readonly securePort: number
  readonly url: string
  readonly secureUrl: string
  readonly authority: Authority
  readonly folder: string
  readonly pid: number
  /** What the server has printed: with connections and operations, one a line. */
  readonly output: () => string
  /** Applies changes in LDIF, by `ldapmodify`. */
  readonly modify: (ldif: string, of?: typeof base | typeof windowsBase) => Promise<void>
  /** Stops answering, and goes on: connections are accepted by the system alone, as of a server that hangs. */
  readonly hang: () => void
  readonly wake: () => void
  readonly stop: () => Promise<void>
  /** Starts it again at the same ports with the same data. */
  readonly restart: () => Promise<void>
}

const managerPassword = 'password of the manager'
const managerOf = (suffix: string): string => `cn=manager,${suffix}`

/** Starts a directory. It ends with the run. */
export async function startDirectory(options: DirectoryOptions = {}): Promise<Directory> {
  const folder = await newFolder('slapd')
  const [port, securePort] = [await freePort(), await freePort()]
  const authority = options.authority ?? (await newAuthority())
  const certificate = await authority.issue(options.certificateNames ?? ['IP:127.0.0.1', 'DNS:localhost'])
  const configuration = join(folder, 'slapd.conf')
  await Promise.all([base, windowsBase].map((suffix) => mkdir(join(folder, suffix))))
  await writeFile(configuration, configurationOf(folder, options, { ...certificate, authority: authority.file }))
  await load(folder, configuration, base, `${contentOf(base, reader)}\n${options.ldif ?? ''}`)
  await load(
    folder,
    configuration,
    windowsBase,
    `${contentOf(windowsBase, windowsReader)}\n${options.windowsLdif ?? ''}`,
  )
  let server: Running | undefined
  const output: string[] = []
  const begin = async (): Promise<void> => {
    const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${securePort}`
    // A level of 256 prints connections and operations.
    const started = await start('/usr/sbin/slapd', ['-f', configuration, '-h', urls, '-d', '256'], { server: true })
    server = started
    await until('the directory to listen', 30, () => isServed(securePort))
  }
  const stop = async (): Promise<void> => {
    if (server === undefined) return
    server.child.kill('SIGCONT')
    output.push(server.output())
    await endServer(server)
    server = undefined
  }
  atEnd(stop)
  await begin()
  const pidOf = (): number => {
    if (server === undefined) throw new Error('the directory is stopped')
    return server.pid
  }
  return {
    port,
    securePort,
    url: `ldap://127.0.0.1:${port}`,
    secureUrl: `ldaps://127.0.0.1:${securePort}`,
    authority,
    folder,
    get pid() {
      return pidOf()
    },
    output: () => [...output, server?.output() ?? ''].join(''),
    async modify(ldif, of = base) {
      const who = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', managerOf(of), '-w', managerPassword]
      await run('ldapmodify', who, { input: ldif })
    },
    hang: () => process.kill(pidOf(), 'SIGSTOP'),
    wake: () => process.kill(pidOf(), 'SIGCONT'),
    stop,
    restart: begin,
  }
}

async function load(folder: string, configuration: string, suffix: string, ldif: string): Promise<void> {
  const file = join(folder, `${suffix}.ldif`)
  await writeFile(file, ldif)
  // Without -q it would sync each entry to the disk.
  await run('/usr/sbin/slapadd', ['-q', '-f', configuration, '-b', suffix, '-l', file])
}

const contentOf = (suffix: string, { dn, password }: { readonly dn: string; readonly password: string }): string => `
dn: ${suffix}
objectClass: dcObject
objectClass: organization
o: Acme
dc: ${suffix.slice('dc='.length, suffix.indexOf(','))}

dn: ${dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${password}

dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${suffix}
objectClass: organizationalUnit
ou: groups
`

/** Active Directory's attributes, with the rules by which it compares them; OpenLDAP's own schema of them has no rules. */
const windowsSchema = `
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP inetOrgPerson STRUCTURAL
  MAY ( sAMAccountName $ userPrincipalName $ objectGUID $ memberOf $ userAccountControl ) )
objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top STRUCTURAL
  MUST cn MAY ( member $ sAMAccountName $ objectGUID $ memberOf $ description ) )
`

interface Files {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

function configurationOf(folder: string, options: DirectoryOptions, { certificate, key, authority }: Files): string {
  const { sizeLimit = 'unlimited', pageLimit = 'unlimited', isWithoutPages = false } = options
  const schemas = ['core', 'cosine', 'inetorgperson']
  const limits = isWithoutPages
    ? `limits * size.soft=${sizeLimit} size.hard=${sizeLimit} size.prtotal=disabled`
    : `limits * size.soft=${sizeLimit} size.hard=${sizeLimit} size.pr=${pageLimit} size.prtotal=unlimited`
  const databaseOf = (suffix: string, readerDn: string, indexes: string): string => `
database mdb
suffix "${suffix}"
rootdn "${managerOf(suffix)}"
rootpw "${managerPassword}"
directory ${join(folder, suffix)}
maxsize 268435456
dbnosync
${limits}
index objectClass eq
${indexes}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${readerDn}" read by * none
`
  return `
${schemas.map((schema) => `include /etc/ldap/schema/${schema}.schema`).join('\n')}
${windowsSchema}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${join(folder, 'slapd.pid')}
TLSCACertificateFile ${authority}
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
threads 4
${databaseOf(base, reader.dn, 'index uid,cn,member eq')}
${databaseOf(windowsBase, windowsReader.dn, 'index sAMAccountName,cn,member eq')}
`
}
