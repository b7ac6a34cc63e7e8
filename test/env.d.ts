import type { D1Migration } from '@cloudflare/vitest-plugin'
import type { Env } from '../src/env.ts'

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import('../src/worker.ts')
    }
    interface Env extends RegistryEnv {
      readonly TEST_MIGRATIONS: D1Migration[]
    }
  }
}

type RegistryEnv = Env
