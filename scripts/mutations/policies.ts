/** Signature policies: which pulls they refuse, and who sets them. */
import { plantedIn } from './mutation.ts'

const policy = 'test/trust/policy/'

export const policies = [
  ...plantedIn(
    'src/trust/policy/decision.ts',
    [`${policy}pulls.test.ts`],
    [
      {
        breaks: 'a policy that only reports refuses pulls',
        find: "missing.filter(({ mode }) => mode === 'enforce')",
        replace: 'missing',
      },
      {
        breaks: 'what is enforced is reported as well',
        find: "namesOf(missing.filter(({ mode }) => mode === 'report'))",
        replace: 'namesOf(missing)',
        equivalent: 'a pull that lacks what is enforced is refused, and nothing is reported of it',
      },
      {
        breaks: 'concurrent pulls of all images of a repository get one answer',
        find: "['signatures', repositoryId, digest]",
        replace: "['signatures', repositoryId]",
      },
    ],
  ),
  ...plantedIn(
    'src/trust/policy/decision-store.ts',
    [`${policy}pulls.test.ts`],
    [
      {
        breaks: 'a signature counts after it has ended',
        find: '    AND (signature_facts.expires_at IS NULL OR signature_facts.expires_at > ${databaseTime})\n',
        replace: '',
      },
      {
        breaks: 'a signature of a deactivated user counts',
        find: ' AND accounts.is_active = 1)`',
        replace: ')`',
      },
      {
        breaks: 'a signature of any user counts',
        find: 'team_members.team_id = ${teamId} AND ',
        replace: '${teamId} IS NOT NULL AND ',
      },
      {
        breaks: 'an identity counts though no root vouches for it any more',
        find: "(signature_facts.issuer <> '' AND ${isVouchedFor} AND",
        replace: "(signature_facts.issuer <> '' AND",
      },
      {
        breaks: 'any trust store vouches for the certificates of another one',
        find: "trust_roots.kind = 'x509' AND trust_roots.name = substr(signature_facts.issuer, 6)",
        replace: "trust_roots.kind = 'x509'",
      },
      {
        breaks: 'a root of sigstore vouches for the certificates of the trust store of its name',
        find: "trust_roots.kind = 'x509' AND trust_roots.name",
        replace: 'trust_roots.name',
      },
      {
        breaks: 'a trust store vouches for keyless identities',
        find: ", trust_roots.kind = 'sigstore'))`",
        replace: ', 1))`',
      },
      {
        breaks: 'an identity counts for the same subject of another issuer',
        find: 'signer_identities.issuer = signature_facts.issuer\n        AND ',
        replace: '',
      },
      {
        breaks: 'the subject of an identity may stand anywhere in that of a signer',
        find: 'sql`signer_identities.subject`)}',
        replace: "sql`'*' || signer_identities.subject`)}",
      },
      {
        breaks: 'what stands before the first star of a pattern may stand anywhere',
        find: 'iif(is_begun, length(text) + 1, 1)',
        replace: 'length(text) + 1',
      },
      {
        breaks: 'a signed index of another repository signs its manifests here',
        find: 'WHERE manifest_children.repository_id = ${repositoryId} AND manifest_children.child_digest',
        replace: 'WHERE manifest_children.child_digest',
      },
      {
        breaks: 'a signature in another repository counts',
        find: 'WHERE signature_facts.repository_id = ${repositoryId} AND signature_facts.digest',
        replace: 'WHERE signature_facts.digest',
      },
      {
        breaks: 'one document among the layers of an image makes it pass',
        find: ' AND min(coalesce(',
        replace: ' AND max(coalesce(',
      },
      {
        breaks: 'any image with a subject passes',
        find: "(own.media_type = '${sql.raw(index)}' OR ${hasDocumentsAlone})",
        replace: '${hasDocumentsAlone} IS NOT NULL',
      },
      {
        breaks: 'a document passes whose subject is not in the repository',
        find: 'WHERE image.repository_id = own.repository_id AND image.digest = own.subject)',
        replace: 'WHERE own.subject IS NOT NULL)',
      },
      {
        breaks: 'a document passes with any tag',
        find: ' AND tags.accompanies IS NOT NULL\n',
        replace: '\n',
        equivalent: 'an image is asked for that the tag accompanies, and none is where the tag accompanies nothing',
      },
      {
        breaks: 'a document passes by its tag though its image is gone',
        find: ' AND ${isAccompanied(sql`image.digest`, sql`tags.accompanies`)}))))`',
        replace: '))))`',
      },
      {
        breaks: 'the policy of a namespace does not hold for its repositories',
        find: 'CROSS JOIN trust_policies ON trust_policies.namespace_id = accounts.id',
        replace: "CROSS JOIN trust_policies ON trust_policies.namespace_id = accounts.id || '-'",
      },
      {
        breaks: 'the policy of a namespace holds for all repositories',
        find: 'CROSS JOIN accounts ON accounts.name = repositories.namespace',
        replace: 'CROSS JOIN accounts',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/policy/policy-store.ts',
    [`${policy}policies.test.ts`, `${policy}pulls.test.ts`],
    [
      {
        breaks: 'a deleted team is no longer demanded',
        find: '  LEFT JOIN teams ON teams.id',
        replace: '  JOIN teams ON teams.id',
      },
      {
        breaks: 'a policy keeps the teams that it no longer names',
        find: '    forgotten: sql`DELETE FROM trust_policy_teams WHERE policy_id = (${policy})`,\n',
        replace: '',
      },
      {
        breaks: 'a user learns which teams other organizations have',
        find: 'SELECT 1 FROM members WHERE members.organization_id = organization.id AND members.user_id',
        replace: 'SELECT 1 FROM members WHERE members.user_id',
      },
      {
        breaks: 'a deleted team can be demanded again by any policy',
        find: 'owner === undefined ? sql`false` : isOf(owner)',
        replace: 'owner === undefined ? sql`false` : sql`true`',
      },
      {
        breaks: 'a changed policy is recorded as a new one',
        find: ' AND trust_policies.id = ${id}`',
        replace: ' AND ${id} IS NOT NULL`',
      },
    ],
  ),
  ...plantedIn(
    'src/trust/policy/replay.ts',
    [`${policy}replay.test.ts`],
    [
      {
        breaks: 'the pulls of callers who may push count as refused',
        find: "permitOf(account, standing).actions.includes('push')",
        replace: "permitOf(account, standing).actions.includes('nothing')",
      },
      {
        breaks: 'the pulls of callers who may only pull do not count',
        find: "permitOf(account, standing).actions.includes('push')",
        replace: "permitOf(account, standing).actions.includes('pull')",
      },
      {
        breaks: 'a caller who may push to one repository pushes to all',
        find: 'const keyOf = (accountId: string, name: string): string => `${accountId} ${name}`',
        replace: 'const keyOf = (accountId: string, name: string): string => `${accountId} ${name.slice(0, 0)}`',
      },
    ],
  ),
]
