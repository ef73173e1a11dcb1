import { canonical } from '../../shared/canonical.ts';
import type { Person } from '../../shared/people.ts';
import type { Approval, PreApproval } from '../../shared/rpc.ts';

/** A pre-approval as it is kept: with what is needed to count it as its maker's decision. */
export interface KeptPreApproval extends PreApproval {
  roles: Person['roles'];
  /** SHA-256 of the credential. */
  credential: string;
}

/** Whether it is still good for a call. Pure. */
export function isLive({ used, count, until, endedAt }: PreApproval, now: number): boolean {
  return endedAt === null && used < count && now < Date.parse(until);
}

/** Whether it was made for such a call, as the agent asked for it. What people edited is looked at by hand. Pure. */
export function covers(preApproval: PreApproval, approval: Approval, now: number): boolean {
  const { agent, action, where, madeAt } = preApproval;
  return (
    isLive(preApproval, now) &&
    agent === approval.agent &&
    action === approval.action &&
    approval.revision === 0 &&
    // It is for what is yet to come.
    Date.parse(madeAt) <= Date.parse(approval.requestedAt) &&
    Object.entries(where).every(([pointer, value]) => holds(approval.input, pointer, value))
  );
}

/** Whether a value holds another at a JSON Pointer (RFC 6901). Pure. */
function holds(input: unknown, pointer: string, expected: unknown): boolean {
  let value = input;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
    value = (value as Record<string, unknown>)[name];
  }
  return canonical(value) === canonical(expected);
}

/** What people see of it. Pure. */
export function shown(kept: KeptPreApproval): PreApproval {
  const { roles: _roles, credential: _credential, ...preApproval } = kept;
  return preApproval;
}
