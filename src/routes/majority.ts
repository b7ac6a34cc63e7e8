/**
 * The check that a majority of replicas is healthy. Without one, no isolate can know what was decided, so every route
 * that changes something checks here; it costs no round trip once an isolate knows the cluster (see
 * `replicas/view-cache.ts`).
 */
import { RegistryError } from '../errors.ts'
import { clusterViewNow } from '../replicas/view-cache.ts'
import { isWritable, lookAtCluster, type ClusterView } from '../replicas/views.ts'
import type { AppContext } from './app-context.ts'

/** Requires that a majority of the replicas is healthy. @throws RegistryError `no-majority` */
export async function requireMajority(c: AppContext): Promise<void> {
  const view = await clusterViewNow(c.get('context'))
  if (view !== undefined && isWritable(view)) return
  throw new RegistryError({ kind: 'no-majority', replicas: view?.members.length })
}

/**
 * Asks the replicas now, but for a registry that has just begun.
 *
 * @throws RegistryError `no-majority` when it is not known who they are
 */
export async function freshClusterView(c: AppContext): Promise<ClusterView> {
  const context = c.get('context')
  const view = (await lookAtCluster(context)) ?? (await clusterViewNow(context))
  if (view === undefined) throw new RegistryError({ kind: 'no-majority', replicas: undefined })
  return view
}
