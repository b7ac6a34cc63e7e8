/** Decides which texts a directory is asked about as passwords. */
import { isOpaqueToken } from '../../auth/opaque-token.ts'

/** What a server leaves out before it compares (RFC 4013 section 2.1, RFC 3454 table B.1). */
const nothing = /^(?:\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff)*$/u

/** Three parts in base64url, the first of which begins with `{"` (RFC 7519). */
const webToken = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/

/**
 * Tells whether a text may be a password of a directory. One that is empty for the server would be no login at all, which
 * succeeds (RFC 4513 section 5.1.2). A secret of this registry, or a token of a CI job that came with a wrong name, is no
 * business of a directory.
 */
export const mayBeOfDirectory = (password: string): boolean =>
  !nothing.test(password) &&
  !webToken.test(password) &&
  !(['access', 'session', 'restore'] as const).some((kind) => isOpaqueToken(kind, password))
