import { checkPerson, type Person, type PeopleEnv, type Role } from '../../shared/people.ts';
import type { Result } from '../../shared/rpc.ts';

/** Acts for a person whose credential is good here and who holds one of the roles; else says why not. */
export async function asPerson<T>(
  credential: string | null,
  allowed: readonly Role[],
  env: PeopleEnv,
  act: (person: Person) => Promise<Result<T>>,
): Promise<Result<T>> {
  const check = await checkPerson(credential, allowed, env);
  return check.ok ? act(check.person) : { ok: false, problem: { code: check.code, detail: check.detail } };
}
