/** As much of the types of samlify as the tests use: its own bring those of browsers. */

interface Asked {
  readonly extract: { readonly request: { readonly id: string } }
}

export interface Provider {
  getMetadata(): string
  parseLoginRequest(
    registry: object,
    binding: 'redirect',
    request: { readonly query: Readonly<Record<string, string>> },
  ): Promise<Asked>
  createLoginResponse(
    registry: object,
    asked: Asked,
    binding: 'post',
    user: object,
    fill: (template: string) => { readonly id: string; readonly context: string },
  ): Promise<{ readonly context: string }>
}

export declare function IdentityProvider(settings: Readonly<Record<string, unknown>>): Provider
export declare function ServiceProvider(settings: { readonly metadata: string }): object
export declare function setSchemaValidator(validator: { readonly validate: () => Promise<string> }): void
export declare const SamlLib: { replaceTagsByValue(template: string, tags: Readonly<Record<string, string>>): string }
