import { faultsOf } from '../../shared/faults.ts';
import { newId } from '../../shared/ids.ts';
import { acknowledgeSchema, deliveries, type Flag, type Incident } from '../../shared/incidents.ts';
import { maskText } from '../../shared/mask.ts';
import type { Notice, Notifier } from '../../shared/notices.ts';
import type { Person } from '../../shared/people.ts';
import { released } from '../../shared/released.ts';
import type { Answer, Result } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import type { Book } from './book.ts';
import { problemAnswer } from './problem-answer.ts';

/** The same flagged again within a day is the same incident, until somebody acknowledges it. */
const SAME_MS = 86_400_000;
/**
 * More than this in a day that nobody has taken on are one incident: a flood of flags must neither fill storage nor bury the first
 * ones. Where people have taken them on, the next one is told again.
 */
const DAY_MAX = 200;
const KEEP_MS = 90 * 86_400_000;
const LISTED = 200;
/** Told at once: a flood goes out a few at a time. */
const TELL_AT_ONCE = 10;
/** The notifier tries by itself for a day; after that somebody has to. */
const TELL_MS = 86_400_000;
const NOTIFIER_MS = 10_000;

/** What the agent's newest known manifest says of whom to tell. */
export interface Contact {
  workflow: string | null;
  address: string | null;
}

interface Row {
  [column: string]: SqlStorageValue;
  id: string;
  kind: string;
  tool: string;
  record: string;
  summary: string;
  workflow: string | null;
  at: number;
  times: number;
  contact: string | null;
  delivery: string;
  notified_at: number | null;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
}

/**
 * Security issues that the agent flagged. This is beside the column and not in it: no stop, limit, policy or approval can keep an
 * agent from raising the alarm, and raising it changes nothing but this list.
 */
export class Incidents {
  readonly #agent: string;
  readonly #sql: SqlStorage;
  readonly #book: Book;
  readonly #notifier: Notifier;
  #telling = false;

  constructor(agent: string, sql: SqlStorage, book: Book, notifier: Notifier) {
    this.#agent = agent;
    this.#sql = sql;
    this.#book = book;
    this.#notifier = notifier;
  }

  /** Takes a flag, its words sealed: 201 with a new incident, 200 when it is one that is known. Never refused while it can be recorded. */
  raise(flag: Flag, contact: Contact, now: number): Answer {
    // A chain that is behind its own audit log takes no entry; an alarm that nobody can record is still one.
    if (this.#book.behind) {
      this.#alert('not recorded', flag);
      return problemAnswer({
        code: 'unavailable',
        detail: 'It could not be recorded: tell the incident contact.',
      });
    }
    const known = this.#same(flag, now) ?? this.#flood(now);
    return known ? this.#again(known, now) : this.#first(flag, contact, now);
  }

  /** Newest first, those that nobody has taken on before all others. */
  list(): Incident[] {
    return this.#rows('ORDER BY acknowledged_at IS NOT NULL, at DESC LIMIT ?', LISTED).map((row) =>
      this.#shown(row),
    );
  }

  /** A person takes it on. The first one counts; a second word changes nothing. */
  acknowledge(person: Person, id: string, input: unknown, now: number): Result<Incident> {
    const parsed = acknowledgeSchema.safeParse(input);
    if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
    const [row] = this.#rows('WHERE id = ?', id);
    if (!row) return { ok: false, problem: { code: 'not-found', detail: 'There is no such incident.' } };
    if (row.acknowledged_at !== null) return { ok: true, value: this.#shown(row) };
    const taken = { ...row, acknowledged_at: now, acknowledged_by: person.email };
    const entry = {
      ...this.#entry(taken),
      person: person.email,
      credential: person.credential,
      reason: maskText(parsed.data.reason),
      afterMs: now - row.at,
    };
    this.#book.note('incident.acknowledged', entry, () => this.#put(taken));
    return { ok: true, value: this.#shown(taken) };
  }

  /**
   * Has the contacts told of what they have not heard of; false: something is left, and is to be tried again. Nothing is claimed
   * that did not happen: `by-hand` when the notifier has no way to tell anybody.
   */
  async tell(now: number): Promise<boolean> {
    if (this.#book.behind) return true;
    // One round at a time: in a flood each flag would tell of all that came before it.
    if (this.#telling) return false;
    this.#telling = true;
    try {
      return await this.#tellSome(now);
    } finally {
      this.#telling = false;
    }
  }

  async #tellSome(now: number): Promise<boolean> {
    const late = this.#untold(now - TELL_MS, 'at <=');
    for (const row of late) this.#delivered(row.id, 'by-hand', null);
    const rows = this.#untold(now - TELL_MS, 'at >');
    const some = rows.slice(0, TELL_AT_ONCE);
    const told = await Promise.all(some.map(async (row) => this.#notify(row)));
    return told.every(Boolean) && some.length === rows.length;
  }

  #untold(since: number, compared: 'at >' | 'at <='): Row[] {
    const open = `WHERE delivery = 'waiting' AND acknowledged_at IS NULL AND ${compared} ? ORDER BY at LIMIT ?`;
    return this.#rows(open, since, TELL_AT_ONCE + 1);
  }

  /** Whether that is settled. A notifier that is away, or a mail that does not get through yet, is asked again. */
  async #notify(row: Row): Promise<boolean> {
    const delivered = await within(NOTIFIER_MS, this.#notifier.notify(this.#notice(row))).then(
      released,
      () => null,
    );
    if (!delivered) return false;
    if (delivered.some(({ ok }) => ok)) this.#delivered(row.id, 'told', Date.now());
    else if (delivered.every(({ detail }) => detail.startsWith('not configured')))
      this.#delivered(row.id, 'by-hand', null);
    else return false;
    return true;
  }

  #notice({ id, at, workflow, contact, tool }: Row): Notice {
    const addresses = contact === null ? [] : [contact];
    return {
      id: `${id}/flagged`,
      at: iso(at),
      workflow: workflow ?? '',
      agent: this.#agent,
      // There they can stop it; the incident itself is in `toolgate incidents`.
      path: `/console/agents/${this.#agent}`,
      kind: 'incident',
      groups: [],
      addresses,
      incident: id,
      tool,
    };
  }

  /** What came of it, on the row as it is by now. */
  #delivered(id: string, delivery: string, notifiedAt: number | null): void {
    const [row] = this.#rows('WHERE id = ?', id);
    if (!row || row.delivery !== 'waiting' || this.#book.behind) return;
    const now = { ...row, delivery, notified_at: notifiedAt };
    this.#book.note('incident.delivered', this.#entry(now), () => this.#put(now));
  }

  #first({ kind, about, summary }: Flag, { workflow, address }: Contact, now: number): Answer {
    const row: Row = {
      id: newId('incident', now),
      kind,
      tool: about.tool,
      record: about.record,
      summary: maskText(summary),
      workflow,
      at: now,
      times: 1,
      contact: address,
      delivery: address === null ? 'by-hand' : 'waiting',
      notified_at: null,
      acknowledged_at: null,
      acknowledged_by: null,
    };
    this.#book.note('incident.flagged', this.#entry(row), () => {
      this.#put(row);
      this.#sql.exec('DELETE FROM incident WHERE at < ?', now - KEEP_MS);
    });
    this.#alert(row.id, { kind, about });
    return told(201, row);
  }

  #again(row: Row, now: number): Answer {
    const more = { ...row, times: row.times + 1 };
    // Each power of two is journaled, so that a flood shows in the audit log without filling it.
    if ((more.times & row.times) === 0)
      this.#book.note('incident.flagged-again', { ...this.#entry(more), since: now - row.at }, () =>
        this.#put(more),
      );
    else this.#put(more);
    return told(200, more);
  }

  #same({ kind, about }: Flag, now: number): Row | undefined {
    return this.#rows(
      'WHERE kind = ? AND tool = ? AND record = ? AND at > ? AND acknowledged_at IS NULL LIMIT 1',
      kind,
      about.tool,
      about.record,
      now - SAME_MS,
    )[0];
  }

  /** The newest open incident, once a day has had too many: what comes then counts there. */
  #flood(now: number): Row | undefined {
    const open = 'WHERE at > ? AND acknowledged_at IS NULL ORDER BY at DESC LIMIT ?';
    const recent = this.#rows(open, now - SAME_MS, DAY_MAX);
    return recent.length < DAY_MAX ? undefined : recent[0];
  }

  #entry({ id, kind, tool, record, summary, workflow, times, contact, delivery }: Row) {
    return {
      agent: this.#agent,
      ...(workflow !== null && { workflow }),
      tool,
      incident: id,
      of: kind,
      record,
      summary,
      times,
      // The address is the manifest's own; that there was one is what counts here.
      contact: contact === null ? 'unknown' : 'incident',
      delivery,
    };
  }

  /** For whoever watches the logs: which, and where to look. */
  #alert(incident: string, { about }: Pick<Flag, 'kind' | 'about'>): void {
    console.error(
      JSON.stringify({ alert: 'incident.flagged', agent: this.#agent, incident, tool: about.tool }),
    );
  }

  #put(row: Row): void {
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    this.#sql.exec(
      `INSERT OR REPLACE INTO incident (${columns.join(', ')}) VALUES (${marks})`,
      ...Object.values(row),
    );
  }

  #rows(where: string, ...bindings: (string | number)[]): Row[] {
    return this.#sql.exec<Row>(`SELECT * FROM incident ${where}`, ...bindings).toArray();
  }

  #shown(row: Row): Incident {
    return {
      id: row.id,
      agent: this.#agent,
      workflow: row.workflow,
      kind: 'security',
      about: { tool: row.tool, record: row.record },
      summary: row.summary,
      times: row.times,
      at: iso(row.at),
      contact: row.contact,
      delivery: deliveries.find((one) => one === row.delivery) ?? 'by-hand',
      notifiedAt: row.notified_at === null ? null : iso(row.notified_at),
      acknowledgedAt: row.acknowledged_at === null ? null : iso(row.acknowledged_at),
      acknowledgedBy: row.acknowledged_by,
    };
  }
}

/** What the agent learns: that it is known, and whether word is on its way. Not to whom. */
function told(status: number, { id, at, times, delivery, notified_at }: Row): Answer {
  const body = { incident: id, status: 'open', at: iso(at), times, delivery, notified: notified_at !== null };
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
