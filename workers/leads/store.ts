/** The rows of one inbox. */
import type { Site } from '../../shared/manifest.ts';
import type { LeadField, SealedLead } from '../../shared/lead-seal.ts';
import type { Earlier, Lane } from './limits.ts';
import type { Reason } from './spam.ts';
import type { Clear } from './split.ts';
import type { Status } from './transitions.ts';

/** A lead in the inbox. Times are Unix ms. */
export interface StoredLead {
  id: string;
  receivedAt: number;
  status: Status;
  queue: string | null;
  routedBy: string | null;
  test: boolean;
  reasons: Reason[];
  /** When it goes to the human queue unless somebody routes it; null: it does not. */
  dueAt: number | null;
  fingerprint: string;
  clear: Clear;
  /** What the person wrote: only the vault opens it. */
  sealed: SealedLead;
  /** Keyed hashes by which the person is found who wants to be forgotten; null: not given. */
  email: string | null;
  phone: string | null;
}

type Row = {
  id: string;
  received_at: number;
  status: string;
  queue: string | null;
  routed_by: string | null;
  test: number;
  reasons: string;
  due_at: number | null;
  fingerprint: string;
  clear: string;
  fields: string;
  sealed: string;
  email: string | null;
  phone: string | null;
};

const columns =
  'id, received_at, status, queue, routed_by, test, reasons, due_at, fingerprint, clear, fields, sealed, email, phone';

/** The part of a lead that its form told, as opposed to a note of a call. */
export const FORM_PART = 'form';

type InboxRow = { site: string; key: string; indexed: number; config: string };

export interface LeadQuery {
  status: string | null;
  limit: number;
  order: 'oldest' | 'newest';
  /** Tests are for people who look for them, never for agents. */
  tests: boolean;
}

export class LeadStore {
  readonly #sql: SqlStorage;
  readonly #site: string;

  constructor(sql: SqlStorage, site: string) {
    this.#sql = sql;
    this.#site = site;
  }

  /** Whether an inbox was ever set up in this storage. */
  static isSetUp(sql: SqlStorage): boolean {
    return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'inbox'").toArray().length > 0;
  }

  /** What an inbox knows of itself; undefined: it was never told its site. */
  static inbox(sql: SqlStorage): { site: string; key: string; indexed: boolean; config: Site } | undefined {
    const row = sql.exec<InboxRow>('SELECT site, key, indexed, config FROM inbox').toArray()[0];
    return (
      row && {
        site: row.site,
        key: row.key,
        indexed: row.indexed === 1,
        config: JSON.parse(row.config) as Site,
      }
    );
  }

  /** Keeps a site's settings; `key` counts only the first time. */
  static keepConfig(sql: SqlStorage, site: Site, key: string): void {
    sql.exec(
      `INSERT INTO inbox (one, site, key, config) VALUES (1, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET config = excluded.config`,
      site.id,
      key,
      JSON.stringify(site),
    );
  }

  indexed(): void {
    this.#sql.exec('UPDATE inbox SET indexed = 1');
  }

  insert(lead: StoredLead): void {
    this.#sql.exec(
      `INSERT INTO lead (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      lead.id,
      lead.receivedAt,
      lead.status,
      lead.queue,
      lead.routedBy,
      Number(lead.test),
      JSON.stringify(lead.reasons),
      lead.dueAt,
      lead.fingerprint,
      JSON.stringify(lead.clear),
      JSON.stringify(lead.sealed.fields),
      lead.sealed.sealed,
      lead.email,
      lead.phone,
    );
  }

  /** Moves a lead; a lead that moves is due only if `dueAt` says so. */
  move(id: string, to: Pick<StoredLead, 'status' | 'queue' | 'routedBy' | 'dueAt'>): void {
    this.#sql.exec(
      'UPDATE lead SET status = ?, queue = ?, routed_by = ?, due_at = ? WHERE id = ?',
      to.status,
      to.queue,
      to.routedBy,
      to.dueAt,
      id,
    );
  }

  get(id: string): StoredLead | null {
    return this.#leads('WHERE id = ?', id)[0] ?? null;
  }

  /** The newest lead with this fingerprint since a time. */
  same(fingerprint: string, since: number): StoredLead | undefined {
    return this.#leads(
      'WHERE fingerprint = ? AND received_at > ? ORDER BY received_at DESC LIMIT 1',
      fingerprint,
      since,
    )[0];
  }

  list({ status, limit, order, tests }: LeadQuery): StoredLead[] {
    const direction = order === 'oldest' ? 'ASC' : 'DESC';
    return this.#leads(
      `WHERE (?1 IS NULL OR status = ?1) AND test <= ?2 ORDER BY id ${direction} LIMIT ?3`,
      status,
      Number(tests),
      limit,
    );
  }

  overdue(now: number, limit: number): StoredLead[] {
    return this.#leads('WHERE due_at <= ? ORDER BY due_at LIMIT ?', now, limit);
  }

  receivedBefore(time: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM lead WHERE received_at <= ? ORDER BY id LIMIT ?', time, limit)
      .toArray()
      .map((row) => row.id);
  }

  /** Deletes a lead and all that names it here. */
  erase(id: string): void {
    this.#sql.exec('DELETE FROM routing WHERE lead = ?', id);
    this.#sql.exec('DELETE FROM lead WHERE id = ?', id);
  }

  /** The leads of whoever has one of these keyed hashes. */
  of(hashes: readonly string[], limit: number): string[] {
    const among = `(${hashes.map(() => '?').join(', ')})`;
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM lead WHERE email IN ${among} OR phone IN ${among} LIMIT ?`,
        ...hashes,
        ...hashes,
        limit,
      )
      .toArray()
      .map((row) => row.id);
  }

  /** Counts leads for an erasure and returns how many it erased in all. */
  countErased(erasure: string, more: number): number {
    return this.#sql
      .exec<{ leads: number }>(
        `INSERT INTO erased (erasure, leads) VALUES (?, ?)
         ON CONFLICT (erasure) DO UPDATE SET leads = leads + excluded.leads RETURNING leads`,
        erasure,
        more,
      )
      .one().leads;
  }

  nextDue(): number | null {
    return this.#sql
      .exec<{ at: number | null }>('SELECT MIN(due_at) AS at FROM lead WHERE due_at IS NOT NULL')
      .one().at;
  }

  /** Ids sort by time, so the first is the oldest. */
  oldest(): number | null {
    const row = this.#sql
      .exec<{ at: number }>('SELECT received_at AS at FROM lead ORDER BY id LIMIT 1')
      .toArray()[0];
    return row?.at ?? null;
  }

  /** `note`: sealed; null: none was left. */
  addRouting(call: string, lead: string, queue: string, note: SealedLead | null, at: number): void {
    this.#sql.exec(
      'INSERT INTO routing (call, lead, queue, note, at) VALUES (?, ?, ?, ?, ?)',
      call,
      lead,
      queue,
      note?.sealed ?? '',
      at,
    );
  }

  /** The sealed notes of whoever routed a lead, oldest first. */
  notes(lead: string): SealedLead[] {
    return this.#sql
      .exec<{ call: string; note: string }>(
        "SELECT call, note FROM routing WHERE lead = ? AND note != '' ORDER BY at",
        lead,
      )
      .toArray()
      .map(({ call, note }) => ({ site: this.#site, lead, part: call, fields: ['note'], sealed: note }));
  }

  /** The lead that a call routed. */
  routedLead(call: string): string | null {
    const row = this.#sql
      .exec<{ lead: string }>('SELECT lead FROM routing WHERE call = ?', call)
      .toArray()[0];
    return row?.lead ?? null;
  }

  /** `sender`: keyed hash; it stays only as long as a limit needs it. */
  addAdmission(at: number, sender: string | null, lane: Lane): void {
    this.#sql.exec('INSERT INTO admission (at, sender, lane) VALUES (?, ?, ?)', at, sender, lane);
  }

  readonly earlier: Earlier = (of, since) => {
    const [column, value] = 'lane' in of ? ['lane', of.lane] : ['sender', of.sender];
    return this.#sql
      .exec<{ at: number }>(`SELECT at FROM admission WHERE ${column} = ? AND at > ?`, value, since)
      .toArray()
      .map((row) => row.at);
  };

  /** Forgets admissions that no limit can see any more. Returns the time of the oldest left. */
  forgetAdmissions(before: number): number | null {
    this.#sql.exec('DELETE FROM admission WHERE at <= ?', before);
    return this.#sql.exec<{ at: number | null }>('SELECT MIN(at) AS at FROM admission').one().at;
  }

  #leads(where: string, ...bindings: (string | number | null)[]): StoredLead[] {
    return this.#sql
      .exec<Row>(`SELECT ${columns} FROM lead ${where}`, ...bindings)
      .toArray()
      .map((row) => leadOf(this.#site, row));
  }
}

function leadOf(site: string, row: Row): StoredLead {
  const fields = JSON.parse(row.fields) as LeadField[];
  return {
    id: row.id,
    receivedAt: row.received_at,
    status: row.status as Status,
    queue: row.queue,
    routedBy: row.routed_by,
    test: row.test === 1,
    reasons: JSON.parse(row.reasons) as Reason[],
    dueAt: row.due_at,
    fingerprint: row.fingerprint,
    clear: JSON.parse(row.clear) as Clear,
    sealed: { site, lead: row.id, part: FORM_PART, fields, sealed: row.sealed },
    email: row.email,
    phone: row.phone,
  };
}
