import { WorkerEntrypoint } from 'cloudflare:workers';
import type { PersonKey } from '../../shared/erasure.ts';
import type { ErasedLeads, LeadErasure as Erasing } from '../../shared/vault.ts';
import { inboxes } from './desk.ts';
import type { Env } from './env.ts';

/** For the vault, which has checked the person who has it done. An inbox that does not answer is an error: nobody may be told that all is gone. */
export class LeadErasure extends WorkerEntrypoint<Env> implements Erasing {
  async erase(erasure: string, persons: PersonKey[], dryRun: boolean): Promise<ErasedLeads> {
    const asked = (await inboxes(this.env)).map(async (inbox) =>
      dryRun ? inbox.countPerson(persons) : inbox.erasePerson(erasure, persons),
    );
    const answers = await Promise.all(asked);
    return {
      leads: answers.reduce((all, { leads }) => all + leads, 0),
      done: answers.every(({ done }) => done),
    };
  }
}
