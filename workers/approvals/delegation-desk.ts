import type { Directory } from '../../shared/directory.ts';
import { faultsOf } from '../../shared/faults.ts';
import { isId } from '../../shared/ids.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type { Delegation, Result } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { delegationInput } from './delegations.ts';
import type { Env } from './env.ts';

/** Whoever lends waits no longer for control; they may try again. */
const DIRECTORY_MS = 5_000;

/** A person, checked before, has another decide for them. `input` as it was sent. */
export async function delegate(env: Env, person: Person, input: unknown): Promise<Result<Delegation>> {
  const parsed = delegationInput.safeParse(input);
  if (!parsed.success) return refused({ code: 'invalid', errors: faultsOf(parsed.error) });
  const directory = await directoryOf(env);
  return directory ? index(env).delegate(person, parsed.data, directory) : cannotTell;
}

/** Either of the two ends it. */
export async function endDelegation(env: Env, person: Person, id: string): Promise<Result<Delegation>> {
  const directory = await directoryOf(env);
  if (!directory) return cannotTell;
  return isId('deleg', id) ? index(env).endDelegation(person, id, directory) : noDelegation;
}

/** Newest first, those that are over too. */
export async function delegations(env: Env): Promise<Result<Delegation[]>> {
  return { ok: true, value: released(await index(env).delegations()) };
}

function index({ APPROVALS_INDEX }: Env) {
  return APPROVALS_INDEX.getByName('index');
}

/** Null: control does not say who is who, so that nobody can be told apart, and nothing is lent or ended. */
async function directoryOf({ DIRECTORY }: Env): Promise<Directory | null> {
  return within(DIRECTORY_MS, DIRECTORY.directory()).then(released, () => null);
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}

const cannotTell = refused({
  code: 'unavailable',
  detail: 'Who is who cannot be told now, so nothing was changed.',
  retryAfter: 5,
});

export const noDelegation = refused({ code: 'not-found', detail: 'There is no such delegation.' });
