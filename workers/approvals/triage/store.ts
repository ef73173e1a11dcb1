import type { Handoff } from '../../../shared/handoffs.ts';
import type { Notice } from '../../../shared/notices.ts';
import type { Review } from '../../../shared/reviews.ts';
import { inOrder, nextClock } from './triage.ts';

/** What one look brings: an RPC answer may have 32 MiB, a case at most some 40 KiB. */
const MAX_ROWS = 200;
const OUTBOX_ROWS = 20;

/** A notice that nobody was told yet, and how often that was tried. */
export interface Untold {
  notice: Notice;
  tried: number;
}

/** Cases of one workflow, its reviews, and what people are to be told. What may become of them is decided elsewhere. */
export class TriageStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  // ── cases ────────────────────────────────────────────────────────────────────────────────────────────────────────

  get(id: string): Handoff | null {
    return this.#cases('id = ?', id)[0] ?? null;
  }

  /** The open case of a call that was reported, if there is one. */
  reported(call: string): Handoff | null {
    return this.#cases(`reported = ? AND state <> 'resolved'`, call)[0] ?? null;
  }

  put(handoff: Handoff, now: number): void {
    const { id, state, kind, agent, calls } = handoff;
    this.#sql.exec(
      `INSERT OR REPLACE INTO handoff (id, state, kind, agent, reported, next, ended, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      state,
      kind,
      agent,
      kind === 'misbehaviour' ? (calls[0] ?? null) : null,
      nextClock(handoff),
      state === 'resolved' ? now : null,
      JSON.stringify(handoff),
    );
  }

  /**
   * One page, in the order of people's lists. Of more than a page each agent's are dealt out in turn, so that no agent's
   * flood hides another's.
   */
  list({ state, kind }: { state?: string | undefined; kind?: string | undefined }): Handoff[] {
    return this.#sql
      .exec<{ body: string }>(
        `SELECT body FROM (
           SELECT body, state, id, row_number() OVER (PARTITION BY agent, state ORDER BY id DESC) AS turn FROM handoff
           WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR kind = ?2))
         ORDER BY state = 'resolved', turn, id LIMIT ?3`,
        state ?? null,
        kind ?? null,
        MAX_ROWS,
      )
      .toArray()
      .map(({ body }) => JSON.parse(body) as Handoff)
      .sort(inOrder);
  }

  /** Those whose clock rang by now. */
  due(now: number): Handoff[] {
    return this.#cases('next <= ? ORDER BY next LIMIT ?', now, MAX_ROWS);
  }

  #cases(where: string, ...values: (string | number)[]): Handoff[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM handoff WHERE ${where}`, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Handoff);
  }

  // ── reviews ──────────────────────────────────────────────────────────────────────────────────────────────────────

  review(call: string): Review | null {
    return this.#reviews('call = ?', call)[0] ?? null;
  }

  /** `overdueAt`: from when on nobody looked at it in time (Unix ms); null: that was told, or it is done. */
  putReview(review: Review, overdueAt: number | null, now: number): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO review (call, state, risk, overdue, ended, body) VALUES (?, ?, ?, ?, ?, ?)`,
      review.call,
      review.state,
      review.risk,
      overdueAt,
      review.state === 'done' ? now : null,
      JSON.stringify(review),
    );
  }

  /** Open ones first, the riskiest first. */
  reviews(state: string | undefined): Review[] {
    return this.#reviews(
      `(?1 IS NULL OR state = ?1) ORDER BY state = 'done', risk DESC, call DESC LIMIT ?2`,
      state ?? null,
      MAX_ROWS,
    );
  }

  /** Those that nobody looked at in time, and of which nobody was told that. */
  overdue(now: number): Review[] {
    return this.#reviews('overdue <= ? ORDER BY overdue LIMIT ?', now, MAX_ROWS);
  }

  #reviews(where: string, ...values: (string | number | null)[]): Review[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM review WHERE ${where}`, ...values)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Review);
  }

  // ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Once by its id. */
  tell(notice: Notice, now: number): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO notice (id, next, tried, at, body) VALUES (?, ?, 0, ?, ?)',
      notice.id,
      now,
      now,
      JSON.stringify(notice),
    );
  }

  untold(now: number): Untold[] {
    return this.#sql
      .exec<{ body: string; tried: number }>(
        'SELECT body, tried FROM notice WHERE next <= ? ORDER BY next LIMIT ?',
        now,
        OUTBOX_ROWS,
      )
      .toArray()
      .map(({ body, tried }) => ({ notice: JSON.parse(body) as Notice, tried }));
  }

  told(id: string): void {
    this.#sql.exec('DELETE FROM notice WHERE id = ?', id);
  }

  /** Told in vain; again at `next`. */
  tried(id: string, next: number): void {
    this.#sql.exec('UPDATE notice SET tried = tried + 1, next = ? WHERE id = ?', next, id);
  }

  /** Notices from before a time are not told any more. Returns how many. */
  giveUp(before: number): number {
    return this.#sql.exec('DELETE FROM notice WHERE at <= ? RETURNING id', before).toArray().length;
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ids of cases, and calls of reviews, that ended at or before a time. */
  endedBy(time: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM handoff WHERE ended <= ?1 UNION ALL SELECT call AS id FROM review WHERE ended <= ?1 LIMIT ?2`,
        time,
        MAX_ROWS,
      )
      .toArray()
      .map(({ id }) => id);
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#sql.exec('DELETE FROM handoff WHERE id = ?', id);
      this.#sql.exec('DELETE FROM review WHERE call = ?', id);
    }
  }

  /** When something is due next by itself (Unix ms); null: nothing is. */
  get nextDue(): number | null {
    return this.#earliest('SELECT min(next) AS at FROM handoff', 'SELECT min(overdue) AS at FROM review');
  }

  get nextTelling(): number | null {
    return this.#earliest('SELECT min(next) AS at FROM notice');
  }

  /** When the one that ended first did. */
  get firstEnd(): number | null {
    return this.#earliest('SELECT min(ended) AS at FROM handoff', 'SELECT min(ended) AS at FROM review');
  }

  #earliest(...queries: string[]): number | null {
    const found = queries.map((query) => this.#sql.exec<{ at: number | null }>(query).one().at);
    const known = found.filter((at) => at !== null);
    return known.length > 0 ? Math.min(...known) : null;
  }
}
