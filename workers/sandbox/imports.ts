import { z } from 'zod';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../shared/crypto.ts';
import { Journal } from '../../shared/journal-store.ts';
import { maskText } from '../../shared/mask.ts';
import type { Migration } from '../../shared/migrate.ts';
import { checkPerson, samePerson, type Person, type Role } from '../../shared/people.ts';
import { problemDocument, problems, type ProblemCode } from '../../shared/problems.ts';
import type { Env } from './env.ts';
import { shapesOf, type MaskedRecord } from './import-shapes.ts';
import { checkMasked, RECORDS_MAX } from './masked.ts';
import type { Store } from './store.ts';

/** Who may ask for an import, and who may approve somebody else's. */
const mayImport: readonly Role[] = ['operator', 'incident-commander', 'owner'];
/** How long an import waits for its second person. */
const WAITS_MS = 86_400_000;
/** Records of each type that the second person is shown. */
const SHOWN = 3;

const reason = z.string().trim().min(1).max(500);
const record = z.strictObject({ id: z.string().max(60), fields: z.record(z.string(), z.unknown()) });
const asked = z.strictObject({ reason, records: z.record(z.string(), z.array(record).max(RECORDS_MAX)) });
const approved = z.strictObject({ reason });

export const importMigration: Migration = {
  id: 'imports',
  sql: `CREATE TABLE import (
          id TEXT PRIMARY KEY, at INTEGER NOT NULL, person TEXT NOT NULL, records TEXT NOT NULL, counts TEXT NOT NULL);`,
};

export interface ImportReply {
  status: number;
  json: unknown;
}

type Counts = { records: Record<string, number>; masked: Record<string, number> };
type Row = { id: string; at: number; person: string; records: string; counts: string };

/**
 * The only way in for anything that began as real data: masked before it comes, looked at here once more, and loaded when a second
 * person has approved it. Both acts are journaled. What is not masked is refused and not kept.
 */
export class Imports {
  readonly #vendor: string;
  readonly #sql: SqlStorage;
  readonly #env: Env;
  #opened: Journal | undefined;

  constructor(vendor: string, sql: SqlStorage, env: Env) {
    this.#vendor = vendor;
    this.#sql = sql;
    this.#env = env;
  }

  /** Opened when it is needed, as the object's migrations must have run by then. */
  get #journal(): Journal {
    this.#opened ??= new Journal(`simulator:${this.#vendor}`, this.#sql);
    return this.#opened;
  }

  /** What waits is forgotten. */
  clear(): void {
    this.#sql.exec('DELETE FROM import');
  }

  /** Ships the journal; false: the ledger has not everything yet, and somebody has to come back. */
  async ship(): Promise<boolean> {
    return this.#journal.unshipped === 0 || this.#journal.ship(this.#env.LEDGER);
  }

  /** `POST /imports`: keeps masked records until a second person approves them. */
  async ask(credential: string | null, body: unknown, now: number): Promise<ImportReply> {
    const check = await checkPerson(credential, mayImport, this.#env);
    if (!check.ok) return refusal(check.code, check.detail);
    const parsed = asked.safeParse(body);
    if (!parsed.success)
      return refusal('invalid', 'An import is { reason, records: { type: [ { id, fields } ] } }.');
    const checked = this.#check(parsed.data.records);
    if (!checked.ok) return refusal('invalid', checked.error);
    const text = canonical(parsed.data.records);
    const { counts } = checked;
    const row = {
      id: sha256(text),
      at: now,
      person: check.person.email,
      records: text,
      counts: JSON.stringify(counts),
    };
    this.#keep(row);
    this.#note('sandbox.import-asked', row.id, check.person, parsed.data.reason, counts, now);
    return { status: 202, json: { import: row.id, person: row.person, ...counts } };
  }

  /** `GET /imports`: what waits for a second person, with a few records of each type, as they are masked. */
  async list(credential: string | null, now: number): Promise<ImportReply> {
    const check = await checkPerson(credential, mayImport, this.#env);
    if (!check.ok) return refusal(check.code, check.detail);
    const json = this.#waiting(now).map(({ id, at, person, records, counts }) => {
      const some = Object.entries(JSON.parse(records) as Record<string, MaskedRecord[]>);
      const sample = Object.fromEntries(some.map(([type, list]) => [type, list.slice(0, SHOWN)]));
      return {
        import: id,
        person,
        at: new Date(at).toISOString(),
        ...(JSON.parse(counts) as Counts),
        sample,
      };
    });
    return { status: 200, json };
  }

  /** `POST /imports/{id}/approval`: loads them, over what the store holds of those types. */
  async approve(
    credential: string | null,
    { id, body, now, store }: { id: string; body: unknown; now: number; store: Store },
  ): Promise<ImportReply> {
    const check = await checkPerson(credential, mayImport, this.#env);
    if (!check.ok) return refusal(check.code, check.detail);
    const parsed = approved.safeParse(body);
    if (!parsed.success) return refusal('invalid', 'Say why: { reason }.');
    const row = this.#waiting(now).find((one) => one.id === id);
    if (!row) return refusal('conflict', 'No such import waits for a second person.');
    if (samePerson(row.person, check.person.email))
      return refusal('forbidden', 'Nobody approves their own import: a second person has to.');
    const counts = JSON.parse(row.counts) as Counts;
    this.#sql.exec('DELETE FROM import WHERE id = ?', id);
    this.#load(JSON.parse(row.records) as Record<string, MaskedRecord[]>, store);
    this.#note('sandbox.import-approved', id, check.person, parsed.data.reason, counts, now);
    return {
      status: 200,
      json: { import: id, askedBy: row.person, approvedBy: check.person.email, ...counts },
    };
  }

  #check(
    records: Record<string, MaskedRecord[]>,
  ): { ok: true; counts: Counts } | { ok: false; error: string } {
    const shapes = shapesOf(this.#vendor) ?? {};
    const counts: Counts = { records: {}, masked: {} };
    for (const [type, list] of Object.entries(records)) {
      const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
      if (!shape) return { ok: false, error: 'A type of records that nobody classed is not loaded.' };
      const checked = checkMasked(type, shape, list);
      if (!checked.ok) return { ok: false, error: `Not masked, or not classed: ${checked.at}.` };
      counts.records[type] = list.length;
      for (const [cls, n] of Object.entries(checked.masked))
        counts.masked[cls] = (counts.masked[cls] ?? 0) + n;
    }
    return { ok: true, counts };
  }

  #load(records: Record<string, MaskedRecord[]>, store: Store): void {
    const shapes = shapesOf(this.#vendor) ?? {};
    for (const [type, list] of Object.entries(records)) {
      for (const { id } of store.list(type)) store.remove(type, id);
      for (const { id, fields } of list) {
        const item = shapes[type]?.item(id, fields);
        if (item) store.put(type, item);
      }
    }
  }

  #waiting(now: number): Row[] {
    this.#sql.exec('DELETE FROM import WHERE at <= ?', now - WAITS_MS);
    return this.#sql.exec<Row>('SELECT * FROM import').toArray();
  }

  #keep({ id, at, person, records, counts }: Row): void {
    const sql = 'INSERT OR REPLACE INTO import (id, at, person, records, counts) VALUES (?, ?, ?, ?, ?)';
    this.#sql.exec(sql, id, at, person, records, counts);
  }

  #note(
    kind: string,
    id: string,
    { email, credential }: Person,
    why: string,
    counts: Counts,
    now: number,
  ): void {
    const { records, masked } = counts;
    const data = {
      vendor: this.#vendor,
      import: id,
      person: email,
      credential,
      reason: maskText(why),
      records,
      masked,
    };
    this.#journal.append(kind, data, now);
  }
}

function refusal(code: ProblemCode, detail: string): ImportReply {
  return { status: problems[code].status, json: problemDocument({ code, detail }) };
}
