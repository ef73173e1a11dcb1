import { termsOf } from '../../shared/handoffs.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { isAudited, RANKED, risk } from '../../shared/review-risk.ts';
import { reviewsOf, type Review, type ReviewIntake } from '../../shared/reviews.ts';
import { usageOf } from '../../shared/usage.ts';
import { within } from '../../shared/within.ts';
import type { Book } from './book.ts';
import type { Arrival } from './stored.ts';
import type { AskedCall } from './call.ts';

const TELL_MS = 5_000;
const TELL_AT_ONCE = 100;
const DAY_MS = 86_400_000;

/**
 * Which calls people look at afterwards. Chosen at the intent, in its transaction, by a keyed hash of the call's id: the agent
 * can neither guess it nor see it, and asking again changes nothing. Told once the call has run.
 */
export class Reviews {
  readonly #agent: string;
  readonly #sql: SqlStorage;
  readonly #book: Book;
  #any: boolean;

  /** The object's migrations must have run. */
  constructor(agent: string, sql: SqlStorage, book: Book) {
    this.#agent = agent;
    this.#sql = sql;
    this.#book = book;
    this.#any = this.#left();
  }

  /**
   * What is to be written with the intent of a call. `approvers` null: it needed nobody. Of two calls alike the hash decides, so
   * nothing tells them apart from outside.
   */
  choose(
    { id, stored }: Pick<Arrival, 'id' | 'stored'>,
    call: AskedCall,
    manifest: Manifest,
    needs: number,
    approvers: readonly string[] | null,
    now: number,
  ): () => void {
    if (call.mode !== 'execute') return () => undefined;
    const { sample, audit, respondDays } = reviewsOf(manifest);
    const provenance = stored.approval?.provenance ?? [];
    const score = riskOf(call, provenance.length === 0 ? null : provenance.some(isUntrusted));
    const asked = approvers !== null || needs > 0;
    const exact = score + this.#fraction('audit', id);
    const chosen = asked
      ? isAudited(exact, this.#scores(), audit)
      : this.#fraction('review', id) * 100 < sample;
    const review = reviewOf(this.#agent, id, call, manifest, {
      cause: asked ? 'audited' : 'sampled',
      risk: score,
      approvers: [...(approvers ?? [])],
      at: new Date(now).toISOString(),
      respondBy: new Date(now + respondDays * DAY_MS).toISOString(),
    });
    return () => {
      if (asked) this.#rank(exact);
      if (chosen) this.#put(review);
    };
  }

  /** Tells what ran; false: something that ran was not taken. What changed nothing is not looked at. */
  async tell(intake: ReviewIntake): Promise<boolean> {
    if (!this.#any) return true;
    const ended = this.#rows().flatMap((review) => {
      const become = this.#became(review.call);
      if (become === 'nothing') this.#drop([review.call]);
      return become === 'ran' ? [review] : [];
    });
    this.#any = this.#left();
    if (ended.length === 0) return true;
    try {
      await within(TELL_MS, intake.due(ended));
      this.#drop(ended.map(({ call }) => call));
      this.#any = this.#left();
      return true;
    } catch {
      return false; // The rows stay, and are told again.
    }
  }

  /** What is not known to have changed nothing may have changed something. */
  #became(call: string): 'ran' | 'nothing' | 'open' {
    const row = this.#book.row(call);
    if (row && row.state !== 'done') return 'open';
    return row?.outcome === 'failed' || row?.outcome === 'lapsed' ? 'nothing' : 'ran';
  }

  /** From 0 to just below 1: 48 bits of the hash. */
  #fraction(purpose: 'review' | 'audit', call: string): number {
    return parseInt(this.#book.keyed(purpose)(call).slice(0, 12), 16) / 2 ** 48;
  }

  #put(review: Review): void {
    this.#any = true;
    this.#sql.exec(
      'INSERT OR REPLACE INTO review (call, body) VALUES (?, ?)',
      review.call,
      JSON.stringify(review),
    );
  }

  #rank(score: number): void {
    this.#sql.exec('INSERT INTO review_score (score) VALUES (?)', score);
    this.#sql.exec('DELETE FROM review_score WHERE n <= (SELECT max(n) FROM review_score) - ?', RANKED);
  }

  #scores(): number[] {
    const rows = this.#sql.exec<{ score: number }>('SELECT score FROM review_score');
    return rows.toArray().map(({ score }) => score);
  }

  #rows(): Review[] {
    return this.#sql
      .exec<{ body: string }>('SELECT body FROM review ORDER BY call LIMIT ?', TELL_AT_ONCE)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Review);
  }

  #drop(calls: readonly string[]): void {
    for (const call of calls) this.#sql.exec('DELETE FROM review WHERE call = ?', call);
  }

  #left(): boolean {
    return this.#sql.exec('SELECT 1 FROM review LIMIT 1').toArray().length > 0;
  }
}

function isUntrusted({ level }: { level: string }): boolean {
  return level === 'untrusted';
}

function riskOf(call: AskedCall, untrusted: boolean | null): number {
  const { action, mode, confidence } = call;
  return risk({
    mode,
    groups: action.groups,
    sensitivity: action.sensitivity,
    irreversible: action.undo !== undefined && 'irreversible' in action.undo,
    usage: usageOf(call, {}),
    untrusted,
    confidence,
  });
}

function reviewOf(
  agent: string,
  call: string,
  { action, workflow }: AskedCall,
  manifest: Manifest,
  chosen: Pick<Review, 'cause' | 'risk' | 'approvers' | 'at' | 'respondBy'>,
): Review {
  return {
    call,
    agent,
    workflow,
    tool: action.tool,
    action: action.name,
    terms: termsOf(manifest),
    ...chosen,
    state: 'open',
    verdict: null,
    by: null,
    note: null,
    doneAt: null,
  };
}
