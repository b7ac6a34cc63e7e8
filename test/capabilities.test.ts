/** What capabilities declare is whole, and each name is one capability's alone. */
import { describe, expect, it } from 'vitest'
import { app } from '../src/app.ts'
import { coreObjectTypes } from '../src/db/events/object-types.ts'
import { coreFailures } from '../src/errors.ts'
import { apiGroups, capabilities, objectTypes } from '../src/installed.ts'
import { documentOf } from '../src/routes/shared/openapi.ts'
import { z } from 'zod'

const sources = import.meta.glob<string>('../src/*/**/*.ts', { query: '?raw', import: 'default', eager: true })

const document = z.object({
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), z.object({ tags: z.array(z.string()).optional() }))),
})

describe('capabilities', () => {
  it('list every type of objects that their stores declare', () => {
    const declared = Object.values(sources).flatMap((source) =>
      Array.from(source.matchAll(/ declareObjectType\('([^']+)'/g), ([, name = '']) => name),
    )
    expect(Object.keys(objectTypes).toSorted()).toEqual([...Object.keys(coreObjectTypes), ...declared].toSorted())
  })

  it('give their failures and settings names that nothing else has', () => {
    for (const field of ['failures', 'settings', 'jobTypes'] as const) {
      const names = capabilities.flatMap((capability) => Object.keys(capability[field] ?? {}))
      expect(new Set(names).size).toBe(names.length)
    }
    const failures = capabilities.flatMap((capability) => Object.keys(capability.failures ?? {}))
    expect(failures.filter((name) => name in coreFailures)).toEqual([])
  })

  it('name the groups of their operations, and the document has no operation without a listed group', () => {
    const { tags, paths } = document.parse(documentOf(app, apiGroups))
    const listed = tags.map(({ name }) => name)
    const used = Object.values(paths).flatMap((path) => Object.values(path).map((operation) => operation.tags ?? []))
    expect(used.filter((groups) => groups.length === 0)).toEqual([])
    expect([...new Set(used.flat())].toSorted()).toEqual(listed.toSorted())
  })
})
