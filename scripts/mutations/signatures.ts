/** Signatures of cosign and notation: what they prove, and what is stored of it. */
import { plantedIn } from './mutation.ts'

const folder = 'test/trust/signatures/'

export const signatures = [
  ...plantedIn(
    'src/trust/signatures/artifact.ts',
    [`${folder}artifact.test.ts`, `${folder}stored.test.ts`],
    [
      {
        breaks: 'the subject of a manifest counts before its tag',
        find: 'subject: subjectOfTag(tag) ?? subjectOf(read),',
        replace: 'subject: read.subject ? subjectOf(read) : (subjectOfTag(tag) ?? subjectOf(read)),',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/cosign.ts',
    [`${folder}cosign.test.ts`],
    [
      {
        breaks: 'a signature is taken for one of another image',
        find: 'if (signed.includes(subject)) return',
        replace: 'if (signed.length > 0) return',
      },
      {
        breaks: 'an attestation signs its image',
        find: 'if (signed.predicateType !== signPredicate) {',
        replace: "if (signed.predicateType === '') {",
      },
      {
        breaks: 'a payload of another type signs an image',
        find: 'if (!payloadTypes.has(critical.type)) {',
        replace: "if (critical.type === '') {",
      },
      {
        breaks: 'a bundle of another type of payload signs an image',
        find: 'if (payloadType !== inToto) {',
        replace: "if (payloadType === '') {",
      },
      {
        breaks: 'a message signature is taken for one of a manifest that is not the subject',
        find: '  refuseOtherDigests([await digestLike(subject, manifest)], subject)\n',
        replace: '',
        equivalent: 'a manifest is read by its digest: this holds even where the store is wrong',
      },
      {
        breaks: 'a key signs by the certificate of another key',
        find: 'certified === undefined || fingerprint === certified',
        replace: 'certified === undefined || fingerprint !== certified',
      },
      {
        breaks: 'an identity that no pattern names signs',
        find: '  if (!isKnown) {',
        replace: '  if (identities.length === 0) {',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/bundles.ts',
    [`${folder}cosign.test.ts`],
    [
      {
        breaks: 'a keyless signature needs no log, where the root has one',
        find: 'tlogThreshold: Math.min(1, root.tlogs.length)',
        replace: 'tlogThreshold: 0',
      },
      {
        breaks: 'a keyless signature needs no promise of the certificate log',
        find: 'ctlogThreshold: Math.min(1, root.ctlogs.length)',
        replace: 'ctlogThreshold: 0',
      },
      {
        breaks: 'a keyless signature needs no proof of its time',
        within: 'export async function keylessSigner(',
        find: 'timestampThreshold: 1,',
        replace: 'timestampThreshold: 0,',
        equivalent: 'what has no proven time is refused for that afterwards',
      },
      {
        breaks: 'a signature with a key needs no proof of a time that it does not have',
        find: 'const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 }',
        replace: 'const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }',
        equivalent: 'each time that is there is verified whatever the threshold, and without one nothing is proven',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/notation.ts',
    [`${folder}notation.test.ts`],
    [
      {
        breaks: 'an ended certificate signs, as its signer says that it was in time',
        find: "signed.store === 'ca' ? [signed.signedAt, now] : [signed.signedAt]",
        replace: '[signed.signedAt]',
      },
      {
        breaks: 'a signature of notation counts after its end',
        find: 'if (expiresAt !== undefined && expiresAt <= now) {',
        replace: 'if (expiresAt !== undefined && expiresAt <= 0) {',
      },
      {
        breaks: 'critical attributes that are not understood are ignored',
        find: 'if (!isUnderstood || attributes.has(otherTime))',
        replace: 'if (attributes.has(otherTime))',
      },
      {
        breaks: 'the other time of a signing scheme is ignored',
        find: 'if (!isUnderstood || attributes.has(otherTime))',
        replace: 'if (!isUnderstood)',
      },
      {
        breaks: 'an end that is not critical is taken',
        find: 'if (!required.every((name) => critical.includes(name))) {',
        replace: 'if (required.length === 0) {',
      },
      {
        breaks: 'the algorithm of an envelope need not be that of its key',
        find: 'if (envelope.algorithm !== leaf.algorithm) {',
        replace: 'if (envelope.algorithm === undefined) {',
      },
      {
        breaks: 'the store of authorities vouches for a signing authority',
        find: '(trust.stores ?? []).filter(({ type }) => type === signed.store)',
        replace: 'trust.stores ?? []',
      },
      {
        breaks: 'a certificate that no store has signs',
        find: 'if (keys.some((key) => key.fingerprint === fingerprint)) return',
        replace: 'if (keys.some((key) => key.fingerprint === fingerprint) || keys.length === 0) return',
      },
      {
        breaks: 'a signature of notation from the future keeps its time',
        find: 'signedAt: Math.min(signed.signedAt, now),',
        replace: 'signedAt: signed.signedAt,',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/certificates.ts',
    [`${folder}notation.test.ts`],
    [
      {
        breaks: 'an authority signs images itself',
        find: "  if (constraints?.ca === true) throw unfit(leaf, 'is that of an authority: sign with a leaf certificate')\n",
        replace: '',
      },
      {
        breaks: 'a leaf signs that may do more than sign',
        find: ' || (usage.usages & ~allowed) !== 0) {',
        replace: ') {',
      },
      {
        breaks: 'a certificate of a server that may sign code as well signs images',
        find: ' || usages.some((usage) => foreign.has(usage))) {',
        replace: ') {',
      },
      {
        breaks: 'a chain may be longer than an authority allows',
        find: 'if ((constraints.pathLength ?? below) < below)',
        replace: 'if ((constraints.pathLength ?? below) < below - 1)',
      },
      {
        breaks: 'a certificate that is not one of an authority issues others',
        find: 'if (!constraints?.critical || !constraints.ca) throw',
        replace: 'if (!constraints?.critical) throw',
      },
      {
        breaks: 'a certificate issues others though its key usage forbids it',
        find: 'if (!usage?.critical || (usage.usages & x509.KeyUsageFlags.keyCertSign) === 0) {',
        replace: 'if (!usage?.critical) {',
      },
      {
        breaks: 'a certificate signed with a weak hash counts',
        find: "new Set(['SHA-256', 'SHA-384', 'SHA-512'])",
        replace: "new Set(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])",
      },
      {
        breaks: 'a certificate is issued by whatever has the name of its issuer',
        find: 'certificate.issuer === issuer.subject &&\n  (await certificate.verify({ publicKey: issuer.publicKey, signatureOnly: true }))',
        replace: 'Promise.resolve(certificate.issuer === issuer.subject).then((is) => is)',
      },
      {
        breaks: 'an expired trusted certificate issues the last one of a chain',
        find: '    for (const time of times) refuseOutside(anchor, time)\n',
        replace: '',
      },
      {
        breaks: 'a trusted certificate issues the last one of a chain though it is no authority',
        find: '    checkIssuer(x509, anchor, chain.length - 1)\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/identities.ts',
    [`${folder}cosign.test.ts`],
    [
      {
        breaks: 'the parts of a pattern may overlap in an identity',
        find: 'text.length - end.length >= at && ',
        replace: '',
      },
      {
        breaks: 'a pattern fits what begins otherwise',
        find: 'if (!text.startsWith(start)) return false\n',
        replace: '\n',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/checking.ts',
    [`${folder}stored.test.ts`],
    [
      {
        breaks: 'a signature is of the time of its check, and not of that at which it came',
        find: "timeSource === 'check' ? Math.min(signedAt, seenAt) : signedAt",
        replace: 'signedAt',
      },
      {
        breaks: 'a signature does not wait for a key that is not registered yet',
        find: "  'key-unknown',\n",
        replace: '',
      },
      {
        breaks: 'a signature does not wait for a trust root that is not registered yet',
        find: "  'chain-untrusted',\n",
        replace: '',
      },
      {
        breaks: 'a signature does not wait for the manifest that it is of',
        find: "if (reasons.includes('content-missing')) return 'content'\n",
        replace: '\n',
      },
      {
        breaks: 'a certificate keeps no name of its trust store',
        find: 'issuer: `x509:${signer.store}`',
        replace: 'issuer: signer.store',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/facts.ts',
    [`${folder}cosign.test.ts`],
    [
      {
        breaks: 'a signer that signed twice signed at the later time',
        find: 'outcome.fact.signedAt < first.signedAt',
        replace: 'outcome.fact.signedAt > first.signedAt',
      },
      {
        breaks: 'of several signers of an image the last one counts',
        find: ': [signer.form, signer.fingerprint]',
        replace: ': [signer.form]',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/facts-store.ts',
    [`${folder}stored.test.ts`],
    [
      {
        breaks: 'an older check replaces the facts of a newer one',
        find: ' AND checked_revision <= ${checkedRevision}`',
        replace: ' AND ${checkedRevision} IS NOT NULL`',
      },
      {
        breaks: 'a fact gets the time of its last check',
        find: 'SET signed_at = min(signed_at, excluded.signed_at)',
        replace: 'SET signed_at = excluded.signed_at',
      },
      {
        breaks: 'what a signature no longer proves stays',
        within: 'gone: sql`',
        find: 'AND (fingerprint, issuer, subject) NOT IN (',
        replace: 'AND false AND (fingerprint, issuer, subject) NOT IN (',
      },
      {
        breaks: 'what another signature of the image proves goes',
        find: 'AND source = ${digest} AND ${mayStore}',
        replace: 'AND ${mayStore}',
      },
      {
        breaks: 'the facts of a deleted key stay',
        find: 'DELETE FROM signature_facts WHERE rowid IN (SELECT id FROM (${ofKey})) RETURNING 1',
        replace: 'SELECT 1 FROM signature_facts WHERE rowid IN (SELECT id FROM (${ofKey})) LIMIT 0',
      },
      {
        breaks: 'a signature does not wait again when its key is deleted',
        find: 'UPDATE signature_manifests SET checked_revision = -1\n',
        replace: 'UPDATE signature_manifests SET checked_revision = checked_revision\n',
      },
      {
        breaks: 'the facts of Notary go with a deleted key',
        find: "WHERE fingerprint = ${key} AND kind <> 'notary' ORDER BY",
        replace: 'WHERE fingerprint = ${key} ORDER BY',
      },
      {
        breaks: 'ended facts stay',
        find: 'SELECT rowid FROM signature_facts WHERE expires_at <= ${now}',
        replace: 'SELECT rowid FROM signature_facts WHERE expires_at <= 0 * ${now}',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/signatures/shown.ts',
    [`${folder}shown.test.ts`],
    [
      {
        breaks: 'a tag is looked up in the top targets before the releases',
        find: "targets.find(({ role }) => role === 'targets/releases')",
        replace: "targets.find(({ role }) => role === 'targets')",
      },
      {
        breaks: 'another image of the tag in Notary is not told of',
        find: 'target !== undefined && target.digest !== digest',
        replace: 'target !== undefined && target.digest === undefined',
      },
    ],
  ),
]
