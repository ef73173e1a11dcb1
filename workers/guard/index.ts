/** The enforcement point: one object per agent. It has no public route; each caller has an entrypoint of its own. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { readDispatch } from '../../shared/dispatch-token.ts';
import type { Incident } from '../../shared/incidents.ts';
import { isId } from '../../shared/ids.ts';
import { checkPerson, roles } from '../../shared/people.ts';
import { letGo } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Look } from '../../shared/taking-back.ts';
import type { Env } from './env.ts';
import { LaneClient } from './lane-client.ts';
import { mayOperate } from './operators.ts';

export { Artefacts } from './artefacts.ts';
export { ArtefactDesk } from './artefact-desk.ts';
export { Guard } from './guard.ts';
export { Pool } from './pool.ts';
export { Rollbacks } from './rollback-desk.ts';
export { Rollback } from './rollback.ts';
export { RollbackIndex } from './rollback-index.ts';
export { ToolDesk } from './tool-desk.ts';

/** For tools. */
export class Settlement extends WorkerEntrypoint<Env> implements rpc.Settlement {
  async settle(reports: rpc.Report[]): Promise<void> {
    // What a token claims is only used to find the guard; the guard verifies it.
    const byAgent = Map.groupBy(reports, ({ token }) => readDispatch(token)?.agent);
    for (const [agent, theirs] of byAgent) {
      if (agent !== undefined) await this.env.GUARD.getByName(agent).settled(theirs);
    }
  }
}

/** For control. */
export class Leases extends WorkerEntrypoint<Env> implements rpc.Leases {
  async ask(asks: rpc.GuardAsk[], patienceMs: number): Promise<({ answer: rpc.GuardAnswer } | null)[]> {
    const late = scheduler.wait(patienceMs).then(() => null);
    return Promise.all(asks.map(async (ask) => Promise.race([this.#ask(ask), late])));
  }

  async #ask(ask: rpc.GuardAsk): Promise<{ answer: rpc.GuardAnswer } | null> {
    try {
      return { answer: letGo(await this.#answer(ask)) };
    } catch {
      return null; // It is being replaced, or fails: control asks again.
    }
  }

  async #answer(ask: rpc.GuardAsk): Promise<rpc.GuardAnswer> {
    const guard = this.env.GUARD.getByName(ask.agent);
    switch (ask.kind) {
      case 'push':
        return guard.push(ask.incarnation, ask.epoch, ask.cancel);
      case 'aftermath':
        return guard.aftermath(ask.aftermath);
      case 'ended':
        return guard.ended(ask.calls);
    }
  }
}

/** For the console: the operators' lane. */
export class Operators extends WorkerEntrypoint<Env> implements rpc.Operators {
  async act(
    credential: string | null,
    agent: string,
    kind: (typeof rpc.operatorKinds)[number],
    call: string,
    input: unknown,
  ): Promise<rpc.Result<rpc.OperatorAct>> {
    // Here as well as in the object, so that a stranger's names make no objects.
    const check = await checkPerson(credential, mayOperate, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    return this.env.GUARD.getByName(agent).act(credential, kind, call, input);
  }

  async look(credential: string | null, agent: string, call: string): Promise<rpc.Result<Look>> {
    const check = await checkPerson(credential, mayOperate, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    if (!isAgent(agent) || !isId('call', call)) return { ok: false, problem: { code: 'not-found' } };
    return new LaneClient(this.env, agent).look(check.person, call);
  }

  async limits(credential: string | null, agent: string): Promise<rpc.Result<rpc.AgentLimits>> {
    const check = await checkPerson(credential, roles, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    if (!isAgent(agent)) return { ok: false, problem: { code: 'not-found' } };
    return this.env.GUARD.getByName(agent).limits();
  }
}

/** For the console: what agents flagged. */
export class IncidentDesk extends WorkerEntrypoint<Env> implements rpc.IncidentDesk {
  async list(credential: string | null, agents: string[]): Promise<rpc.Result<Incident[]>> {
    const check = await checkPerson(credential, roles, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    const known = agents.filter(isAgent).slice(0, AGENTS_MAX);
    const lists = await Promise.all(known.map(async (agent) => this.env.GUARD.getByName(agent).incidents()));
    const newest = lists.flat().sort((a, b) => (a.at < b.at ? 1 : -1));
    return { ok: true, value: newest };
  }

  async acknowledge(
    credential: string | null,
    agent: string,
    id: string,
    input: unknown,
  ): Promise<rpc.Result<Incident>> {
    const check = await checkPerson(credential, mayOperate, this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    if (!isAgent(agent) || !isId('incident', id)) return { ok: false, problem: { code: 'not-found' } };
    return new LaneClient(this.env, agent).acknowledge(check.person, id, input);
  }
}

/** Agents whose incidents one list asks for. */
const AGENTS_MAX = 100;

/** Whether it can be an agent's name: a stranger's names make no objects. */
function isAgent(name: string): boolean {
  return /^[a-z][a-z0-9-]{1,62}$/.test(name);
}

/** For approvals. */
export class Resumption extends WorkerEntrypoint<Env> implements rpc.Resumption {
  async decided(agent: string, call: string): Promise<void> {
    await this.env.GUARD.getByName(agent).decided(call);
  }

  /** The person was checked by approvals; here only that this Worker passes it on, so that no other does. */
  async amend(
    agent: string,
    call: string,
    from: string,
    edits: rpc.Edit[],
    by: string,
  ): Promise<rpc.Result<rpc.Amended>> {
    if (!isAgent(agent) || !isId('call', call)) return { ok: false, problem: { code: 'not-found' } };
    return new LaneClient(this.env, agent).amend({ call, from, edits, by });
  }

  async reveal(
    agent: string,
    call: string,
    digest: string,
    pointer: string,
    to: rpc.Revealing,
  ): Promise<rpc.Result<rpc.Revealed>> {
    if (!isAgent(agent) || !isId('call', call)) return { ok: false, problem: { code: 'not-found' } };
    return new LaneClient(this.env, agent).reveal({ call, digest, pointer, to });
  }
}

export default {
  /** Nothing is served over HTTP. */
  fetch: (): Response => new Response(null, { status: 404 }),
};
