import { WorkerEntrypoint } from 'cloudflare:workers';
import { z } from 'zod';
import { isId } from '../../shared/ids.ts';
import { maskText } from '../../shared/mask.ts';
import { checkPerson, roles, type Person } from '../../shared/people.ts';
import type { Fault } from '../../shared/problems.ts';
import type { Pulse, ToolRecord } from '../../shared/pulse.ts';
import type { CallQuery, JournalQuery, LedgerDesk as Desk, Result } from '../../shared/rpc.ts';
import { withTimeLeft } from '../../shared/time-left.ts';
import { assembleCalls, inOrder, type CallRecord } from './calls.ts';
import type { Env } from './env.ts';
import type { SavedCheckpoint } from './ledger-index.ts';
import { monthOf, monthsBetween } from './months.ts';
import { entriesOf, findEntries, searchCalls, type Place } from './reading.ts';
import { searchable } from './search.ts';
import { pulseOf, pulseSince, toolRecordsOf } from './tally.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const name = z.string().min(1).max(200);
const querySchema = z.strictObject({
  agent: name.optional(),
  workflow: name.optional(),
  tool: name.optional(),
  call: name.optional(),
  kind: name.optional(),
  action: name.optional(),
  session: name.optional(),
  since: time.optional(),
  until: time.optional(),
  limit: z.int().min(1).max(500).default(100),
  after: name.optional(),
});
const callsSchema = z.strictObject({
  ...querySchema.shape,
  status: z.enum(searchable).optional(),
  /** A part of the id. */
  id: name.optional(),
});

/** Calls on one page; each brings all its entries. */
const MAX_CALLS = 100;

type Export = Result<{ entries: string[]; next: string | null; checkpoint: unknown }>;

/** Reading the audit log, by people. Every read is itself journaled before it is answered: who asked, and for what. */
export class LedgerDesk extends WorkerEntrypoint<Env> implements Desk {
  async query(
    credential: string | null,
    query: JournalQuery,
  ): Promise<Result<{ entries: unknown[]; next: string | null }>> {
    const asked = await this.#admit(credential, 'query', query, querySchema);
    if (!asked.ok) return asked;
    const { after, limit, ...filter } = asked.value;
    const months = await this.#months();
    const place = after === undefined ? null : parsePlace(after, months);
    if (place === undefined) return badCursor;
    const found = await findEntries(this.env.LEDGER, months, filter, place, limit);
    const next = found.next && `${found.next.month}:${found.next.before ?? ''}`;
    return { ok: true, value: { entries: found.entries, next } };
  }

  async export(credential: string | null, after: string | null): Promise<Export> {
    const person = await this.#person(credential);
    if (!person.ok) return person;
    await this.#note(person.value, 'export', { after: after?.slice(0, 60) ?? null });
    const index = this.env.LEDGER_INDEX.getByName('index');
    if (after === null) {
      const saved = await index.checkpoint();
      return this.#exportPage(saved, Object.keys(saved.bounds).sort()[0] ?? '', 0);
    }
    const [, id, month, row] = exportCursor.exec(after) ?? [];
    const saved = id === undefined ? null : await index.saved(Number(id));
    return saved ? this.#exportPage(saved, String(month), Number(row)) : badCursor;
  }

  async calls(
    credential: string | null,
    query: CallQuery,
  ): Promise<Result<{ calls: unknown[]; next: string | null }>> {
    const asked = await this.#admit(credential, 'calls', query, callsSchema);
    if (!asked.ok) return asked;
    const { after, limit, ...filter } = asked.value;
    const most = Math.min(limit, MAX_CALLS);
    const found = await searchCalls(this.env.LEDGER, await this.#months(), filter, after ?? null, most);
    return { ok: true, value: { ...found, calls: found.calls.map(timed) } };
  }

  async call(credential: string | null, id: string): Promise<Result<{ call: unknown; entries: unknown[] }>> {
    const person = await this.#person(credential);
    if (!person.ok) return person;
    const known = isId('call', id);
    await this.#note(person.value, 'call', { call: known ? id : null });
    const entries = known ? await entriesOf(this.env.LEDGER, await this.#months(), [id]) : [];
    const call = assembleCalls(entries)[0];
    if (call) return { ok: true, value: { call: timed(call), entries: inOrder(entries) } };
    return { ok: false, problem: { code: 'not-found', detail: 'No such call is in the audit log.' } };
  }

  async looked(credential: string, path: string): Promise<Result<null>> {
    const person = await this.#person(credential);
    if (!person.ok) return person;
    if (person.value.roles.includes('auditor'))
      await this.#note(person.value, 'console', { path: maskText(path.slice(0, 200)) });
    return { ok: true, value: null };
  }

  async pulse(credential: string | null): Promise<Result<Pulse>> {
    const person = await this.#person(credential);
    if (!person.ok) return person;
    // Counts say nothing of any one call, and are looked at every few seconds: they are not journaled as read.
    const now = Date.now();
    const since = new Date(pulseSince(now)).toISOString();
    const months = monthsBetween(await this.#months(), since);
    const found = await Promise.all(months.map((month) => this.env.LEDGER.getByName(month).minutes(since)));
    return { ok: true, value: pulseOf(found.flat(), now) };
  }

  async tools(credential: string | null): Promise<Result<ToolRecord[]>> {
    const person = await this.#person(credential);
    if (!person.ok) return person;
    const now = Date.now();
    const [hourAgo, dayAgo] = [3_600_000, 86_400_000].map((ago) => new Date(now - ago).toISOString());
    const months = monthsBetween(await this.#months(), dayAgo);
    const found = await Promise.all(
      months.map((month) => this.env.LEDGER.getByName(month).tools(String(hourAgo), String(dayAgo))),
    );
    return { ok: true, value: toolRecordsOf(found) };
  }

  /** Who asks, whether they may, and whether the question is well formed. */
  async #admit<Q extends Record<string, unknown>>(
    credential: string | null,
    read: string,
    query: unknown,
    schema: z.ZodType<Q>,
  ): Promise<Result<Q>> {
    const person = await this.#person(credential);
    if (!person.ok) return person;
    const parsed = schema.safeParse(query);
    if (!parsed.success) return invalid(parsed.error.issues.map(faultOf));
    await this.#note(person.value, read, parsed.data);
    return { ok: true, value: parsed.data };
  }

  async #person(credential: string | null): Promise<Result<Person>> {
    const check = await checkPerson(credential, roles, this.env);
    if (check.ok) return { ok: true, value: check.person };
    return { ok: false, problem: { code: check.code, detail: check.detail } };
  }

  /**
   * An object answers only when its writes are durable, so no read is answered that is not recorded: by itself, or by the
   * same read of the same person within the minute before.
   */
  async #note(person: Person, read: string, filter: Record<string, unknown>): Promise<void> {
    const { email, roles, credential } = person;
    const month = this.env.LEDGER.getByName(monthOf(Date.now()));
    await month.noteRead({ person: email, roles: [...roles], credential, read, filter });
  }

  async #months(): Promise<string[]> {
    return this.env.LEDGER_INDEX.getByName('index').months();
  }

  /** A page of what a checkpoint covers, and of nothing that came after it. */
  async #exportPage(saved: SavedCheckpoint, month: string, after: number): Promise<Export> {
    const bound = Object.hasOwn(saved.bounds, month) ? saved.bounds[month] : undefined;
    if (bound === undefined) return badCursor;
    const page = await this.env.LEDGER.getByName(month).page(after, bound);
    const following = Object.keys(saved.bounds)
      .sort()
      .find((other) => other > month);
    const next = page.next === null ? following && `${following}:0` : `${month}:${page.next}`;
    const checkpoint = next === undefined ? saved.checkpoint : null;
    return {
      ok: true,
      value: { entries: page.entries, next: next === undefined ? null : `${saved.id}:${next}`, checkpoint },
    };
  }
}

/** A call with what is left, right now, of the time to undo it; of one that was undone already nothing is. */
function timed(call: CallRecord): CallRecord {
  return call.undone === null ? { ...call, undo: withTimeLeft(call.undo, Date.now()) } : call;
}

const exportCursor = /^(\d{1,15}):(\d{4}-\d{2}):(\d{1,15})$/;
const placeCursor = /^(\d{4}-\d{2}):(\d{0,15})$/;

/** The place that a cursor names; undefined when there is no such place. */
function parsePlace(cursor: string, months: readonly string[]): Place | undefined {
  const [, month, row] = placeCursor.exec(cursor) ?? [];
  if (month === undefined || !months.includes(month)) return undefined;
  return { month, before: row === '' ? null : Number(row) };
}

function faultOf({ path, message }: { path: PropertyKey[]; message: string }): Fault {
  return { pointer: path.map((part) => `/${String(part)}`).join(''), detail: message };
}

function invalid(errors: Fault[]): { ok: false; problem: { code: 'invalid'; errors: Fault[] } } {
  return { ok: false, problem: { code: 'invalid', errors } };
}

const badCursor = invalid([
  { pointer: '/after', detail: 'Not a cursor of a page before, or too old: begin again without it.' },
]);
