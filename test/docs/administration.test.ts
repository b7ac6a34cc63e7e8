/** `docs/administration.md` says how the command line behaves towards programs: the page and its source are compared. */
import { expect, it } from 'vitest'

const files = import.meta.glob<string>('../../{docs/administration.md,scripts/admin/main.ts}', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const page = files['../../docs/administration.md'] ?? ''
const source = files['../../scripts/admin/main.ts'] ?? ''

it('the page about administration names every exit code', () => {
  const codes = new Set(Array.from(source.matchAll(/return (\d+)\b/g), ([, code = '']) => code))
  expect(codes.size).toBeGreaterThan(3)
  for (const code of codes) expect(page).toMatch(new RegExp(`with ${code}\\b`))
})

it('the page about administration says what --json prints', () => {
  const [, said = ''] = /- `--json`([\s\S]*?)\n- /.exec(page) ?? []
  for (const word of ['array', 'object', '`message`', 'stderr']) expect(said).toContain(word)
})
