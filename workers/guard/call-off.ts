import { mayCover, type Target } from '../../flags/targets.ts';
import type { InFlight } from '../../shared/rpc.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Book } from './book.ts';
import type { CallRow } from './calls.ts';
import { callOff } from './dispatch.ts';
import type { Env } from './env.ts';

/** Calls whose calling off is remembered, for the receipts that ask how they ended. */
const KEPT_MAX = 2_000;

/** Calls of this agent that stops called off at their tools. In memory: a guard that is replaced says `no` of them. */
export class CallOffs {
  readonly #agent: string;
  readonly #env: Env;
  readonly #book: Book;
  readonly #told = new Map<string, InFlight['cancelled']>();

  constructor(agent: string, env: Env, book: Book) {
    this.#agent = agent;
    this.#env = env;
    this.#book = book;
  }

  of(call: string): InFlight['cancelled'] {
    return this.#told.get(call) ?? 'no';
  }

  get calls(): string[] {
    return [...this.#told.keys()];
  }

  /** Tells the tools of all calls under way that the target surely covers. Resolves when they have answered, or soon. */
  async callOff(target: Target): Promise<void> {
    const rows = this.#book.atTools().filter((row) => row.state === 'running' && this.#covered(target, row));
    await Promise.all(rows.map(async (row) => this.#one(row)));
  }

  #covered(target: Target, { id, action }: CallRow): boolean {
    const workflow = this.#book.workflowOf(id);
    // A call of an earlier incarnation, whose workflow is not known: a stop of a workflow leaves it alone.
    if (workflow === undefined && target.startsWith('workflow:')) return false;
    const tool = action.split('.')[0] ?? '';
    return mayCover(target, { agent: this.#agent, workflow: workflow ?? null, tool, action });
  }

  async #one(row: CallRow): Promise<void> {
    const action = catalogue.get(row.action);
    if (!action) return;
    this.#remember(row.id, 'asked');
    const here = await callOff(this.#env, {
      purpose: 'cancel',
      agent: this.#agent,
      call: row.id,
      action,
      inputText: '',
      epoch: 0,
      startBefore: row.start_before ?? row.at,
      intentAt: row.at,
      heard: () => undefined, // It reaches no vendor.
    });
    if (here) this.#remember(row.id, 'yes');
  }

  #remember(call: string, told: InFlight['cancelled']): void {
    this.#told.set(call, told);
    const [oldest] = this.#told.keys();
    if (this.#told.size > KEPT_MAX && oldest !== undefined) this.#told.delete(oldest);
  }
}
