/** The rows of edited calls in the guard's own storage. */
import type { Amended } from '../../shared/rpc.ts';

/** Edits of one call that are kept; more are refused. */
export const REVISIONS_MAX = 20;

/** An edited call as it is stored. Holds the input, so it goes once the call starts or ends. */
export type RevisionRow = {
  call: string;
  /** From 1. */
  n: number;
  /** The digest that was edited, and a keyed hash of the edits: the same again is the same revision. */
  from_digest: string;
  edits: string;
  /** The whole body with the edited input. */
  body: string;
  /** JSON list of all pointers that differ from what the agent asked by a person's will. */
  pointers: string;
  /** JSON: where its arguments come from, as they came; null: not known. */
  derived: string | null;
  /** JSON of what approvals was answered. */
  answer: string;
  /** JSON list of what the placeholders in its input stand for. */
  placeholders: string;
};

export class Revisions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** In the order in which they were made. */
  of(call: string): RevisionRow[] {
    return this.#sql.exec<RevisionRow>('SELECT * FROM revision WHERE call = ? ORDER BY n', call).toArray();
  }

  /** What these very edits were answered before. */
  answer(call: string, from: string, edits: string): Amended | undefined {
    const [row] = this.#sql
      .exec<RevisionRow>(
        'SELECT * FROM revision WHERE call = ? AND from_digest = ? AND edits = ?',
        call,
        from,
        edits,
      )
      .toArray();
    return row && (JSON.parse(row.answer) as Amended);
  }

  keep(row: RevisionRow): void {
    this.#sql.exec(
      `INSERT INTO revision (call, n, from_digest, edits, body, pointers, answer, placeholders, derived)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.call,
      row.n,
      row.from_digest,
      row.edits,
      row.body,
      row.pointers,
      row.answer,
      row.placeholders,
      row.derived,
    );
  }

  /** In the transaction that starts or ends the call. */
  drop(call: string): void {
    this.#sql.exec('DELETE FROM revision WHERE call = ?', call);
  }
}
