import type { AgentErasure, Counts, Erasure } from '../../shared/erasure.ts';

/** For so long the platform can put an object's storage back to what it was: what was erased is in its copies until then. */
export const RECOVERY_MS = 30 * 86_400_000;

type Row = {
  id: string;
  person: string;
  by: string;
  reason: string;
  at: number;
  asked: ArrayBuffer | null;
  leads: number | null;
  leads_done: number;
  erased: number | null;
  completed: number | null;
};

/** An erasure as it is begun. Times in Unix ms. */
export interface Begun {
  id: string;
  /** Keyed hash. */
  person: string;
  by: string;
  reason: string;
  at: number;
  /** Whom, encrypted: needed until the last object has answered. */
  asked: ArrayBuffer;
  agents: readonly string[];
  /** Whether inboxes take part. */
  leads: boolean;
}

/** The erasures of one index. Plain reads and writes. */
export class ErasureStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ id, person, by, reason, at, asked, agents, leads }: Begun): void {
    this.#sql.exec(
      'INSERT INTO erasure VALUES (?, ?, ?, ?, ?, ?, NULL, ?, NULL, NULL)',
      id,
      person,
      by,
      reason,
      at,
      asked,
      leads ? 0 : -1,
    );
    for (const agent of agents) this.#sql.exec('INSERT INTO erasure_agent VALUES (?, ?, NULL)', id, agent);
  }

  /** The one under way for a person, if any. */
  running(person: string): string | null {
    const sql = 'SELECT id FROM erasure WHERE person = ? AND erased IS NULL ORDER BY at LIMIT 1';
    return this.#sql.exec<{ id: string }>(sql, person).toArray()[0]?.id ?? null;
  }

  /** All under way. */
  unfinished(): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM erasure WHERE erased IS NULL ORDER BY at')
      .toArray()
      .map(({ id }) => id);
  }

  asked(id: string): ArrayBuffer | null {
    return this.#row(id)?.asked ?? null;
  }

  /** Agents that have not answered, at most `limit`. */
  pending(id: string, limit: number): string[] {
    return this.#sql
      .exec<{ agent: string }>(
        'SELECT agent FROM erasure_agent WHERE erasure = ? AND counts IS NULL ORDER BY agent LIMIT ?',
        id,
        limit,
      )
      .toArray()
      .map(({ agent }) => agent);
  }

  leadsPending(id: string): boolean {
    return this.#row(id)?.leads_done === 0;
  }

  answered(id: string, agent: string, counts: Counts): void {
    this.#sql.exec(
      'UPDATE erasure_agent SET counts = ? WHERE erasure = ? AND agent = ?',
      JSON.stringify(counts),
      id,
      agent,
    );
  }

  leads(id: string, leads: number, done: boolean): void {
    this.#sql.exec('UPDATE erasure SET leads = ?, leads_done = ? WHERE id = ?', leads, Number(done), id);
  }

  /** Nothing finds the person any more, so who it was is forgotten, too. */
  finish(id: string, now: number): void {
    this.#sql.exec('UPDATE erasure SET erased = ?, asked = NULL WHERE id = ?', now, id);
  }

  /** Those whose last copy is gone by now and that nobody has noted yet. */
  completing(now: number): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      'SELECT id FROM erasure WHERE completed IS NULL AND erased <= ?',
      now - RECOVERY_MS,
    );
    return rows.toArray().map(({ id }) => id);
  }

  complete(id: string, now: number): void {
    this.#sql.exec('UPDATE erasure SET completed = ? WHERE id = ?', now, id);
  }

  /** When the next is complete; null: none waits for it. */
  get nextComplete(): number | null {
    const sql = 'SELECT min(erased) AS at FROM erasure WHERE completed IS NULL AND erased IS NOT NULL';
    const { at } = this.#sql.exec<{ at: number | null }>(sql).one();
    return at === null ? null : at + RECOVERY_MS;
  }

  get(id: string, now: number): Erasure | null {
    const row = this.#row(id);
    return row ? erasureOf(row, this.#agents(id), now) : null;
  }

  list(now: number, limit: number): Erasure[] {
    return this.#sql
      .exec<Row>('SELECT * FROM erasure ORDER BY id DESC LIMIT ?', limit)
      .toArray()
      .map((row) => erasureOf(row, this.#agents(row.id), now));
  }

  #row(id: string): Row | undefined {
    return this.#sql.exec<Row>('SELECT * FROM erasure WHERE id = ?', id).toArray()[0];
  }

  #agents(id: string): AgentErasure[] {
    return this.#sql
      .exec<{ agent: string; counts: string | null }>(
        'SELECT agent, counts FROM erasure_agent WHERE erasure = ? ORDER BY agent',
        id,
      )
      .toArray()
      .map(({ agent, counts }) => ({
        agent,
        counts: counts === null ? null : (JSON.parse(counts) as Counts),
      }));
  }
}

function erasureOf(row: Row, agents: AgentErasure[], now: number): Erasure {
  const { id, person, by, reason, erased } = row;
  const completeAt = erased === null ? null : erased + RECOVERY_MS;
  return {
    id,
    state: completeAt === null ? 'running' : now >= completeAt ? 'complete' : 'erased',
    person,
    by,
    reason,
    at: new Date(row.at).toISOString(),
    agents,
    ...(row.leads_done >= 0 && { leads: row.leads_done === 1 ? (row.leads ?? 0) : null }),
    erasedAt: erased === null ? null : new Date(erased).toISOString(),
    completeAt: completeAt === null ? null : new Date(completeAt).toISOString(),
  };
}
