import { sha256 } from '../../shared/crypto.ts';
import { isId, timeOf } from '../../shared/ids.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Result } from '../../shared/rpc.ts';

/** Answers are kept for so long after a request came. The platform repeats a call for up to ten seconds. */
const KEEP_MS = 60_000;
/** An older request is refused: its answer may be forgotten by now, and so would not be known for a repeat. */
const MAX_AGE_MS = 40_000;
/** The clock of whoever made the id may be ahead by this; together with the age it stays below what is kept. */
const MAX_AHEAD_MS = 10_000;

/**
 * Runs what a person asked for once per request. The platform may repeat a call up to ten seconds later; a repeated resume
 * would lift a stop that was made in between. So each request has an id, and a repeat is answered with the first answer.
 */
export class Answers {
  readonly #sql: SqlStorage;
  readonly #running = new Map<string, Promise<unknown>>();

  /** The migrations must have run. */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * `what` tells this request from any other that would come under the same id. What `act` does up to its first await is
   * one step with remembering the id. A request of which the answer was lost with this object is not run again.
   */
  async once<T>(
    request: string,
    what: unknown,
    now: number,
    act: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const unfit = unfitness(request, now);
    if (unfit) return refused(unfit);
    this.#sql.exec('DELETE FROM answered WHERE at <= ?', now - KEEP_MS);
    const hash = sha256(JSON.stringify(what));
    const before = this.#sql
      .exec<{ hash: string; answer: string | null }>(
        'SELECT hash, answer FROM answered WHERE request = ?',
        request,
      )
      .toArray()[0];
    if (before && before.hash !== hash) return refused(otherRequest);
    if (before) return before.answer === null ? this.#unfinished<T>(request) : read<T>(before.answer);
    this.#sql.exec(
      'INSERT INTO answered (request, hash, at, answer) VALUES (?, ?, ?, NULL)',
      request,
      hash,
      now,
    );
    const running = act();
    this.#running.set(request, running);
    return this.#finish(request, running);
  }

  async #finish<T>(request: string, running: Promise<Result<T>>): Promise<Result<T>> {
    try {
      const answer = await running;
      this.#sql.exec('UPDATE answered SET answer = ? WHERE request = ?', JSON.stringify(answer), request);
      return answer;
    } finally {
      this.#running.delete(request);
    }
  }

  /** Still under way, or begun by an instance that went away. */
  async #unfinished<T>(request: string): Promise<Result<T>> {
    const running = this.#running.get(request) as Promise<Result<T>> | undefined;
    return running ?? refused(lostAnswer);
  }
}

function unfitness(request: string, now: number): Problem | undefined {
  if (!isId('req', request)) return { code: 'invalid', detail: 'The request has no id of its own.' };
  const age = now - timeOf(request);
  return age <= MAX_AGE_MS && age >= -MAX_AHEAD_MS ? undefined : tooOld;
}

const tooOld: Problem = {
  code: 'conflict',
  detail: 'This request is too old to be acted on. Look at the state and ask again.',
};
const otherRequest: Problem = { code: 'conflict', detail: 'Another request came under the same id.' };
const lostAnswer: Problem = {
  code: 'conflict',
  detail: 'This was asked before, and what came of it is not known here. Look at the state and ask again.',
};

function read<T>(answer: string): Result<T> {
  return JSON.parse(answer) as Result<T>;
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
