/** The authority on stops, policies and manifests. It grants leases, makes receipts and follows the sources of stops. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Coverage } from '../../flags/targets.ts';
import type { DecisionSample } from '../../shared/cedar/sample.ts';
import { equalSecrets } from '../../shared/crypto.ts';
import type { ExerciseRecord } from '../../shared/exercise.ts';
import type { Directory } from '../../shared/directory.ts';
import type { Governance } from '../../shared/governance.ts';
import type * as handoffs from '../../shared/handoffs.ts';
import type { Site } from '../../shared/manifest.ts';
import { roles, type Person, type Role } from '../../shared/people.ts';
import type { EvidenceView } from '../../shared/policy-evidence.ts';
import type { Problem } from '../../shared/problems.ts';
import type * as rpc from '../../shared/rpc.ts';
import { asPerson } from './as-person.ts';
import type { Control } from './control.ts';
import { checkDrill } from './drills.ts';
import { checkExerciseEnd, checkExerciseStart } from './exercises.ts';
import { CONTROL_NAME, type Env } from './env.ts';
import { checkEvidence } from './policy-evidence.ts';
import { checkShadow } from './shadow.ts';
import { within } from '../../shared/within.ts';
import { RecheckIntake } from './recheck-intake.ts';
import { compare } from './rechecks.ts';
import {
  checkAgent,
  checkApproval,
  checkFlag,
  checkGovernance,
  checkReceiptQuery,
  checkResume,
  checkSetQuery,
  checkStop,
  checkTarget,
  checkTerms,
  checkVersion,
} from './input.ts';

export { AutonomyDesk } from './autonomy-desk.ts';
export { Control } from './control.ts';

/** For guards. */
export class Leasing extends WorkerEntrypoint<Env> implements rpc.Leasing {
  async ask(
    agent: string,
    incarnation: string,
    haveVersion: string | null,
    haveShadow: string | null = null,
  ): Promise<rpc.LeaseGrant | null> {
    return control(this.env).ask(agent, incarnation, haveVersion, haveShadow);
  }

  async stoppedSince(call: Coverage, epoch: number): Promise<rpc.Covering> {
    return control(this.env).stoppedSince(call, epoch);
  }
}

/** For approvals. */
export class Stoppages extends WorkerEntrypoint<Env> implements rpc.Stoppages {
  async inForce(call: Coverage): Promise<rpc.Covering> {
    return control(this.env).inForce(call);
  }
}

/** For guards: what people had done in the operators' lane. */
export class OperatorsLog extends WorkerEntrypoint<Env> implements rpc.OperatorsLog {
  async acted(act: rpc.OperatorAct, covered: Coverage[]): Promise<void> {
    await control(this.env).acted(act, covered);
  }

  async deferred(agent: string, until: number): Promise<void> {
    await control(this.env).deferred(agent, until);
  }
}

/** For approvals and the notifier: who is who, and who is asked, under the policy set in force. */
export class PeopleDirectory extends WorkerEntrypoint<Env> implements rpc.People {
  async directory(): Promise<Directory> {
    return control(this.env).directory();
  }
}

const intake = new RecheckIntake();

/**
 * For guards: samples of what they decided. Compared here, in memory and outside the object, so that nothing of a call is
 * stored and no stop waits behind a sample.
 */
export class Rechecks extends WorkerEntrypoint<Env> implements rpc.Rechecks {
  async samples(samples: DecisionSample[], unsent: number): Promise<void> {
    const taken = samples.slice(0, intake.room(samples.length));
    const authority = control(this.env);
    const compared = compare(taken, this.env.CEDAR, async (version) => authority.policiesOf(version));
    const dropped = unsent + samples.length - taken.length;
    const told = await intake.take(compared, dropped, Date.now);
    if (told) await authority.rechecked(told);
  }
}

/** For guards: who may have done something, also of those that no manifest names any more. */
export class Registry extends WorkerEntrypoint<Env> implements rpc.Registry {
  async agents(): Promise<string[]> {
    return control(this.env).agents();
  }
}

/** For triage: who answers for an agent. */
export class Duties extends WorkerEntrypoint<Env> implements handoffs.Duties {
  async terms(agent: string): Promise<handoffs.TriageTerms | null> {
    return control(this.env).terms(agent);
  }
}

/** For leads. */
export class Sites extends WorkerEntrypoint<Env> implements rpc.Sites {
  async site(id: string): Promise<Site | null> {
    return control(this.env).site(id);
  }
}

/** A watcher's look at a receipt waits no longer. */
const WATCH_MS = 5_000;

/** Longer than a probe may take. */
const SCHEDULED_MS = 15_000;

const mayStop: readonly Role[] = ['operator', 'incident-commander', 'owner'];
const mayLook: readonly Role[] = ['operator', 'approver', 'incident-commander', 'owner', 'auditor'];

/** Whoever works on policies or decides about them. */
const mayRecord: readonly Role[] = ['operator', 'approver', 'incident-commander', 'owner'];

/** What fits into one answer, and more than one agent's manifest changes in years. */
const MANIFESTS_MAX = 100;
/** A candidate in shadow decides nothing, but every guard spends time on it. */
const mayShadow: readonly Role[] = ['owner'];

/** For the console. Each method checks the person here, so that a broken console can impersonate nobody. */
export class ControlDesk extends WorkerEntrypoint<Env> implements rpc.ControlDesk {
  async stop(credential: string | null, input: unknown): Promise<rpc.Result<rpc.Receipt>> {
    return this.#as(credential, mayStop, async (person) => {
      const checked = checkStop(input);
      return checked.ok
        ? { ok: true, value: await control(this.env).stop(checked.value, person, credential ?? '') }
        : checked;
    });
  }

  /** Alone or not, whoever may stop may resume: at night a lone operator is all there is. See `ruleOnResume`. */
  async resume(
    credential: string | null,
    target: string,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.Resumed>> {
    return this.#as(credential, mayStop, async (person) => {
      const checked = checkResume(target, input);
      return checked.ok ? control(this.env).resume(checked.value, person, request) : checked;
    });
  }

  async stops(credential: string | null): Promise<rpc.Result<rpc.StopsView>> {
    return this.#as(credential, mayLook, async () => ({ ok: true, value: await control(this.env).stops() }));
  }

  async receipt(credential: string | null, id: string): Promise<rpc.Result<rpc.Receipt>> {
    return this.#as(credential, mayLook, async () => {
      const receipt = await control(this.env).receipt(id);
      return receipt ? { ok: true, value: receipt } : noReceipt();
    });
  }

  async preview(credential: string | null, target: string): Promise<rpc.Result<rpc.StopPreview>> {
    return this.#as(credential, mayLook, async () => {
      const checked = checkTarget(target);
      return checked.ok ? { ok: true, value: await control(this.env).preview(checked.value) } : checked;
    });
  }

  async probe(credential: string | null): Promise<rpc.Result<rpc.HaltProbe>> {
    return this.#as(credential, mayLook, async () => ({ ok: true, value: await control(this.env).probe() }));
  }

  async receipts(credential: string | null, query: unknown): Promise<rpc.Result<rpc.ReceiptPage>> {
    return this.#as(credential, mayLook, async () => {
      const checked = checkReceiptQuery(query);
      return checked.ok ? { ok: true, value: await control(this.env).listReceipts(checked.value) } : checked;
    });
  }

  async progress(
    credential: string | null,
    id: string,
    since: string | null,
    waitMs: number,
  ): Promise<rpc.Result<rpc.Progress>> {
    return this.#as(credential, mayLook, async () => {
      const wait = Math.min(Math.max(0, waitMs), WATCH_MS);
      const progress = await control(this.env).progress(id, since, wait);
      if (progress === 'busy') return tooMany();
      return progress === null ? noReceipt() : { ok: true, value: progress };
    });
  }

  async recordDrill(credential: string | null, input: unknown): Promise<rpc.Result<rpc.DrillRecord>> {
    return this.#as(credential, mayStop, async (person) => {
      const checked = checkDrill(input);
      return checked.ok ? control(this.env).recordDrill(checked.value, person) : checked;
    });
  }

  async drills(credential: string | null): Promise<rpc.Result<rpc.DrillRecord[]>> {
    return this.#as(credential, mayLook, async () => ({ ok: true, value: await control(this.env).drills() }));
  }

  async startExercise(credential: string | null, input: unknown): Promise<rpc.Result<ExerciseRecord>> {
    return this.#as(credential, mayStop, async (person) => {
      const checked = checkExerciseStart(input);
      return checked.ok ? control(this.env).startExercise(checked.value, person) : checked;
    });
  }

  async endExercise(
    credential: string | null,
    id: string,
    input: unknown,
  ): Promise<rpc.Result<ExerciseRecord>> {
    return this.#as(credential, mayStop, async (person) => {
      const checked = checkExerciseEnd(input);
      return checked.ok ? control(this.env).endExercise(id, checked.value, person) : checked;
    });
  }

  async exercise(credential: string | null, id: string): Promise<rpc.Result<ExerciseRecord>> {
    return this.#as(credential, mayLook, async () => control(this.env).exercise(id));
  }

  async exercises(credential: string | null): Promise<rpc.Result<ExerciseRecord[]>> {
    return this.#as(credential, mayLook, async () => {
      return { ok: true, value: await control(this.env).exercises() };
    });
  }

  async apply(
    credential: string | null,
    input: Governance,
    request: string,
    terms: unknown = {},
  ): Promise<rpc.Result<rpc.Applied>> {
    return this.#governing(credential, 'by', async (person) => {
      const [set, how] = [checkGovernance(input), checkTerms(terms)];
      if (!set.ok) return set;
      return how.ok ? control(this.env).apply(set.value, how.value, person, request) : how;
    });
  }

  async approve(
    credential: string | null,
    version: string,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.Applied>> {
    return this.#governing(credential, 'approve', async (person) => {
      const checked = checkApproval(version, input);
      return checked.ok
        ? control(this.env).approve(checked.value.version, checked.value.reason, person, request)
        : checked;
    });
  }

  async rollback(
    credential: string | null,
    version: string,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.Applied>> {
    return this.#governing(credential, 'by', async (person) => {
      const checked = checkApproval(version, input);
      return checked.ok
        ? control(this.env).rollback(checked.value.version, checked.value.reason, person, request)
        : checked;
    });
  }

  async governance(credential: string | null, query: unknown): Promise<rpc.Result<rpc.SetPage>> {
    return this.#as(credential, mayLook, async () => {
      const checked = checkSetQuery(query);
      if (!checked.ok) return checked;
      const { limit, before } = checked.value;
      return { ok: true, value: await control(this.env).policySets(limit, before) };
    });
  }

  async policySet(credential: string | null, version: string): Promise<rpc.Result<rpc.StoredSet>> {
    return this.#as(credential, mayLook, async () => {
      const checked = checkVersion(version);
      if (!checked.ok) return checked;
      const stored = await control(this.env).policySet(checked.value);
      return stored ? { ok: true, value: stored } : noSet();
    });
  }

  async evidence(credential: string | null, version: string): Promise<rpc.Result<EvidenceView>> {
    return this.#as(credential, mayLook, async () => {
      const checked = checkVersion(version);
      return checked.ok ? control(this.env).evidence(checked.value) : checked;
    });
  }

  async recordEvidence(
    credential: string | null,
    version: string,
    input: unknown,
  ): Promise<rpc.Result<EvidenceView>> {
    return this.#as(credential, mayRecord, async (person) => {
      const [named, sent] = [checkVersion(version), checkEvidence(input)];
      if (!named.ok) return named;
      return sent.ok ? control(this.env).recordEvidence(named.value, sent.value, person) : sent;
    });
  }

  async manifests(credential: string | null, agent: string): Promise<rpc.Result<rpc.ManifestVersion[]>> {
    return this.#as(credential, mayLook, async () => {
      const checked = checkAgent(agent);
      if (!checked.ok) return checked;
      const value = await control(this.env).manifests(checked.value, MANIFESTS_MAX);
      return value.length > 0 ? { ok: true, value } : noAgent();
    });
  }

  async shadow(credential: string | null): Promise<rpc.Result<{ shadow: rpc.ShadowView | null }>> {
    return this.#as(credential, mayLook, async () => {
      return { ok: true, value: { shadow: await control(this.env).shadow() } };
    });
  }

  async setShadow(
    credential: string | null,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.ShadowView>> {
    return this.#as(credential, mayShadow, async (person) => {
      const checked = checkShadow(input, Date.now());
      return checked.ok ? control(this.env).setShadow(checked.value, person, request) : checked;
    });
  }

  async endShadow(credential: string | null, request: string): Promise<rpc.Result<rpc.ShadowView>> {
    return this.#as(credential, mayShadow, async (person) => control(this.env).endShadow(person, request));
  }

  async flags(credential: string | null): Promise<rpc.Result<rpc.FlagsView>> {
    return this.#as(credential, mayLook, async () => ({ ok: true, value: await control(this.env).flags() }));
  }

  async setFlag(
    credential: string | null,
    name: string,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.FlagView>> {
    return this.#as(credential, mayStop, async (person) => {
      const checked = checkFlag(input);
      return checked.ok ? control(this.env).setFlag(name, checked.value, person, request) : checked;
    });
  }

  /** Who may do what is for the rights in force to say, so any role gets as far as those. */
  async #governing<T>(
    credential: string | null,
    side: 'by' | 'approve',
    act: (person: Person) => Promise<rpc.Result<T>>,
  ): Promise<rpc.Result<T>> {
    return this.#as(credential, roles, async (person) => {
      const problem = await control(this.env).door(person, side);
      return problem ? { ok: false, problem } : act(person);
    });
  }

  async #as<T>(
    credential: string | null,
    allowed: readonly Role[],
    act: (person: Person) => Promise<rpc.Result<T>>,
  ): Promise<rpc.Result<T>> {
    return asPerson(credential, allowed, this.env, act);
  }
}

function noReceipt(): { ok: false; problem: Problem } {
  return { ok: false, problem: { code: 'not-found', detail: 'There is no such receipt.' } };
}

function noSet(): { ok: false; problem: Problem } {
  const detail = 'No such policy set was ever in force here.';
  return { ok: false, problem: { code: 'not-found', detail } };
}

function noAgent(): { ok: false; problem: Problem } {
  return {
    ok: false,
    problem: { code: 'not-found', detail: 'No agent of this name ever had a manifest here.' },
  };
}

function tooMany(): { ok: false; problem: Problem } {
  const detail = 'Too many watch receipts now. The receipt itself can still be read.';
  return { ok: false, problem: { code: 'limited', detail, retryAfter: 5 } };
}

function control(env: Env): Control {
  return env.CONTROL.getByName(CONTROL_NAME);
}

/** Unleash's webhook, and nothing else. */
async function hook(request: Request, env: Env): Promise<Response> {
  // Nothing that is sent is read, so that nothing that is sent can matter.
  await request.body?.cancel();
  const secret = env.UNLEASH_WEBHOOK_SECRET;
  if (!secret) return new Response(null, { status: 404 });
  const { pathname } = new URL(request.url);
  if (pathname !== '/hooks/unleash') return new Response(null, { status: 404 });
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } });
  const sent = request.headers.get('authorization') ?? '';
  // Unleash sends just what was typed there, so the word may stand before it or not.
  if (!equalSecrets(sent.replace(/^Bearer /, ''), secret)) return new Response(null, { status: 401 });
  await control(env).hint();
  return new Response(null, { status: 204 });
}

export default {
  fetch: hook,
  /** Each minute in production. While leases are out control probes by its own alarm; this also sees to an idle one. */
  async scheduled(_event: unknown, env: Env): Promise<void> {
    try {
      await within(SCHEDULED_MS, control(env).scheduledProbe());
    } catch (error) {
      // Said from outside the object: one that does not answer cannot raise the alert itself.
      console.error(JSON.stringify({ alert: 'control.unreachable', error: String(error) }));
    }
  },
};
