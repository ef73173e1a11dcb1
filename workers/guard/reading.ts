import { sensitivities, type Sensitivity } from '../../shared/contract.ts';
import type { Origins } from '../../shared/origins.ts';

/** How long what an agent has read counts. No day of waiting forgets it: the gate cannot see what an agent remembers. */
const KEEP_MS = 30 * 86_400_000;
/** A row is not written again for every read. */
const AGAIN_MS = 60_000;

type Row = { what: string; at: number };

/**
 * What an agent has read, as the times at which it last did: strangers' words, and each class of data in clear. Of the agent, not
 * of a session: a session is a name that the agent gives, so another name forgets nothing. Failing it counts as read.
 */
export class Reading {
  readonly #sql: SqlStorage;
  #seen: Map<string, number> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** It read what people outside may have written. `now`: Unix ms. */
  untrusted(now: number): void {
    this.#note('untrusted', now);
  }

  /** It read data of this class in clear. */
  saw(cls: Sensitivity, now: number): void {
    if (cls !== 'public') this.#note(cls, now);
  }

  state(now: number): Pick<Origins, 'readUntrusted' | 'sensitivity'> {
    const seen = this.#known();
    if (!seen) return { readUntrusted: true, sensitivity: 'restricted' };
    const counts = (what: string): boolean => (seen.get(what) ?? -Infinity) > now - KEEP_MS;
    return {
      readUntrusted: counts('untrusted'),
      sensitivity: sensitivities.findLast((cls) => counts(cls)) ?? 'public',
    };
  }

  #note(what: string, now: number): void {
    const seen = this.#known() ?? new Map<string, number>();
    if (now - (seen.get(what) ?? -Infinity) < AGAIN_MS) return;
    // In memory first: should the row not be written, this object knows all the same.
    seen.set(what, now);
    try {
      this.#sql.exec(
        'INSERT INTO reading (what, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = ?2',
        what,
        now,
      );
    } catch (error) {
      const name = error instanceof Error ? error.name : 'not an Error';
      console.error(JSON.stringify({ alert: 'guard.provenance-failed', error: name }));
    }
  }

  /** Null: storage does not tell, so anything may have been read. */
  #known(): Map<string, number> | null {
    try {
      return this.#rows();
    } catch {
      return null;
    }
  }

  #rows(): Map<string, number> {
    this.#seen ??= new Map(
      this.#sql
        .exec<Row>('SELECT what, at FROM reading')
        .toArray()
        .map(({ what, at }) => [what, at]),
    );
    return this.#seen;
  }
}
