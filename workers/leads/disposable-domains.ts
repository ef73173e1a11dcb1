/**
 * This gate's own additions to, and exceptions from, the list in the package disposable-email-domains-js. Lower-case
 * domains; each covers its subdomains. A lead from one goes to quarantine, from where an operator can recover it.
 */

/** Throw-away mail domains that the package does not list yet. */
export const alsoDisposable: ReadonlySet<string> = new Set(['throwaway.example']);

/** Domains that the package lists and that real customers of yours write from. */
export const neverDisposable: ReadonlySet<string> = new Set<string>();
