import { emptyDirectory } from '../../../../shared/directory.ts';
import type { Target } from '../../../../flags/targets.ts';
import type {
  Amended,
  Approval,
  ApprovalRequest,
  ApprovalRequests,
  Covering,
  MoreNeeded,
  Taken,
} from '../../../../shared/rpc.ts';
import { approversOf, reasonOf } from '../../../../workers/approvals/counting.ts';
import { decide, type Decided } from '../../../../workers/approvals/decide.ts';
import type { Known } from '../../../../workers/approvals/eligible.ts';
import { revise } from '../../../../workers/approvals/revise.ts';
import { expire, reopen, take, untaken, voidedBy } from '../../../../workers/approvals/states.ts';

const known: Known = { directory: emptyDirectory, delegations: [] };
const said = { roles: ['approver'], reason: 'as-expected', note: '', credential: 'c' } as const;

/** Approvals' own state machine, without its object. `lose`: the next answer to a guard is lost, though it was acted on. */
export class ModelApprovals implements ApprovalRequests {
  readonly all = new Map<string, Approval>();
  lose = false;

  get(id: string): Approval | undefined {
    const one = this.all.get(id);
    return one && expire(one, Date.now());
  }

  async request(request: ApprovalRequest): Promise<void> {
    if (!this.all.has(request.id))
      this.all.set(request.id, {
        ...request,
        status: 'waiting',
        approvedUnder: null,
        stoppedBy: null,
        decisions: [],
        edits: [],
        escalated: 0,
        reminded: 0,
      });
    return this.#answer(undefined);
  }

  async take(_workflow: string, id: string, digests: string[]): Promise<Taken> {
    const before = this.all.get(id);
    if (!before) return this.#answer({ ...nothing, status: 'unknown' as const });
    const { approval, told } = take(before, digests, Date.now());
    this.all.set(id, approval);
    return this.#answer({
      status: told,
      digest: told === 'approved' || told === 'used' ? approval.digest : null,
      approvers: approversOf(approval),
      reason: reasonOf(approval),
      approvedUnder: approval.approvedUnder,
      stoppedBy: approval.stoppedBy,
    });
  }

  async void(_workflow: string, id: string, digest: string, stoppedBy: Target | null): Promise<void> {
    this.#change(id, (one) => untaken(one, digest, stoppedBy));
    return this.#answer(undefined);
  }

  async reopen(_workflow: string, id: string, digest: string, more: MoreNeeded): Promise<boolean> {
    this.#change(id, (one) => reopen(one, digest, more, Date.now()));
    return this.#answer(this.all.get(id)?.status === 'waiting');
  }

  /** A person decides; whether it counted. */
  decide(id: string, email: string, yes: boolean, stops: Covering): boolean {
    const decision = yes ? ('approve' as const) : ('reject' as const);
    return this.#counted(id, (one) =>
      decide(
        one,
        { ...said, roles: ['approver'], email, decision, digest: one.digest, preapproval: null },
        known,
        stops,
        Date.now(),
      ),
    );
  }

  /** A person's edit, as the guard answered it; whether it counted. */
  revise(id: string, email: string, digest: string, amended: Amended, stops: Covering): boolean {
    return this.#counted(id, (one) =>
      revise(one, { ...said, roles: ['approver'], email, digest }, amended, known, stops, Date.now()),
    );
  }

  stopped(target: Target, epoch: number): void {
    for (const id of this.all.keys()) this.#change(id, (one) => voidedBy(one, target, epoch));
  }

  #counted(id: string, work: (one: Approval) => Decided): boolean {
    const one = this.all.get(id);
    const done = one && work(one);
    if (done?.ok) this.all.set(id, done.approval);
    return done?.ok ?? false;
  }

  #change(id: string, work: (one: Approval) => Approval): void {
    const one = this.all.get(id);
    if (one) this.all.set(id, work(one));
  }

  async #answer<T>(value: T): Promise<T> {
    const lost = this.lose;
    this.lose = false;
    return lost ? Promise.reject(new Error('the answer is lost')) : Promise.resolve(value);
  }
}

const nothing = { digest: null, approvers: [], reason: null, approvedUnder: null, stoppedBy: null };
