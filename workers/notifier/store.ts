import type { Delivered, Notice, Troubled } from '../../shared/notices.ts';
import type { Place } from './plan.ts';

/** One delivery as it stands. */
export interface Delivery extends Place {
  notice: string;
  n: number;
  state: 'due' | 'done' | 'failed';
  tried: number;
  detail: string;
}

/** A notice that is kept, and since when (Unix ms). */
export interface Kept {
  notice: Notice;
  since: number;
  planned: boolean;
  tried: number;
}

const ROWS = 50;

/** The tables of notices and their deliveries. */
export class NoticeStore {
  readonly #sql: SqlStorage;

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps a notice, unless its id is known. */
  keep(notice: Notice, now: number): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO notice (id, at, planned, next, tried, body) VALUES (?, ?, 0, ?, 0, ?)',
      notice.id,
      now,
      now,
      JSON.stringify(notice),
    );
  }

  get(id: string): Kept | null {
    const row = this.#sql
      .exec<{ at: number; planned: number; tried: number; body: string }>(
        'SELECT at, planned, tried, body FROM notice WHERE id = ?',
        id,
      )
      .toArray()[0];
    if (!row) return null;
    const { at: since, planned, tried, body } = row;
    return { notice: JSON.parse(body) as Notice, since, planned: planned === 1, tried };
  }

  /** Where it goes is known from now on. */
  plan(id: string, places: readonly Place[], now: number): void {
    this.#sql.exec('UPDATE notice SET planned = 1 WHERE id = ?', id);
    for (const [n, { channel, address, to }] of places.entries())
      this.#sql.exec(
        `INSERT INTO delivery (notice, n, channel, address, name, state, tried, next, detail)
         VALUES (?, ?, ?, ?, ?, 'due', 0, ?, '')`,
        id,
        n,
        channel,
        address,
        to,
        now,
      );
  }

  /** It could not be planned; not before `next` again. */
  planLater(id: string, next: number): void {
    this.#sql.exec('UPDATE notice SET next = ?, tried = tried + 1 WHERE id = ?', next, id);
  }

  unplanned(now: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        'SELECT id FROM notice WHERE planned = 0 AND next <= ? ORDER BY next LIMIT ?',
        now,
        ROWS,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** Deliveries that are due, of one notice or of all. Nobody else gets them before `until`. */
  claim(notice: string | null, now: number, until: number): Delivery[] {
    const due = this.#deliveries(
      `state = 'due' AND next <= ? AND (? IS NULL OR notice = ?) ORDER BY next LIMIT ?`,
      now,
      notice,
      notice,
      ROWS,
    );
    for (const one of due)
      this.#sql.exec('UPDATE delivery SET next = ? WHERE notice = ? AND n = ?', until, one.notice, one.n);
    return due;
  }

  /** What came of an attempt. `next`: when it is tried again. */
  settle({ notice, n }: Delivery, state: Delivery['state'], detail: string, next: number): void {
    this.#sql.exec(
      'UPDATE delivery SET state = ?, detail = ?, next = ?, tried = tried + 1 WHERE notice = ? AND n = ?',
      state,
      detail,
      next,
      notice,
      n,
    );
  }

  /** How each delivery of a notice stands. */
  told(id: string): Delivered[] {
    return this.#deliveries('notice = ? ORDER BY n', id).map(({ channel, to, state, detail }) => ({
      channel,
      to,
      ok: state === 'done',
      detail,
    }));
  }

  troubled(): Troubled[] {
    return this.#sql
      .exec<Row & { next: number; of: string }>(
        `SELECT ${columns}, delivery.next AS next, json_extract(body, '$.kind') AS of
         FROM delivery JOIN notice ON notice.id = delivery.notice
         WHERE state = 'failed' OR (state = 'due' AND delivery.tried > 0) ORDER BY delivery.next DESC LIMIT ?`,
        ROWS,
      )
      .toArray()
      .map(({ notice, of, channel, name, tried, state, next, detail }) => ({
        notice,
        kind: of,
        channel: channel as Delivered['channel'],
        to: name,
        tried,
        next: state === 'due' ? new Date(next).toISOString() : null,
        detail,
      }));
  }

  /** When the next thing is due; null: nothing waits. */
  get next(): number | null {
    const [a, b] = [
      this.#earliest(`SELECT min(next) AS at FROM delivery WHERE state = 'due'`),
      this.#earliest('SELECT min(next) AS at FROM notice WHERE planned = 0'),
    ];
    return a === null || b === null ? (a ?? b) : Math.min(a, b);
  }

  get oldest(): number | null {
    return this.#earliest('SELECT min(at) AS at FROM notice');
  }

  /** Forgets notices from before a time that wait for nothing any more. */
  prune(before: number): void {
    this.#sql.exec('DELETE FROM delivery WHERE notice IN (SELECT id FROM notice WHERE at < ?)', before);
    this.#sql.exec('DELETE FROM notice WHERE at < ?', before);
  }

  #earliest(query: string): number | null {
    return this.#sql.exec<{ at: number | null }>(query).one().at;
  }

  #deliveries(where: string, ...values: (string | number | null)[]): Delivery[] {
    return this.#sql
      .exec<Row>(`SELECT ${columns} FROM delivery WHERE ${where}`, ...values)
      .toArray()
      .map(({ notice, n, channel, address, name, state, tried, detail }) => ({
        notice,
        n,
        channel: channel as Delivery['channel'],
        address,
        to: name,
        state: state as Delivery['state'],
        tried,
        detail,
      }));
  }
}

const columns =
  'delivery.notice AS notice, n, channel, address, name, state, delivery.tried AS tried, detail';

// oxlint-disable-next-line typescript/consistent-type-definitions -- SqlStorage takes records, which interfaces are not.
type Row = {
  notice: string;
  n: number;
  channel: string;
  address: string;
  name: string;
  state: string;
  tried: number;
  detail: string;
};
