/** Modules that are loaded when they are needed: a cold isolate has little time to start. */

/**
 * Returns a function that loads a module at its first call and keeps it. What is kept is the module and no promise, as the
 * runtime forbids requests to wait for each other's promises; each request that comes before it is loaded loads it too.
 *
 * @param load imports the module: `() => import('./module.ts')`
 */
export function lazily<Module extends object>(load: () => Promise<Module>): () => Promise<Module> {
  let loaded: Module | undefined
  async function get(): Promise<Module> {
    if (loaded === undefined) {
      const module = await load()
      loaded = module
    }
    return loaded
  }
  all.push(get)
  return get
}

const all: (() => Promise<object>)[] = []

/** Loads all modules that are loaded when they are needed. */
export async function loadAll(): Promise<void> {
  for (const get of all) await get()
}
