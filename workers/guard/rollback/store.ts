import type { Migration } from '../../../shared/migrate.ts';
import { journalMigration } from '../../../shared/journal-store.ts';
import type { Person } from '../../../shared/people.ts';
import type { Plan, Step, StepState } from '../../../shared/rollback/step.ts';
import type { RollbackStatus, Selection } from '../../../shared/rollback/view.ts';

/** Of the object `Rollback`. `state`: JSON; null: it stands as planned. */
export const rollbackMigrations: Migration[] = [
  journalMigration,
  {
    id: 'rollback',
    sql: `CREATE TABLE rollback (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL);
          CREATE TABLE step (n INTEGER PRIMARY KEY, call TEXT NOT NULL UNIQUE, body TEXT NOT NULL, state TEXT);`,
  },
];

/** Of the object `RollbackIndex`. */
export const rollbackIndexMigrations: Migration[] = [
  { id: 'filed', sql: 'CREATE TABLE filed (id TEXT PRIMARY KEY) WITHOUT ROWID;' },
];

/** Somebody who did something, as it is kept: no credential, only its hash. */
export type Actor = Pick<Person, 'email' | 'roles' | 'credential'>;

/** All that is kept of a rollback besides its steps. */
export interface Header {
  id: string;
  status: RollbackStatus;
  selection: Selection;
  reason: string;
  by: Actor;
  /** RFC 3339. */
  at: string;
  agents: string[];
  plan: Omit<Plan, 'steps'> | null;
  /** Call -> `found` of what the person saw who forces it. */
  forced: Record<string, string | null>;
  forcedBy: string[];
  approvals: { by: string; credential: string; at: string; reason: string; digest: string }[];
  runBy: Actor | null;
  runReason: string | null;
  /** Ends once nothing is under way. */
  ending: boolean;
  endedAt: string | null;
  detail: string | null;
}

/** The rows of one rollback. Writes join their caller's transaction. */
export class RollbackStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Null: nothing was ever kept here. */
  get header(): Header | null {
    const row = this.#sql.exec<{ body: string }>('SELECT body FROM rollback').toArray()[0];
    return row ? (JSON.parse(row.body) as Header) : null;
  }

  put(header: Header): void {
    this.#sql.exec(
      'INSERT INTO rollback (one, body) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET body = excluded.body',
      JSON.stringify(header),
    );
  }

  /** Replaces the steps: those of a plan that has not begun to run. */
  plan(steps: readonly Step[]): void {
    this.#sql.exec('DELETE FROM step');
    for (const [n, step] of steps.entries())
      this.#sql.exec('INSERT INTO step (n, call, body) VALUES (?, ?, ?)', n, step.call, JSON.stringify(step));
  }

  state(call: string, state: StepState): void {
    this.#sql.exec('UPDATE step SET state = ? WHERE call = ?', JSON.stringify(state), call);
  }

  /** All steps in the order of the plan, with how far each is that has begun. */
  get steps(): { steps: Step[]; states: Map<string, StepState> } {
    const steps: Step[] = [];
    const states = new Map<string, StepState>();
    const rows = this.#sql.exec<{ call: string; body: string; state: string | null }>(
      'SELECT call, body, state FROM step ORDER BY n',
    );
    for (const { call, body, state } of rows) {
      steps.push(JSON.parse(body) as Step);
      if (state !== null) states.set(call, JSON.parse(state) as StepState);
    }
    return { steps, states };
  }
}
