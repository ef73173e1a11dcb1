import { sha256 } from '../../shared/crypto.ts';
import type { Placeholder } from '../../shared/placeholder.ts';
import { released } from '../../shared/released.ts';
import type { DoorVault, KnownPlaceholder, TypedItem } from '../../shared/vault.ts';
import { within } from '../../shared/within.ts';
import type { AskedCall } from './call.ts';
import { admissible, collect, sealed, type Collected, type TypedText } from './steps/door.ts';
import { addresseesIn, releasesOf, strayed } from './steps/recipients.ts';
import { deny, go, type Step } from './steps/step.ts';

/** The vault is not waited for longer. */
const VAULT_MS = 3_000;
/** Texts in which the vault found nothing: agents say much the same again and again. */
const CLEAN_MAX = 2_000;
/** Detectors change only with a deployment, and this object lives hardly longer. */
const CLEAN_MS = 600_000;

type Facts = Readonly<Record<string, unknown>>;

/**
 * Where a call comes in: from here on the guard holds only placeholders of what an agent typed about people. Its memory sees the
 * values for one turn and the hop to the vault; nothing is stored before.
 */
export class Door {
  readonly #agent: string;
  readonly #vault: DoorVault;
  readonly #clean = new Map<string, number>();

  constructor(agent: string, vault: DoorVault) {
    this.#agent = agent;
    this.#vault = vault;
  }

  /**
   * The call with what was typed sealed. Denies a placeholder that is unknown or stands where it may not be opened, and everything
   * that would need a vault which does not answer. One hop; none where nothing is personal. `keepMs`: how long it is kept. `ours`: texts
   * that the team itself wrote, such as its model's name: they are nobody's data.
   */
  async take(
    id: string,
    call: AskedCall,
    keepMs: number,
    ours: readonly string[] = [],
  ): Promise<Step<AskedCall>> {
    const found = collect(call);
    if (!found.ok) return found;
    const typed = found.value.typed.filter(({ value }) => !ours.includes(value));
    const answer = await this.#ask(id, { ...found.value, typed }, keepMs);
    if (!answer) return deny({ kind: 'vault-silent' });
    const errors = admissible(found.value, answer.known);
    if (errors.length > 0) return deny({ kind: 'invalid', errors });
    return sealed(call, answer.said, answer.known);
  }

  /** Texts that are of no call, sealed, in their order; null: the vault does not answer, and nothing of them may be kept. */
  async texts(id: string, texts: readonly string[], keepMs: number): Promise<string[] | null> {
    const typed = texts.map((value, at) => ({ pointer: String(at), class: 'free-text' as const, value }));
    const answer = await this.#ask(id, { typed, uses: [], placeholders: [] }, keepMs);
    return answer && texts.map((text, at) => answer.said.get(String(at)) ?? text);
  }

  /**
   * The call with what it lets out, once its facts are known. Denies a text that would tell somebody of another person. A hop only
   * where a fact says who receives what came from a vendor.
   */
  async addressed(id: string, call: AskedCall, facts: Facts): Promise<Step<AskedCall>> {
    if (call.placeholders.length === 0) return go(call);
    const known = await this.#known(id, addresseesIn(call, facts));
    if (!known) return deny({ kind: 'vault-silent' });
    for (const one of call.placeholders) known.set(one.placeholder, one);
    const errors = strayed(call, facts, known);
    if (errors.length > 0) return deny({ kind: 'invalid', errors });
    return go({ ...call, releases: releasesOf(call, facts, known) });
  }

  /** Whether everything that a call was approved with still stands for the same. */
  async still(id: string, { placeholders }: Pick<AskedCall, 'placeholders'>): Promise<Step<null>> {
    const known = await this.#known(
      id,
      placeholders.map(({ placeholder }) => placeholder),
    );
    if (!known) return deny({ kind: 'vault-silent' });
    const same = placeholders.every((one) => isSame(one, known.get(one.placeholder)));
    return same ? go(null) : deny({ kind: 'placeholder-gone' });
  }

  /** What the vault knows of some placeholders; null: it does not answer. */
  async #known(id: string, placeholders: Placeholder[]): Promise<Map<Placeholder, KnownPlaceholder> | null> {
    const answer = await this.#ask(id, { typed: [], uses: [], placeholders }, 0);
    return answer && answer.known;
  }

  async #ask(id: string, { typed, placeholders }: Collected, keepMs: number): Promise<Answer | null> {
    const now = Date.now();
    const fresh = typed.filter((text) => !this.#isClean(text, now));
    if (fresh.length + placeholders.length === 0) return { said: new Map(), known: new Map() };
    const items = fresh.map(({ class: cls, value }): TypedItem => ({ class: cls, value }));
    const ask = { agent: this.#agent, call: id, keepMs, typed: items, placeholders };
    // Silence closes the door: without the vault what was typed would have to be kept as it is.
    const answer = await within(VAULT_MS, this.#vault.take(ask)).then(released, () => null);
    if (answer?.typed.length !== fresh.length) return null;
    fresh.forEach((text, at) => this.#saw(text, answer.typed[at] ?? '', now));
    const said = new Map(fresh.map(({ pointer }, at) => [pointer, answer.typed[at] ?? '']));
    const known = answer.known.filter((one) => one !== null);
    return { said, known: new Map(known.map((one) => [one.placeholder, one])) };
  }

  #isClean({ class: cls, value }: TypedText, now: number): boolean {
    return cls === 'free-text' && (this.#clean.get(sha256(value)) ?? 0) > now;
  }

  /** Remembers by its hash a text in which nothing was found; also one that was sealed: nothing more is found in that. */
  #saw({ class: cls }: TypedText, said: string, now: number): void {
    if (cls !== 'free-text') return;
    this.#clean.set(sha256(said), now + CLEAN_MS);
    const [oldest] = this.#clean.keys();
    if (this.#clean.size > CLEAN_MAX && oldest !== undefined) this.#clean.delete(oldest);
  }
}

interface Answer {
  /** By the pointer of what was typed; what is not here stays as it is. */
  said: Map<string, string>;
  known: Map<Placeholder, KnownPlaceholder>;
}

function isSame(was: KnownPlaceholder, now: KnownPlaceholder | undefined): boolean {
  return now?.class === was.class && now.subject === was.subject && now.typed === was.typed;
}
