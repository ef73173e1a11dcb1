import { WorkerEntrypoint } from 'cloudflare:workers';
import { verifyDispatch, type DispatchClaims } from '../../shared/dispatch-token.ts';
import { faultsOf } from '../../shared/faults.ts';
import { leadKeys, type LeadField, type SealedLead } from '../../shared/lead-seal.ts';
import type { KeyPair } from '../../shared/hpke.ts';
import {
  mayRevealLeads,
  revealSchema,
  type LeadRevealed,
  type LeadsOpened,
  type LeadVault as Opening,
} from '../../shared/lead-vault.ts';
import { maskText } from '../../shared/mask.ts';
import { checkPerson } from '../../shared/people.ts';
import type { Result } from '../../shared/rpc.ts';
import { openingOf } from './asks.ts';
import { INDEX_NAME, type Env } from './env.ts';
import { leadFault, openAll } from './lead-access.ts';

/** For the leads Worker, which has what is sealed and cannot open it. Each opening is recorded before it is answered. */
export class LeadVault extends WorkerEntrypoint<Env> implements Opening {
  async open(token: string, leads: SealedLead[], fields: LeadField[]): Promise<LeadsOpened> {
    const checked = verifyDispatch(this.env.DISPATCH_PUBLIC_KEY, token);
    if (!checked.ok) return this.#strange();
    const fault = leadFault(checked.claims, leads, fields, Date.now());
    if (fault !== null) return this.#refused(checked.claims, fault);
    const opened = openAll(keysOf(this.env.LEAD_PRIVATE_KEY), leads, fields);
    if (!opened.ok) return opened;
    const { call, agent, action, purpose } = checked.claims;
    await this.#record(leads, 'lead.opened', { call, agent, action, purpose, fields });
    return opened;
  }

  async reveal(
    credential: string | null,
    parts: SealedLead[],
    input: unknown,
  ): Promise<Result<LeadRevealed>> {
    const check = await checkPerson(credential, mayRevealLeads, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    const parsed = revealSchema.safeParse(input);
    if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
    const { field, reason } = parsed.data;
    const [first] = parts;
    if (!first || parts.some(({ lead }) => lead !== first.lead)) return unopened('not-genuine');
    const opened = openAll(keysOf(this.env.LEAD_PRIVATE_KEY), parts, [field]);
    if (!opened.ok) return unopened(opened.why);
    const { email, credential: hash } = check.person;
    // Whoever writes a reason may write of the person: what is easily known as that is masked.
    const said = { field, reason: maskText(reason), person: email, credential: hash };
    await this.#record([first], 'lead.revealed', said);
    const values = opened.values.flatMap((found) => found[field] ?? []);
    return { ok: true, value: { lead: first.lead, field, values } };
  }

  /** Nothing of a token that nobody signed tells whose it is. */
  async #strange(): Promise<LeadsOpened> {
    await this.env.VAULT_INDEX.getByName(INDEX_NAME).refused(
      'a dispatch token that no guard signed, for leads',
    );
    return { ok: false, why: 'token-refused' };
  }

  async #refused(claims: DispatchClaims, fault: string): Promise<LeadsOpened> {
    await this.env.VAULT.getByName(claims.agent).refused(openingOf(claims), fault, []);
    return { ok: false, why: 'token-refused' };
  }

  /** Writes what is opened of each site down, or throws: then nothing is answered. */
  async #record(
    leads: readonly SealedLead[],
    kind: string,
    said: Record<string, string | readonly string[]>,
  ): Promise<void> {
    const bySite = Map.groupBy(leads, ({ site }) => site);
    const records = [...bySite].map(async ([site, ofSite]) =>
      this.env.LEAD_OPENINGS.getByName(site).record(kind, { ...said, leads: ofSite.map(({ lead }) => lead) }),
    );
    await Promise.all(records);
  }
}

function unopened(why: 'unknown-key' | 'not-genuine'): Result<never> {
  const detail =
    why === 'unknown-key'
      ? 'It was sealed for a key that the vault does not have (any more).'
      : 'What is sealed is not what was sealed: it was changed, or is of another lead.';
  return { ok: false, problem: { code: 'conflict', detail } };
}

/** Read once an isolate: importing keys takes longer than opening a lead. */
let read: { text: string; keys: Map<string, KeyPair> } | undefined;

function keysOf(text: string): Map<string, KeyPair> {
  if (read?.text !== text) read = { text, keys: leadKeys(text) };
  return read.keys;
}
