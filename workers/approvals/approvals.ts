import { DurableObject } from 'cloudflare:workers';
import type { Target } from '../../flags/targets.ts';
import { Alarm } from '../../shared/alarm.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { EntryData } from '../../shared/journal.ts';
import { maskText } from '../../shared/mask.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Approval, ApprovalRequest, Covering, MoreNeeded, Result, Taken } from '../../shared/rpc.ts';
import { released } from '../../shared/released.ts';
import { within } from '../../shared/within.ts';
import {
  approversOf,
  decide,
  expire,
  pauseAfter,
  reasonOf,
  reopen,
  take,
  untaken,
  voidedBy,
  type Decision,
  type Refusal,
} from './decide.ts';
import type { Env, WorkflowApi } from './env.ts';
import { workflowMigrations } from './migrations.ts';
import { ApprovalStore, type Untold } from './store.ts';

/** A guard that does not answer must not hold up deadlines and others' guards. */
const TELL_MS = 10_000;
/** Whoever approves does not wait for control any longer; they may try again. */
const STOPPAGES_MS = 5_000;
/** A guard is told no longer than this past the deadline: by then it has looked by itself. */
const TELL_PAST_DEADLINE_MS = 60_000;
/** What is over is kept here for so long; what happened stays in the audit log. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The approvals of one workflow, by its name: wiring around decide.ts. Each change is stored together with its journal
 * entry; the alarm ends what was not decided and taken in time, tells the guards what was decided until they have
 * heard it, ships the journal and prunes.
 */
export class Approvals extends DurableObject<Env> implements WorkflowApi {
  readonly #store: ApprovalStore;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  /** Attempts in a row that left something unshipped or unpruned. */
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Synchronous, like all of the constructor: no event is delivered before the tables are there.
    migrate(ctx.storage, workflowMigrations);
    this.#store = new ApprovalStore(ctx.storage.sql);
    this.#journal = new Journal(`approvals:${String(ctx.id.name)}`, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#arm(Date.now());
    });
  }

  async request(request: ApprovalRequest): Promise<void> {
    const known = this.#store.get(request.id);
    if (known && known.digest !== request.digest) {
      throw new Error(`${request.id} was requested for another call: use a new id for each request`);
    }
    if (known) return;
    const { user, needs, deadline, policies, policyVersion } = request;
    const waiting = { status: 'waiting', approvedUnder: null, stoppedBy: null } as const;
    this.#commit(
      { ...request, ...waiting, decisions: [], edits: [], escalated: 0, reminded: 0 },
      'approval.requested',
      {
        user,
        needs,
        deadline,
        policies: policies.map(({ id }) => id),
        policyVersion,
      },
    );
  }

  async take(id: string, digests: string[]): Promise<Taken> {
    const before = this.#store.get(id);
    if (!before) return unknown;
    const { approval, told } = take(before, digests, Date.now());
    // The guard may never see this answer: it counts as told only when the guard says so, to `#tell`.
    if (approval.status !== before.status) this.#commit(approval, ending[approval.status], {});
    const { approvedUnder, stoppedBy } = approval;
    return {
      status: told,
      digest: told === 'approved' || told === 'used' ? approval.digest : null,
      approvers: approversOf(approval),
      reason: reasonOf(approval),
      approvedUnder,
      stoppedBy,
    };
  }

  async reopen(id: string, digest: string, more: MoreNeeded): Promise<boolean> {
    const before = this.#store.get(id);
    if (!before) return false;
    const after = reopen(before, digest, more, Date.now());
    if (after !== before) this.#commit(after, 'approval.reopened', { needs: after.needs });
    return after.status === 'waiting';
  }

  async void(id: string, digest: string, stoppedBy: Target | null): Promise<void> {
    const before = this.#store.get(id);
    if (before) this.#void(before, untaken(before, digest, stoppedBy));
  }

  async stopped(target: Target, epoch: number): Promise<void> {
    this.#expireDue(Date.now());
    let page = this.#store.approved('');
    while (page.length > 0) {
      for (const approval of page) this.#void(approval, voidedBy(approval, target, epoch));
      page = this.#store.approved(page.at(-1)?.id ?? '');
    }
  }

  #void(before: Approval, after: Approval): void {
    if (after !== before) this.#commit(after, 'approval.voided', { stoppedBy: after.stoppedBy });
  }

  async list(status: Approval['status'] | null): Promise<Approval[]> {
    this.#expireDue(Date.now());
    return this.#store.list(status);
  }

  async decide(
    person: Person,
    id: string,
    said: Omit<Decision, 'by' | 'credential'>,
  ): Promise<Result<Approval>> {
    const asked = this.#store.get(id);
    if (!asked) return notFound;
    const standing = said.decision === 'approve' ? await this.#standing(asked) : null;
    if (standing === 'unknown') return cannotTell;
    // What follows is one step: others may have decided while control was asked.
    const now = Date.now();
    this.#expireDue(now);
    const approval = this.#store.get(id);
    if (!approval) return notFound;
    const decision: Decision = {
      ...said,
      by: person.email,
      credential: person.credential,
      note: maskText(said.note),
    };
    const decided = decide(approval, decision, standing, now);
    const act = { ...decision, by: undefined, ...actor(person) };
    if (decided.ok) {
      this.#commit(decided.approval, 'approval.decided', { ...act, status: decided.approval.status });
      return { ok: true, value: decided.approval };
    }
    this.#note(approval, 'approval.refused', { ...act, why: decided.refusal.why });
    return { ok: false, problem: problemOf(decided.refusal) };
  }

  /** What stops the call now. Control that does not answer means that it cannot be told, so nothing is approved. */
  async #standing({ agent, workflow, tool, action }: Approval): Promise<Covering | 'unknown'> {
    const asked = this.env.STOPPAGES.inForce({ agent, workflow, tool, action });
    return within(STOPPAGES_MS, asked).then(released, () => 'unknown' as const);
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      const now = Date.now();
      this.#expireDue(now);
      this.#giveUp(now);
      const [shipped, pruned] = await Promise.all([
        this.#journal.ship(this.env.LEDGER),
        this.#prune(now),
        this.#tellGuards(now),
      ]);
      this.#failures = shipped && pruned ? 0 : this.#failures + 1;
    } catch (error) {
      // Not thrown on: the platform gives an alarm up after six failures.
      this.#failures += 1;
      console.error(JSON.stringify({ alert: 'approvals.alarm-failed', error: String(error) }));
    }
    this.#arm(Date.now());
  }

  #arm(now: number): void {
    const { nextDeadline, nextTelling, firstEnd } = this.#store;
    // What was due already and is still there has failed, and waits.
    const retry = now + pauseAfter(this.#failures);
    if (nextDeadline !== null) this.#alarm.by(Math.max(nextDeadline, now));
    if (nextTelling !== null) this.#alarm.by(Math.max(nextTelling, now));
    if (firstEnd !== null) this.#alarm.by(Math.max(firstEnd + KEEP_MS, retry));
    if (this.#journal.unshipped > 0) this.#alarm.by(retry);
  }

  /** Stores a state and its journal entry together, and wakes the alarm for what follows. */
  #commit(approval: Approval, kind: string, data: EntryData): void {
    const now = Date.now();
    try {
      this.ctx.storage.transactionSync(() => {
        this.#store.put(approval, now);
        this.#journal.append(kind, { ...subject(approval), ...data }, now);
      });
    } catch (error) {
      this.#journal.reload();
      throw error;
    }
    this.#alarm.by(now);
  }

  /** Journals something that changes no state. */
  #note(approval: Approval, kind: string, data: EntryData): void {
    this.#journal.append(kind, { ...subject(approval), ...data }, Date.now());
    this.#alarm.by(Date.now());
  }

  #expireDue(now: number): void {
    for (let due = this.#store.due(now); due.length > 0; due = this.#store.due(now)) {
      for (const approval of due) this.#commit(expire(approval, now), 'approval.expired', {});
    }
  }

  #giveUp(now: number): void {
    const approvals = this.#store.giveUp(now - TELL_PAST_DEADLINE_MS);
    if (approvals > 0) console.error(JSON.stringify({ alert: 'approvals.guard-not-told', approvals }));
  }

  async #tellGuards(now: number): Promise<void> {
    await Promise.all(this.#store.outbox(now).map(async (untold) => this.#tell(untold)));
  }

  /** Told is what the guard has heard and acted on: until then it may be about to ask for the decision once more. */
  async #tell({ approval: { id, agent, call }, tried }: Untold): Promise<void> {
    try {
      await within(TELL_MS, this.env.RESUMPTION.decided(agent, call));
      this.#store.told(id);
    } catch {
      // A guard that is away is told later; the decision stays.
      this.#store.tried(id, Date.now() + pauseAfter(tried + 1));
    }
  }

  /** Returns whether it could. */
  async #prune(now: number): Promise<boolean> {
    const ids = this.#store.endedBy(now - KEEP_MS);
    if (ids.length === 0) return true;
    try {
      // The index first: a line that stayed behind there would never be found again.
      await this.env.APPROVALS_INDEX.getByName('index').forget(ids);
      this.#store.remove(ids);
      return true;
    } catch {
      return false;
    }
  }
}

/** The kind of entry for each state that a `take` can lead to. */
const ending: Record<Approval['status'], string> = {
  waiting: 'approval.requested',
  approved: 'approval.decided',
  rejected: 'approval.decided',
  expired: 'approval.expired',
  used: 'approval.taken',
  void: 'approval.voided',
};

/** What every entry says: which request it is about. */
function subject({ id, call, agent, workflow, tool, action, digest }: Approval): EntryData {
  return { approval: id, call, agent, workflow, tool, action, digest };
}

/** Who acted, in which role, by which credential. */
function actor({ email, roles, credential }: Person): EntryData {
  return { person: email, role: roles.includes('approver') ? 'approver' : 'owner', credential };
}

const unknown: Taken = {
  status: 'unknown',
  digest: null,
  approvers: [],
  reason: null,
  approvedUnder: null,
  stoppedBy: null,
};

const cannotTell = {
  ok: false,
  problem: {
    code: 'unavailable',
    detail: 'Whether this is stopped cannot be told now, so it was not approved. It still waits.',
    retryAfter: 5,
  },
} as const satisfies Result<never>;

const notFound = {
  ok: false,
  problem: { code: 'not-found', detail: 'There is no such approval.' },
} as const satisfies Result<never>;

function problemOf(refusal: Refusal): Problem {
  switch (refusal.why) {
    case 'over':
      return { code: 'conflict', detail: `This approval is ${refusal.status}.` };
    case 'own-request':
      return { code: 'forbidden', detail: 'The agent acts for you here, so another person must decide.' };
    case 'decided-before':
      return { code: 'conflict', detail: 'You have decided on this already, and nobody counts twice.' };
    case 'stopped':
      return {
        code: 'stopped',
        detail: `This call is stopped by ${refusal.by.join(', ')}, so approving it would change nothing. It waits on until its deadline: reject it now, or approve it once that is resumed.`,
        because: refusal.by,
      };
  }
}
