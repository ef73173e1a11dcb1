import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Role } from '../../shared/people.ts';
import type * as rpc from '../../shared/rpc.ts';
import { asPerson } from './as-person.ts';
import { checkAnswer, checkChange, checkContact, checkSign } from './autonomy-input.ts';
import type { Control } from './control.ts';
import { CONTROL_NAME, type Env } from './env.ts';

const anybody: readonly Role[] = ['operator', 'approver', 'incident-commander', 'owner', 'auditor'];
const mayTest: readonly Role[] = ['operator', 'incident-commander', 'owner'];
const mayRaise: readonly Role[] = ['owner', 'incident-commander'];
/** Whoever may stop it may make it do less. */
const mayLower: readonly Role[] = ['operator', 'incident-commander', 'owner'];

/** For the console: readiness and autonomy. Each method checks the person here. */
export class AutonomyDesk extends WorkerEntrypoint<Env> implements rpc.AutonomyDesk {
  async list(credential: string | null): Promise<rpc.Result<rpc.AutonomyView[]>> {
    return asPerson(credential, anybody, this.env, async () => ({
      ok: true,
      value: await this.#control.autonomy(),
    }));
  }

  async readiness(credential: string | null, agent: string): Promise<rpc.Result<rpc.Readiness>> {
    return asPerson(credential, anybody, this.env, async () => this.#control.readiness(agent));
  }

  async testContact(
    credential: string | null,
    agent: string,
    input: unknown,
  ): Promise<rpc.Result<rpc.ContactTest>> {
    return asPerson(credential, mayTest, this.env, async (person) => {
      const checked = checkContact(input);
      return checked.ok ? this.#control.testContact(agent, checked.value, person) : checked;
    });
  }

  /** Anybody of the gate's people may be the one whom a manifest names. */
  async answerContact(
    credential: string | null,
    agent: string,
    input: unknown,
  ): Promise<rpc.Result<rpc.ContactAnswer>> {
    return asPerson(credential, anybody, this.env, async (person) => {
      const checked = checkAnswer(input);
      return checked.ok ? this.#control.answerContact(agent, checked.value.code, person) : checked;
    });
  }

  /** Which role signs as what is looked at by whoever records it. */
  async sign(credential: string | null, agent: string, input: unknown): Promise<rpc.Result<rpc.SignOff>> {
    return asPerson(credential, anybody, this.env, async (person) => {
      const checked = checkSign(input);
      if (!checked.ok) return checked;
      return this.#control.sign(agent, checked.value.as, checked.value.reason, person);
    });
  }

  async raise(
    credential: string | null,
    agent: string,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.AutonomyChange>> {
    return asPerson(credential, mayRaise, this.env, async (person) => {
      const checked = checkChange(input);
      return checked.ok ? this.#control.raise(agent, checked.value, person, request) : checked;
    });
  }

  async lower(
    credential: string | null,
    agent: string,
    input: unknown,
    request: string,
  ): Promise<rpc.Result<rpc.AutonomyChange>> {
    return asPerson(credential, mayLower, this.env, async (person) => {
      const checked = checkChange(input);
      return checked.ok ? this.#control.lower(agent, checked.value, person, request) : checked;
    });
  }

  get #control(): Control {
    return this.env.CONTROL.getByName(CONTROL_NAME);
  }
}
