import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import type { Directory } from '../../shared/directory.ts';
import type { Handoff, HandoffStanding } from '../../shared/handoffs.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { EntryData } from '../../shared/journal.ts';
import { maskText } from '../../shared/mask.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { Review } from '../../shared/reviews.ts';
import type { Result } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { pauseAfter } from './states.ts';
import type { Env } from './env.ts';
import { triageMigrations } from './triage/migrations.ts';
import { filedNotice, overdueReviews, rungNotice } from './triage/notices.ts';
import { caseEntry, personEntry, reviewEntry } from './triage/entries.ts';
import { actProblem, notFound, reviewProblem } from './triage/refusals.ts';
import { misbehaviour, record, type Misbehaviour, type Verdict } from './triage/review.ts';
import type { TriageApi } from './triage/api.ts';
import { TriageStore, type Untold } from './triage/store.ts';
import { act, clock, type Rung, type TriageAct } from './triage/triage.ts';

/** A notifier that hangs must not hold up clocks. */
const TELL_MS = 10_000;
/** What nobody could be told for so long is old news: the list still shows it. */
const TELL_FOR_MS = 24 * 60 * 60 * 1000;
/** While there is nobody to tell by, it is looked again so often. */
const NO_NOTIFIER_MS = 60_000;
/** What is over is kept here for so long; what happened stays in the audit log. */
const KEEP_MS = 90 * 24 * 60 * 60 * 1000;

/**
 * Cases and reviews of one workflow, by its name: wiring around triage.ts and review.ts. One object for both, so that a
 * harmful verdict and the case that it opens are one transaction. Each change is stored together with its journal entry and
 * what people are told of it; the alarm rings the clocks, tells, ships the journal and prunes.
 */
export class Triage extends DurableObject<Env> implements TriageApi {
  readonly #store: TriageStore;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  /** Attempts in a row that left something unshipped or unpruned. */
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, triageMigrations);
    this.#store = new TriageStore(ctx.storage.sql);
    this.#journal = new Journal(`triage:${String(ctx.id.name)}`, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#arm(Date.now());
    });
  }

  // ── cases ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async file(handoff: Handoff): Promise<void> {
    const known = this.#store.get(handoff.id);
    if (!known) return this.#open(handoff, 'handoff.received', {});
    // Only how often grows; what people did with the case is this object's.
    if (handoff.times > known.times) this.#store.put({ ...known, times: handoff.times }, Date.now());
  }

  async standing(agent: string, id: string): Promise<HandoffStanding | null> {
    const found = this.#store.get(id);
    if (!found || found.agent !== agent) return null;
    const { state, times, respondBy, takenAt, resolvedAt, resolution } = found;
    return { state, times, respondBy, takenAt, resolvedAt, resolution };
  }

  async list(filter: { state?: string; kind?: string }): Promise<Handoff[]> {
    this.#ring(Date.now());
    return this.#store.list(filter);
  }

  async get(id: string): Promise<Result<Handoff>> {
    this.#ring(Date.now());
    const found = this.#store.get(id);
    return found ? { ok: true, value: found } : notFound;
  }

  async act(person: Person, id: string, asked: TriageAct, directory: Directory): Promise<Result<Handoff>> {
    const now = Date.now();
    this.#ring(now);
    const before = this.#store.get(id);
    if (!before) return notFound;
    const does = { ...asked, note: maskText(asked.note) };
    const acted = act(before, does, person, directory, now);
    if (!acted.ok) return { ok: false, problem: actProblem(acted.refusal) };
    const after = acted.handoff;
    if (after !== before)
      this.#commit(() => this.#store.put(after, now), entryOf[does.do], {
        ...caseEntry(after),
        ...personEntry(person),
        note: does.note,
        afterMs: now - Date.parse(after.at),
      });
    return { ok: true, value: after };
  }

  async report(person: Person, found: Omit<Misbehaviour, 'by'>): Promise<Result<Handoff>> {
    const now = Date.now();
    const said = { ...found, reason: maskText(found.reason), by: person.email };
    const known = this.#store.reported(found.call);
    if (known) return { ok: true, value: this.#reportedAgain(known, person, said.reason, now) };
    const opened = misbehaviour(said, now);
    this.#open(opened, 'call.reported', personEntry(person));
    return { ok: true, value: opened };
  }

  #reportedAgain(known: Handoff, person: Person, reason: string, now: number): Handoff {
    const more = { ...known, times: known.times + 1 };
    const entry = { ...caseEntry(more), ...personEntry(person), reason };
    this.#commit(() => this.#store.put(more, now), 'call.reported-again', entry);
    return more;
  }

  #open(handoff: Handoff, kind: string, data: EntryData): void {
    this.#commit(() => this.#place(handoff, Date.now()), kind, { ...caseEntry(handoff), ...data });
  }

  /** Call it in a transaction. */
  #place(handoff: Handoff, now: number): void {
    this.#store.put(handoff, now);
    this.#store.tell(filedNotice(handoff, now), now);
  }

  // ── reviews ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async due(reviews: Review[]): Promise<void> {
    const now = Date.now();
    for (const review of reviews.filter(({ call }) => !this.#store.review(call))) {
      const store = (): void => this.#store.putReview(review, Date.parse(review.respondBy), now);
      this.#commit(store, 'review.opened', reviewEntry(review));
    }
  }

  async reviews(filter: { state?: string }): Promise<Review[]> {
    return this.#store.reviews(filter.state);
  }

  async reviewOf(call: string): Promise<Result<Review>> {
    const found = this.#store.review(call);
    return found ? { ok: true, value: found } : notFound;
  }

  async review(
    person: Person,
    call: string,
    said: Verdict,
    directory: Directory,
    id: string,
  ): Promise<Result<Review>> {
    const now = Date.now();
    const before = this.#store.review(call);
    if (!before) return notFound;
    const verdict = { ...said, note: maskText(said.note) };
    const recorded = record(before, verdict, person, directory, now);
    if (!recorded.ok) return { ok: false, problem: reviewProblem(recorded.refusal) };
    if (recorded.review !== before) this.#reviewed(recorded.review, person, id, now);
    return { ok: true, value: recorded.review };
  }

  /** What harmed is a case for the agent's owners as well, unless somebody has reported it already. */
  #reviewed(review: Review, person: Person, id: string, now: number): void {
    const { call, agent, tool, action, terms, note } = review;
    const harmed = review.verdict === 'harmful' && !this.#store.reported(call);
    const found = { id, call, agent, tool, action, terms, reason: note ?? '', by: person.email };
    const opened = harmed ? misbehaviour(found, now) : null;
    const store = (): void => {
      this.#store.putReview(review, null, now);
      if (opened) this.#place(opened, now);
    };
    this.#commit(store, 'review.recorded', {
      ...reviewEntry(review),
      ...personEntry(person),
      note,
      ...(opened && { handoff: opened.id }),
    });
  }

  // ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      const now = Date.now();
      this.#ring(now);
      this.#overdue(now);
      this.#giveUp(now);
      const [shipped, pruned] = await Promise.all([
        this.#journal.ship(this.env.LEDGER),
        this.#prune(now),
        this.#tell(now),
      ]);
      this.#failures = shipped && pruned ? 0 : this.#failures + 1;
    } catch (error) {
      // Not thrown on: the platform gives an alarm up after six failures.
      this.#failures += 1;
      console.error(JSON.stringify({ alert: 'triage.alarm-failed', error: String(error) }));
    }
    this.#arm(Date.now());
  }

  #arm(now: number): void {
    const { nextDue, nextTelling, firstEnd } = this.#store;
    const retry = now + pauseAfter(this.#failures);
    if (nextDue !== null) this.#alarm.by(Math.max(nextDue, retry));
    if (nextTelling !== null) this.#alarm.by(Math.max(nextTelling, retry));
    if (firstEnd !== null) this.#alarm.by(Math.max(firstEnd + KEEP_MS, retry));
    if (this.#journal.unshipped > 0) this.#alarm.by(retry);
  }

  /** Each case whose time has come: reminded, or one group further. */
  #ring(now: number): void {
    for (const before of this.#store.due(now)) {
      const { handoff, rung } = clock(before, now);
      const store = (): void => {
        this.#store.put(handoff, now);
        for (const one of rung) this.#store.tell(rungNotice(handoff, one, now), now);
      };
      const overdue = rung.find(({ kind }) => kind === 'overdue');
      const { escalated, reminded } = handoff;
      this.#commit(store, overdue ? 'handoff.escalated' : 'handoff.reminded', {
        ...caseEntry(handoff),
        escalated,
        reminded,
        told: rung.map(toldWhom),
      });
    }
  }

  #overdue(now: number): void {
    for (const [agent, late] of Map.groupBy(this.#store.overdue(now), (review) => review.agent)) {
      const notice = overdueReviews(late, now);
      const store = (): void => {
        for (const review of late) this.#store.putReview(review, null, now);
        if (notice) this.#store.tell(notice, now);
      };
      this.#commit(store, 'review.overdue', {
        agent,
        workflow: String(this.ctx.id.name),
        reviews: late.length,
      });
    }
  }

  #giveUp(now: number): void {
    const notices = this.#store.giveUp(now - TELL_FOR_MS);
    if (notices > 0) console.error(JSON.stringify({ alert: 'triage.not-told', notices }));
  }

  async #tell(now: number): Promise<void> {
    await Promise.all(this.#store.untold(now).map(async (untold) => this.#tellOne(untold)));
  }

  async #tellOne({ notice, tried }: Untold): Promise<void> {
    const { NOTIFIER } = this.env;
    if (!NOTIFIER) return this.#store.tried(notice.id, Date.now() + NO_NOTIFIER_MS);
    try {
      await within(TELL_MS, NOTIFIER.notify(notice));
      this.#store.told(notice.id);
    } catch {
      // Nobody may have heard of it: told again, and the notifier tells nobody twice.
      this.#store.tried(notice.id, Date.now() + pauseAfter(tried + 1));
    }
  }

  /** Returns whether it could. */
  async #prune(now: number): Promise<boolean> {
    const ids = this.#store.endedBy(now - KEEP_MS);
    if (ids.length === 0) return true;
    try {
      // The index first: a line that stayed behind there would never be found again.
      await this.env.TRIAGE_INDEX.getByName('index').forget(ids);
      this.#store.remove(ids);
      return true;
    } catch {
      return false;
    }
  }

  /** Stores a change and its journal entry together, and wakes the alarm for what follows. */
  #commit(store: () => void, kind: string, data: EntryData): void {
    const now = Date.now();
    try {
      this.ctx.storage.transactionSync(() => {
        store();
        this.#journal.append(kind, data, now);
      });
    } catch (error) {
      this.#journal.reload();
      throw error;
    }
    this.#alarm.by(now);
  }
}

const entryOf: Record<TriageAct['do'], string> = {
  take: 'handoff.taken',
  release: 'handoff.released',
  resolve: 'handoff.resolved',
};

function toldWhom(rung: Rung): string {
  switch (rung.kind) {
    case 'reminder':
      return `${rung.percent} %`;
    case 'overdue':
      return rung.group ?? 'incident contact';
  }
}
