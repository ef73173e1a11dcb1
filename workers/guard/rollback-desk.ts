import { WorkerEntrypoint } from 'cloudflare:workers';
import { isId, newId } from '../../shared/ids.ts';
import { checkPerson, roles, type Person, type Role } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type { Result } from '../../shared/rpc.ts';
import type { RollbackDesk, RollbackPage, RollbackView } from '../../shared/rollback/view.ts';
import { within } from '../../shared/within.ts';
import type { Env } from './env.ts';
import { checkForce, checkHalt, checkOpen, checkPlan } from './rollback/input.ts';
import type { Rollback } from './rollback.ts';
import { mayApprove, mayOperate } from './rollback/rules.ts';

/** So many are listed. All of them stay in the journal. */
const LISTED = 20;
const LIST_MS = 5_000;

/** For the console: rollbacks. Who asks is checked here; no agent's token is a person's. */
export class Rollbacks extends WorkerEntrypoint<Env> implements RollbackDesk {
  async open(credential: string | null, input: unknown): Promise<Result<RollbackView>> {
    return this.#as(credential, mayOperate, async (person) => {
      const checked = checkOpen(input);
      if (!checked.ok) return checked;
      const agents = await this.env.REGISTRY.agents();
      const { agent } = checked.value.selection;
      // Only agents that are known: asking for another would make an object for it.
      if (agent !== undefined && !agents.includes(agent))
        return refused({ code: 'not-found', detail: `No manifest here ever named ${agent}.` });
      const id = newId('roll', Date.now());
      if (!checked.value.dryRun) await this.env.ROLLBACK_INDEX.getByName('index').file(id);
      const asked = agent === undefined ? [...agents] : [agent];
      return released(await this.#rollback(id).open(person, checked.value, asked));
    });
  }

  async list(credential: string | null): Promise<Result<RollbackView[]>> {
    return this.#as(credential, roles, async () => {
      const ids = await this.env.ROLLBACK_INDEX.getByName('index').newest(LISTED);
      const views = await Promise.all(
        // One that does not answer is left out rather than all of them.
        ids.map(async (id) => within(LIST_MS, this.#rollback(id).view()).then(released, () => null)),
      );
      return { ok: true, value: views.flatMap((view) => (view?.ok ? [view.value] : [])) };
    });
  }

  async page(credential: string | null, id: string, from: number): Promise<Result<RollbackPage>> {
    return this.#of(credential, roles, id, async (rollback) => rollback.page(from));
  }

  async approve(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>> {
    return this.#of(credential, mayApprove, id, async (rollback, person) => {
      const checked = checkPlan(input);
      return checked.ok ? rollback.approve(person, checked.value) : checked;
    });
  }

  async force(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>> {
    return this.#of(credential, mayOperate, id, async (rollback, person) => {
      const checked = checkForce(input);
      return checked.ok ? rollback.force(person, checked.value) : checked;
    });
  }

  async run(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>> {
    return this.#of(credential, mayOperate, id, async (rollback, person) => {
      const checked = checkPlan(input);
      return checked.ok ? rollback.run(person, checked.value) : checked;
    });
  }

  async halt(credential: string | null, id: string, input: unknown): Promise<Result<RollbackView>> {
    return this.#of(credential, mayOperate, id, async (rollback, person) => {
      const checked = checkHalt(input);
      return checked.ok ? rollback.halt(person, checked.value) : checked;
    });
  }

  #rollback(id: string): Rollback {
    return this.env.ROLLBACK.getByName(id);
  }

  async #of<T extends object>(
    credential: string | null,
    allowed: readonly Role[],
    id: string,
    act: (rollback: Rollback, person: Person) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#as(credential, allowed, async (person) => {
      // What is no id has no object.
      if (!isId('roll', id)) return refused({ code: 'not-found', detail: 'There is no such rollback.' });
      return released(await act(this.#rollback(id), person));
    });
  }

  async #as<T>(
    credential: string | null,
    allowed: readonly Role[],
    act: (person: Person) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const check = await checkPerson(credential, allowed, this.env);
    return check.ok ? act(check.person) : refused({ code: check.code, detail: check.detail });
  }
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
