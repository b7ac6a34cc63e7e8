/**
 * What a push of a signature waits for: whether it may be here at all, and the facts that it makes. A push of an image waits for
 * those of signatures that came first and need its bytes. What checks them is loaded with the first signature.
 */
import { signatureTypes } from '../../db/content/signatures.ts'
import { loggable } from '../../db/database.ts'
import type { ContentTrust, StoredPush } from '../../registry/content-trust.ts'
import { lazily } from '../../util/lazy.ts'

const loadChecking = lazily(() => import('./checking.ts'))
const loadCopied = lazily(() => import('../bridge/copied.ts'))

/** Tells whether the triggers of `signature_manifests` took a push for that of a signature. */
const mayBeSignature = ({ tags, subject, artifactType = '' }: StoredPush): boolean =>
  tags.some((tag) => tag.startsWith('sha256-') && tag.endsWith('.sig')) ||
  (subject !== undefined && signatureTypes.some((prefix) => artifactType.startsWith(prefix)))

/** What the registry restates, by all that clients take for it: they look for these prefixes alone. */
const restatedTypes = ['application/vnd.cncf.notary.signature', 'application/vnd.dev.sigstore.bundle']

/** Refuses what the registry signed elsewhere. What finds that out is loaded with the first signature. */
export const admit: ContentTrust['admit'] = async (context, offered) => {
  const { artifactType = '' } = offered
  if (!restatedTypes.some((prefix) => artifactType.startsWith(prefix))) return
  const { refuseCopied } = await loadCopied()
  await refuseCopied(context, offered)
}

/** Checks what was pushed. Should it fail, the signature stays due, and the job `trust_facts` checks it. */
export const notePush: ContentTrust['notePush'] = async (context, push) => {
  if (!mayBeSignature(push) && !push.hasReferrers) return
  try {
    const { checkPushed } = await loadChecking()
    await checkPushed(context, push)
  } catch (error) {
    console.error('a pushed signature was not checked, so a job will:', loggable(error))
  }
}
