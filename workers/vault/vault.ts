import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import type { Counts, PersonKey } from '../../shared/erasure.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { EntryData } from '../../shared/journal.ts';
import { maskText } from '../../shared/mask.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import { together, transact } from '../../shared/transact.ts';
import type { AgentVault, Vaulted } from '../../shared/vault.ts';
import type { Erased, Opening, Sealable, Take, Took } from './entries.ts';
import { INDEX_NAME, type Env, type VaultApi } from './env.ts';
import { KeyStore, type ObjectKeys } from './key-store.ts';
import { keyringOf } from './keyring.ts';
import { vaultMigrations } from './migrations.ts';
import { countsOf, PersonStore } from './person-store.ts';
import { Rations } from './rations.ts';
import { Refusals } from './refusals.ts';
import { ValueStore } from './value-store.ts';

/** Values that one alarm deletes or encrypts anew, so that it stays short; the next comes at once. */
const BATCH = 500;
/** How long entries wait for company, and for the next try after a failure. */
const SHIP_MS = 1_000;
const RETRY_MS = 5_000;

/** One agent's values: what stands behind its placeholders, encrypted under keys of its own. */
export class Vault extends DurableObject<Env> implements VaultApi {
  readonly #agent: string;
  readonly #keys: KeyStore;
  readonly #values: ValueStore;
  readonly #persons: PersonStore;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  readonly #refusals = new Refusals();
  readonly #rations = new Rations();
  #registered: boolean;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, vaultMigrations);
    const { sql } = ctx.storage;
    this.#agent = String(ctx.id.name);
    this.#keys = new KeyStore(sql, keyringOf(env), `agent\n${this.#agent}`);
    this.#values = new ValueStore(sql, () => crypto.getRandomValues(new Uint8Array(10)));
    this.#persons = new PersonStore(sql);
    this.#journal = new Journal(`vault:${this.#agent}`, sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#registered =
      sql.exec<{ registered: number }>('SELECT registered FROM state').one().registered === 1;
    if (!this.#keys.state.ok) alert('vault.closed', { agent: this.#agent, why: this.#keys.state.why });
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      // The platform gives up on an alarm that fails six times; whatever it was for is found again.
      this.#arm(Date.now(), SHIP_MS);
    });
  }

  async take({ items, keepMs, placeholders }: Take): Promise<Vaulted<Took>> {
    const { state } = this.#keys;
    if (!state.ok) return closed(state.why);
    if (items.length > 0 && !this.#registered) await this.#register();
    const now = Date.now();
    const known = placeholders.map((one) => this.#values.known(one, now));
    const sealed = items.length === 0 ? [] : this.#seal(items, now, keepMs);
    return { ok: true, value: { sealed, known } };
  }

  async open(placeholders: string[], opening: Opening): Promise<Vaulted<Record<string, string>>> {
    const { state } = this.#keys;
    if (!state.ok) return closed(state.why);
    const now = Date.now();
    const values = placeholders.flatMap((one) => this.#value(state.keys, one, now));
    const found = new Set(values.map(([known]) => known));
    const missing = placeholders.filter((one) => !found.has(one));
    const kind = opening.by === 'tool' ? 'vault.opened' : 'vault.revealed';
    // Answered only once it is durable: the output gate holds the values back until then.
    this.#note(kind, { ...entryOf(opening), placeholders, ...(missing.length > 0 && { missing }) }, now);
    return { ok: true, value: Object.fromEntries(values) };
  }

  async ration(characters: number): Promise<number | null> {
    return this.#rations.take(characters, Date.now());
  }

  async refused(opening: Opening, why: string, placeholders: string[]): Promise<void> {
    const now = Date.now();
    const leftOut = this.#refusals.next(now);
    if (leftOut === null) return;
    const data = { ...entryOf(opening), why, placeholders: placeholders.slice(0, 20), leftOut };
    this.#note('vault.refused', data, now);
    alert('vault.refused', { agent: this.#agent, call: opening.call, why });
  }

  async status(): Promise<AgentVault> {
    const { state, madeAt } = this.#keys;
    const keys = state.ok ? state.keys : null;
    return {
      agent: this.#agent,
      values: this.#values.count,
      wrappedBy: this.#keys.wrappedBy,
      dataKey: keys && madeAt !== null ? { version: keys.current, at: new Date(madeAt).toISOString() } : null,
      behind: keys ? this.#values.behind(keys) : 0,
      unshipped: this.#journal.unshipped,
      fault: state.ok ? null : state.why,
    };
  }

  async rotate(person: Person, reason: string): Promise<Vaulted<AgentVault>> {
    const { state } = this.#keys;
    if (!state.ok) return closed(state.why);
    const now = Date.now();
    transact(this.ctx, () => {
      const version = this.#keys.rotate(now);
      this.#append('vault.key-rotated', { ...personal(person, reason), version }, now);
    });
    this.#alarm.by(now);
    return { ok: true, value: await this.status() };
  }

  async personsOf(placeholder: string): Promise<Vaulted<PersonKey[] | null>> {
    const { state } = this.#keys;
    if (!state.ok) return closed(state.why);
    const found = state.keys && this.#persons.keysOf(state.keys, placeholder, Date.now());
    return { ok: true, value: found };
  }

  async erase(erasure: string | null, { persons, placeholder }: Erased): Promise<Vaulted<Counts>> {
    const { state } = this.#keys;
    if (!state.ok) return closed(state.why);
    const done = erasure === null ? undefined : this.#erased(erasure);
    if (done) return { ok: true, value: done };
    const found = state.keys ? this.#persons.about(state.keys, persons, placeholder) : [];
    const counts = countsOf(found);
    if (erasure === null) return { ok: true, value: counts };
    const now = Date.now();
    transact(this.ctx, () => {
      this.#persons.erase(found);
      this.ctx.storage.sql.exec('INSERT INTO erasure VALUES (?, ?, ?)', erasure, JSON.stringify(counts), now);
      this.#append('vault.erased', { erasure, counts }, now);
    });
    this.#alarm.by(now + SHIP_MS);
    return { ok: true, value: counts };
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    let shipped = false;
    try {
      const now = Date.now();
      this.#expire(now);
      this.#renew(now);
      shipped = await this.#journal.ship(this.env.LEDGER);
    } catch (error) {
      // Not thrown on: the platform gives an alarm up after six failures. What failed may say what it failed on.
      const name = error instanceof Error ? error.name : 'Error';
      alert('vault.alarm-failed', { agent: this.#agent, error: name });
    }
    this.#arm(Date.now(), shipped ? SHIP_MS : RETRY_MS);
  }

  /** What is kept already costs no write, and so no wait for the disk. */
  #seal(items: readonly Sealable[], now: number, keepMs: number): string[] {
    const keys = this.#ownKeys(now);
    const kept = this.#values.kept(keys, items, now, keepMs);
    if (kept) return kept;
    const seal = (item: Sealable): string => this.#values.seal(keys, item, now, keepMs);
    const sealed = transact(this.ctx, () => items.map(seal));
    this.#armExpiry(now);
    return sealed;
  }

  /** Made in a transaction of their own: were they rolled back with a batch, what is sealed next would hang on nothing. */
  #ownKeys(now: number): ObjectKeys {
    const { state } = this.#keys;
    return state.ok && state.keys ? state.keys : transact(this.ctx, () => this.#keys.make(now));
  }

  #value(keys: ObjectKeys | null, placeholder: string, now: number): [string, string][] {
    const value = keys ? this.#values.open(keys, placeholder, now) : undefined;
    return value === undefined ? [] : [[placeholder, value]];
  }

  /** Known to the index before anything is kept: an erasure that did not know of this vault would not reach it. */
  async #register(): Promise<void> {
    await this.env.VAULT_INDEX.getByName(INDEX_NAME).add(this.#agent);
    this.ctx.storage.sql.exec('UPDATE state SET registered = 1');
    this.#registered = true;
  }

  #expire(now: number): void {
    transact(this.ctx, () => {
      const expired = this.#values.expire(now, BATCH);
      if (expired > 0) this.#append('vault.expired', { values: expired }, now);
    });
  }

  /** Part of what hangs on older data keys; once nothing does, they are deleted. */
  #renew(now: number): void {
    const { state } = this.#keys;
    const keys = state.ok ? state.keys : null;
    if (!keys || keys.data.size === 1) return;
    transact(this.ctx, () => {
      this.#values.renew(keys, BATCH);
      if (this.#values.behind(keys) > 0) return;
      this.#keys.retire(keys.current);
      this.#append('vault.key-retired', { before: keys.current }, now);
    });
  }

  #arm(now: number, shipMs: number): void {
    const { state } = this.#keys;
    if (this.#journal.unshipped > 0) this.#alarm.by(now + shipMs);
    if (state.ok && state.keys && state.keys.data.size > 1) this.#alarm.by(now);
    this.#armExpiry(now);
  }

  #armExpiry(now: number): void {
    const next = this.#values.nextExpiry;
    if (next !== null) this.#alarm.by(Math.max(next, now));
  }

  #erased(erasure: string): Counts | undefined {
    const sql = 'SELECT counts FROM erasure WHERE id = ?';
    const [row] = this.ctx.storage.sql.exec<{ counts: string }>(sql, erasure);
    return row && (JSON.parse(row.counts) as Counts);
  }

  #note(kind: string, data: EntryData, now: number): void {
    // What cannot be journaled throws here, before anything is written.
    const entry = this.#journal.next(kind, { agent: this.#agent, ...data }, now);
    together(this.ctx, () => this.#journal.write(entry));
    this.#alarm.by(now + SHIP_MS);
  }

  #append(kind: string, data: EntryData, now: number): void {
    this.#journal.append(kind, { agent: this.#agent, ...data }, now);
  }
}

function closed(why: string): { ok: false; reason: string } {
  return { ok: false, reason: `the vault is closed: ${why}` };
}

/** An opening as it is journaled. Text of people is masked, and whole Unicode. */
function entryOf(opening: Opening): EntryData {
  if (opening.by === 'person') {
    const { call, person, credential, reason } = opening;
    return { call, person, credential, reason: maskText(reason.toWellFormed()) };
  }
  const { call, tool, action, purpose, workflow, lane } = opening;
  return {
    call,
    tool,
    action,
    purpose,
    ...(workflow !== null && { workflow }),
    ...(lane !== null && { lane }),
  };
}

function personal({ email, credential }: Person, reason: string): EntryData {
  return { person: email, credential, reason: maskText(reason.toWellFormed()) };
}

function alert(name: `vault.${string}`, data: Record<string, string>): void {
  console.error(JSON.stringify({ alert: name, ...data }));
}
