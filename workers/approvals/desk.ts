import { WorkerEntrypoint } from 'cloudflare:workers';
import { isId, newId } from '../../shared/ids.ts';
import { maskText } from '../../shared/mask.ts';
import { checkPerson, roles, type Person, type Role } from '../../shared/people.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Approval, ApprovalFilter, ApprovalPage, Result } from '../../shared/rpc.ts';
import { knownOf } from './asking.ts';
import { dealOut, readCursor, writeCursor, type Dealt } from './cursor.ts';
import { delegate, delegations, endDelegation } from './delegation-desk.ts';
import { inputs, read, refused } from './desk-input.ts';
import { deciders } from './eligible.ts';
import type { Env, IndexApi, PageQuery, WorkflowApi } from './env.ts';
import { openedFor } from './opened.ts';
import { mostFrequent } from './overrides.ts';
import { cannotTell, notFound } from './problems.ts';

/** Approvals as people see them and decide on them. Who asks is checked here, not by who passes it on. */
export class ApprovalsDesk extends WorkerEntrypoint<Env> implements rpc.ApprovalsDesk {
  async list(credential: string | null, filter: ApprovalFilter): Promise<Result<ApprovalPage>> {
    const person = await this.#person(credential, roles);
    if (!person.ok) return person;
    const asked = read(inputs.filter, filter);
    if (!asked.ok) return asked;
    const { workflow, status = null, limit, after } = asked.value;
    const cursor = after === undefined ? {} : readCursor(after);
    if (cursor === null) return refused({ code: 'invalid', detail: 'This is no cursor of a page before.' });
    const mine = asked.value.mine ? await this.#mine(person.value) : null;
    if (mine === 'unknown') return cannotTell;
    const { hands, waiting } = await this.#hands(workflow, (name) => ({
      status,
      limit,
      mine,
      after: Object.hasOwn(cursor, name) ? (cursor[name] ?? null) : null,
    }));
    const { approvals, ended, left } = dealOut(hands, limit, cursor);
    return { ok: true, value: { approvals, next: left ? writeCursor(ended) : null, waiting } };
  }

  async #mine(person: Person): Promise<PageQuery['mine'] | 'unknown'> {
    const known = await knownOf(this.env, person.email, Date.now());
    return known ? { person, known } : 'unknown';
  }

  async #hands(
    workflow: string | undefined,
    query: (workflow: string) => PageQuery,
  ): Promise<{ hands: Dealt[]; waiting: number }> {
    const names = await this.#workflows(workflow);
    const pages = await Promise.all(names.map(async (name) => this.#workflow(name).page(query(name))));
    const hands = pages.map(({ items, more }, one) => ({ workflow: names[one] ?? '', items, more }));
    return { hands, waiting: pages.reduce((sum, page) => sum + page.waiting, 0) };
  }

  async get(credential: string | null, id: string): Promise<Result<rpc.ApprovalSheet>> {
    const person = await this.#person(credential, roles);
    if (!person.ok) return person;
    const workflow = await this.#workflowOf('appr', id);
    if (workflow === null) return notFound;
    const known = await knownOf(this.env, person.value.email, Date.now());
    const nobody = { directory: { people: [], groups: {} }, delegations: [] };
    const sheet = await this.#workflow(workflow).sheet(id, person.value, known ?? nobody);
    if (!sheet) return notFound;
    // It can still be read; who may decide is told when it can be.
    if (!known) sheet.mayDecide = { ok: false, why: 'Who may decide cannot be told now: try again.' };
    return { ok: true, value: sheet };
  }

  async decide(credential: string | null, id: string, input: unknown): Promise<Result<Approval>> {
    const person = await this.#person(credential, deciders);
    if (!person.ok) return person;
    const said = read(inputs.decision, input);
    if (!said.ok) return said;
    const workflow = await this.#workflowOf('appr', id);
    if (workflow === null) return notFound;
    if (said.value.decision !== 'modify') {
      const { digest = null } = said.value;
      return this.#workflow(workflow).decide(person.value, id, { ...said.value, digest });
    }
    const { edits, ...rest } = said.value;
    return this.#workflow(workflow).modify(person.value, id, { ...rest, edits: edits.map(editOf) });
  }

  async decideAll(credential: string | null, input: unknown): Promise<Result<rpc.DecidedOne[]>> {
    const person = await this.#person(credential, deciders);
    if (!person.ok) return person;
    const said = read(inputs.decisions, input);
    if (!said.ok) return said;
    const placed = await Promise.all(
      said.value.decisions.map(async ({ id, ...one }) => ({
        id,
        said: one,
        workflow: await this.#workflowOf('appr', id),
      })),
    );
    const byWorkflow = [...Map.groupBy(placed, ({ workflow }) => workflow)];
    const outcomes = await Promise.all(
      byWorkflow.map(async ([workflow, all]) =>
        workflow === null
          ? all.map(({ id }) => ({ id, outcome: notFound }))
          : this.#decidedIn(workflow, person.value, all),
      ),
    );
    const found = new Map(outcomes.flat().map((one) => [one.id, one]));
    return { ok: true, value: placed.map(({ id }) => found.get(id) ?? { id, outcome: notFound }) };
  }

  /** A workflow that does not answer takes none of the others' outcomes with it. */
  async #decidedIn(
    workflow: string,
    person: Person,
    all: Parameters<WorkflowApi['decideAll']>[1],
  ): Promise<rpc.DecidedOne[]> {
    const asked = all.map(({ id, said }) => ({ id, said }));
    try {
      return await this.#workflow(workflow).decideAll(person, asked);
    } catch {
      return asked.map(({ id }) => ({ id, outcome: refused({ code: 'unavailable', retryAfter: 5 }) }));
    }
  }

  async reveal(credential: string | null, id: string, input: unknown): Promise<Result<rpc.Revealed>> {
    const person = await this.#person(credential, deciders);
    if (!person.ok) return person;
    const said = read(inputs.reveal, input);
    if (!said.ok) return said;
    const workflow = await this.#workflowOf('appr', id);
    if (workflow === null) return notFound;
    const held = await this.#workflow(workflow).reveal(person.value, id, said.value);
    return held.ok ? openedFor(this.env.VAULT, credential, held.value, maskText(said.value.reason)) : held;
  }

  async overrides(
    credential: string | null,
    query: { workflow?: string; since?: string },
  ): Promise<Result<rpc.OverridePattern[]>> {
    const person = await this.#person(credential, roles);
    if (!person.ok) return person;
    const asked = read(inputs.overrides, query);
    if (!asked.ok) return asked;
    const { workflow, since } = asked.value;
    const from = since === undefined ? 0 : Date.parse(since);
    const names = await this.#workflows(workflow);
    const all = await Promise.all(names.map(async (name) => this.#workflow(name).overrides(from)));
    return { ok: true, value: all.flat().sort(mostFrequent) };
  }

  async preApprovals(credential: string | null): Promise<Result<rpc.PreApproval[]>> {
    const person = await this.#person(credential, roles);
    if (!person.ok) return person;
    const names = await this.#workflows(undefined);
    const all = await Promise.all(names.map(async (name) => this.#workflow(name).preApprovals()));
    return { ok: true, value: all.flat().sort((a, b) => (a.id < b.id ? 1 : -1)) };
  }

  async preApprove(credential: string | null, input: unknown): Promise<Result<rpc.PreApproval>> {
    const person = await this.#person(credential, deciders);
    if (!person.ok) return person;
    const said = read(inputs.preApproval, input);
    if (!said.ok) return said;
    const workflow = await this.#index.workflowOfAgent(said.value.agent);
    if (workflow === null) return neverAsked;
    const id = newId('pre', Date.now());
    await this.#index.file(id, workflow, null);
    return { ok: true, value: await this.#workflow(workflow).preApprove(person.value, id, said.value) };
  }

  async endPreApproval(credential: string | null, id: string): Promise<Result<rpc.PreApproval>> {
    const person = await this.#person(credential, deciders);
    if (!person.ok) return person;
    const workflow = await this.#workflowOf('pre', id);
    return workflow === null ? notFound : this.#workflow(workflow).endPreApproval(person.value, id);
  }

  async delegations(credential: string | null): Promise<Result<rpc.Delegation[]>> {
    const person = await this.#person(credential, roles);
    return person.ok ? delegations(this.env) : person;
  }

  async delegate(credential: string | null, input: unknown): Promise<Result<rpc.Delegation>> {
    const person = await this.#person(credential, deciders);
    return person.ok ? delegate(this.env, person.value, input) : person;
  }

  async endDelegation(credential: string | null, id: string): Promise<Result<rpc.Delegation>> {
    const person = await this.#person(credential, roles);
    return person.ok ? endDelegation(this.env, person.value, id) : person;
  }

  async #person(credential: string | null, allowed: readonly Role[]): Promise<Result<Person>> {
    const check = await checkPerson(credential, allowed, this.env);
    return check.ok ? { ok: true, value: check.person } : refused({ code: check.code, detail: check.detail });
  }

  /** Only workflows that are known: asking for another would make an object for it. */
  async #workflows(only: string | undefined): Promise<string[]> {
    const all = await this.#index.workflows();
    return all.filter((name) => only === undefined || name === only);
  }

  async #workflowOf(prefix: 'appr' | 'pre', id: string): Promise<string | null> {
    return isId(prefix, id) ? this.#index.workflowOf(id) : null;
  }

  #workflow(name: string): WorkflowApi {
    return this.env.APPROVALS.getByName(name);
  }

  get #index(): IndexApi {
    return this.env.APPROVALS_INDEX.getByName('index');
  }
}

/** Absent and undefined are the same in JSON, and not over RPC. */
function editOf({ pointer, value }: { pointer: string; value?: unknown }): rpc.Edit {
  return value === undefined ? { pointer } : { pointer, value };
}

const neverAsked = {
  ok: false,
  problem: {
    code: 'not-found',
    detail:
      'This agent has not asked people for anything yet: wait for its first request, and see what it asks for.',
  },
} as const satisfies Result<never>;
