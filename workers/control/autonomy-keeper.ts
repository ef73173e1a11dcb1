import { modeRank, type Mode } from '../../shared/contract.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Journal } from '../../shared/journal-store.ts';
import { leashNow } from '../../shared/leash.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type {
  AgentEvidence,
  AutonomyChange,
  AutonomyGrant,
  AutonomyView,
  Evidence,
  Result,
  WaitingRaise,
} from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import {
  burn,
  evidenceSince,
  fallReasons,
  granted,
  highestGrant,
  lowered,
  raised,
  ruleOnRaise,
  shortfalls,
  startLevel,
  type Level,
  type RaiseRuling,
} from './autonomy.ts';
import type { AutonomyStore } from './autonomy-store.ts';
import { basisOf, changedSince, type Basis } from './basis.ts';
import { acted } from './governing.ts';
import { EVIDENCE_MS, noAgent, type Ground, type Look, type ReadinessKeeper } from './readiness-keeper.ts';
import { heldDrill } from './readiness.ts';

/** How often what agents did is looked at, while any has a lease. */
const LOOK_MS = 60_000;
/** By then a lease is over, and what was done under it has reached the audit log. */
const SETTLED_MS = 15_000;
/** Agents that the ledger is asked about at once. */
const ASKED_AT_ONCE = 200;
/** The journal names so many changes, and counts the rest. */
const NAMED_MAX = 30;

interface Settings {
  /** Whether agents fall by themselves here; else it is only noted that they would. */
  falls: boolean;
  lookMs: number;
}

/** How falls and looks are set. Only the sandbox has a choice. */
export function autonomySettings(env: {
  ENVIRONMENT: string;
  AUTONOMY_FALLS?: string;
  AUTONOMY_LOOK_MS?: string;
}): Settings {
  const falls = env.ENVIRONMENT !== 'sandbox' || env.AUTONOMY_FALLS === 'enforce';
  return { falls, lookMs: Number(env.AUTONOMY_LOOK_MS) || LOOK_MS };
}

/** How far agents may go: what leases say of it, how people change it, and how it falls. The rules are pure (`autonomy.ts`). */
export class AutonomyKeeper {
  readonly #store: AutonomyStore;
  readonly #journal: Journal;
  readonly #evidence: Evidence;
  readonly #readiness: ReadinessKeeper;
  readonly #at: Ground;
  readonly #settings: Settings;
  /** Version of the set that launches were last held against. */
  #judged: string | null;
  /** Agents that may have done something since they were looked at, and when each asked for its last lease (Unix ms). */
  readonly #leased = new Map<string, number>();
  #due: number | null = null;
  /** Agent -> why it would fall, as it was noted. */
  readonly #noted = new Map<string, string>();

  constructor(
    parts: { store: AutonomyStore; journal: Journal; evidence: Evidence; readiness: ReadinessKeeper },
    ground: Ground,
    settings: Settings,
  ) {
    this.#store = parts.store;
    this.#journal = parts.journal;
    this.#evidence = parts.evidence;
    this.#readiness = parts.readiness;
    this.#at = ground;
    this.#settings = settings;
    this.#judged = ground.governance()?.version ?? null;
  }

  // ── for grants ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** What a lease says. From memory: a grant is one step. */
  grant(agent: string): AutonomyGrant {
    const level = this.#level(agent);
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
    if (changed.length > 0) this.#fall(level, 'reopened', { changed: named(changed) });
  }

  /** An agent without a manifest. Another one of its name must not inherit a launch, nor days off the leash. */
  #forget({ agent, mode }: Level): void {
    this.#store.forget(agent);
    this.#journal.append('autonomy.forgotten', { agent, from: mode, epoch: this.#at.epoch() }, Date.now());
  }

  #level(agent: string): Level {
    return this.#store.level(agent) ?? startLevel(agent, this.#at.environment);
  }

  #fall(level: Level, cause: 'fell' | 'reopened', why: EntryData): void {
    const now = Date.now();
    const { agent } = level;
    this.#store.setLevel(lowered(level, 'propose', cause, [], now));
    const epoch = this.#at.epoch();
    this.#journal.append(`autonomy.${cause}`, { agent, from: level.mode, to: 'propose', ...why, epoch }, now);
    console.error(JSON.stringify({ alert: `autonomy.${cause}`, agent, epoch }));
  }

  // ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async list(): Promise<AutonomyView[]> {
    const manifests = Object.values(this.#at.governance()?.manifests ?? {});
    const found = await this.#count(manifests);
    return manifests.map((manifest) => this.#view(manifest, found.get(manifest.agent) ?? null));
  }

  /** One of two people raises an agent; see `ruleOnRaise`. */
  async raise(agent: string, to: Mode, reason: string, person: Person): Promise<Result<AutonomyChange>> {
    const look = await this.#readiness.look(agent);
    if (!look) return refused(noAgent(agent));
    const before = this.#level(agent);
    const evidence = (await this.#count([look.manifest])).get(agent) ?? null;
    // From here on nothing is awaited: what was looked at is what is ruled on, or it is asked again.
    const level = this.#level(agent);
    if (this.#at.governance() !== look.set || level.since !== before.since) return refused(movedOn);
    const ruling = this.#rule(look, level, evidence, { to, reason, by: person.email });
    switch (ruling.kind) {
      case 'no-raise':
      case 'not-granted':
      case 'locked':
      case 'own':
        return refused(problemOf(ruling, level, to));
      case 'waits':
        return this.#wait(ruling.first, evidence, person);
      case 'raised':
        return this.#raise(level, ruling.first, { look, evidence, person, reason });
    }
  }

  #rule(
    { manifest, readiness }: Look,
    level: Level,
    evidence: AgentEvidence | null,
    said: { to: Mode; reason: string; by: string },
  ): RaiseRuling {
    const failing = readiness.checks.filter(({ status }) => status !== 'pass');
    const ask = {
      ...said,
      level,
      basis: readiness.basis,
      highest: highestGrant(manifest),
      failing: failing.map(({ id, status, evidence }) => `${id} ${status}${evidence ? `: ${evidence}` : ''}`),
      missing: shortfalls(evidence, manifest.errorBudget),
      environment: this.#at.environment,
    };
    return ruleOnRaise(ask, this.#store.waiting(level.agent), Date.now());
  }

  #wait(first: WaitingRaise, evidence: AgentEvidence | null, person: Person): Result<AutonomyChange> {
    const { agent, to, reason, until } = first;
    this.#at.record((now) => {
      this.#store.wait(first);
      const said = { ...acted(person), agent, to, reason, until, evidence };
      this.#journal.append('autonomy.raise-asked', said, now);
    });
    return this.#changed(agent, 'waiting', first);
  }

  async #raise(
    level: Level,
    first: WaitingRaise,
    with_: { look: Look; evidence: AgentEvidence | null; person: Person; reason: string },
  ): Promise<Result<AutonomyChange>> {
    const { look, evidence, person, reason } = with_;
    const { agent, environment, basis, checks, policyVersion } = look.readiness;
    await this.#at.change((epoch) => {
      const now = Date.now();
      const next = raised(level, person.email, first, environment, now);
      if (next.basis !== null) this.#store.keepBasis(look.basis);
      this.#store.setLevel(next);
      const ready = checks.map(({ id, status, evidence }) => ({ id, status, evidence }));
      const record = { basis, policyVersion, evidence, ready };
      const said = { ...acted(person), people: next.by, agent, from: level.mode, to: next.mode, reason };
      this.#journal.append('autonomy.raised', { ...said, ...record, epoch }, now);
    });
    return this.#changed(agent, 'changed', null);
  }

  /** One person takes an agent down, at once. */
  async lower(agent: string, to: Mode, reason: string, person: Person): Promise<Result<AutonomyChange>> {
    if (!this.#manifest(agent)) return refused(noAgent(agent));
    const level = this.#level(agent);
    if (!isBelow(to, level.mode)) {
      return refused({
        code: 'conflict',
        detail: `${agent} may ${level.mode}, which is no more than ${to}.`,
      });
    }
    await this.#at.change((epoch) => {
      const now = Date.now();
      this.#store.setLevel(lowered(level, to, 'lowered', [person.email], now));
      const said = { ...acted(person), agent, from: level.mode, to, reason, epoch };
      this.#journal.append('autonomy.lowered', said, now);
    });
    return this.#changed(agent, 'changed', null);
  }

  #changed(
    agent: string,
    status: AutonomyChange['status'],
    waiting: WaitingRaise | null,
  ): Result<AutonomyChange> {
    const { mode } = this.#level(agent);
    return { ok: true, value: { agent, mode, status, waiting, epoch: this.#at.epoch() } };
  }

  #view(manifest: Manifest, evidence: AgentEvidence | null): AutonomyView {
    const { agent, workflow, errorBudget, leash } = manifest;
    const { environment } = this.#at;
    const level = this.#level(agent);
    const grant = this.grant(agent);
    const now = Date.now();
    const waiting = this.#store.waiting(agent);
    return {
      ...grant,
      agent,
      workflow,
      by: level.by,
      leash: grant.mode === 'execute' ? leashNow(leash, environment, grant.executeSince, now) : null,
      evidence,
      burn: evidence ? burn(evidence, errorBudget) : [],
      drill: heldDrill(manifest, this.#at.drills(), environment)?.id ?? null,
      waiting: waiting && now < Date.parse(waiting.until) ? waiting : null,
      falls: this.#settings.falls,
    };
  }

  // ── falling by itself ────────────────────────────────────────────────────────────────────────────────────────────

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
      .map((agent) => this.#manifest(agent))
      .filter((manifest) => manifest !== null)
      // Of one that does not execute nothing can be taken.
      .filter(({ agent }) => this.#level(agent).mode === 'execute');
    const found = await this.#count(manifests);
    const blind = manifests.filter(({ agent }) => !found.has(agent));
    for (const { agent } of blind) this.leased(agent, Date.now());
    // Not known is not burnt: a ledger that is away must not stop all work. It is told, and looked at again.
    if (blind.length > 0) console.error(JSON.stringify({ alert: 'autonomy.blind', agents: blind.length }));
    await this.#judge(manifests, found);
  }

  async #judge(manifests: readonly Manifest[], found: ReadonlyMap<string, AgentEvidence>): Promise<void> {
    const falling = manifests.flatMap(({ agent, errorBudget }) => {
      const evidence = found.get(agent);
      const level = this.#level(agent);
      // Counted before a person raised it anew: that is settled.
      if (!evidence || evidence.since < evidenceSince(level, errorBudget, 0)) return [];
      const reasons = fallReasons(level, burn(evidence, errorBudget));
      if (reasons.length === 0) this.#noted.delete(agent);
      return reasons.length === 0 ? [] : [{ level, reasons, evidence }];
    });
    if (falling.length === 0) return;
    if (!this.#settings.falls) return this.#note(falling);
    await this.#at.change(() => {
      for (const { level, reasons, evidence } of falling) this.#fall(level, 'fell', { reasons, evidence });
    });
  }

  /** In the sandbox: that it would have fallen, once for each time that it begins to. */
  #note(falling: readonly { level: Level; reasons: string[]; evidence: AgentEvidence }[]): void {
    const fresh = falling.filter(({ level }) => !this.#noted.has(level.agent));
    if (fresh.length === 0) return;
    this.#at.record((now) => {
      for (const { level, reasons, evidence } of fresh) {
        this.#noted.set(level.agent, reasons.join('; '));
        this.#journal.append('autonomy.would-fall', { agent: level.agent, reasons, evidence }, now);
      }
    });
  }

  /** By agent; whoever is not in it is not known. */
  async #count(manifests: readonly Manifest[]): Promise<Map<string, AgentEvidence>> {
    const now = Date.now();
    const asks = manifests.map(({ agent, errorBudget }) => ({
      agent,
      since: evidenceSince(this.#level(agent), errorBudget, now),
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

  #manifest(agent: string): Manifest | null {
    const manifests = this.#at.governance()?.manifests ?? {};
    return Object.hasOwn(manifests, agent) ? (manifests[agent] ?? null) : null;
  }
}

function isBelow(to: Mode, mode: Mode): boolean {
  return modeRank(to) < modeRank(mode);
}

function named(lines: readonly string[]): string[] {
  const more = lines.length - NAMED_MAX;
  return more > 0 ? [...lines.slice(0, NAMED_MAX), `and ${more} more`] : [...lines];
}

function problemOf(
  ruling: Exclude<RaiseRuling, { kind: 'waits' | 'raised' }>,
  { agent, mode }: Level,
  to: Mode,
): Problem {
  switch (ruling.kind) {
    case 'no-raise':
      return { code: 'conflict', detail: `${agent} may ${mode} already, which is no less than ${to}.` };
    case 'not-granted':
      return { code: 'conflict', detail: `The manifest of ${agent} grants nothing in mode ${to}.` };
    case 'own':
      return {
        code: 'forbidden',
        detail: 'You asked for this raise, so another person must put it in force.',
      };
    case 'locked':
      return {
        code: 'conflict',
        detail: `${agent} cannot be let execute yet. ${ruling.why.join('. ')}.`,
        because: ruling.why,
      };
  }
}

const movedOn: Problem = {
  code: 'conflict',
  detail: 'The policy set or the agent’s level changed while it was looked at. Look again and ask again.',
};

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
