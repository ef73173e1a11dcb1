import { WorkerEntrypoint } from 'cloudflare:workers';
import { isId } from '../../shared/ids.ts';
import type { LeadField, LeadValues } from '../../shared/lead-seal.ts';
import { released } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import { INDEX_NAME, type Env } from './env.ts';
import type { Closed, LeadInbox } from './inbox.ts';
import { tagOfLead, tagOfSite } from './lead-id.ts';

/** For the leads tool: what is sealed it has opened by the vault, for a call. Quarantined leads do not exist here, and tests are not listed. */
export class LeadDesk extends WorkerEntrypoint<Env> implements rpc.LeadDesk {
  async get(id: string): Promise<rpc.LeadFacts | null> {
    return (await this.#closed(id))?.facts ?? null;
  }

  async read(token: string, id: string): Promise<rpc.LeadRecord | null> {
    const lead = await this.#closed(id);
    if (!lead) return null;
    const [opened] = await this.#opened(token, [lead], wholeLead);
    return opened ?? null;
  }

  /** Oldest first, over all sites. */
  async list(
    token: string,
    { status, limit }: { status: string; limit: number },
  ): Promise<rpc.LeadSummary[]> {
    const query = { status, limit, order: 'oldest', tests: false } as const;
    const lists = await Promise.all((await inboxes(this.env)).map(async (inbox) => inbox.toOpen(query)));
    const oldest = lists.flat().sort((a, b) => byTime(a.facts, b.facts));
    const opened = await this.#opened(token, oldest.slice(0, limit), ['company', 'interest']);
    return opened.map(({ name: _n, email: _e, phone: _p, message: _m, ...summary }) => summary);
  }

  async route(
    id: string,
    queue: string,
    note: string,
    call: string,
    startBefore: number,
    by?: rpc.RoutedBy,
  ): ReturnType<rpc.LeadDesk['route']> {
    const answer = await firstOf(this.env, id, async (inbox) => {
      const routed = await inbox.route(id, queue, note, call, startBefore, by);
      return routed === 'not-found' ? null : routed;
    });
    return answer ?? 'not-found';
  }

  async routedBy(id: string, call: string): Promise<boolean> {
    return (await firstOf(this.env, id, async (inbox) => (await inbox.routedBy(id, call)) || null)) ?? false;
  }

  async #closed(id: string): Promise<Closed | null> {
    return firstOf(this.env, id, async (inbox) => inbox.get(id));
  }

  /** A vault that does not answer or refuses is an error: a lead without what was written would look like one that says nothing. */
  async #opened(
    token: string,
    leads: readonly Closed[],
    fields: readonly LeadField[],
  ): Promise<rpc.LeadRecord[]> {
    if (leads.length === 0) return [];
    const sealed = leads.map((lead) => lead.sealed);
    const opened = released(await this.env.VAULT.open(token, sealed, fields));
    if (!opened.ok) throw new Error(`the vault opens nothing: ${opened.why}`);
    return leads.map(({ facts }, at) => openedLead(facts, opened.values[at] ?? {}));
  }
}

/** All that an agent's contract has of a lead. */
const wholeLead = ['name', 'email', 'phone', 'company', 'interest', 'message'] as const;

/** A lead with what the vault opened of it. */
function openedLead(facts: rpc.LeadFacts, values: LeadValues): rpc.LeadRecord {
  const { name = null, email = null, phone = null, company = null, message = null } = values;
  return {
    ...facts,
    name,
    email,
    phone,
    company,
    interest: facts.interest ?? values.interest ?? null,
    message,
  };
}

/** Sites with an inbox, as last heard. Sites are only ever added. */
let heard: readonly string[] = [];

/** Asks the inboxes that a lead's id can belong to (nearly always one) until one knows it. */
export async function firstOf<T>(
  env: Env,
  id: string,
  ask: (inbox: LeadInbox) => Promise<T | null>,
): Promise<T | null> {
  if (!isId('lead', id)) return null;
  const asked = heard.filter((site) => tagOfSite(site) === tagOfLead(id));
  const found = await askEach(env, asked, ask);
  if (found !== null) return found;
  // Another isolate may have taken the first lead of a site that is new since.
  heard = await sites(env);
  const rest = heard.filter((site) => tagOfSite(site) === tagOfLead(id) && !asked.includes(site));
  return askEach(env, rest, ask);
}

async function askEach<T>(
  env: Env,
  names: readonly string[],
  ask: (inbox: LeadInbox) => Promise<T | null>,
): Promise<T | null> {
  for (const name of names) {
    const found = await ask(env.INBOX.getByName(name));
    if (found !== null) return found;
  }
  return null;
}

/** Every site's inbox, or that of one. */
export async function inboxes(env: Env, only?: string): Promise<LeadInbox[]> {
  heard = await sites(env);
  const wanted = heard.filter((site) => only === undefined || site === only);
  return wanted.map((site) => env.INBOX.getByName(site));
}

async function sites(env: Env): Promise<string[]> {
  return env.INDEX.getByName(INDEX_NAME).sites();
}

/** Ids sort by time over all sites. */
export function byTime(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
