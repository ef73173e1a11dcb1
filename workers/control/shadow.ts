import { z } from 'zod';
import { faultsOf } from '../../shared/faults.ts';
import { forAgent, type Governance } from '../../shared/governance.ts';
import type { Journal } from '../../shared/journal-store.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { LeaseGrant, Result, ShadowView } from '../../shared/rpc.ts';
import { acted, type Authority } from './governing.ts';
import { checkGovernance } from './input.ts';
import { SetStore } from './set-store.ts';

export const shadowMigration: Migration = {
  id: 'shadow',
  sql: `CREATE TABLE shadow (one INTEGER PRIMARY KEY CHECK (one = 1), shown TEXT NOT NULL, body TEXT NOT NULL);`,
};

/** How long a candidate runs in shadow when nobody says, and at the longest. */
const DEFAULT_MS = 7 * 86_400_000;
const LONGEST_MS = 31 * 86_400_000;

export interface ShadowInput {
  set: Governance;
  /** Unix ms. */
  until: number;
}

const shadowInput = z.strictObject({
  governance: z.unknown(),
  until: z.iso.datetime({ offset: true }).optional(),
});

/** The body of `PUT /ops/v1/shadow`: a set of the same shape and version as one that is applied, and until when. */
export function checkShadow(input: unknown, now: number): Result<ShadowInput> {
  const parsed = shadowInput.safeParse(input);
  if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
  const set = checkGovernance(parsed.data.governance);
  if (!set.ok) return set;
  const until = parsed.data.until === undefined ? now + DEFAULT_MS : Date.parse(parsed.data.until);
  if (until > now && until <= now + LONGEST_MS) return { ok: true, value: { set: set.value, until } };
  const detail = 'is a time ahead of now, at most 31 days';
  return { ok: false, problem: { code: 'invalid', errors: [{ pointer: '/until', detail }] } };
}

interface Running {
  view: ShadowView;
  set: Governance;
}

/** The candidate set that guards evaluate beside the one in force. It decides nothing, so it has no epoch. */
export class Shadows {
  readonly #sql: SqlStorage;
  readonly #store: SetStore;
  readonly #journal: Journal;
  readonly #at: Pick<Authority, 'record' | 'alarmBy'>;
  #running: Running | null;

  /** The migrations must have run. */
  constructor(sql: SqlStorage, journal: Journal, at: Pick<Authority, 'record' | 'alarmBy'>) {
    this.#sql = sql;
    this.#store = new SetStore(sql);
    this.#journal = journal;
    this.#at = at;
    this.#running = this.#read();
  }

  /** What runs in shadow now; null: nothing, or its time is over. */
  view(now: number): ShadowView | null {
    return this.#live(now)?.view ?? null;
  }

  /** The part of a lease that hands it to a guard: itself only when the guard has another one. */
  grant(agent: string, have: string | null, now: number): Pick<LeaseGrant, 'shadow' | 'shadowVersion'> {
    const running = this.#live(now);
    if (!running) return { shadowVersion: null };
    const { version } = running.set;
    return { shadowVersion: version, ...(version !== have && { shadow: forAgent(running.set, agent) }) };
  }

  /** Puts a candidate in shadow, in place of any other. */
  start({ set, until }: ShadowInput, person: Person): ShadowView {
    const view = {
      version: set.version,
      by: person.email,
      at: new Date().toISOString(),
      until: new Date(until).toISOString(),
    };
    this.#at.record((now) => {
      this.#sql.exec(
        'INSERT OR REPLACE INTO shadow VALUES (1, ?, ?)',
        JSON.stringify(view),
        this.#store.put(set),
      );
      const { version, until } = view;
      this.#journal.append('policy.shadow-started', { ...acted(person), version, until }, now);
    });
    this.#running = { view, set };
    this.arm();
    return view;
  }

  /** Ends it. Null: nothing was in shadow. */
  stop(person: Person): ShadowView | null {
    const running = this.#live(Date.now());
    if (running) this.#end(running, person);
    return running?.view ?? null;
  }

  /** The alarm rings when its time is over. */
  arm(): void {
    if (this.#running) this.#at.alarmBy(Date.parse(this.#running.view.until));
  }

  /** Ends it when its time is over. */
  expire(now: number): void {
    const running = this.#running;
    if (running && !this.#live(now)) this.#end(running, null);
  }

  #end({ view }: Running, person: Person | null): void {
    this.#at.record((now) => {
      this.#sql.exec('DELETE FROM shadow');
      const by = person ? acted(person) : {};
      this.#journal.append('policy.shadow-ended', { ...by, version: view.version, until: view.until }, now);
    });
    this.#running = null;
  }

  #live(now: number): Running | null {
    return this.#running && now < Date.parse(this.#running.view.until) ? this.#running : null;
  }

  /** A shadow that cannot be read is none: it must not keep control, and so every call, from starting. */
  #read(): Running | null {
    try {
      const row = this.#sql
        .exec<{ shown: string; body: string }>('SELECT shown, body FROM shadow')
        .toArray()[0];
      return row ? { view: JSON.parse(row.shown) as ShadowView, set: this.#store.get(row.body) } : null;
    } catch (error) {
      console.error(JSON.stringify({ alert: 'control.shadow-unreadable', error: String(error) }));
      return null;
    }
  }
}
