import { WorkerEntrypoint } from 'cloudflare:workers';
import { faultsOf } from '../../shared/faults.ts';
import { correctionSchema, type RoutingCount } from '../../shared/lead-errors.ts';
import { mayRevealLeads, revealSchema, type LeadRevealed } from '../../shared/lead-vault.ts';
import { checkPerson } from '../../shared/people.ts';
import { released } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import { inboxes, byTime, firstOf } from './desk.ts';
import type { Env } from './env.ts';

const LIMIT = 50;
const LIMIT_MAX = 200;

/** For the console. Each method checks the person here, so that a broken console can impersonate nobody. */
export class LeadsConsole extends WorkerEntrypoint<Env> implements rpc.LeadsConsole {
  async list(
    credential: string | null,
    filter: { site?: string; status?: string; limit?: number },
  ): Promise<rpc.Result<rpc.LeadDetail[]>> {
    const check = await checkPerson(credential, ['operator', 'approver', 'owner', 'auditor'], this.env);
    if (!check.ok) return refused(check.code, check.detail);
    const limit = Math.min(Math.max(1, Math.trunc(filter.limit ?? LIMIT)), LIMIT_MAX);
    const query = { status: filter.status ?? null, limit, order: 'newest', tests: true } as const;
    const asked = await inboxes(this.env, filter.site);
    const leads = (await Promise.all(asked.map(async (inbox) => inbox.list(query)))).flat();
    const newest = leads.sort((a, b) => byTime(b, a)).slice(0, limit);
    return { ok: true, value: newest };
  }

  /** Has one field shown to a person. The vault checks the person once more, and records it before it answers. */
  async reveal(credential: string | null, id: string, input: unknown): Promise<rpc.Result<LeadRevealed>> {
    const check = await checkPerson(credential, mayRevealLeads, this.env);
    if (!check.ok) return refused(check.code, check.detail);
    const parsed = revealSchema.safeParse(input);
    if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
    const parts = await firstOf(this.env, id, async (inbox) => inbox.sealed(id));
    const { field } = parsed.data;
    const holding = parts?.filter(({ fields }) => fields.includes(field)) ?? [];
    if (holding.length === 0) return refused('not-found', 'There is no such lead, or no such field in it.');
    return released(await this.env.VAULT.reveal(credential, holding, parsed.data));
  }

  async recover(credential: string | null, id: string): Promise<rpc.Result<rpc.LeadDetail>> {
    const check = await checkPerson(credential, ['operator'], this.env);
    if (!check.ok) return refused(check.code, check.detail);
    const { email, credential: hash } = check.person;
    const recovered = await firstOf(this.env, id, async (inbox) => {
      const answer = await inbox.recover(id, { email, credential: hash });
      return answer === 'not-found' ? null : answer;
    });
    if (recovered === null) return refused('not-found', 'There is no such lead.');
    if (recovered === 'not-quarantined') return refused('conflict', 'The lead is not in quarantine.');
    return { ok: true, value: recovered };
  }

  async correct(credential: string | null, id: string, input: unknown): Promise<rpc.Result<rpc.LeadDetail>> {
    const check = await checkPerson(credential, ['operator', 'owner'], this.env);
    if (!check.ok) return refused(check.code, check.detail);
    const parsed = correctionSchema.safeParse(input);
    if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
    const { email, credential: hash } = check.person;
    const moved = await firstOf(this.env, id, async (inbox) => {
      const answer = await inbox.correct(id, parsed.data, { email, credential: hash });
      return answer === 'not-found' ? null : answer;
    });
    if (moved === null) return refused('not-found', 'There is no such lead.');
    return typeof moved === 'string' ? refused('conflict', unmoved[moved]) : { ok: true, value: moved };
  }

  async errors(
    credential: string | null,
    { site, since }: { site?: string; since: string },
  ): Promise<rpc.Result<RoutingCount[]>> {
    const check = await checkPerson(credential, ['operator', 'approver', 'owner', 'auditor'], this.env);
    if (!check.ok) return refused(check.code, check.detail);
    const from = Date.parse(since);
    if (Number.isNaN(from))
      return { ok: false, problem: { code: 'invalid', detail: 'since is a time (RFC 3339).' } };
    const asked = await inboxes(this.env, site);
    const counts = await Promise.all(asked.map(async (inbox) => inbox.errors(from)));
    return { ok: true, value: counts.flat() };
  }
}

const unmoved = {
  'not-routable': 'A test lead goes nowhere, and one in quarantine is released first.',
  'same-queue': 'The lead is in that queue.',
} as const;

function refused(
  code: 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict',
  detail: string,
): { ok: false; problem: { code: typeof code; detail: string } } {
  return { ok: false, problem: { code, detail } };
}
