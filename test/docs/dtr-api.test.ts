/** `docs/dtr-api.md` says what becomes of every path of DTR's API: it and the routes of the app are compared. */
import { describe, expect, it } from 'vitest'
import { coreFailures } from '../../src/errors.ts'
import type { FailureType } from '../../src/failures/failure.ts'
import { capabilities } from '../../src/installed.ts'
import { endpointOf, operations } from '../support/endpoints.ts'

const pages = import.meta.glob<string>('../../docs/dtr-api.md', { query: '?raw', import: 'default', eager: true })
const [page = ''] = Object.values(pages)
/** A row of a table of the page. */
interface Row {
  readonly path: string
  readonly state: string
  readonly note: string
}

const states = new Set(['works', 'different', 'absent'])
const rows: Row[] = page.split('\n').flatMap((line) => {
  const [, path, state = '', note = ''] = /^\| `([A-Z]+ \/\S*)` *\| *(\S+) *\|(.*)\|$/.exec(line) ?? []
  return path === undefined ? [] : [{ path, state, note: note.trim() }]
})

/** A method and a path whose parameters have no names: `GET /api/v0/repositories/{}/{}`. */
const shapeOf = (path: string): string => path.replaceAll(/\{[^}]*\}|:\w+(?:\{[^/]*\})?/g, '{}').replace(/(.)\/$/, '$1')

const isAdministrative = (path: string): boolean =>
  /^\/(api\/v0|enzi|v1|auth\/(?!token)|_ping|health|nginx_status)/.test(path)

const routes = [...new Set(operations.filter((operation) => isAdministrative(endpointOf(operation).path)).map(shapeOf))]

const here = new Set(rows.filter(({ state }) => state !== 'absent').map(({ path }) => shapeOf(path)))
const absent = new Set(rows.filter(({ state }) => state === 'absent').map(({ path }) => shapeOf(path)))

describe('the page about the API of DTR', () => {
  it('has rows that can be read, each path once', () => {
    expect(rows.length).toBeGreaterThan(150)
    expect(page.split('\n').filter((line) => line.startsWith('| `') && /^\| `[A-Z]+ /.test(line))).toHaveLength(
      rows.length,
    )
    for (const { path, state } of rows) expect([path, states.has(state)]).toEqual([path, true])
    const shapes = rows.map(({ path }) => shapeOf(path))
    expect(shapes.filter((shape, at) => shapes.indexOf(shape) !== at)).toEqual([])
  })

  it('says of what is different how, and of what is absent why', () => {
    for (const { path, state, note } of rows) {
      if (state !== 'works') expect([path, note !== '']).toEqual([path, true])
    }
  })

  it('calls nothing there that the registry does not have', () => {
    expect([...here].filter((shape) => !routes.includes(shape))).toEqual([])
  })

  it('calls nothing absent that the registry has', () => {
    expect(routes.filter((shape) => absent.has(shape))).toEqual([])
  })

  it('leaves out nothing that the registry has', () => {
    expect(routes.length).toBeGreaterThan(50)
    expect(routes.filter((shape) => !here.has(shape))).toEqual([])
  })
})

/** The codes that the reference of DTR's API has for the failures that can happen here too. */
const codesOfDtr = [
  'INTERNAL_ERROR',
  'INVALID_DIGEST',
  'INVALID_JSON',
  'INVALID_PARAMETERS',
  'INVALID_PRUNING_POLICY',
  'INVALID_SETTINGS',
  'INVALID_TAG_NAME',
  'NOT_ACCEPTABLE',
  'NOT_ALLOWED',
  'NOT_AUTHENTICATED',
  'NOT_AUTHORIZED',
  'NO_SUCH_ACCOUNT',
  'NO_SUCH_API_TOKEN',
  'NO_SUCH_LAYER',
  'NO_SUCH_NAMESPACE_TEAM_ACCESS',
  'NO_SUCH_PRUNING_POLICY',
  'NO_SUCH_REF',
  'NO_SUCH_REPOSITORY',
  'NO_SUCH_TAG',
  'NO_SUCH_TEAM',
  'NO_SUCH_USER',
  'REPOSITORY_CONTAINS_TAGS_IN_NOTARY',
  'REPOSITORY_EXISTS',
  'TAG_IN_NOTARY',
  'UNSUPPORTED_MEDIA_TYPE',
]

describe('what the page says of all paths', () => {
  /** The words of a point of its list. */
  const pointOf = (title: string): string => {
    const start = page.indexOf(`- **${title}`)
    expect([title, start > 0]).toEqual([title, true])
    return page.slice(start, page.indexOf('\n- ', start)).replaceAll(/\s+/g, ' ')
  }

  it('names the error codes that are not of DTR, all of them', () => {
    const declared = [coreFailures, ...capabilities.map(({ failures = {} }) => failures)].flatMap(
      Object.values<FailureType>,
    )
    // A path that is not here has no failure of its own.
    const codes = [...new Set([...declared.map(({ apiCode }) => apiCode), 'UNSUPPORTED'])]
    expect(codes.length).toBeGreaterThan(30)
    const [own = ''] = pointOf('Codes of our own').split('. ')
    const named = Array.from(own.matchAll(/`([A-Z_]+)`/g), ([, code = '']) => code)
    expect(named).toEqual(codes.filter((code) => !codesOfDtr.includes(code)).sort())
    expect(codesOfDtr.filter((code) => !codes.includes(code))).toEqual([])
  })

  it('tells what a client of DTR may not expect', () => {
    expect(pointOf('Names')).toContain('up to 100 lower-case letters and digits')
    expect(pointOf('Bodies')).toContain('announce their length')
    expect(pointOf('Codes of our own')).toContain('`INVALID_REPOSITORY_VISIBILITY`, is `INVALID_JSON`')
    expect(pointOf('While the registry is read-only')).toContain('who has access may still be changed')
  })

  it('calls different what differs', () => {
    const differences: Record<string, string> = {
      'POST /api/v0/repositories/{namespace}': 'lower-case',
      'POST /enzi/v0/accounts': 'lower-case',
      'GET /api/v0/events': 'no `target`',
      'GET /api/v0/repositories/{namespace}/{reponame}/events': 'no `target`',
      'PUT /api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}': '404 `NO_SUCH_TEAM`',
      'PUT /api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}': '404 `NO_SUCH_TEAM`',
    }
    for (const [path, note] of Object.entries(differences)) {
      const row = rows.find((one) => one.path === path)
      expect(row).toMatchObject({ path, state: 'different', note: expect.stringContaining(note) })
    }
  })
})
