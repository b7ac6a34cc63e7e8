import type { D1Migration } from '@cloudflare/vitest-plugin'
import type { ReplicaEnv } from '../src/replicas/types.ts'

declare global {
  /** Vite's: what tests read sources with, and find files of capabilities. */
  interface ImportMeta {
    glob<Source>(
      pattern: string | readonly string[],
      options: { query?: string; import: string; eager: true },
    ): Record<string, Source>
  }
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import('../src/worker.ts')
    }
    interface Env extends RegistryEnv {
      readonly TEST_MIGRATIONS: D1Migration[]
    }
  }
}

type RegistryEnv = ReplicaEnv
