import { canonical } from '../../shared/canonical.ts';
import type { KnownPlaceholder } from '../../shared/vault.ts';

/** What an approval is given to. */
export interface Bound {
  call: string;
  /** The exact text that the tool would get. */
  input: string;
  /** Keyed hash of agent, action and the body that holds it. */
  body: string;
  /** Where the guard runs. */
  environment: string;
  /** Hash of the action's contract. */
  contract: string;
  /** What placeholders in the input stand for: whose data, of which class, and whether the agent typed it. */
  placeholders: readonly KnownPlaceholder[];
}

/**
 * The name of exactly this call, here, under this contract: an approval of one holds for no other. `keyed`: the guard's own keyed
 * hash, so that nobody can find an input by trying. Pure.
 */
export function approvalDigest(bound: Bound, keyed: (text: string) => string): string {
  // One by one, so that whatever else an object holds is no part of it.
  const { call, input, body, environment, contract } = bound;
  const placeholders = bound.placeholders.map(({ placeholder, class: cls, subject, typed }) => ({
    placeholder,
    class: cls,
    subject,
    typed,
  }));
  return keyed(canonical({ call, input, body, environment, contract, placeholders }));
}
