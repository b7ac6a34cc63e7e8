/** The library of the identity provider. `samlify.d.mts` has as much of its types as is used. */
export { IdentityProvider, SamlLib, ServiceProvider, setSchemaValidator } from 'samlify'
