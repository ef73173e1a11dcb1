import { modeRank, modes, type Mode } from '../../shared/contract.ts';

/** What the manifest grants: an action and its highest mode. */
export interface Granted {
  action: string;
  mode: string;
}

/** The scopes of a manifest: `action:mode`, one for each grant. */
export function grantedScopes(grants: readonly Granted[]): string[] {
  return grants.map(({ action, mode }) => `${action}:${mode}`);
}

/**
 * The scopes of a token. With nothing requested, all that is granted; a request (space-delimited, RFC 6749 section 3.3)
 * narrows, down to a lower mode of the same action. Null when it asks for anything that is not granted.
 */
export function narrowScopes(grants: readonly Granted[], requested: string | null): string[] | null {
  if (requested === null) return grantedScopes(grants);
  const wanted = [...new Set(requested.split(' '))];
  return wanted.every((scope) => within(grants, scope)) ? wanted : null;
}

/** The lower of two modes; undefined when either is missing or unknown. */
export function lowerMode(a: string | undefined, b: string | undefined): Mode | undefined {
  return modes[Math.min(modeRank(a), modeRank(b))];
}

function within(grants: readonly Granted[], scope: string): boolean {
  const [action, mode] = scope.split(':');
  const wanted = modeRank(mode);
  return (
    wanted >= 0 &&
    scope === `${action}:${mode}` &&
    grants.some((grant) => grant.action === action && wanted <= modeRank(grant.mode))
  );
}
