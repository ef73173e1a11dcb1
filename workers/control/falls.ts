import type { Journal } from '../../shared/journal-store.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { AgentEvidence } from '../../shared/rpc.ts';
import { burn, evidenceSince, fallReasons, type Level } from './autonomy.ts';
import type { Levels } from './levels.ts';
import type { Ground } from './readiness-keeper.ts';

/** How often what agents did is looked at, while any has a lease. */
const LOOK_MS = 60_000;
/** By then a lease is over, and what was done under it has reached the audit log. */
const SETTLED_MS = 15_000;

interface FallSettings {
  /** Whether agents fall by themselves here; else it is only noted that they would. */
  falls: boolean;
  lookMs: number;
}

/** How falls and looks are set. Only the sandbox has a choice. */
export function fallSettings(env: {
  ENVIRONMENT: string;
  AUTONOMY_FALLS?: string;
  AUTONOMY_LOOK_MS?: string;
}): FallSettings {
  const falls = env.ENVIRONMENT !== 'sandbox' || env.AUTONOMY_FALLS === 'enforce';
  return { falls, lookMs: Number(env.AUTONOMY_LOOK_MS) || LOOK_MS };
}

/** An agent that used up its error budget. */
interface Falling {
  level: Level;
  reasons: string[];
  evidence: AgentEvidence;
}

/** Looks at what agents did, and takes down whoever used up its error budget. */
export class Falls {
  readonly #journal: Journal;
  readonly #levels: Levels;
  readonly #at: Ground;
  readonly #settings: FallSettings;
  /** Agents that may have done something since they were looked at, and when each asked for its last lease (Unix ms). */
  readonly #leased = new Map<string, number>();
  #due: number | null = null;
  /** Agents of which it is noted that they would fall. */
  readonly #noted = new Set<string>();

  constructor(journal: Journal, levels: Levels, ground: Ground, settings: FallSettings) {
    this.#journal = journal;
    this.#levels = levels;
    this.#at = ground;
    this.#settings = settings;
  }

  /** Whether agents fall here. */
  get inForce(): boolean {
    return this.#settings.falls;
  }

  /** An agent asked for a lease: what it does is looked at soon. Returns when (Unix ms). */
  leased(agent: string, now: number): number {
    this.#leased.set(agent, now);
    this.#due ??= now + this.#settings.lookMs;
    return this.#due;
  }

  /** For the alarm: looks if that is due. Returns when it is due next; null: nobody can have done anything since. */
  async ring(now: number): Promise<number | null> {
    if (this.#due === null || now < this.#due) return this.#due;
    const agents = [...this.#leased.keys()];
    for (const [agent, at] of this.#leased) if (at + SETTLED_MS <= now) this.#leased.delete(agent);
    this.#due = this.#leased.size > 0 ? now + this.#settings.lookMs : null;
    await this.#look(agents);
    return this.#due;
  }

  async #look(agents: readonly string[]): Promise<void> {
    const manifests = agents
      .map((agent) => this.#levels.manifest(agent))
      .filter((manifest) => manifest !== null)
      // Of one that does not execute nothing can be taken.
      .filter(({ agent }) => this.#levels.of(agent).mode === 'execute');
    const found = await this.#levels.evidence(manifests);
    const blind = manifests.filter(({ agent }) => !found.has(agent));
    for (const { agent } of blind) this.leased(agent, Date.now());
    // Not known is not burnt: a ledger that is away must not stop all work. It is told, and looked at again.
    if (blind.length > 0) console.error(JSON.stringify({ alert: 'autonomy.blind', agents: blind.length }));
    await this.#judge(manifests, found);
  }

  async #judge(manifests: readonly Manifest[], found: ReadonlyMap<string, AgentEvidence>): Promise<void> {
    const falling = manifests.flatMap(({ agent, errorBudget }) => {
      const evidence = found.get(agent);
      const level = this.#levels.of(agent);
      // Counted before a person raised it anew: that is settled.
      if (!evidence || evidence.since < evidenceSince(level, errorBudget, 0)) return [];
      const reasons = fallReasons(level, burn(evidence, errorBudget));
      if (reasons.length === 0) this.#noted.delete(agent);
      return reasons.length === 0 ? [] : [{ level, reasons, evidence }];
    });
    if (falling.length === 0) return;
    if (!this.#settings.falls) return this.#note(falling);
    await this.#at.change(() => {
      for (const { level, reasons, evidence } of falling)
        this.#levels.fall(level, 'fell', { reasons, evidence });
    });
  }

  /** In the sandbox: that it would have fallen, once for each time that it begins to. */
  #note(falling: readonly Falling[]): void {
    const fresh = falling.filter(({ level }) => !this.#noted.has(level.agent));
    if (fresh.length === 0) return;
    this.#at.record((now) => {
      for (const { level, reasons, evidence } of fresh) {
        this.#noted.add(level.agent);
        this.#journal.append('autonomy.would-fall', { agent: level.agent, reasons, evidence }, now);
      }
    });
  }
}
