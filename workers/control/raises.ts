import { modeRank, type Mode } from '../../shared/contract.ts';
import type { Journal } from '../../shared/journal-store.ts';
import { emptyDirectory } from '../../shared/directory.ts';
import { leashNow } from '../../shared/leash.ts';
import type { Manifest } from '../../shared/manifest.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import type { AgentEvidence, AutonomyChange, AutonomyView, Result, WaitingRaise } from '../../shared/rpc.ts';
import {
  burn,
  highestGrant,
  lowered,
  raised,
  ruleOnRaise,
  shortfalls,
  type Level,
  type RaiseRuling,
} from './autonomy.ts';
import type { AutonomyStore } from './autonomy-store.ts';
import { acted } from './governing.ts';
import type { Levels } from './levels.ts';
import { noAgent, type Ground, type Look, type ReadinessKeeper } from './readiness-keeper.ts';
import { heldDrill } from './readiness.ts';

/** How people change how far agents may go, and what they are shown of it. */
export class Raises {
  readonly #store: AutonomyStore;
  readonly #journal: Journal;
  readonly #levels: Levels;
  readonly #readiness: ReadinessKeeper;
  readonly #at: Ground;

  constructor(
    parts: { store: AutonomyStore; journal: Journal; levels: Levels; readiness: ReadinessKeeper },
    ground: Ground,
  ) {
    this.#store = parts.store;
    this.#journal = parts.journal;
    this.#levels = parts.levels;
    this.#readiness = parts.readiness;
    this.#at = ground;
  }

  /** Every agent in force. `falls`: whether they fall by themselves here. */
  async list(falls: boolean): Promise<AutonomyView[]> {
    const manifests = Object.values(this.#at.governance()?.manifests ?? {});
    const found = await this.#levels.evidence(manifests);
    return manifests.map((manifest) => this.#view(manifest, found.get(manifest.agent) ?? null, falls));
  }

  /** One of two people raises an agent; see `ruleOnRaise`. */
  async raise(agent: string, to: Mode, reason: string, person: Person): Promise<Result<AutonomyChange>> {
    const look = await this.#readiness.look(agent);
    if (!look) return refused(noAgent(agent));
    const before = this.#levels.of(agent);
    const evidence = (await this.#levels.evidence([look.manifest])).get(agent) ?? null;
    // From here on nothing is awaited: what was looked at is what is ruled on, or it is asked again.
    const level = this.#levels.of(agent);
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
    { manifest, readiness, set }: Look,
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
      directory: set.people ?? emptyDirectory,
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
    if (!this.#levels.manifest(agent)) return refused(noAgent(agent));
    const level = this.#levels.of(agent);
    if (modeRank(to) >= modeRank(level.mode)) {
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
    const { mode } = this.#levels.of(agent);
    return { ok: true, value: { agent, mode, status, waiting, epoch: this.#at.epoch() } };
  }

  #view(manifest: Manifest, evidence: AgentEvidence | null, falls: boolean): AutonomyView {
    const { agent, workflow, errorBudget, leash } = manifest;
    const { environment } = this.#at;
    const level = this.#levels.of(agent);
    const grant = this.#levels.grant(agent);
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
      falls,
    };
  }
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
