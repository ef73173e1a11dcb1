import { SecretNotes, type SecretUse } from '../../shared/secret-use.ts';

/** Calls whose uses wait for an entry. What has none, such as a look that tells nobody, must not gather. */
const CALLS_MAX = 1_000;

/**
 * Which secrets tools used for a call since its last journal entry, so that its next one says it. In memory: what an object
 * that goes away had heard is told again with the tool's report.
 */
export class SecretUses {
  readonly #waiting = new Map<string, SecretNotes>();

  /** A tool said which secrets its vendor requests for this call carried. */
  heard(call: string, use: SecretUse): void {
    if (!use.secrets && !use.secretsRefused) return;
    const notes = this.#waiting.get(call) ?? new SecretNotes();
    notes.add(use);
    this.#waiting.set(call, notes);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > CALLS_MAX && oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** What the next entry of a call says of them; told once. */
  take(call: string | undefined): SecretUse {
    if (call === undefined || this.#waiting.size === 0) return {};
    const notes = this.#waiting.get(call);
    this.#waiting.delete(call);
    return notes?.use ?? {};
  }
}
