import { setTimeout as sleep } from 'node:timers/promises';
import { GateClient, type CallOptions, type GateAnswer } from '../../../examples/gate-client.ts';
import type { AgentLimits } from '../../../shared/rpc.ts';
import { askOps, type Access } from '../client.ts';
import { query } from '../command.ts';
import { vendorRecords, type VendorRecord } from '../vendor-state.ts';
import type { Deed } from './script.ts';

/** What a run cannot go on without, said with the remedy. Caught by the runner, which tidies up first. */
export class StageFault extends Error {}

/** Who makes the calls, decides and stops in an exercise. */
export interface Players {
  /** The agents' host. */
  gate: string;
  agent: string;
  credentials: { client_id: string; client_secret: string };
  /** Who runs the exercise. */
  access: Access;
  /** People who approve, in the order in which they are asked. */
  approvers: readonly Access[];
}

/** An entry of the audit log, as far as an exercise looks at it. */
export interface Noted {
  kind: string;
  at: string;
  data: Record<string, unknown>;
}

/** How long a call is waited for after its approval (s). */
const WAIT_SECONDS = 20;
/**
 * Nobody approves sooner. The gate asks the vendor before and after people are asked: at once, both would count against the same
 * second of its limit.
 */
const LOOKED_MS = 1_200;
/** Vendors' limits are of some requests a second. */
const VENDOR_SECONDS = 1.5;
/** How often a call is made where the gate or a vendor says "later", and how long that is waited for at most (s). */
const TRIES = 4;
const LATER_SECONDS = 5;

const because = {
  goal: 'An exercise: nobody needs its result.',
  explanation: 'A script makes this call so that people can practise to notice, stop and take it back.',
};

/** Where an exercise takes place: the agent's calls over HTTPS, the people's decisions, what the vendors hold. */
export class Stage {
  readonly deeds: Deed[] = [];
  readonly #players: Players;
  readonly #client: GateClient;
  readonly #since = new Date().toISOString();
  #exercise = '';
  #afterStop = false;

  constructor(players: Players) {
    this.#players = players;
    this.#client = new GateClient(players.gate, players.credentials);
  }

  /** The exercise that is open from now on: the session of its calls, and the beginning of their keys. */
  begin(exercise: string): void {
    this.#exercise = exercise;
  }

  get exercise(): string {
    return this.#exercise;
  }

  /** From now on each call is one that a stop must refuse. */
  stopConfirmed(): void {
    this.#afterStop = true;
  }

  /** Makes a call as the agent and, where people are asked, has them approve. Refusals are deeds, too. */
  async act(action: string, input: Record<string, unknown>, mode: Deed['mode'] = 'execute'): Promise<Deed> {
    for (let tries = 1; ; tries += 1) {
      const { deed, later } = await this.#once(action, input, mode);
      // A vendor or the gate says "later"; after the stop a refusal is what is to be seen.
      if (later === null || deed.afterStop || tries === TRIES) return deed;
      await sleep(later);
    }
  }

  async #once(
    action: string,
    input: Record<string, unknown>,
    mode: Deed['mode'],
  ): Promise<{ deed: Deed; later: number | null }> {
    const at = Date.now();
    const afterStop = this.#afterStop;
    const key = `${this.#exercise}-${this.deeds.length}`;
    const options: CallOptions = {
      mode,
      session: this.#exercise,
      ...(mode === 'execute' && { key, because }),
    };
    // No answer is a finding of the exercise, not its end.
    const asked = await this.#client.call(action, input, options).catch(() => null);
    const answer = asked?.status === 202 ? await this.#approved(asked) : asked;
    const { call = null, code = null, output = {} } = answer?.body ?? {};
    const deed: Deed = {
      call: typeof call === 'string' ? call : null,
      action,
      mode,
      at,
      endedAt: Date.now(),
      status: answer?.status ?? 0,
      code: typeof code === 'string' ? code : null,
      output: output as Record<string, unknown>,
      afterStop,
    };
    this.deeds.push(deed);
    return { deed, later: laterMs(answer) };
  }

  /** The same where the script cannot go on unless it succeeds. Throws a `StageFault` that says why it did not. */
  async must(action: string, input: Record<string, unknown>, mode: Deed['mode'] = 'execute'): Promise<Deed> {
    const deed = await this.act(action, input, mode);
    if (deed.status === 200) return deed;
    const why = `${deed.status} ${deed.code ?? 'without an answer'}`;
    throw new StageFault(
      `${this.#players.agent} could not ${action} (${why}), so nothing goes wrong here. toolgate call ${deed.call ?? '<id>'} shows why; toolgate manifest show ${this.#players.agent} what it may.`,
    );
  }

  /** People click approve, one after the other, until nobody is asked any more. */
  async #approved(waiting: GateAnswer): Promise<GateAnswer> {
    const { approval, call } = waiting.body;
    await sleep(LOOKED_MS);
    for (const person of this.#players.approvers) {
      const decision = { decision: 'approve', reason: 'as-expected', note: `exercise ${this.#exercise}` };
      const path = `/approvals/${String(approval)}/decision`;
      const decided = await askOps<{ status: string }>(person, 'POST', path, decision);
      if (decided.kind === 'ok' && decided.value.status !== 'waiting') break;
    }
    // Not heard of: as if it still waited, which is no success.
    return this.#client.wait(String(call), WAIT_SECONDS).catch(() => waiting);
  }

  /** Any call of the agent outside of the script, such as a probe. Null: no answer. */
  async tryOut(
    action: string,
    input: Record<string, unknown>,
    mode: 'read' | 'propose',
  ): Promise<GateAnswer | null> {
    const options = mode === 'read' ? { mode } : { mode, because };
    return this.#client.call(action, input, options).catch(() => null);
  }

  /** What the audit log holds of this exercise's calls, of one kind, newest first; none when it does not answer. */
  async noted(kind: string): Promise<Noted[]> {
    const { agent, access } = this.#players;
    const path = `/journal${query({ agent, kind, since: this.#since, limit: '500' })}`;
    const answer = await askOps<{ entries: Noted[] }>(access, 'GET', path);
    if (answer.kind !== 'ok') return [];
    // A call of what is not granted is refused before its body is read, so its entry knows no session.
    const calls = new Set(this.deeds.map(({ call }) => call));
    return answer.value.entries.filter(
      ({ data }) => data['session'] === this.#exercise || calls.has(String(data['call'])),
    );
  }

  /** What the agent used of its budgets; null: the gate does not say. */
  async limits(): Promise<AgentLimits | null> {
    const { agent, access } = this.#players;
    const answer = await askOps<AgentLimits>(access, 'GET', `/agents/${agent}/limits`);
    return answer.kind === 'ok' ? answer.value : null;
  }

  /** Records of a type at a simulated vendor. Throws a `StageFault` when it does not answer: without them nothing is proven. */
  async records(vendor: string, type: string): Promise<VendorRecord[]> {
    const found = await vendorRecords(this.#players.gate, vendor, type);
    if (found) return found;
    throw new StageFault(`The simulated ${vendor} does not say what it holds: toolgate sandbox list.`);
  }
}

/** After how long (ms) a call that surely did nothing is made anew; null: it is not. */
function laterMs(answer: GateAnswer | null): number | null {
  const seconds = Number(answer?.headers.get('retry-after') ?? 0);
  if (seconds > 0) return Math.min(seconds, LATER_SECONDS) * 1000;
  return answer?.body['code'] === 'vendor-failed' ? VENDOR_SECONDS * 1000 : null;
}
