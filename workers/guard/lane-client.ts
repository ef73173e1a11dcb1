import type { Incident } from '../../shared/incidents.ts';
import type { Person } from '../../shared/people.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Look, Takeables, TakeablesQuery } from '../../shared/taking-back.ts';
import { released } from '../../shared/released.ts';
import type { Env } from './env.ts';
import type { AmendAsk } from './amend.ts';
import { signAsk, type LaneAsk } from './lane-proof.ts';
import type { Order } from './operators.ts';
import type { RevealAsk } from './reveal.ts';
import type { RestoreAsk } from './restores.ts';
import type { Asked, Examined } from './rollback/gather.ts';

/** One agent's guard, for code of this Worker that acts for a person whom it has checked. */
export class LaneClient {
  readonly #env: Env;
  readonly #agent: string;

  constructor(env: Env, agent: string) {
    this.#env = env;
    this.#agent = agent;
  }

  /** A page of the agent's executes, oldest first. Throws when the guard does not answer. */
  async takeables(query: TakeablesQuery): Promise<rpc.Result<Takeables>> {
    return released(await this.#guard.takeables(this.#signed({ kind: 'takeables', query })));
  }

  /** What the vendor holds now of what a call changed. Writes nothing. Throws when the guard does not answer. */
  async look(person: Person, call: string): Promise<rpc.Result<Look>> {
    return released(await this.#guard.look(this.#signed({ kind: 'look', person, call })));
  }

  /** What the vendors hold of some calls, and what taking them back needs. Writes nothing. Throws as above. */
  async examine(person: Person, calls: Asked[]): Promise<rpc.Result<Examined[]>> {
    return released(await this.#guard.examine(this.#signed({ kind: 'examine', person, calls })));
  }

  /** How far an operators' call is; null: it never began. Throws as above. */
  async state(lane: string): Promise<rpc.Result<rpc.OperatorAct | null>> {
    return released(await this.#guard.state(this.#signed({ kind: 'state', lane })));
  }

  /** Has one call undone, cancelled or looked up. Throws when the guard does not answer: then it may have begun. */
  async order(order: Order): Promise<rpc.Result<rpc.OperatorAct>> {
    return released(await this.#guard.order(this.#signed({ kind: 'order', order })));
  }

  /** Has a former version of an artefact written back. Throws as above. */
  async restore(restore: RestoreAsk): Promise<rpc.Result<rpc.OperatorAct>> {
    return released(await this.#guard.restore(this.#signed({ kind: 'restore', restore })));
  }

  /** A person takes an incident on. Throws as above. */
  async acknowledge(person: Person, id: string, input: unknown): Promise<rpc.Result<Incident>> {
    return released(await this.#guard.acknowledge(this.#signed({ kind: 'acknowledge', person, id, input })));
  }

  /** A person's edit of a waiting call, through the whole column. Throws as above. */
  async amend(amend: AmendAsk): Promise<rpc.Result<rpc.Amended>> {
    return released(await this.#guard.amend(this.#signed({ kind: 'amend', amend })));
  }

  /** One value of a waiting call, unmasked; journaled. Throws as above. */
  async reveal(reveal: RevealAsk): Promise<rpc.Result<rpc.Revealed>> {
    return released(await this.#guard.reveal(this.#signed({ kind: 'reveal', reveal })));
  }

  get #guard() {
    return this.#env.GUARD.getByName(this.#agent);
  }

  #signed(ask: LaneAsk): string {
    return signAsk(this.#env.DISPATCH_PRIVATE_KEY, this.#agent, ask, Date.now());
  }
}
