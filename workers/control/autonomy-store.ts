import type { Policy } from '../../shared/governance.ts';
import type { Migration } from '../../shared/migrate.ts';
import type { ContactName, Signatory, SignOff, WaitingRaise } from '../../shared/rpc.ts';
import type { Level } from './autonomy.ts';
import { basisHash, policiesHash, type Basis } from './basis.ts';
import type { ContactRow } from './readiness-facts.ts';
import { SetStore } from './set-store.ts';

export const autonomyMigration: Migration = {
  id: 'autonomy',
  sql: `CREATE TABLE autonomy (agent TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE autonomy_waiting (agent TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE contact_test (agent TEXT NOT NULL, contact TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (agent, contact)) WITHOUT ROWID;
        CREATE TABLE sign_off (agent TEXT NOT NULL, signatory TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (agent, signatory)) WITHOUT ROWID;
        CREATE TABLE basis (hash TEXT PRIMARY KEY, policies TEXT NOT NULL, body TEXT NOT NULL);
        CREATE TABLE basis_policies (hash TEXT PRIMARY KEY, body TEXT NOT NULL);`,
};

const nothing = { version: '', policies: [], contracts: {}, manifests: {} };

/** Levels of agents, raises that wait, tests of contacts, sign-offs and what they were for. Changes join their caller's transaction. */
export class AutonomyStore {
  readonly #sql: SqlStorage;
  /** As in the table: each grant of a lease reads it. */
  readonly #levels: Map<string, Level>;
  readonly #parts: SetStore;
  readonly #policies = new Map<string, Policy[]>();

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#parts = new SetStore(sql);
    const levels = this.#read<Level>('SELECT body FROM autonomy');
    this.#levels = new Map(levels.map((level) => [level.agent, level]));
  }

  /** Agents whose level is not the one that they began with. */
  get levels(): readonly Level[] {
    return [...this.#levels.values()];
  }

  level(agent: string): Level | null {
    return this.#levels.get(agent) ?? null;
  }

  /** A new level: whatever waited to raise the agent was asked of another one. */
  setLevel(level: Level): void {
    this.#put('autonomy', level.agent, level);
    this.#levels.set(level.agent, level);
    this.drop(level.agent);
  }

  /** The agent begins anew, should there ever be one of that name again. */
  forget(agent: string): void {
    this.#sql.exec('DELETE FROM autonomy WHERE agent = ?', agent);
    this.#levels.delete(agent);
    this.drop(agent);
  }

  waiting(agent: string): WaitingRaise | null {
    return this.#read<WaitingRaise>('SELECT body FROM autonomy_waiting WHERE agent = ?', agent)[0] ?? null;
  }

  wait(first: WaitingRaise): void {
    this.#put('autonomy_waiting', first.agent, first);
  }

  drop(agent: string): void {
    this.#sql.exec('DELETE FROM autonomy_waiting WHERE agent = ?', agent);
  }

  contacts(agent: string): ContactRow[] {
    return this.#read('SELECT body FROM contact_test WHERE agent = ? ORDER BY contact', agent);
  }

  setContact(agent: string, contact: ContactName, row: ContactRow): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO contact_test VALUES (?, ?, ?)',
      agent,
      contact,
      JSON.stringify(row),
    );
  }

  signOffs(agent: string): SignOff[] {
    return this.#read('SELECT body FROM sign_off WHERE agent = ? ORDER BY signatory', agent);
  }

  sign(agent: string, as: Signatory, signed: SignOff): void {
    this.#sql.exec('INSERT OR REPLACE INTO sign_off VALUES (?, ?, ?)', agent, as, JSON.stringify(signed));
  }

  /** Keeps what something is bound to, once. Its policies by themselves: all agents of a set share them. */
  keepBasis(basis: Basis): void {
    const { policies, manifest, contracts } = basis;
    const hash = policiesHash(policies);
    const rules = this.#parts.put({ ...nothing, policies });
    const own = this.#parts.put({ ...nothing, contracts, manifests: { own: manifest } });
    this.#sql.exec('INSERT OR IGNORE INTO basis_policies VALUES (?, ?)', hash, rules);
    this.#sql.exec('INSERT OR IGNORE INTO basis VALUES (?, ?, ?)', basisHash(basis), hash, own);
  }

  /** Null: none of that name was ever kept. */
  basis(hash: string): Basis | null {
    const row = this.#sql
      .exec<{ policies: string; body: string }>('SELECT policies, body FROM basis WHERE hash = ?', hash)
      .toArray()[0];
    if (!row) return null;
    const { manifests, contracts } = this.#parts.get(row.body);
    const manifest = manifests['own'];
    return manifest ? { manifest, contracts, policies: this.#policiesOf(row.policies) } : null;
  }

  #policiesOf(hash: string): Policy[] {
    const known = this.#policies.get(hash);
    if (known) return known;
    const { body } = this.#sql
      .exec<{ body: string }>('SELECT body FROM basis_policies WHERE hash = ?', hash)
      .one();
    const { policies } = this.#parts.get(body);
    // Few sets are signed at the same time; what is dropped is read again.
    if (this.#policies.size >= 8) this.#policies.clear();
    this.#policies.set(hash, policies);
    return policies;
  }

  #put(table: 'autonomy' | 'autonomy_waiting', agent: string, body: object): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO ${table} (agent, body) VALUES (?, ?)`,
      agent,
      JSON.stringify(body),
    );
  }

  #read<T>(query: string, ...values: string[]): T[] {
    return this.#sql
      .exec<{ body: string }>(query, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as T);
  }
}
