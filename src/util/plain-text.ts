/**
 * Texts that one person writes and another reads, in a terminal or a browser: descriptions, full names, labels, reasons.
 * They hold no character that a terminal obeys, nor one that makes text read otherwise than it is written.
 */

/** Control characters of ASCII and of ISO 8859-1 (C0, DEL, C1), and the line ends of Unicode. */
const controls = /[\p{Cc}\u2028\u2029]/u
/** The same without tab and line feed, for texts of several lines. */
const controlsBesidesLines = /[^\P{Cc}\t\n]|[\u2028\u2029]/u
/**
 * Embeddings, overrides and isolates (UAX #9 sections 2.1 to 2.4), by which "gpj.exe" reads as "exe.jpg". The marks of
 * section 2.6 stay, as Arabic and Hebrew need them; so do joiners, as emoji and Persian do.
 */
const turnsDirection = /[\u202A-\u202E\u2066-\u2069]/u

/** Tells whether a text has no lone surrogates, which would be stored as another text, and no change of direction. */
const isText = (text: string): boolean => text.isWellFormed() && !turnsDirection.test(text)

export const isPlainLine = (text: string): boolean => !controls.test(text) && isText(text)

export const isPlainText = (text: string): boolean => !controlsBesidesLines.test(text) && isText(text)

/** Replaces what a line must not hold, in what is noted and cannot be refused. */
export const plainLineOf = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
