import { canonical } from '../../../../shared/canonical.ts';
import { readDispatch } from '../../../../shared/dispatch-token.ts';
import type { ApprovalRequests, Leasing, ToolApi } from '../../../../shared/rpc.ts';
import type { Outcome } from '../../../../shared/outcome.ts';
import type { Target } from '../../../../flags/targets.ts';
import { vi } from 'vitest';
import { ModelApprovals } from './approvals.ts';
import { ACTION, AGENT, ModelControl, type Level } from './control.ts';
import { ModelGuard, newStorage } from './guard.ts';

export const people = [
  'ada@acme.example',
  'bob@acme.example',
  'cyd@acme.example',
  'user@toolgate.example',
] as const;
/** The one whom the agent acts for; may not approve. */
const user = 'user@toolgate.example';
export const targets: Target[] = ['all', `agent:${AGENT}`, 'tool:crm', 'tool:chat', `action:${ACTION}`];

/** A move, and whether what it began is waited for before the next one. */
export type Move = Step & { thenSettle: boolean };

export type Step =
  | { do: 'ask'; value: number }
  | { do: 'decide'; of: number; by: number; yes: boolean }
  | { do: 'edit'; of: number; by: number; value: number }
  | { do: 'stop'; target: number }
  | { do: 'resume-all' }
  | { do: 'govern'; level: Level }
  | { do: 'wait'; seconds: number }
  | { do: 'hint'; of: number }
  | { do: 'take-and-die'; of: number }
  | { do: 'lose' }
  | { do: 'evict' };

/** What the model itself knows of a call, apart from the code that is tried. */
interface Call {
  id: string;
  approval: string | null;
  /** The text that each digest stands for. */
  texts: Map<string, string>;
  /** Whose yes was counted, and to which text. */
  yeses: { by: string; text: string; epoch: number }[];
  editors: Set<string>;
}

/** A guard, approvals and control together, with an account of their own of who said yes to what. */
export class World {
  readonly control = new ModelControl();
  readonly approvals = new ModelApprovals();
  readonly calls: Call[] = [];
  /** What must never be; empty as long as all is well. */
  readonly wrongs: string[] = [];
  readonly #storage = newStorage();
  #guard: ModelGuard;
  #life: Life = { gone: false };
  #pending: Promise<unknown>[] = [];
  #asked = 0;
  readonly #runsOf = new Map<string, number>();

  private constructor() {
    this.#guard = this.#newGuard();
  }

  static async begin(): Promise<World> {
    const world = new World();
    await world.#guard.load();
    return world;
  }

  /** Approved calls that ran. */
  get ran(): number {
    return this.calls.filter(({ id, approval }) => approval !== null && this.#runsOf.has(id)).length;
  }

  async do(move: Move): Promise<void> {
    this.#pending.push(this.#one(move).catch(() => undefined));
    if (move.thenSettle) await this.settle();
    // What was begun goes on a little, and the next move comes in between.
    else for (let tick = 0; tick < 3; tick += 1) await Promise.resolve();
  }

  async settle(): Promise<void> {
    while (this.#pending.length > 0) await Promise.all(this.#pending.splice(0));
  }

  async #one(move: Move): Promise<void> {
    switch (move.do) {
      case 'ask':
        return this.#ask(move.value);
      case 'decide':
        return this.#decide(this.#call(move.of), person(move.by), move.yes);
      case 'edit':
        return this.#edit(this.#call(move.of), person(move.by), move.value);
      case 'stop': {
        const target = targets[move.target % targets.length] ?? 'all';
        this.control.stop(target);
        this.approvals.stopped(target, this.control.epoch);
        return this.#push();
      }
      case 'resume-all':
        this.control.resume();
        return this.#push();
      case 'govern':
        this.control.govern(move.level);
        return this.#push();
      case 'wait':
        vi.setSystemTime(Date.now() + move.seconds * 1000);
        return undefined;
      case 'hint':
        return this.#guard.resume(this.#call(move.of)?.id ?? '');
      case 'take-and-die': {
        const call = this.#call(move.of);
        if (call?.approval) await this.approvals.take('model', call.approval, [...call.texts.keys()]);
        return this.#evict();
      }
      case 'lose':
        this.approvals.lose = true;
        return undefined;
      case 'evict':
        return this.#evict();
    }
  }

  #call(of: number): Call | undefined {
    return this.calls[of % Math.max(1, this.calls.length)];
  }

  async #ask(value: number): Promise<void> {
    const call: Call = {
      id: '',
      approval: null,
      texts: new Map(),
      yeses: [],
      editors: new Set(),
    };
    this.calls.push(call);
    this.#asked += 1;
    const input = inputOf(value);
    const answer = await this.#guard.call(input, `key-${this.#asked}`);
    const told = JSON.parse(answer.body) as { call: string; approval?: string };
    call.id = told.call;
    call.approval = told.approval ?? null;
    const digest = call.approval === null ? undefined : this.approvals.all.get(call.approval)?.digest;
    if (digest !== undefined) call.texts.set(digest, canonical(input));
  }

  async #decide(call: Call | undefined, by: string, yes: boolean): Promise<void> {
    const approval = call?.approval ? this.approvals.get(call.approval) : undefined;
    if (!call || !approval) return;
    const text = call.texts.get(approval.digest) ?? 'unknown';
    const stops = { epoch: this.control.epoch, stoppedBy: this.#stopping() };
    if (!this.approvals.decide(approval.id, by, yes, stops)) return;
    if (yes) call.yeses.push({ by, text, epoch: this.control.epoch });
    await this.#guard.resume(call.id);
  }

  async #edit(call: Call | undefined, by: string, value: number): Promise<void> {
    const approval = call?.approval ? this.approvals.get(call.approval) : undefined;
    if (!call || !approval) return;
    const edits = [{ pointer: '/company', value: inputOf(value).company }];
    const amended = await this.#guard.amendments.amend({ call: call.id, from: approval.digest, edits, by });
    if (!amended.ok) return;
    const { digest, needs } = amended.value.request;
    const text = canonical(inputOf(value));
    call.texts.set(digest, text);
    const stops = { epoch: this.control.epoch, stoppedBy: this.#stopping() };
    if (!this.approvals.revise(approval.id, by, approval.digest, amended.value, stops)) return;
    call.editors.add(by);
    if (needs <= 1) call.yeses.push({ by, text, epoch: this.control.epoch });
    await this.#guard.resume(call.id);
  }

  /** Stops in force that cover what is asked here. */
  #stopping(): Target[] {
    return this.control.inForce().filter((target) => target !== 'tool:chat');
  }

  async #push(): Promise<void> {
    void this.#guard.leases.tokens.push(this.#guard.incarnation, this.control.epoch);
    return Promise.resolve();
  }

  async #evict(): Promise<void> {
    this.#guard = this.#newGuard();
    await this.#guard.load();
  }

  #newGuard(): ModelGuard {
    this.#life.gone = true;
    const life = { gone: false };
    this.#life = life;
    const others = {
      leasing: whileAlive<Leasing>(this.control, life),
      approvals: whileAlive<ApprovalRequests>(this.approvals, life),
      tool: whileAlive<Pick<ToolApi, 'run' | 'preview'>>(
        {
          run: async (token: string, text: string): Promise<Outcome> => {
            this.#runs(readDispatch(token)?.call ?? '', text);
            return Promise.resolve({ kind: 'succeeded', output: {} });
          },
          preview: async () =>
            Promise.resolve({ kind: 'failed' as const, reason: 'unavailable' as const, detail: 'none here' }),
        },
        life,
      ),
    };
    return new ModelGuard(this.#storage, others);
  }

  /** The moment of truth: the tool is asked to run this text. */
  #runs(id: string, text: string): void {
    const times = (this.#runsOf.get(id) ?? 0) + 1;
    this.#runsOf.set(id, times);
    if (times > 1) this.wrongs.push('ran twice');
    if (this.#stopping().length > 0) this.wrongs.push('ran while stopped');
    const { level } = this.control;
    if (level === 3) this.wrongs.push('ran though policy denies it');
    const call = this.calls.find((one) => one.id === id);
    if (!call?.approval) {
      // It needed nobody: nobody could have decided on it before it was answered.
      if (level !== 0) this.wrongs.push('ran with nobody asked');
      return;
    }
    const yeses = call.yeses.filter((yes) => yes.text === text && yes.by !== user);
    const counting = level === 2 ? yeses.filter(({ by }) => !call.editors.has(by)) : yeses;
    const distinct = new Set(counting.map(({ by }) => by)).size;
    if (distinct < Math.max(1, level)) this.wrongs.push(`ran with ${distinct} of ${level} people`);
    const last = Math.max(...counting.map(({ epoch }) => epoch));
    const since = this.control.stoppings.some(
      ({ target, begun, lifted }) => target !== 'tool:chat' && (begun > last || (lifted ?? Infinity) > last),
    );
    if (since) this.wrongs.push('ran though it was stopped after it was approved');
  }
}

interface Life {
  gone: boolean;
}

/** What a guard reaches until it is evicted: from then on it reaches nobody, whatever it still thinks. */
function whileAlive<T extends object>(other: T, life: Life): T {
  return new Proxy(other, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...given: unknown[]): Promise<unknown> => {
        if (life.gone) throw new Error('this guard is gone');
        return (await Reflect.apply(method, target, given)) as unknown;
      };
    },
  });
}

function inputOf(value: number): { id: string; company: string } {
  return { id: '42', company: `Company ${value % 3}` };
}

function person(at: number): string {
  return people[at % people.length] ?? people[0];
}
