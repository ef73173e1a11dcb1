import type { EntryData } from '../../shared/journal.ts';
import type { Journal } from '../../shared/journal-store.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { released } from '../../shared/released.ts';
import type { AgentEvidence, AutonomyGrant, Evidence } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { evidenceSince, granted, lowered, startLevel, type Level } from './autonomy.ts';
import type { AutonomyStore } from './autonomy-store.ts';
import { basisOf, changedSince, type Basis } from './basis.ts';
import { EVIDENCE_MS, type Ground } from './readiness-keeper.ts';

/** Agents that the ledger is asked about at once. */
const ASKED_AT_ONCE = 200;
/** The journal names so many changes, and counts the rest. */
const NAMED_MAX = 30;

/** How far agents may go: what leases say of it, and what another policy set makes of it. The rules are pure (`autonomy.ts`). */
export class Levels {
  readonly #store: AutonomyStore;
  readonly #journal: Journal;
  readonly #evidence: Evidence;
  readonly #at: Ground;
  /** Version of the set that launches were last held against. */
  #judged: string | null;

  constructor(store: AutonomyStore, journal: Journal, evidence: Evidence, ground: Ground) {
    this.#store = store;
    this.#journal = journal;
    this.#evidence = evidence;
    this.#at = ground;
    this.#judged = ground.governance()?.version ?? null;
  }

  /** What a lease says. From memory: a grant is one step. */
  grant(agent: string): AutonomyGrant {
    const level = this.of(agent);
    const version = this.#at.governance()?.version ?? null;
    // A set that came into force on a way that forgot to hold launches against it is treated as one that changed them.
    const unjudged = level.basis !== null && version !== this.#judged;
    return granted(unjudged ? lowered(level, 'propose', 'reopened', [], Date.now()) : level);
  }

  /** Another policy set is in force: whoever was raised for something else falls back. In the transaction of that change. */
  governed(): void {
    const set = this.#at.governance();
    for (const level of this.#store.levels) {
      const is = set && basisOf(set, level.agent);
      if (!is) this.#forget(level);
      else if (level.basis !== null) this.#hold(level, level.basis, is);
    }
    this.#judged = set?.version ?? null;
  }

  #hold(level: Level, basis: string, is: Basis): void {
    const was = this.#store.basis(basis);
    // What is not known any more cannot be compared, so it does not hold.
    const changed = was ? changedSince(was, is) : ['it is not known any more'];
    if (changed.length > 0) this.fall(level, 'reopened', { changed: named(changed) });
  }

  /** An agent without a manifest. Another one of its name must not inherit a launch, nor days off the leash. */
  #forget({ agent, mode }: Level): void {
    this.#store.forget(agent);
    this.#journal.append('autonomy.forgotten', { agent, from: mode, epoch: this.#at.epoch() }, Date.now());
  }

  /** The level of an agent, known or not. */
  of(agent: string): Level {
    return this.#store.level(agent) ?? startLevel(agent, this.#at.environment);
  }

  /** Null: the set in force has no such agent. */
  manifest(agent: string): Manifest | null {
    const manifests = this.#at.governance()?.manifests ?? {};
    return Object.hasOwn(manifests, agent) ? (manifests[agent] ?? null) : null;
  }

  /** An agent falls to propose. In the transaction of a change. */
  fall(level: Level, cause: 'fell' | 'reopened', why: EntryData): void {
    const now = Date.now();
    const { agent } = level;
    this.#store.setLevel(lowered(level, 'propose', cause, [], now));
    const epoch = this.#at.epoch();
    this.#journal.append(`autonomy.${cause}`, { agent, from: level.mode, to: 'propose', ...why, epoch }, now);
    console.error(JSON.stringify({ alert: `autonomy.${cause}`, agent, epoch }));
  }

  /** What the audit log holds of agents, by agent; whoever is not in it is not known. */
  async evidence(manifests: readonly Manifest[]): Promise<Map<string, AgentEvidence>> {
    const now = Date.now();
    const asks = manifests.map(({ agent, errorBudget }) => ({
      agent,
      since: evidenceSince(this.of(agent), errorBudget, now),
    }));
    const found = new Map<string, AgentEvidence>();
    for (let from = 0; from < asks.length; from += ASKED_AT_ONCE) {
      const some = asks.slice(from, from + ASKED_AT_ONCE);
      // No answer: nothing is known of these, so none of them is raised.
      const counted = await within(EVIDENCE_MS, this.#evidence.count(some)).then(released, () => []);
      for (const one of counted) found.set(one.agent, one);
    }
    return found;
  }
}

function named(lines: readonly string[]): string[] {
  const more = lines.length - NAMED_MAX;
  return more > 0 ? [...lines.slice(0, NAMED_MAX), `and ${more} more`] : [...lines];
}
