/** What keeps the registry from signing as a delegate, each with what to do about it. */
import type { DelegateProblem } from './delegates-store.ts'

/** Names the collections of an alert: one, and how many more. */
export interface Stuck {
  readonly gun: string
  readonly others: number
}

const named = ({ gun, others }: Stuck): string => (others === 0 ? gun : `${gun} and ${others} more`)

/** The sentences for administrators, by problem. */
export const delegateProblems = {
  'snapshot-key': (stuck: Stuck) =>
    `the registry is a signer of ${named(stuck)} and cannot publish there, as a client holds the key of the snapshot: an owner gives it to the registry with "notary key rotate <gun> snapshot -r"`,
  'no-own-role': (stuck: Stuck) =>
    `the key of the registry is in roles of ${named(stuck)} that are not its own alone: an owner adds it with "docker trust signer add --key registry.pem registry <repository>"`,
  'key-replaced': (stuck: Stuck) =>
    `${named(stuck)} delegates to a key that the registry has replaced: an owner adds the new one from /trust/registry.pem with "docker trust signer add"`,
  threshold: (stuck: Stuck) =>
    `the registry is a signer of ${named(stuck)} in a role that needs several signatures, and makes one: an owner sets the threshold to 1`,
  'releases-unsigned': (stuck: Stuck) =>
    `targets/releases of ${named(stuck)} has no valid signature, as after a signer was removed, so the registry adds nothing to it: an owner signs it again with "notary witness <gun> targets/releases -p"`,
  unreadable: (stuck: Stuck) =>
    `a document of a signer of ${named(stuck)} is damaged, so the registry cannot tell what others have signed, and adds nothing: the signer publishes again with "docker trust sign"`,
  'releases-expired': (stuck: Stuck) =>
    `targets/releases of ${named(stuck)} has expired with images of other signers, so the registry adds nothing to it: one of them signs again with "docker trust sign"`,
  refused: (stuck: Stuck) =>
    `what the registry signed as a signer of ${named(stuck)} was refused: the log of the job "trust_delegate" says why`,
} as const satisfies Readonly<Record<DelegateProblem, (stuck: Stuck) => string>>
