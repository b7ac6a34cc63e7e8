/** The types of objects that events are about: those of the core, and those that capabilities declare. */

export interface ObjectTypeRule {
  /** Only administrators of the repository see its events. */
  readonly isForAdministrators?: true
}

export type ObjectTypes = Readonly<Record<string, ObjectTypeRule>>

export const coreObjectTypes = {
  repository: {},
  tag: {},
  manifest: {},
  blob: {},
  account: {},
  member: {},
  team: {},
  access: { isForAdministrators: true },
  token: {},
  settings: {},
  job: {},
  cron: {},
  consumer: {},
  login: {},
} as const satisfies ObjectTypes

declare const declared: unique symbol

/** A type that a capability has declared; no other text is assignable to it. */
type DeclaredObjectType = string & { readonly [declared]: true }

export type ObjectType = keyof typeof coreObjectTypes | DeclaredObjectType

export interface ObjectTypeDeclaration {
  readonly name: DeclaredObjectType
  readonly rule: ObjectTypeRule
}

/** Declares a type of objects. The capability lists it in its `index.ts`, and records events under its `name`. */
export const declareObjectType = (name: string, rule: ObjectTypeRule = {}): ObjectTypeDeclaration => ({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only place that makes one
  name: name as DeclaredObjectType,
  rule,
})
