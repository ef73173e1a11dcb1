import { WorkerEntrypoint } from 'cloudflare:workers';
import { z } from 'zod';
import { isId } from '../../shared/ids.ts';
import { checkPerson, roles, type Person, type Role } from '../../shared/people.ts';
import type { Fault, Problem } from '../../shared/problems.ts';
import {
  approvalStatuses,
  reasonCodes,
  type Approval,
  type ApprovalFilter,
  type ApprovalPage,
  type ApprovalsDesk as Desk,
  type Result,
} from '../../shared/rpc.ts';
import type * as rpc from '../../shared/rpc.ts';
import { inOrder } from './decide.ts';
import type { Env } from './env.ts';

const decisionSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason: z.enum(reasonCodes),
  note: z.string().max(500).default(''),
});

const filterSchema = z.strictObject({
  workflow: z.string().max(200).optional(),
  status: z.enum(approvalStatuses).optional(),
});

const deciders: readonly Role[] = ['approver', 'owner'];

/** Approvals as people see them and decide on them. Who asks is checked here, not by who passes it on. */
export class ApprovalsDesk extends WorkerEntrypoint<Env> implements Desk {
  async list(credential: string | null, filter: ApprovalFilter): Promise<Result<ApprovalPage>> {
    const person = await this.#person(credential, roles);
    if (!person.ok) return person;
    const parsed = filterSchema.safeParse(filter);
    if (!parsed.success) return refused(invalid(parsed.error));
    const { workflow, status = null } = parsed.data;
    // Only workflows that are known: asking for another would make an object for it.
    const all = await this.env.APPROVALS_INDEX.getByName('index').workflows();
    const asked = all.filter((name) => workflow === undefined || name === workflow);
    const lists = await Promise.all(
      asked.map(async (name) => this.env.APPROVALS.getByName(name).list(status)),
    );
    const approvals = lists.flat().sort(inOrder);
    const waiting = approvals.filter((one) => one.status === 'waiting').length;
    return { ok: true, value: { approvals, next: null, waiting } };
  }

  async decide(credential: string | null, id: string, input: unknown): Promise<Result<Approval>> {
    const person = await this.#person(credential, deciders);
    if (!person.ok) return person;
    const parsed = decisionSchema.safeParse(input);
    if (!parsed.success) return refused(invalid(parsed.error));
    const workflow = isId('appr', id)
      ? await this.env.APPROVALS_INDEX.getByName('index').workflowOf(id)
      : null;
    if (workflow === null) return refused({ code: 'not-found', detail: 'There is no such approval.' });
    return this.env.APPROVALS.getByName(workflow).decide(person.value, id, parsed.data);
  }

  async get(_credential: string | null, _id: string): Promise<Result<rpc.ApprovalSheet>> {
    return refused({ code: 'unavailable' });
  }

  async decideAll(_credential: string | null, _input: unknown): Promise<Result<rpc.DecidedOne[]>> {
    return refused({ code: 'unavailable' });
  }

  async reveal(_credential: string | null, _id: string, _input: unknown): Promise<Result<rpc.Revealed>> {
    return refused({ code: 'unavailable' });
  }

  async overrides(
    _credential: string | null,
    _query: { workflow?: string; since?: string },
  ): Promise<Result<rpc.OverridePattern[]>> {
    return refused({ code: 'unavailable' });
  }

  async preApprovals(_credential: string | null): Promise<Result<rpc.PreApproval[]>> {
    return refused({ code: 'unavailable' });
  }

  async preApprove(_credential: string | null, _input: unknown): Promise<Result<rpc.PreApproval>> {
    return refused({ code: 'unavailable' });
  }

  async endPreApproval(_credential: string | null, _id: string): Promise<Result<rpc.PreApproval>> {
    return refused({ code: 'unavailable' });
  }

  async delegations(_credential: string | null): Promise<Result<rpc.Delegation[]>> {
    return refused({ code: 'unavailable' });
  }

  async delegate(_credential: string | null, _input: unknown): Promise<Result<rpc.Delegation>> {
    return refused({ code: 'unavailable' });
  }

  async endDelegation(_credential: string | null, _id: string): Promise<Result<rpc.Delegation>> {
    return refused({ code: 'unavailable' });
  }

  async #person(credential: string | null, allowed: readonly Role[]): Promise<Result<Person>> {
    const check = await checkPerson(credential, allowed, this.env);
    return check.ok ? { ok: true, value: check.person } : refused({ code: check.code, detail: check.detail });
  }
}

function invalid({ issues }: z.ZodError): Problem {
  const errors = issues.map(({ path, message }): Fault => ({
    pointer: path.map((part) => `/${String(part)}`).join(''),
    detail: message,
  }));
  return { code: 'invalid', errors };
}

function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}
