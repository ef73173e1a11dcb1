/** The rows of proposals in the guard's own storage. */

export type ProposalRow = {
  /** The call that proposed it. */
  id: string;
  action: string;
  /** The exact text that executing it hands to the tool. */
  input: string;
  /** Hash of the contract then. */
  contract: string;
  /** Version of the policy set then. */
  policy: string;
  /** JSON: field -> keyed hash of what the vendor held then. */
  seen: string;
  /** JSON: where its arguments come from, as it came; null: not known. */
  derived: string | null;
  /** Keyed hash of the whole preview. */
  digest: string;
  at: number;
  expires: number;
  /** The last call that set out to execute it. */
  claimed_by: string | null;
};

/** How long a proposal can be executed; documented. */
export const PROPOSAL_MS = 24 * 3_600_000;

/** Of one agent; past it the oldest goes, so that an agent that proposes without end crowds out only itself. */
const PROPOSALS_MAX = 1_000;

/** Whether a proposal can be executed: `taken` by a call that ran it, runs it or waits, or no such proposal. */
export type Standing =
  /** `claimed`: the asking call itself set out to execute it before. */
  { kind: 'free'; claimed: boolean } | { kind: 'taken'; call: string } | { kind: 'gone' };

export class ProposalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  byId(id: string): ProposalRow | undefined {
    return this.#sql.exec<ProposalRow>('SELECT * FROM proposal WHERE id = ?', id).toArray()[0];
  }

  keep(row: Omit<ProposalRow, 'claimed_by'>): void {
    this.#sql.exec(
      `INSERT INTO proposal (id, action, input, contract, policy, seen, derived, digest, at, expires)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.action,
      row.input,
      row.contract,
      row.policy,
      row.seen,
      row.derived,
      row.digest,
      row.at,
      row.expires,
    );
    this.#sql.exec(
      'DELETE FROM proposal WHERE id IN (SELECT id FROM proposal ORDER BY expires DESC LIMIT -1 OFFSET ?)',
      PROPOSALS_MAX,
    );
  }

  /** `call` sets out to execute it. In the transaction that keeps that call's row. */
  claim(id: string, call: string): void {
    this.#sql.exec('UPDATE proposal SET claimed_by = ? WHERE id = ?', call, id);
  }

  /**
   * How a proposal stands for `call`. A call that surely changed nothing gives it free again; one whose end was only concluded
   * by looking does not, as its tool's own word may still come.
   */
  standing(id: string, call: string): Standing {
    const row = this.byId(id);
    if (!row) return { kind: 'gone' };
    const by = row.claimed_by;
    if (by === null || by === call) return { kind: 'free', claimed: by === call };
    const ended = this.#sql
      .exec(
        `SELECT id FROM call WHERE id = ? AND state = 'done' AND by_find = 0 AND outcome IN ('failed', 'lapsed', 'denied')`,
        by,
      )
      .toArray();
    return ended.length > 0 ? { kind: 'free', claimed: false } : { kind: 'taken', call: by };
  }

  /** Forgets what can no longer be executed, once the call that executed it is forgotten, too. */
  prune(now: number): void {
    this.#sql.exec(
      `DELETE FROM proposal WHERE expires <= ? AND NOT EXISTS (SELECT 1 FROM call WHERE call.id = claimed_by)`,
      now,
    );
  }

  /** When the next one is due to be forgotten (Unix ms). Those that were executed go whenever the others do. */
  get nextExpiry(): number {
    const { at } = this.#sql
      .exec<{ at: number | null }>('SELECT min(expires) AS at FROM proposal WHERE claimed_by IS NULL')
      .one();
    return at ?? Infinity;
  }
}
