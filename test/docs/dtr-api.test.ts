/** `docs/dtr-api.md` says what becomes of every path of DTR's API: it and the routes of the app are compared. */
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { send } from '../support/client.ts'

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

const isAdministrative = (path: string): boolean => /^\/(api\/v0|enzi|v1|auth\/(?!token))/.test(path)

const routes = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && isAdministrative(path))
      .map(({ method, path }) => shapeOf(`${method} ${path}`)),
  ),
]

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

interface Operation {
  readonly summary?: string
  readonly responses?: Record<string, unknown>
}

interface Description {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, unknown> }
}

describe('the OpenAPI document', () => {
  const read = async (): Promise<Description> => (await send('GET', '/api/v0/openapi.json')).json<Description>()

  it('describes every administrative route, and no others', async () => {
    const { openapi, info, paths } = await read()
    expect(openapi).toMatch(/^3\.1/)
    expect(info).toMatchObject({ title: expect.stringMatching(/./), version: expect.stringMatching(/./) })
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => shapeOf(`${method.toUpperCase()} ${path}`)),
    )
    const documented = routes.filter((shape) => shape !== 'GET /api/v0/openapi.json')
    expect(described.sort()).toEqual(documented.sort())
  })

  it('has a summary and an answer for success of each operation', async () => {
    const { paths } = await read()
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { summary = '', responses = {} }] of Object.entries(operations)) {
        const succeeds = Object.keys(responses).some((status) => /^2\d\d$/.test(status))
        expect([method, path, summary !== '', succeeds]).toEqual([method, path, true, true])
      }
    }
  })

  it('refers to nothing that it does not have', async () => {
    const description = await read()
    const references = JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
    const named = [...new Set(Array.from(references, ([, name = '']) => name))]
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !(name in description.components.schemas))).toEqual([])
  })
})
