/** The routes of content trust, which are loaded with the first request that needs them. */
export { notary as distribution, notaryHealth as open } from './notary/routes.ts'
export { publicKeyRoutes as enzi } from './policy/key-routes.ts'
export { signerRoutes as api } from './policy/signer-routes.ts'
