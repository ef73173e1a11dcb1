import type { AgentVault, VaultKeys } from '../../shared/vault.ts';

type Row = { name: string; status: string | null; looked: number | null };
type Sweep = { key: string | null; done: number | null };

/** Which agents have a vault, and what each was like when it was last looked at. Times in Unix ms. */
export class AgentStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(agent: string, now: number): void {
    this.#sql.exec('INSERT OR IGNORE INTO agent (name, at) VALUES (?, ?)', agent, now);
  }

  /** Longest not looked at first, so that whoever takes some takes those. */
  names(): string[] {
    const sql = 'SELECT name FROM agent ORDER BY coalesce(looked, 0), name';
    return this.#sql
      .exec<{ name: string }>(sql)
      .toArray()
      .map(({ name }) => name);
  }

  found(agent: string, vault: AgentVault, now: number): void {
    this.#sql.exec(
      'UPDATE agent SET status = ?, looked = ? WHERE name = ?',
      JSON.stringify(vault),
      now,
      agent,
    );
  }

  list(): VaultKeys['agents'] {
    return this.#sql
      .exec<Row>('SELECT name, status, looked FROM agent ORDER BY name')
      .toArray()
      .map(({ name, status, looked }) => ({
        agent: name,
        at: looked === null ? null : new Date(looked).toISOString(),
        vault: status === null ? null : (JSON.parse(status) as AgentVault),
      }));
  }

  /** All were looked at under this key. */
  swept(key: string | null, now: number): void {
    this.#sql.exec('UPDATE sweep SET key = ?, done = ?', key, now);
  }

  get sweptAt(): string | null {
    const { done } = this.#sweep();
    return done === null ? null : new Date(done).toISOString();
  }

  sweepDue(key: string | null, now: number, everyMs: number): boolean {
    const next = this.nextSweep(key, now, everyMs);
    return next !== null && next <= now;
  }

  /** When all are looked at next; null: there are none, or nothing could be done without a key. */
  nextSweep(key: string | null, now: number, everyMs: number): number | null {
    if (key === null || this.#sql.exec('SELECT 1 FROM agent LIMIT 1').toArray().length === 0) return null;
    const { key: last, done } = this.#sweep();
    return done === null || last !== key ? now : done + everyMs;
  }

  #sweep(): Sweep {
    return this.#sql.exec<Sweep>('SELECT key, done FROM sweep').one();
  }
}
