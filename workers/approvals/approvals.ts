import { DurableObject } from 'cloudflare:workers';
import type { Target } from '../../flags/targets.ts';
import { Alarm } from '../../shared/alarm.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type * as rpc from '../../shared/rpc.ts';
import type { Approval, Result, Taken } from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { approversOf, reasonOf } from './counting.ts';
import { Deciding, type Said, type SaidEdit, type SaidReveal } from './deciding.ts';
import type { Decider, Known } from './eligible.ts';
import type { Env, PageQuery, WorkflowApi, WorkflowPage } from './env.ts';
import { workflowMigrations } from './migrations.ts';
import { advance, type Milestone } from './milestones.ts';
import { patternsOf } from './overrides.ts';
import type { HeldValue } from './opened.ts';
import { page, sheet } from './pages.ts';
import { PreApproving, type SaidBefore } from './pre-approving.ts';
import { Records } from './records.ts';
import { expire, pauseAfter, reopen, take, untaken, voidedBy } from './states.ts';
import { withCards } from './slack/cards.ts';
import type { Untold } from './store.ts';

/** A guard that does not answer must not hold up deadlines and others' guards. */
const TELL_MS = 10_000;
/** Longer than notices are on their way: looked at again then, should this object go away before they are told. */
const NOTICES_MS = 15_000;
/** A guard is told no longer than this past the deadline: by then it has looked by itself. */
const TELL_PAST_DEADLINE_MS = 60_000;
/** What is over is kept here for so long; what happened stays in the audit log. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The approvals of one workflow, by its name: wiring around decide.ts and states.ts. Each change is stored together with its
 * journal entry; the alarm ends what was not decided and taken in time, reminds and escalates, tells people and guards until they
 * have heard it, ships the journal and prunes.
 */
export class Approvals extends DurableObject<Env> implements WorkflowApi {
  readonly #records: Records;
  readonly #alarm: Alarm;
  readonly #deciding: Deciding;
  readonly #preApproving: PreApproving;
  /** Whether notices are on their way. */
  #tellingPeople = false;
  /** Attempts in a row that left something unshipped or unpruned. */
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Synchronous, like all of the constructor: no event is delivered before the tables are there.
    migrate(ctx.storage, workflowMigrations);
    const name = String(ctx.id.name);
    this.#alarm = new Alarm(ctx.storage);
    this.#records = new Records(`approvals:${name}`, ctx.storage, (at) => this.#alarm.by(at));
    this.#deciding = new Deciding(env, this.#records, () => this.#pass(Date.now()));
    this.#preApproving = new PreApproving(env, this.#records, name);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#arm(Date.now());
    });
  }

  async request(request: rpc.ApprovalRequest): Promise<void> {
    const known = this.#records.approvals.get(request.id);
    // A guard that lost the answer asks again with what the agent asked for, whatever it was edited to since.
    if (known && (known.edits[0]?.from ?? known.digest) !== request.digest) {
      throw new Error(`${request.id} was requested for another call: use a new id for each request`);
    }
    if (known) return;
    const { user, needs, deadline, policies, policyVersion } = request;
    const fresh = {
      status: 'waiting',
      approvedUnder: null,
      stoppedBy: null,
      escalated: 0,
      reminded: 0,
    } as const;
    const approval: Approval = { ...request, ...fresh, decisions: [], edits: [] };
    const data = { user, needs, deadline, policies: policies.map(({ id }) => id), policyVersion };
    this.#records.commit(null, approval, {
      entries: [['approval.requested', data]],
      write: () => this.#preApproving.consider(approval, Date.now()),
    });
  }

  async take(id: string, digests: string[]): Promise<Taken> {
    const before = this.#records.approvals.get(id);
    if (!before) return unknown;
    const { approval, told } = take(before, digests, Date.now());
    // The guard may never see this answer: it counts as told only when the guard says so, to `#tell`.
    if (approval.status !== before.status)
      this.#records.commit(before, approval, { entries: [[ending[approval.status], {}]] });
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

  async reopen(id: string, digest: string, more: rpc.MoreNeeded): Promise<boolean> {
    const before = this.#records.approvals.get(id);
    if (!before) return false;
    const after = reopen(before, digest, more, Date.now());
    if (after !== before)
      this.#records.commit(before, after, { entries: [['approval.reopened', { needs: after.needs }]] });
    return after.status === 'waiting';
  }

  async void(id: string, digest: string, stoppedBy: Target | null): Promise<void> {
    const before = this.#records.approvals.get(id);
    if (before) this.#void(before, untaken(before, digest, stoppedBy));
  }

  async stopped(target: Target, epoch: number): Promise<void> {
    this.#pass(Date.now());
    const { approvals } = this.#records;
    for (
      let some = approvals.approved('');
      some.length > 0;
      some = approvals.approved(some.at(-1)?.id ?? '')
    ) {
      for (const approval of some) this.#void(approval, voidedBy(approval, target, epoch));
    }
  }

  #void(before: Approval, after: Approval): void {
    const { stoppedBy } = after;
    if (after !== before)
      this.#records.commit(before, after, { entries: [['approval.voided', { stoppedBy }]] });
  }

  async page(query: PageQuery): Promise<WorkflowPage> {
    const now = Date.now();
    this.#pass(now);
    return page(this.#records.approvals, query, now);
  }

  async sheet(id: string, person: Decider, known: Known): Promise<rpc.ApprovalSheet | null> {
    const now = Date.now();
    this.#pass(now);
    return sheet(this.#records.approvals, id, person, known, now);
  }

  async decide(person: Person, id: string, said: Said): Promise<Result<Approval>> {
    return this.#deciding.decide(person, id, said);
  }

  async decideAll(person: Person, all: { id: string; said: Said }[]): Promise<rpc.DecidedOne[]> {
    return this.#deciding.decideAll(person, all);
  }

  async modify(person: Person, id: string, said: SaidEdit): Promise<Result<Approval>> {
    return this.#deciding.modify(person, id, said);
  }

  async reveal(person: Person, id: string, said: SaidReveal): Promise<Result<HeldValue>> {
    return this.#deciding.reveal(person, id, said);
  }

  async preApprove(person: Person, id: string, said: SaidBefore): Promise<rpc.PreApproval> {
    return this.#preApproving.make(person, id, said);
  }

  async preApprovals(): Promise<rpc.PreApproval[]> {
    return this.#preApproving.list();
  }

  async endPreApproval(person: Person, id: string): Promise<Result<rpc.PreApproval>> {
    return this.#preApproving.end(person, id);
  }

  async overrides(since: number): Promise<rpc.OverridePattern[]> {
    return patternsOf(String(this.ctx.id.name), this.#records.overrides.since(since));
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      const now = Date.now();
      this.#pass(now);
      this.#giveUp(now);
      // First, as people need not be told of what somebody approved beforehand.
      await this.#preApproving.lookAtDue(now);
      this.#tellPeople(now);
      const [shipped, pruned] = await Promise.all([
        this.#records.journal.ship(this.env.LEDGER),
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
    const { approvals, preApprovals, notices, journal } = this.#records;
    // What was due already and is still there has failed, and waits.
    const retry = now + pauseAfter(this.#failures);
    const { nextDeadline, nextStep, nextTelling } = approvals;
    const due = [nextDeadline, nextStep, nextTelling, preApprovals.nextLook];
    if (!this.#tellingPeople) due.push(notices.next);
    else this.#alarm.by(now + NOTICES_MS);
    for (const at of due) if (at !== null) this.#alarm.by(Math.max(at, now));
    if (approvals.firstEnd !== null) this.#alarm.by(Math.max(approvals.firstEnd + KEEP_MS, retry));
    if (journal.unshipped > 0) this.#alarm.by(retry);
  }

  /** What time alone brings: deadlines, reminders and escalations. Stops change nothing about it. */
  #pass(now: number): void {
    const { approvals } = this.#records;
    for (let due = approvals.due(now); due.length > 0; due = approvals.due(now)) {
      for (const one of due)
        this.#records.commit(one, expire(one, now), { entries: [['approval.expired', {}]] });
    }
    for (let due = approvals.stepping(now); due.length > 0; due = approvals.stepping(now)) {
      for (const one of due) this.#step(one, now);
    }
  }

  #step(before: Approval, now: number): void {
    const { approval, passed } = advance(before, now);
    if (passed.length === 0) return this.#records.approvals.step(approval);
    this.#records.commit(before, approval, { entries: passed.map(milestoneEntry), occasions: passed });
  }

  #giveUp(now: number): void {
    const approvals = this.#records.approvals.giveUp(now - TELL_PAST_DEADLINE_MS);
    if (approvals > 0) console.error(JSON.stringify({ alert: 'approvals.guard-not-told', approvals }));
  }

  /** Beside everything else: a notifier that is slow, as Slack may be, holds up no guard. */
  #tellPeople(now: number): void {
    if (this.#tellingPeople) return;
    this.#tellingPeople = true;
    const notifier = withCards(this.env.NOTIFIER, this.env.CARD_KEY);
    const ended = (): void => {
      this.#tellingPeople = false;
      this.#arm(Date.now());
    };
    void this.#records.notices.drain(notifier, now).then(ended, ended);
  }

  async #tellGuards(now: number): Promise<void> {
    await Promise.all(this.#records.approvals.outbox(now).map(async (untold) => this.#tell(untold)));
  }

  /** Told is what the guard has heard and acted on: until then it may be about to ask for the decision once more. */
  async #tell({ approval: { id, agent, call }, tried }: Untold): Promise<void> {
    try {
      await within(TELL_MS, this.env.RESUMPTION.decided(agent, call));
      this.#records.approvals.told(id);
    } catch {
      // A guard that is away is told later; the decision stays.
      this.#records.approvals.tried(id, Date.now() + pauseAfter(tried + 1));
    }
  }

  /** Returns whether it could. */
  async #prune(now: number): Promise<boolean> {
    const { approvals, preApprovals, notices, overrides } = this.#records;
    const old = { approvals: approvals.endedBy(now - KEEP_MS), pre: preApprovals.endedBy(now - KEEP_MS) };
    const ids = [...old.approvals, ...old.pre];
    if (ids.length === 0) return true;
    try {
      // The index first: a line that stayed behind there would never be found again.
      await this.env.APPROVALS_INDEX.getByName('index').forget(ids);
      approvals.remove(old.approvals);
      notices.remove(old.approvals);
      preApprovals.remove(old.pre);
      overrides.prune(now);
      return true;
    } catch {
      return false;
    }
  }
}

function milestoneEntry(milestone: Milestone): [kind: string, data: Record<string, string | number>] {
  switch (milestone.kind) {
    case 'reminder':
      return ['approval.reminded', { percent: milestone.percent }];
    case 'escalation':
      return ['approval.escalated', { group: milestone.group, escalated: milestone.escalated }];
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

const unknown: Taken = {
  status: 'unknown',
  digest: null,
  approvers: [],
  reason: null,
  approvedUnder: null,
  stoppedBy: null,
};
