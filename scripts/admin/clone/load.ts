/** Loads what only a clone has: the migrations, wrangler and the runtime. */

/**
 * Returns the module.
 *
 * @param name the command that needs it
 * @throws Error that says where the command works
 */
export async function fromClone<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    throw new Error(`${name} works in a clone of Breakwater only: run "npm ci" and "npm run admin -- ${name}" there`, {
      cause: error,
    })
  }
}

export const installation = (name: string) => fromClone(name, () => import('./installation.ts'))
