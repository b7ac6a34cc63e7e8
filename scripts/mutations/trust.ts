/** Content trust: which trust data is taken and served, who may ask, and what is signed again. */
import { plantedIn } from './mutation.ts'

const tuf = 'test/trust/tuf/'
const notary = 'test/trust/notary/'

export const trust = [
  ...plantedIn(
    'src/trust/bridge/delegate.ts',
    ['test/trust/bridge/delegate.test.ts'],
    [
      {
        breaks: 'the registry overrides what the owner has signed of a tag',
        find: '!targets.targets.has(tag) &&',
        replace: '',
      },
      {
        breaks: 'the registry withdraws what another signer signs as well',
        find: 'claims.has(claim) && !claimedByOthers.has(claim)',
        replace: 'claims.has(claim)',
      },
      {
        breaks: 'targets of a removed signer count again under the signature of the registry',
        find: 'if (current?.isSigned === false)',
        replace: 'if (false)',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/bridge/restatement-store.ts',
    ['test/trust/bridge/bridge.test.ts'],
    [
      {
        breaks: 'what the registry itself signs in Notary is restated',
        find: 'AND NOT EXISTS (SELECT 1 FROM registry_keys WHERE registry_keys.fingerprint = own.fingerprint)',
        replace: '',
      },
      {
        breaks: 'what an old key of the registry signed is not withdrawn',
        find: '(NOT images.is_wanted OR signed_with <> ${signedWith})',
        replace: '(NOT images.is_wanted)',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/bridge/replayed.ts',
    ['test/trust/bridge/delegating.test.ts'],
    [
      {
        breaks: 'what the registry signed in one collection counts in another',
        find: 'if (own.size === 0) return',
        replace: 'if (own.size >= 0) return',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/facts-store.ts',
    ['test/trust/signatures/stored.test.ts'],
    [
      {
        breaks: 'a signature of the registry itself is a fact',
        find: "AND value ->> 'fingerprint' NOT IN (SELECT fingerprint FROM registry_keys)",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/expiries-store.ts',
    [`${notary}expiries.test.ts`],
    [
      {
        breaks: 'an expired delegation takes those with it whose names begin alike',
        find: "instr(${facts}.source || '/', document.collection_id || '/' || document.role || '/') = 1",
        replace: "instr(${facts}.source || '/', document.collection_id || '/' || document.role) = 1",
      },
      {
        breaks: 'a snapshot of a client may have expired',
        find: "document.role IN ('root', 'snapshot', 'timestamp')",
        replace: "document.role IN ('root', 'timestamp')",
      },
    ],
  ),
  ...plantedIn(
    'src/trust/tuf/verify.ts',
    [`${tuf}refusals-of-roots.test.ts`, `${tuf}refusals-of-targets.test.ts`],
    [
      {
        breaks: 'one signature is enough, whatever the threshold',
        find: 'if (signers.size >= authority.threshold) return',
        replace: 'if (signers.size >= 1) return',
      },
      {
        breaks: 'a key counts as often as it has signed',
        find: 'if (key === undefined || signers.has(signature.keyId)) continue',
        replace: 'if (key === undefined) continue',
        equivalent: 'the keys that have signed are in a map by their ID, so each counts once',
      },
      {
        breaks: 'a signature is not verified',
        find: 'if (await hasSigned(key, signature, message)) signers.set',
        replace: 'if ((await hasSigned(key, signature, message)) || true) signers.set',
      },
      {
        breaks: 'a key may stand under the ID of another one',
        find: "  if ((await keyIdOf(key)) !== signature.keyId) throw new InvalidMetadata('key ID is not valid for key content')\n",
        replace: '',
      },
      {
        breaks: 'a new root is not signed by the keys of the one before it',
        find: 'if (previous !== undefined) await verifyRotation(',
        replace: 'if (previous !== undefined && previous.version < 0) await verifyRotation(',
      },
      {
        breaks: 'the certificates of a new root may have expired',
        find: 'rootAuthority(root, context.gun, context.now)',
        replace: 'rootAuthority(root, context.gun, undefined)',
      },
      {
        breaks: 'a delegation is asked of the top targets, not of its parent',
        find: 'loaded.get(parentOf(role))?.targets',
        replace: "loaded.get('targets')?.targets",
        tests: [`${tuf}publish.test.ts`],
      },
      {
        breaks: 'what has expired is taken',
        find: '=> expires < now',
        replace: '=> expires < 0 * now',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/tuf/certificates.ts',
    [`${tuf}certificates.test.ts`],
    [
      {
        breaks: 'a certificate counts after it has ended',
        find: 'now <= notAfter && now + dayMilliseconds',
        replace: 'now + dayMilliseconds',
      },
      {
        breaks: 'a certificate counts long before it begins',
        find: ' && now + dayMilliseconds >= notBefore',
        replace: '',
      },
      {
        breaks: 'a certificate of another GUN holds a root',
        find: ' || !namesGun(leaf.commonName, gun)) return',
        replace: ' || gun === leaf.commonName + leaf.commonName) return',
      },
      {
        breaks: 'a certificate names each GUN that begins like it',
        find: ': commonName === gun',
        replace: ': gun.startsWith(commonName)',
      },
      {
        breaks: 'an authority holds a root by itself',
        find: 'leaf === undefined || leaf.isAuthority ||',
        replace: 'leaf === undefined ||',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/tuf/update.ts',
    [`${tuf}refusals-of-roots.test.ts`, `${tuf}refusals-of-snapshots.test.ts`, `${tuf}refusals.test.ts`],
    [
      {
        breaks: 'a root skips versions',
        find: 'if (version !== current && version !== current + 1) {',
        replace: 'if (version < current) {',
      },
      {
        breaks: 'an expired root is taken',
        find: "    verifyExpiry(uploaded, 'root', now)\n",
        replace: '',
      },
      {
        breaks: 'a snapshot of a client names what is not stored',
        find: 'if (missing !== undefined) throw missingFile(missing.role, missing.sha256)',
        replace: '',
      },
      {
        breaks: 'a version is published again',
        find: '(await stored.currentVersion(role)) < version) continue',
        replace: '(await stored.currentVersion(role)) <= version) continue',
      },
      {
        breaks: 'a publication is refused for the timestamp that it uploads',
        find: "role === 'timestamp' || (await",
        replace: '(await',
        tests: [`${tuf}publish.test.ts`],
      },
    ],
  ),
  ...plantedIn(
    'src/trust/tuf/hashes.ts',
    [`${tuf}refusals-of-snapshots.test.ts`],
    [
      {
        breaks: 'the hashes in a snapshot of a client are not compared',
        find: 'if (actual !== expected) {',
        replace: 'if (actual === `${expected}x`) {',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/tuf/renew.ts',
    [`${tuf}renew.test.ts`],
    [
      {
        breaks: 'a timestamp is signed again at every read',
        find: 'now + aheadMilliseconds)',
        replace: 'now + 100 * aheadMilliseconds)',
      },
      {
        breaks: 'documents are verified at every read, also where nothing is due',
        find: 'if (!isDue(timestamp, now) && !isDue(snapshot, now)) return []',
        replace: '',
        equivalent: 'nothing is signed either, as it is asked again for each document: this saves the work',
      },
      {
        breaks: 'a timestamp is signed again for a snapshot that it does not name',
        find: '    await verifyPointer(timestamp, snapshot)\n',
        replace: '',
      },
      {
        breaks: 'a timestamp is signed again below an expired root',
        find: "    verifyExpiry(envelope, 'root', now)\n",
        replace: '',
      },
      {
        breaks: 'a timestamp is signed again for a snapshot that has expired',
        find: 'if (isExpired(snapshot.expires.milliseconds, now) || !isDue(timestamp, now)) return []',
        replace: 'if (!isDue(timestamp, now)) return []',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/publish.ts',
    [`${notary}publish.test.ts`],
    [
      {
        breaks: 'a publication that another one outran fails',
        find: 'else if (![isOutrun, isUniqueViolation',
        replace: 'else if (![isUniqueViolation',
      },
      {
        breaks: 'a publication whose answer was lost is made twice',
        find: '    if (await this.#isStored(found.collection)) return true\n',
        replace: '',
      },
      {
        breaks: 'what a snapshot of a client names goes with old versions',
        find: 'named: [...hashesOf(snapshotOf(documents)).values()],',
        replace: 'named: [],',
        equivalent:
          'versions go of roles that are stored, and of each the snapshot names the newest, which is the uploaded one',
      },
      {
        breaks: 'clients of Notary are not told that their namespace is full',
        find: '      refuseFull(error)\n',
        replace: '',
        tests: [`${notary}namespace-bounds.test.ts`],
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/read.ts',
    [`${notary}read.test.ts`],
    [
      {
        breaks: 'a read fails where the registry cannot store what it signed',
        find: 'const isLater = [isReadOnly, isOverloaded, isDatabaseFull]',
        replace: 'const isLater = [isOverloaded, isDatabaseFull]',
      },
      {
        breaks: 'a full namespace cannot read its trust data',
        find: ' && whatIsFull(error) === undefined) throw error',
        replace: ') throw error',
        tests: [`${notary}namespace-bounds.test.ts`],
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/key-requests.ts',
    [`${notary}publish.test.ts`],
    [
      {
        breaks: 'a rotation gets the key that has signed before',
        find: "wanted === 'named' ? await namedKey(context, found, role) : undefined",
        replace: 'await namedKey(context, found, role)',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/notary/routes.ts',
    [`${notary}routes.test.ts`],
    [
      {
        breaks: 'a push deletes trust data',
        within: "notary.delete('",
        find: "authorize(c, '*')",
        replace: "authorize(c, 'push')",
      },
      {
        breaks: 'a current document is kept by caches',
        find: "file.version === 'current' ? 'no-store' : ",
        replace: '',
      },
      {
        breaks: 'a caller without a login learns which hosts are served',
        find: "  requireIdentity(c.get('caller'))\n",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/facet.ts',
    ['test/trust/facet.test.ts'],
    [
      {
        breaks: 'trust data is served under the name of any host',
        find: 'gun.host === host || trustHosts.includes(gun.host))',
        replace: "gun.host === host || trustHosts.includes(gun.host) || gun.host !== '')",
      },
      {
        breaks: 'a push may delete trust data and rotate its keys',
        find: "'*': 'edit' }",
        replace: "'*': 'push' }",
        tests: [`${notary}routes.test.ts`],
      },
    ],
  ),
  ...plantedIn(
    'src/db/repositories/deleted-repositories.ts',
    ['test/trust/repository-deletion.test.ts'],
    [
      {
        breaks: 'the last row of a deleted repository takes all its trust data with it',
        find: '${hangs}${isLeft(',
        replace: '${isLeft(',
      },
    ],
  ),
  ...plantedIn(
    'migrations/0019_trust_documents_fill_namespaces.sql',
    [`${notary}namespace-bounds.test.ts`],
    [
      {
        breaks: 'a full namespace stores trust documents',
        within: 'CREATE TRIGGER `namespace_trust_metadata_added`',
        find: '> CAST(coalesce((SELECT `value`',
        replace: '> 1000000000 + CAST(coalesce((SELECT `value`',
      },
      {
        breaks: 'a full namespace stores no timestamp, so what is signed expires',
        within: 'CREATE TRIGGER `namespace_trust_metadata_added`',
        find: "NEW.`role` <> 'timestamp' AND ",
        replace: '',
      },
      {
        breaks: 'deleted trust documents still fill their namespace',
        within: 'CREATE TRIGGER `namespace_trust_metadata_deleted`',
        find: '- OLD.`size_bytes`',
        replace: '- 0',
      },
    ],
  ),
]
