/**
 * What a push of a signature waits for: whether it may be here at all; the facts that it makes; and that of an image, if its signature came first and
 * needs its bytes. What checks them is loaded with the first signature.
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

/** Refuses what the registry signed elsewhere. What finds that out is loaded with the first signature. */
export const admit: ContentTrust['admit'] = async (context, offered) => {
  const { artifactType = '' } = offered
  if (!signatureTypes.some((prefix) => artifactType.startsWith(prefix))) return
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
