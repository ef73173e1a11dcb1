/** Many agents at work while targets are stopped and resumed, and what the vendor saw of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { covers, type Coverage, type Target } from '../../flags/targets.ts';
import type { Receipt } from '../../shared/rpc.ts';
import { channelOf, type RigAgent, type RigGate } from '../rig/gate.ts';
import type { Seen, Witness } from '../rig/witness.ts';

/** Unix ms; `to` null: still going on. */
interface Span {
  from: number;
  to: number | null;
}

/** A target from when its stop was asked for until its resume was answered. */
interface Stopped extends Span {
  target: Target;
}

interface Call extends Coverage {
  from: number;
  to: number;
  status: number;
}

/** A stop with its receipt. `until`: when its resume was asked for. */
export interface Round {
  target: Target;
  receipt: Receipt;
  until: number;
}

const actions = ['crm.company.read', 'enrichment.company.lookup', 'chat.message.post'] as const;

export class Storm {
  readonly calls: Call[] = [];
  readonly rounds: Round[] = [];
  readonly #gate: RigGate;
  readonly #witness: Witness;
  readonly #stops: Stopped[] = [];
  /** When calls may fail for another reason: the process was down, or the agent's guard was aborted. */
  readonly #outages: (Span & { agent: string | null })[] = [];
  #over = false;
  #keys = 0;

  constructor(gate: RigGate, witness: Witness) {
    this.#gate = gate;
    this.#witness = witness;
  }

  /** All agents at once, each in a loop, until `end`. Resolves when all have stopped. */
  async run(): Promise<void> {
    await Promise.all(this.#gate.agents.map(async (agent) => this.#loop(agent)));
  }

  end(): void {
    this.#over = true;
  }

  async #loop(agent: RigAgent): Promise<void> {
    while (!this.#over) {
      await this.call(agent, actions[Math.floor(Math.random() * actions.length)] ?? actions[0]);
      await sleep(50 + Math.random() * 250);
    }
  }

  async call({ name, workflow }: RigAgent, action: (typeof actions)[number], word = ''): Promise<number> {
    this.#keys += 1;
    const from = Date.now();
    const input = inputOf(name, action, `${this.#keys} ${word}`);
    const mode = action === 'chat.message.post' ? ('execute' as const) : ('read' as const);
    const key = `storm-${this.#keys}`;
    const { status } = await this.#gate.call(
      name,
      action,
      input,
      mode === 'execute' ? { mode, key } : { mode },
    );
    this.calls.push({ agent: name, workflow, tool: toolOf(action), action, from, to: Date.now(), status });
    return status;
  }

  /** Stops a target until it is confirmed, watches for `watchMs`, and resumes. */
  async round(target: Target, watchMs: number): Promise<Round> {
    const stopped: Stopped = { target, from: Date.now(), to: null };
    this.#stops.push(stopped);
    const receipt = await this.#confirmed(await this.stop(target));
    await sleep(watchMs);
    const until = Date.now();
    await this.#gate.resume(target);
    stopped.to = Date.now();
    const round = { target, receipt: (await this.receipt(receipt.id)) ?? receipt, until };
    this.rounds.push(round);
    return round;
  }

  /** Asks for a stop until the gate has said that it took it: on a busy machine it is away for some seconds after a kill. */
  async stop(target: Target): Promise<Receipt> {
    let answered = 0;
    for (let tries = 0; tries < 300; tries += 1) {
      const { status, body } = await this.#gate.ops('operator', 'POST', '/stops', {
        target,
        reason: 'storm',
      });
      if (status === 201) return body as unknown as Receipt;
      answered = status;
      await sleep(100);
    }
    throw new Error(`${target} could not be stopped; the last answer was ${answered}`);
  }

  async receipt(id: string): Promise<Receipt | null> {
    const { status, body } = await this.#gate.ops('operator', 'GET', `/receipts/${id}`);
    return status === 200 ? (body as unknown as Receipt) : null;
  }

  async #confirmed(receipt: Receipt): Promise<Receipt> {
    let seen: Receipt = receipt;
    for (let tries = 0; tries < 200 && seen.status === 'forming'; tries += 1) {
      await sleep(50);
      seen = (await this.receipt(receipt.id)) ?? seen;
    }
    if (seen.status === 'forming') throw new Error(`${receipt.target}: not confirmed within 10 s`);
    return seen;
  }

  /** Kills every process while `during` goes on, and starts again. */
  async kill<T>(afterMs: number, during: Promise<T>): Promise<T> {
    // Awaited at the end; until then a failure of it must not count as unhandled.
    during.catch(() => undefined);
    await sleep(afterMs);
    const outage = { from: Date.now(), to: null as number | null, agent: null };
    this.#outages.push(outage);
    await this.#gate.kill();
    await this.#gate.up();
    // Guards ask for their leases anew; control is up at once.
    outage.to = Date.now() + 1_000;
    return during;
  }

  /** Aborts a guard while a vendor request of its agent is under way. */
  async crash(agent: RigAgent): Promise<void> {
    const outage = { from: Date.now(), to: null as number | null, agent: agent.name };
    this.#outages.push(outage);
    void this.call(agent, 'chat.message.post', 'slow');
    const under = async (): Promise<boolean> => {
      await this.#witness.flush();
      return this.#witness.seen.some(
        ({ at, body }) => at >= outage.from && body.includes(`${agent.name} `) && body.includes('slow'),
      );
    };
    for (let tries = 0; tries < 40 && !(await under()); tries += 1) await sleep(25);
    await this.#gate.crash(agent.name);
    outage.to = Date.now() + 500;
  }

  // ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Vendor requests that arrived under a confirmed stop that covers them. */
  violations(): { round: Round; seen: Seen }[] {
    const seen = this.#witness.seen.map((one) => ({ one, coverage: coverageOf(one, this.#gate.agents) }));
    return this.rounds.flatMap((round) => {
      const confirmed = Date.parse(round.receipt.confirmedAt ?? '');
      return seen
        .filter(
          ({ one, coverage }) => one.at > confirmed && one.at < round.until && covers(round.target, coverage),
        )
        .map(({ one }) => ({ round, seen: one }));
    });
  }

  /** Calls that no stop and no outage touched. */
  untouched(): Call[] {
    return this.calls.filter(
      (call) =>
        !this.#stops.some((stop) => covers(stop.target, call) && meet(stop, call)) &&
        !this.#outages.some((outage) => (outage.agent ?? call.agent) === call.agent && meet(outage, call)),
    );
  }

  /** Executes that reached the vendor, by the id of their call, with the time of arrival. */
  executes(): { call: string; at: number }[] {
    return this.#witness.seen
      .filter(({ path }) => path.startsWith('/api/chat.postMessage'))
      .map(({ at, body }) => ({ at, call: /call_[0-9A-Z]{26}/.exec(body)?.[0] ?? 'unknown' }));
  }
}

function meet(a: Span, b: Span): boolean {
  return a.from <= (b.to ?? Infinity) && b.from <= (a.to ?? Infinity);
}

function toolOf(action: string): string {
  return action.slice(0, action.indexOf('.'));
}

/** Input from which the vendor's log tells whose request it was. */
function inputOf(agent: string, action: (typeof actions)[number], word: string): Record<string, string> {
  switch (action) {
    case 'crm.company.read':
      return { id: `9${agent.slice('agent-'.length)}` };
    case 'enrichment.company.lookup':
      return { domain: `${agent}.example` };
    case 'chat.message.post':
      return { channel: channelOf(agent), text: `${agent} says ${word}` };
  }
}

/** Whose request it was, from what `inputOf` put into it. */
function coverageOf({ path, body }: Seen, agents: readonly RigAgent[]): Coverage {
  const text = path + body;
  const agent = agents.find(
    ({ name }) =>
      text.includes(channelOf(name)) ||
      path.endsWith(`/9${name.slice('agent-'.length)}`) ||
      path.includes(`/9${name.slice('agent-'.length)}?`) ||
      path.includes(`=${name}.`),
  );
  const action = path.startsWith('/api/')
    ? 'chat.message.post'
    : path.startsWith('/crm/')
      ? 'crm.company.read'
      : 'enrichment.company.lookup';
  // A request that nobody can account for must not pass as uncovered.
  if (!agent) throw new Error(`whose request is ${path}?`);
  return { agent: agent.name, workflow: agent.workflow, tool: toolOf(action), action };
}
