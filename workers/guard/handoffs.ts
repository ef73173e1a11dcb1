import { canonical } from '../../shared/canonical.ts';
import type { HandoffInput, HandoffStanding, TriageIntake, TriageTerms } from '../../shared/handoffs.ts';
import { isId, newId } from '../../shared/ids.ts';
import { released } from '../../shared/released.ts';
import type { Answer } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import type { Book } from './book.ts';
import { problemAnswer } from './problem-answer.ts';
import { handoffOf, maskedDraft, type Draft } from './handoff-draft.ts';
import { HandoffStore, type HandoffRow } from './handoff-store.ts';
import type { Contact, Incidents } from './incidents.ts';
import { json } from './settle.ts';

/** The same case within a day is one case. */
const SAME_MS = 86_400_000;
/** More than this in a day are one case: a flood must neither fill storage nor bury the first ones. */
const DAY_MAX = 200;
const KEEP_MS = 90 * 86_400_000;
/** Triage is not waited for longer: what was last known is told. */
const TRIAGE_MS = 2_000;
const TELL_MS = 5_000;
const TELL_AT_ONCE = 20;

/**
 * Cases that the agent handed over to people, without any action. Beside the column and not in it: it changes nothing at a
 * vendor, so no stop, limit, policy or approval holds it up. Kept here until triage has it.
 */
export class Handoffs {
  readonly #agent: string;
  readonly #store: HandoffStore;
  readonly #book: Book;
  readonly #incidents: Incidents;
  readonly #triage: TriageIntake;

  constructor(agent: string, sql: SqlStorage, book: Book, incidents: Incidents, triage: TriageIntake) {
    this.#agent = agent;
    this.#store = new HandoffStore(sql);
    this.#book = book;
    this.#incidents = incidents;
    this.#triage = triage;
  }

  /**
   * Takes a case, its words sealed: 201 with a new one, 200 with one that is known by its key or, without a key, by its content within a day. A
   * security issue becomes an incident at once. Refused: a key that was used for another (409), and
   * all while the journal may not be written (503).
   */
  file(input: HandoffInput, key: string | null, contact: Contact, now: number): Answer {
    if (input.kind === 'security') return this.#raise(input, contact, now);
    if (this.#book.behind)
      return problemAnswer({
        code: 'unavailable',
        detail: 'It could not be recorded: try again.',
        retryAfter: 5,
      });
    const content = this.#book.keyed('handoff')(canonical(input));
    const hashedKey = key === null ? null : this.#book.keyed('handoff-key')(key);
    const known =
      hashedKey === null ? this.#store.same(content, now - SAME_MS) : this.#store.byKey(hashedKey);
    if (known && known.content !== content) return problemAnswer({ code: 'idempotency-conflict' });
    // A repeat under its key is the same request, and counts for nothing.
    if (known) return hashedKey === null ? this.#again(known, now, false) : told(200, known, null, false);
    const flood = this.#store.newest(now - SAME_MS, DAY_MAX);
    return flood ? this.#again(flood, now, true) : this.#first(input, { key: hashedKey, content }, now);
  }

  /** How a case stands. Triage that does not answer: what was last known of it. */
  async state(id: string): Promise<Answer> {
    const row = isId('handoff', id) ? this.#store.get(id) : undefined;
    if (!row) return problemAnswer({ code: 'not-found', detail: 'This agent has no such case.' });
    return told(200, row, row.standing ?? (await this.#ask(row)), false);
  }

  /** Whether triage lacks something. */
  get any(): boolean {
    return this.#store.any;
  }

  /** Tells triage what it lacks; false: it lacks something still. Without `terms` nobody knows who is asked yet. */
  async tell(terms: TriageTerms | null): Promise<boolean> {
    if (!this.any) return true;
    if (!terms) return false;
    const rows = this.#store.untold(TELL_AT_ONCE);
    const told = await Promise.allSettled(
      rows.map(async (row) => {
        // Told again, it stays in the workflow that has it.
        const asked = { ...terms, workflow: row.workflow ?? terms.workflow };
        await within(TELL_MS, this.#triage.file(handoffOf(this.#agent, row, asked)));
        this.#store.told(row, asked.workflow);
      }),
    );
    return told.every(({ status }) => status === 'fulfilled') && !this.any;
  }

  async #ask({ id, workflow }: HandoffRow): Promise<HandoffStanding | null> {
    if (workflow === null) return null;
    const asking = this.#triage.standing(workflow, this.#agent, id);
    const standing = await within(TRIAGE_MS, asking).then(
      (found) => found && released(found),
      () => null,
    );
    // What is over stays so: it need not be asked again.
    if (standing?.state === 'resolved') this.#store.resolved(id, standing);
    return standing;
  }

  #raise({ about, summary }: HandoffInput, contact: Contact, now: number): Answer {
    const answer = this.#incidents.raise({ kind: 'security', about, summary }, contact, now);
    if (answer.status >= 400) return answer;
    const body = { ...(JSON.parse(answer.body) as object), went: 'to the incident contact, past the queue' };
    return json(answer.status, body);
  }

  #first(input: HandoffInput, by: Pick<HandoffRow, 'key' | 'content'>, now: number): Answer {
    const draft = maskedDraft(input);
    const row = {
      id: newId('handoff', now),
      ...by,
      at: now,
      times: 1,
      workflow: null,
      draft,
      standing: null,
    };
    this.#book.note('handoff.filed', this.#entry(row), () => {
      this.#store.put(row);
      this.#store.prune(now - KEEP_MS);
    });
    return told(201, row, null, false);
  }

  #again(row: HandoffRow, now: number, flood: boolean): Answer {
    const more = { ...row, times: row.times + 1 };
    // Each power of two is journaled and told, so that a flood shows without filling anything.
    if ((more.times & row.times) === 0)
      this.#book.note('handoff.filed-again', { ...this.#entry(more), since: now - row.at }, () =>
        this.#store.put(more),
      );
    else this.#store.counted(more);
    return told(200, more, more.standing, flood);
  }

  #entry({ id, times, draft }: { id: string; times: number; draft: Draft }) {
    const { kind, about, summary, calls, urgent } = draft;
    const { tool, record } = about;
    return { agent: this.#agent, handoff: id, of: kind, tool, record, summary, calls, urgent, times };
  }
}

/** What the agent learns: how its case stands, and what people say to it. Not who. */
function told(status: number, row: HandoffRow, standing: HandoffStanding | null, flood: boolean): Answer {
  const { id, at, times, draft } = row;
  return json(status, {
    handoff: id,
    status: standing?.state ?? 'open',
    kind: draft.kind,
    at: new Date(at).toISOString(),
    times,
    poll: `/v1/handoffs/${id}`,
    ...(standing && {
      respondBy: standing.respondBy,
      takenAt: standing.takenAt,
      resolvedAt: standing.resolvedAt,
      resolution: standing.resolution,
    }),
    ...(flood && { note: 'Too many cases today: this one was only counted, with the case named here.' }),
  });
}
