/** The vault's entrypoints for the console. Each checks the person itself; none answers a value. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { z } from 'zod';
import {
  personKey,
  type Certificate,
  type Erasure,
  type ErasureDesk,
  type OutOfReach,
} from '../../shared/erasure.ts';
import { faultsOf } from '../../shared/faults.ts';
import { isId } from '../../shared/ids.ts';
import { checkPerson, roles, type Person, type Role } from '../../shared/people.ts';
import { isPlaceholder } from '../../shared/placeholder.ts';
import type { Problem } from '../../shared/problems.ts';
import { letGo, released } from '../../shared/released.ts';
import type { Result } from '../../shared/rpc.ts';
import type { VaultDesk as Desk, VaultKeys } from '../../shared/vault.ts';
import { certify } from './certificate.ts';
import { INDEX_NAME, type Env, type IndexApi } from './env.ts';
import type { Whom } from './erasure-run.ts';
import { outOfReach } from './out-of-reach.ts';

const reason = z.string().trim().min(1).max(500);
const agent = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/);
const rotation = z.strictObject({ reason, agent: agent.optional() });
const erasure = z.strictObject({
  whom: z.union([
    z.strictObject({ person: z.string().min(1).max(400) }),
    z.strictObject({ placeholder: z.string().max(60), agent }),
  ]),
  reason,
  dryRun: z.boolean().optional(),
});
type Asked = z.infer<typeof erasure>['whom'];
type Told = Erasure & { outOfReach: OutOfReach[] };

/** Keys: their state, and moving to new ones. */
export class VaultDesk extends WorkerEntrypoint<Env> implements Desk {
  async view(credential: string | null): Promise<Result<VaultKeys>> {
    const check = await allowed(credential, roles, this.env);
    return check.ok ? { ok: true, value: released(await indexOf(this.env).view()) } : check;
  }

  async rotate(credential: string | null, input: unknown): Promise<Result<VaultKeys>> {
    const check = await allowed(credential, ['owner'], this.env);
    if (!check.ok) return check;
    const parsed = rotation.safeParse(input);
    if (!parsed.success) return refused({ code: 'invalid', errors: faultsOf(parsed.error) });
    const index = indexOf(this.env);
    const { agent: one, reason: why } = parsed.data;
    if (one === undefined) return { ok: true, value: released(await index.sweep(check.value, why)) };
    const rotated = letGo(await index.rotate(one, check.value, why));
    return rotated.ok ? { ok: true, value: released(await index.view()) } : rotated;
  }
}

/** Erasures of a person. */
export class Erasures extends WorkerEntrypoint<Env> implements ErasureDesk {
  async erase(credential: string | null, input: unknown): Promise<Result<Told>> {
    const check = await allowed(credential, ['owner'], this.env);
    if (!check.ok) return check;
    const parsed = erasure.safeParse(input);
    if (!parsed.success) return refused({ code: 'invalid', errors: faultsOf(parsed.error) });
    const whom = await this.#whom(parsed.data.whom);
    if (!whom.ok) return whom;
    const asked = { whom: whom.value, reason: parsed.data.reason, dryRun: parsed.data.dryRun === true };
    const answer = letGo(await indexOf(this.env).erase(asked, check.value));
    return answer.ok ? { ok: true, value: this.#told(answer.value) } : answer;
  }

  async erasures(credential: string | null): Promise<Result<Erasure[]>> {
    const check = await allowed(credential, ['owner', 'auditor'], this.env);
    return check.ok ? { ok: true, value: released(await indexOf(this.env).erasures()) } : check;
  }

  async erasure(credential: string | null, id: string): Promise<Result<Told>> {
    const found = await this.#find(credential, id);
    return found.ok ? { ok: true, value: this.#told(found.value) } : found;
  }

  async certificate(credential: string | null, id: string): Promise<Result<Certificate>> {
    const found = await this.#find(credential, id);
    if (!found.ok) return found;
    const { CERTIFICATE_PRIVATE_KEY: key, LEAD_ERASURE: inboxes } = this.env;
    if (!key)
      return refused({
        code: 'unavailable',
        detail: 'The vault has no CERTIFICATE_PRIVATE_KEY to sign with.',
      });
    const certificate = certify(found.value, outOfReach(inboxes !== undefined), key, Date.now());
    if (certificate) return { ok: true, value: certificate };
    return refused({
      code: 'conflict',
      detail: 'It is still running: some vault or inbox has not answered yet.',
    });
  }

  async #find(credential: string | null, id: string): Promise<Result<Erasure>> {
    const check = await allowed(credential, ['owner', 'auditor'], this.env);
    if (!check.ok) return check;
    const found = isId('eras', id) ? letGo(await indexOf(this.env).erasure(id)) : null;
    return found
      ? { ok: true, value: found }
      : refused({ code: 'not-found', detail: 'There is no such erasure.' });
  }

  #told(value: Erasure): Told {
    return { ...value, outOfReach: outOfReach(this.env.LEAD_ERASURE !== undefined) };
  }

  /** A placeholder finds its person by the address or number that it has, or that the same person has. */
  async #whom(asked: Asked): Promise<Result<Whom>> {
    if ('person' in asked) {
      const key = personKey(asked.person);
      return key ? { ok: true, value: { persons: [key], at: null } } : refused(noPerson);
    }
    if (!isPlaceholder(asked.placeholder)) return refused(noPlaceholder);
    const answer = letGo(await this.env.VAULT.getByName(asked.agent).personsOf(asked.placeholder));
    if (!answer.ok) return refused({ code: 'unavailable', detail: `${answer.reason}.` });
    if (answer.value === null) return refused(unknownPlaceholder);
    const { agent: name, placeholder } = asked;
    return { ok: true, value: { persons: answer.value, at: { agent: name, placeholder } } };
  }
}

const noPerson: Problem = {
  code: 'invalid',
  errors: [
    {
      pointer: '/whom/person',
      detail: 'is neither a mail address nor a phone number of seven digits or more',
    },
  ],
};
const noPlaceholder: Problem = {
  code: 'invalid',
  errors: [{ pointer: '/whom/placeholder', detail: 'is no placeholder, such as [[email:q7f3k2m9xwa]]' }],
};
const unknownPlaceholder: Problem = {
  code: 'not-found',
  detail:
    'This agent’s vault does not hold the placeholder: it was erased, has expired, or is another agent’s.',
};

function indexOf(env: Env): IndexApi {
  return env.VAULT_INDEX.getByName(INDEX_NAME);
}

async function allowed(credential: string | null, who: readonly Role[], env: Env): Promise<Result<Person>> {
  const check = await checkPerson(credential, who, env);
  return check.ok ? { ok: true, value: check.person } : refused({ code: check.code, detail: check.detail });
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
