import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations('./migrations'),
          // Pulls are written down at once, so that none of one test turns up in the next.
          PULL_LOG_SECONDS: '0',
          REGISTRY_SECRET: 'a secret for tests alone, 32 characters or more',
        },
      },
    })),
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    setupFiles: ['./test/setup.ts'],
    // Where backups go that go elsewhere.
    globalSetup: ['./test/support/s3-server.ts'],
    // Two runtimes share the files. Each has a storage of its own and runs one file at a time, and each test begins by
    // emptying that storage (see test/setup.ts). On two cores this takes half the time of one runtime.
    isolate: false,
    maxWorkers: 2,
    // A busy machine takes many times longer than a quiet one; what hangs fails nonetheless.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
