/** What a registry had stored of its providers is there after an upgrade. */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { backToToday, registryOfRelease, rowsOf } from '../support/schema.ts'

afterEach(backToToday)

it('the settings of a directory and of a provider, and used logout tokens, are kept when they move to tables for all providers', async () => {
  await registryOfRelease(env.TEST_MIGRATIONS.findIndex(({ name }) => name === '0038_settings_documents.sql'))
  await env.DB.batch(
    [
      `INSERT INTO directories VALUES (1, '{"serverURL":"ldap://a"}', 's1', 'k1', 7)`,
      `INSERT INTO oidc_provider (id, settings, sealed, sealed_with) VALUES (1, '{"issuer":"https://b"}', 's2', 'k2')`,
      `INSERT INTO oidc_logouts (hash, expires_at) VALUES ('used', 5)`,
    ].map((sql) => env.DB.prepare(sql)),
  )
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  expect(await rowsOf('SELECT * FROM settings_documents ORDER BY name')).toEqual([
    { name: 'ldap', document: '{"serverURL":"ldap://a"}', sealed: 's1', sealed_with: 'k1' },
    { name: 'oidc', document: '{"issuer":"https://b"}', sealed: 's2', sealed_with: 'k2' },
  ])
  expect(await rowsOf('SELECT * FROM used_messages')).toEqual([{ hash: 'used', expires_at: 5 }])
})
