import { WorkerEntrypoint } from 'cloudflare:workers';
import { faultsOf } from '../../shared/faults.ts';
import { subjectSchema, type LeadErasures as Erasing } from '../../shared/lead-vault.ts';
import { checkPerson } from '../../shared/people.ts';
import type { Result } from '../../shared/rpc.ts';
import { inboxes } from './desk.ts';
import type { Env } from './env.ts';
import type { Subject } from './hashes.ts';

/** For whoever forgets a person everywhere. An inbox that cannot be reached is an error: nobody may be told that all is gone. */
export class LeadErasures extends WorkerEntrypoint<Env> implements Erasing {
  async erase(credential: string | null, subject: Subject): Promise<Result<{ erased: number }>> {
    const check = await checkPerson(credential, ['owner'], this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    const parsed = subjectSchema.safeParse(subject);
    if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
    const { email, credential: hash } = check.person;
    const asked = (await inboxes(this.env)).map(async (inbox) =>
      inbox.eraseSubject(subject, { email, credential: hash }),
    );
    const counts = await Promise.all(asked);
    return { ok: true, value: { erased: counts.reduce((all, one) => all + one, 0) } };
  }
}
