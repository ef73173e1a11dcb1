import { WorkerEntrypoint } from 'cloudflare:workers';
import { z } from 'zod';
import type { Directory } from '../../shared/directory.ts';
import { faultsOf } from '../../shared/faults.ts';
import { handoffKinds, handoffStates, type Handoff, type TriageDesk as Desk } from '../../shared/handoffs.ts';
import { isId, newId } from '../../shared/ids.ts';
import { checkPerson, roles, type Person, type Role } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import { verdicts, type Review, type ReviewDesk as Reviewing } from '../../shared/reviews.ts';
import type { Result } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { directoryNow } from '../../shared/directory-now.ts';
import type { Env } from './env.ts';
import { notFound } from './triage/refusals.ts';
import { inOrder, triageActs } from './triage/triage.ts';

/** Control is not waited for longer; people try again. */
const CONTROL_MS = 5_000;

const slug = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/);
const words = z
  .string()
  .max(1_000)
  .refine((text) => text.isWellFormed(), 'is not valid Unicode');
const filterSchema = z.strictObject({
  workflow: slug.optional(),
  state: z.enum(handoffStates).optional(),
  kind: z.enum([...handoffKinds, 'misbehaviour']).optional(),
});
const actSchema = z.strictObject({ do: z.enum(triageActs), note: words.default('') });
const reportSchema = z.strictObject({
  call: z.string().refine((id) => isId('call', id), 'the id of a call'),
  agent: slug,
  tool: z.string().regex(/^[a-z]{1,40}$/),
  action: z.string().regex(/^[a-z]{1,40}(\.[a-z]{1,40}){2}$/),
  reason: words.trim().min(1),
});
const reviewFilterSchema = z.strictObject({
  workflow: slug.optional(),
  state: z.enum(['open', 'done']).optional(),
});
const verdictSchema = z.strictObject({ verdict: z.enum(verdicts), note: words.default('') });

/** Who may look afterwards at what an agent did. */
const reviewers: readonly Role[] = ['approver', 'owner'];
/** Who works on cases, where they are asked. Auditors read. */
const handlers: readonly Role[] = ['operator', 'approver', 'incident-commander', 'owner'];

/** The triage queue as people see and work on it. Who asks is checked here, not by who passes it on. */
export class TriageDesk extends WorkerEntrypoint<Env> implements Desk {
  async list(
    credential: string | null,
    filter: { workflow?: string; state?: string; kind?: string },
  ): Promise<Result<Handoff[]>> {
    const asked = await admit(this.env, credential, roles, filterSchema, filter);
    if (!asked.ok) return asked;
    const { workflow, state, kind } = asked.input;
    const lists = await Promise.all(
      (await workflows(this.env, workflow)).map(async (name) =>
        this.env.TRIAGE.getByName(name).list({ ...(state && { state }), ...(kind && { kind }) }),
      ),
    );
    return { ok: true, value: lists.flat().sort(inOrder) };
  }

  async get(credential: string | null, id: string): Promise<Result<Handoff>> {
    const person = await admit(this.env, credential, roles, z.unknown(), null);
    if (!person.ok) return person;
    const workflow = await workflowOf(this.env, isId('handoff', id), id);
    return workflow === null ? notFound : this.env.TRIAGE.getByName(workflow).get(id);
  }

  async act(credential: string | null, id: string, input: unknown): Promise<Result<Handoff>> {
    const asked = await admit(this.env, credential, handlers, actSchema, input);
    if (!asked.ok) return asked;
    const workflow = await workflowOf(this.env, isId('handoff', id), id);
    if (workflow === null) return notFound;
    const directory = await directoryOf(this.env);
    if (!directory) return cannotTell;
    return this.env.TRIAGE.getByName(workflow).act(asked.person, id, asked.input, directory);
  }

  async report(credential: string | null, input: unknown): Promise<Result<Handoff>> {
    const asked = await admit(this.env, credential, roles, reportSchema, input);
    if (!asked.ok) return asked;
    const { agent } = asked.input;
    const asking = this.env.DUTIES.terms(agent);
    // Control that does not answer: nobody can be told whose it is, so it is not taken and may be reported again.
    const terms = await within(CONTROL_MS, asking).then(
      (found) => found && released(found),
      () => undefined,
    );
    if (terms === undefined) return cannotTell;
    if (terms === null) return unowned;
    const id = newId('handoff', Date.now());
    await this.env.TRIAGE_INDEX.getByName('index').file([id], terms.workflow);
    return this.env.TRIAGE.getByName(terms.workflow).report(asked.person, { ...asked.input, id, terms });
  }
}

/** Reviews as people see and record them. Who asks is checked here, too. */
export class ReviewDesk extends WorkerEntrypoint<Env> implements Reviewing {
  async list(
    credential: string | null,
    filter: { workflow?: string; state?: string },
  ): Promise<Result<Review[]>> {
    const asked = await admit(this.env, credential, roles, reviewFilterSchema, filter);
    if (!asked.ok) return asked;
    const { workflow, state } = asked.input;
    const lists = await Promise.all(
      (await workflows(this.env, workflow)).map(async (name) =>
        this.env.TRIAGE.getByName(name).reviews({ ...(state && { state }) }),
      ),
    );
    const first = (a: Review, b: Review): number =>
      Number(a.state === 'done') - Number(b.state === 'done') ||
      b.risk - a.risk ||
      (a.call < b.call ? 1 : -1);
    return { ok: true, value: lists.flat().sort(first) };
  }

  async get(credential: string | null, call: string): Promise<Result<Review>> {
    const person = await admit(this.env, credential, roles, z.unknown(), null);
    if (!person.ok) return person;
    const workflow = await workflowOf(this.env, isId('call', call), call);
    return workflow === null ? notFound : this.env.TRIAGE.getByName(workflow).reviewOf(call);
  }

  async record(credential: string | null, call: string, input: unknown): Promise<Result<Review>> {
    const asked = await admit(this.env, credential, reviewers, verdictSchema, input);
    if (!asked.ok) return asked;
    const workflow = await workflowOf(this.env, isId('call', call), call);
    if (workflow === null) return notFound;
    const directory = await directoryOf(this.env);
    if (!directory) return cannotTell;
    // A harmful verdict opens a case, which is found by this id.
    const id = newId('handoff', Date.now());
    if (asked.input.verdict === 'harmful')
      await this.env.TRIAGE_INDEX.getByName('index').file([id], workflow);
    return this.env.TRIAGE.getByName(workflow).review(asked.person, call, asked.input, directory, id);
  }
}

type Admitted<T> = { ok: true; person: Person; input: T } | { ok: false; problem: Problem };

/** Who asks, whether they may, and what for. */
async function admit<T>(
  env: Env,
  credential: string | null,
  allowed: readonly Role[],
  schema: z.ZodType<T>,
  input: unknown,
): Promise<Admitted<T>> {
  const check = await checkPerson(credential, allowed, env);
  if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
  const parsed = schema.safeParse(input);
  if (!parsed.success) return { ok: false, problem: { code: 'invalid', errors: faultsOf(parsed.error) } };
  return { ok: true, person: check.person, input: parsed.data };
}

/** Only workflows that are known: asking for another would make an object for it. */
async function workflows(env: Env, only: string | undefined): Promise<string[]> {
  const all = await env.TRIAGE_INDEX.getByName('index').workflows();
  return all.filter((name) => only === undefined || name === only);
}

async function workflowOf(env: Env, wellFormed: boolean, id: string): Promise<string | null> {
  return wellFormed ? env.TRIAGE_INDEX.getByName('index').workflowOf(id) : null;
}

/** Who is who; null: control does not answer, so nobody can be told to be in a group, or to be somebody else. */
async function directoryOf(env: Env): Promise<Directory | null> {
  return directoryNow(env).catch(() => null);
}

const cannotTell = {
  ok: false,
  problem: { code: 'unavailable', detail: 'Who is asked here cannot be told now. Try again.', retryAfter: 5 },
} as const satisfies Result<never>;

const unowned = {
  ok: false,
  problem: { code: 'not-found', detail: 'No manifest in force names this agent: tell who ran it.' },
} as const satisfies Result<never>;
