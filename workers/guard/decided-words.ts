import type { Notice, Notifier } from '../../shared/notices.ts';
import { within } from '../../shared/within.ts';

/** The notifier is not waited for longer; the alarm tells it again. */
const NOTIFY_MS = 5_000;
/** Told at once. */
const AT_ONCE = 20;
/** What could not be told in that time helps nobody any more. */
const GIVE_UP_MS = 24 * 3_600_000;

type Row = { call: string; webhook: string; workflow: string; status: string; at: number };

/** How calls ended that people were asked about, for agents whose manifest names a webhook: kept until the notifier has it. */
export class DecidedWords {
  readonly #agent: string;
  readonly #sql: SqlStorage;

  constructor(agent: string, sql: SqlStorage) {
    this.#agent = agent;
    this.#sql = sql;
  }

  /** The call begins to wait, by a manifest that names this address. In the transaction that keeps its row. */
  expect(call: string, workflow: string, webhook: string): void {
    this.#sql.exec(
      'INSERT INTO decided_word (call, webhook, workflow) VALUES (?, ?, ?)',
      call,
      webhook,
      workflow,
    );
  }

  /** It ended. In the transaction of its end; nothing for a call that nobody waits to hear of. `now`: Unix ms. */
  ended(call: string, status: string, now: number): void {
    this.#sql.exec('UPDATE decided_word SET status = ?, at = ? WHERE call = ?', status, now, call);
  }

  /** Whether something is to be told. */
  get any(): boolean {
    return this.#sql.exec('SELECT 1 FROM decided_word WHERE status IS NOT NULL LIMIT 1').toArray().length > 0;
  }

  /**
   * Tells the notifier, which keeps it before it answers. `webhook`: the address that the manifest in force names, null for none;
   * undefined: not known now. An address that it no longer names is not told. False: something is still to be told.
   */
  async tell(notifier: Notifier, webhook: string | null | undefined, now: number): Promise<boolean> {
    this.#sql.exec('DELETE FROM decided_word WHERE at <= ?', now - GIVE_UP_MS);
    const rows = this.#sql
      .exec<Row>('SELECT * FROM decided_word WHERE status IS NOT NULL ORDER BY at LIMIT ?', AT_ONCE)
      .toArray();
    if (webhook === undefined) return false;
    const told = await Promise.all(
      rows.map(async (row) => row.webhook !== webhook || this.#tell(notifier, row)),
    );
    for (const [n, row] of rows.entries()) if (told[n]) this.#drop(row);
    return told.every(Boolean) && rows.length < AT_ONCE;
  }

  async #tell(notifier: Notifier, row: Row): Promise<boolean> {
    return within(NOTIFY_MS, notifier.notify(noticeOf(this.#agent, row))).then(
      () => true,
      () => false, // It is away: told again later, and by the same id twice is once.
    );
  }

  /** Unless it ended in another way meanwhile, which is to be told, too. */
  #drop({ call, status }: Row): void {
    this.#sql.exec('DELETE FROM decided_word WHERE call = ? AND status = ?', call, status);
  }
}

/** Ids and a status: whoever is told asks the gate for the rest, with its own credential. */
function noticeOf(agent: string, { call, webhook, workflow, status, at }: Row): Notice {
  return {
    id: `${call}-${status}`,
    at: new Date(at).toISOString(),
    workflow,
    agent,
    path: `/v1/calls/${call}`,
    kind: 'call-decided',
    webhook,
    call,
    status,
  };
}
