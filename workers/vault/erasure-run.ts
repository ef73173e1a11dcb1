import type { Counts, Erasure, PersonKey } from '../../shared/erasure.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryData } from '../../shared/journal.ts';
import { maskText } from '../../shared/mask.ts';
import type { Person } from '../../shared/people.ts';
import { letGo } from '../../shared/released.ts';
import type { Result } from '../../shared/rpc.ts';
import type { Env } from './env.ts';
import { ErasureStore } from './erasure-store.ts';
import type { ObjectKeys } from './key-store.ts';
import { blob, decrypted, encrypted, named, textBytes, textOf } from './sealing.ts';

/** Whom an erasure is about: keys that hold for every agent, and one agent's placeholder. */
export interface Whom {
  persons: PersonKey[];
  at: { agent: string; placeholder: string } | null;
}

export interface AskedErasure {
  whom: Whom;
  reason: string;
  dryRun: boolean;
}

/** The erasures, as the entrypoint asks the index for them. */
export interface IndexErasures {
  /** Begins one, or goes on with the one under way for the same person; answers when it is over or has taken long. */
  erase(asked: AskedErasure, person: Person): Promise<Result<Erasure>>;
  erasures(): Promise<Erasure[]>;
  erasure(id: string): Promise<Erasure | null>;
}

/** Vaults asked in one pass, and at once: one invocation may ask a thousand objects in all. */
const PASS = 500;
const AT_ONCE = 10;
/** Inboxes do a part at a time. */
const LEAD_ROUNDS = 50;

/** What the runs need of the object that they live in. */
interface Home {
  env: Pick<Env, 'VAULT' | 'LEAD_ERASURE'>;
  keys: () => ObjectKeys;
  agents: () => string[];
  /** Writes in one transaction. */
  commit: (work: () => void) => void;
  append: (kind: string, data: EntryData) => void;
}

/** Takes erasures through every vault and inbox. What does not answer is asked again by the next pass. */
export class ErasureRuns {
  readonly store: ErasureStore;
  readonly #home: Home;

  constructor(sql: SqlStorage, home: Home) {
    this.store = new ErasureStore(sql);
    this.#home = home;
  }

  /** The id of a new erasure, or of the one under way for the same person. */
  begin({ whom, reason }: AskedErasure, person: Person, now: number): string {
    const { keys, commit, env, append } = this.#home;
    const hash = personHash(keys(), whom);
    const running = this.store.running(hash);
    if (running !== null) return running;
    const id = newId('eras', now);
    const agents = this.#agentsFor(whom);
    const leads = env.LEAD_ERASURE !== undefined && whom.persons.length > 0;
    const said = maskText(reason.toWellFormed());
    commit(() => {
      this.store.add({
        id,
        person: hash,
        by: person.email,
        reason: said,
        at: now,
        agents,
        leads,
        asked: sealedWhom(keys(), whom, id),
      });
      const { email, credential } = person;
      append('erasure.started', {
        erasure: id,
        subject: hash,
        person: email,
        credential,
        reason: said,
        agents: agents.length,
      });
    });
    return id;
  }

  /** What an erasure would find, by agent. Throws when a vault does not answer: half a count would mislead. */
  async count({ whom, reason }: AskedErasure, person: Person, now: number): Promise<Erasure> {
    const agents = this.#agentsFor(whom).toSorted();
    const counted = await inTurns(agents, async (agent) => ({
      agent,
      counts: await this.#ask(null, agent, whom),
    }));
    const leads = await this.#countLeads(whom);
    return {
      id: 'dry-run',
      state: 'dry-run',
      person: personHash(this.#home.keys(), whom),
      by: person.email,
      reason,
      at: new Date(now).toISOString(),
      agents: counted,
      ...(leads !== null && { leads }),
      erasedAt: null,
      completeAt: null,
    };
  }

  /** One pass over what has not answered. Returns whether the erasure is over. */
  async pass(id: string): Promise<boolean> {
    const { keys, commit } = this.#home;
    const asked = this.store.asked(id);
    if (!asked) return true;
    const whom = openedWhom(keys(), new Uint8Array(asked), id);
    await inTurns(this.store.pending(id, PASS), async (agent) => this.#eraseAgent(id, agent, whom));
    await this.#eraseLeads(id, whom);
    if (this.store.pending(id, 1).length > 0 || this.store.leadsPending(id)) return false;
    commit(() => this.#finish(id));
    return true;
  }

  #finish(id: string): void {
    const now = Date.now();
    if (this.store.asked(id) === null) return;
    this.store.finish(id, now);
    const done = this.store.get(id, now);
    this.#home.append('erasure.erased', {
      erasure: id,
      subject: done?.person,
      counts: totals(done?.agents ?? []),
      agents: done?.agents.length,
      leads: done?.leads ?? null,
      completeAt: done?.completeAt,
    });
  }

  async #eraseAgent(id: string, agent: string, whom: Whom): Promise<void> {
    try {
      const counts = await this.#ask(id, agent, whom);
      this.#home.commit(() => this.store.answered(id, agent, counts));
    } catch {
      // It stays pending: the next pass asks it again, and it answers what it erased before.
      console.error(JSON.stringify({ alert: 'vault.erasure-waits', erasure: id, agent }));
    }
  }

  async #ask(id: string | null, agent: string, { persons, at }: Whom): Promise<Counts> {
    const placeholder = at?.agent === agent ? at.placeholder : null;
    const answer = letGo(await this.#home.env.VAULT.getByName(agent).erase(id, { persons, placeholder }));
    if (!answer.ok) throw new Error(answer.reason);
    return answer.value;
  }

  async #eraseLeads(id: string, { persons }: Whom): Promise<void> {
    const { env, commit } = this.#home;
    for (let round = 0; env.LEAD_ERASURE && round < LEAD_ROUNDS && this.store.leadsPending(id); round += 1) {
      try {
        const { leads, done } = letGo(await env.LEAD_ERASURE.erase(id, persons, false));
        commit(() => this.store.leads(id, leads, done));
      } catch {
        console.error(JSON.stringify({ alert: 'vault.erasure-waits', erasure: id, agent: 'leads' }));
        return;
      }
    }
  }

  async #countLeads({ persons }: Whom): Promise<number | null> {
    const { LEAD_ERASURE: inboxes } = this.#home.env;
    if (!inboxes || persons.length === 0) return null;
    return letGo(await inboxes.erase('dry-run', persons, true)).leads;
  }

  /** A placeholder that names nobody elsewhere concerns its own agent only. */
  #agentsFor({ persons, at }: Whom): string[] {
    return persons.length === 0 && at ? [at.agent] : this.#home.agents();
  }
}

/** Over all agents, by class. */
function totals(agents: Erasure['agents']): Counts {
  const all: Counts = {};
  for (const { counts } of agents)
    for (const [cls, n] of Object.entries(counts ?? {})) all[cls] = (all[cls] ?? 0) + n;
  return all;
}

/** The same person has the same, by the first key. */
function personHash({ names: key }: ObjectKeys, { persons: [first], at }: Whom): string {
  return first
    ? named(key, 'erased person', first.kind, first.value)
    : named(key, 'erased placeholder', at?.agent ?? '', at?.placeholder ?? '');
}

function sealedWhom({ data, current }: ObjectKeys, whom: Whom, id: string): ArrayBuffer {
  const key = data.get(current);
  if (!key) throw new Error('the index has no data key');
  return blob(encrypted(key, textBytes(JSON.stringify(whom)), id));
}

function openedWhom({ data, current }: ObjectKeys, sealed: Uint8Array, id: string): Whom {
  const key = data.get(current);
  if (!key) throw new Error('the index has no data key');
  return JSON.parse(textOf(decrypted(key, sealed, id))) as Whom;
}

/** Does the same with each, ten at a time. */
export async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE)
    results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))));
  return results;
}
