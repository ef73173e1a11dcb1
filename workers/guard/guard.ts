import { DurableObject } from 'cloudflare:workers';
import { startBefore } from '../../flags/holder.ts';
import { covers } from '../../flags/targets.ts';
import { readDispatch, verifyDispatch } from '../../shared/dispatch-token.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import { isId, newId } from '../../shared/ids.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Outcome } from '../../shared/outcome.ts';
import type { PolicyDecision } from '../../shared/policy.ts';
import { problemDocument } from '../../shared/problems.ts';
import { released } from '../../shared/released.ts';
import type * as rpc from '../../shared/rpc.ts';
import { within } from '../../shared/within.ts';
import { catalogue } from '../tools/catalogue.ts';
import { admit, type Admission } from './admit.ts';
import { approvalRequest } from './approval-request.ts';
import { Book, SHIP_MS, WAITING_MAX, type Arrival, type Stored } from './book.ts';
import type { AskedCall } from './call.ts';
import type { CallRow } from './calls.ts';
import type { Denial } from './denial.ts';
import { find, lookUp, run, type Dispatch } from './dispatch.ts';
import { callEntry, rulingEntry } from './entries.ts';
import type { Env } from './env.ts';
import { LeaseKeeper, type Leased } from './lease-keeper.ts';
import { LiveTokens } from './live-tokens.ts';
import { migrations } from './migrations.ts';
import { Rates } from './rates.ts';
import { grantedOutput } from './output.ts';
import { inputTextOf, recovery } from './recover.ts';
import { json } from './settle.ts';
import { contract } from './steps/contract.ts';
import { limits } from './steps/limits.ts';
import type { Ruling } from './steps/policy.ts';
import { deny, go, type Step } from './steps/step.ts';
import { stopped } from './steps/stopped.ts';
import { agentView } from './view.ts';

/** Approvals is not waited for longer; the row stays and the alarm asks again. */
const APPROVALS_MS = 5_000;
const TAKE_AGAIN_MS = 5_000;

/** The tool's own word on an outcome. */
const reported = { final: false, byFind: false };

/** A live lease under which this agent has a manifest. */
type Governed = Leased & { governance: AgentGovernance & { manifest: Manifest } };

type Facts = Record<string, string | number | boolean>;

/** The agent's guard: wiring of the column (`admit.ts`) and of its record (`book.ts`) to control, approvals and tools. */
export class Guard extends DurableObject<Env> {
  readonly #agent: string;
  /** A lease and an ack speak for one construction of this object only. */
  readonly #incarnation = newId('inc', Date.now());
  readonly #book: Book;
  readonly #leases: LeaseKeeper;
  readonly #tokens = new LiveTokens();
  #rates: { version: string; rates: Rates } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#agent = ctx.id.name ?? '';
    migrate(ctx.storage, migrations);
    this.#book = new Book(ctx, this.#agent);
    this.#leases = new LeaseKeeper(this.#agent, this.#incarnation, env.LEASING);
    void ctx.blockConcurrencyWhile(async () => this.#book.load());
  }

  // ── one call ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Steps 2 to 10 for one call. Every answer is final, or 202 with where to poll. */
  async call(caller: rpc.Caller, request: rpc.CallRequest): Promise<rpc.Answer> {
    await this.#leases.ready(Date.now());
    const arrival = this.#book.arrival(caller, request);

    const asked = this.#contract(caller, request);
    if (!asked.ok) return this.#book.refuse(arrival, null, asked.denial);
    const call = asked.value;

    const facts = await this.#facts(arrival.id, call);
    if (!facts.ok) return this.#book.refuse(arrival, call, facts.denial);

    // From this look at the lease to the recorded intent nothing awaits.
    const leased = this.#lease();
    if (!leased.ok) return this.#book.refuse(arrival, call, leased.denial);
    const earlier = this.#book.byKey(arrival.key);
    const admission = this.#admit(call, leased.value, facts.value, {
      earlier,
      digest: arrival.digest,
      approvers: [],
    });
    return this.#answer(arrival, call, leased.value, admission);
  }

  #lease(): Step<Governed> {
    if (this.#book.behind) return deny({ kind: 'quarantined' });
    const leased = this.#leases.now(Date.now());
    if (!leased) return deny({ kind: 'no-lease' });
    const { governance } = leased;
    if (!governance) return deny({ kind: 'no-policy-set' });
    // The very object of the lease goes on, not a copy: compiled policies are kept per object.
    return hasManifest(governance) ? go({ ...leased, governance }) : deny({ kind: 'unknown-action' });
  }

  #contract(caller: rpc.Caller, request: rpc.CallRequest): Step<AskedCall> {
    const leased = this.#lease();
    return leased.ok ? contract(caller, request, leased.value.governance, catalogue) : leased;
  }

  /** What the policy must know and only the tool can say. A tool that is stopped is asked nothing. */
  async #facts(id: string, call: AskedCall): Promise<Step<Facts>> {
    if (!call.action.facts) return go({});
    const leased = this.#lease();
    if (!leased.ok) return leased;
    const open = stopped(call, leased.value.stops);
    if (!open.ok) return open;
    const room = limits(
      call.action.name,
      this.#ratesOf(leased.value.governance),
      this.#book.inFlight,
      Date.now(),
    );
    if (!room.ok) return room;
    const facts = await lookUp(
      this.env,
      this.#tokens,
      this.#dispatch('facts', id, call, leased.value, Date.now()),
    );
    return facts ? go(facts) : deny({ kind: 'facts-missing' });
  }

  #admit(
    call: AskedCall,
    { stops, governance }: Governed,
    facts: Facts,
    known: { earlier: CallRow | undefined; digest: string; approvers: readonly string[] },
  ): Admission {
    const rates = this.#ratesOf(governance);
    const { inFlight } = this.#book;
    return admit(call, {
      ...known,
      stops,
      governance,
      environment: this.env.ENVIRONMENT,
      facts,
      rates,
      inFlight,
      now: Date.now(),
    });
  }

  async #answer(
    arrival: Arrival,
    call: AskedCall,
    leased: Governed,
    admission: Admission,
  ): Promise<rpc.Answer> {
    switch (admission.kind) {
      case 'denied':
        return this.#book.refuse(arrival, call, admission.denial);
      case 'replayed':
        return replayed(this.#book.state(admission.earlier));
      case 'proposed':
        this.#ratesOf(leased.governance).admit(call.action.name, Date.now());
        return this.#propose(arrival, call, leased.governance.version, admission.would);
      case 'waits':
        if (this.#book.waiting >= WAITING_MAX) return this.#book.refuse(arrival, call, { kind: 'busy' });
        this.#ratesOf(leased.governance).admit(call.action.name, Date.now());
        return this.#park(arrival, call, leased.governance, admission.ruling);
      case 'admitted': {
        const ended = this.#execute(arrival, call, leased, admission.ruling, []);
        const rates = this.#ratesOf(leased.governance).headers(call.action.name, Date.now());
        const answer = await ended;
        return { ...answer, headers: { ...rates, ...answer.headers } };
      }
    }
  }

  /** A proposal: what would happen, decided by the same policies, with nothing sent anywhere. */
  #propose({ id }: Arrival, call: AskedCall, policyVersion: string, would: PolicyDecision): rpc.Answer {
    const { summary, undo } = call.action;
    const needs = would.kind === 'approval' ? would.needs : 0;
    const told = { decision: would.kind, approvers: needs, policies: would.policies };
    const policies = would.policies.map((policy) => policy.id);
    this.#book.note('call.proposed', {
      ...callEntry(id, call),
      policyVersion,
      would: would.kind,
      needs,
      policies,
    });
    return json(200, { call: id, status: 'proposed', would: told, effect: summary, undo });
  }

  /** Steps 8 to 10: the intent, durable before the tool hears of it; the dispatch; the outcome. */
  #execute(
    arrival: Arrival,
    call: AskedCall,
    leased: Governed,
    ruling: Ruling,
    approvers: string[],
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const dispatch = this.#dispatch('run', arrival.id, call, leased, now);
    const { startBefore, epoch } = dispatch;
    const entry = {
      ...callEntry(arrival.id, call),
      ...rulingEntry(ruling, leased.governance.version),
      digest: arrival.digest,
      epoch,
      startBefore,
      ...(approvers.length > 0 && { approval: arrival.stored.approval?.id, approvers }),
    };
    const running = this.#book.begin(
      arrival,
      call,
      { now, startBefore, due: startBefore + this.#recoverAfter() },
      entry,
    );
    this.#ratesOf(leased.governance).admit(call.action.name, now);
    this.ctx.waitUntil(
      run(this.env, this.#tokens, dispatch).then((outcome) => this.#finish(running.row, outcome, reported)),
    );
    return running.ended.promise;
  }

  #dispatch(
    purpose: Dispatch['purpose'],
    call: string,
    { action, inputText }: Pick<AskedCall, 'action' | 'inputText'>,
    leased: Leased,
    intentAt: number,
  ): Dispatch {
    const until = startBefore(leased, Date.now());
    return {
      purpose,
      agent: this.#agent,
      call,
      action,
      inputText,
      epoch: leased.epoch,
      startBefore: until,
      intentAt,
    };
  }

  #finish(row: CallRow, outcome: Outcome, how: { final: boolean; byFind: boolean }): void {
    const manifest = this.#leases.now(Date.now())?.governance?.manifest ?? null;
    const returns = grantedOutput(row, manifest);
    this.#book.finish(row, outcome, { ...how, returns, recoverAfter: this.#recoverAfter() });
  }

  /** A tool reports by itself; normally the answers to the dispatches came first and this changes nothing. */
  async settled(reports: rpc.Report[]): Promise<void> {
    for (const { token, outcome } of reports) this.#settled(token, outcome);
  }

  #settled(token: string, outcome: Outcome): void {
    // Looked up before the signature is checked: for a call that has ended there is nothing to protect.
    const row = this.#book.open(readDispatch(token)?.call ?? '');
    if (!row) return;
    const checked = verifyDispatch(this.env.DISPATCH_PRIVATE_KEY, token);
    if (!checked.ok || checked.claims.purpose !== 'run' || checked.claims.agent !== this.#agent) return;
    this.#finish(row, outcome, reported);
  }

  // ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Step 7: the call waits for people. The row is durable first; the request is sent again until approvals has it. */
  async #park(
    arrival: Arrival,
    asked: AskedCall,
    governance: Governed['governance'],
    ruling: Ruling,
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const { id: call, digest } = arrival;
    const approval = approvalRequest({
      id: newId('appr', now),
      call,
      digest,
      asked,
      governance,
      ruling,
      now,
    });
    const ruled = rulingEntry(ruling, governance.version);
    const entry = {
      ...callEntry(call, asked),
      ...ruled,
      digest,
      approval: approval.id,
      deadline: approval.deadline,
    };
    const row = this.#book.park(arrival, asked, approval, entry);
    await this.#requestApproval(row, approval);
    return this.#book.state(row);
  }

  async #requestApproval(row: CallRow, approval: rpc.ApprovalRequest): Promise<void> {
    const sent = await within(APPROVALS_MS, this.env.APPROVALS.request(approval)).then(
      () => true,
      () => false, // Approvals does not answer: the row stays due, and the alarm sends it again.
    );
    // The decision may have overtaken this answer.
    if (sent && this.#waits(row.id)) this.#book.postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, 1);
  }

  /** A hint from approvals that a call was decided; what was decided is read from approvals itself. */
  async decided(call: string): Promise<void> {
    const row = this.#book.row(call);
    if (row?.state === 'waiting') await this.#resume(row);
  }

  /** Takes the decision and runs the column again from step 2. Throws when it cannot yet, so that it is repeated. */
  async #resume(row: CallRow): Promise<void> {
    const stored = JSON.parse(row.request ?? '{}') as Stored;
    const { approval, caller, request } = stored;
    if (!approval) throw new Error('a waiting call without its request');
    await this.#leases.ready(Date.now());
    const asked = this.#contract(caller, request);
    if (!asked.ok && asked.denial.kind === 'no-lease') throw new Error('no live lease: repeat later');
    // If the answer is lost, or we go away before the intent, the alarm comes back to it.
    this.#book.postpone(row.id, Date.now() + TAKE_AGAIN_MS, row.tries);
    const taking = this.env.APPROVALS.take(approval.workflow, approval.id, row.digest);
    const taken = released(await within(APPROVALS_MS, taking));
    if (!this.#waits(row.id)) return;
    switch (taken.status) {
      case 'waiting':
        return this.#book.postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, row.tries);
      case 'unknown':
        return this.#requestApproval(row, approval);
      case 'expired':
        return this.#book.endDenied(row, { kind: 'expired' });
      case 'rejected':
      case 'void':
        return this.#book.endDenied(row, { kind: 'rejected', reason: taken.reason ?? taken.status });
      case 'approved':
      // Taken before, and then we went away before the intent: the row still waits, so it has not run.
      // eslint-disable-next-line no-fallthrough
      case 'used':
        return asked.ok
          ? this.#runApproved(row, stored, asked.value, taken.approvers)
          : this.#book.endDenied(row, asked.denial);
    }
  }

  /** Whether the call still waits; another message may have moved it on while we asked somebody. */
  #waits(id: string): boolean {
    return this.#book.row(id)?.state === 'waiting';
  }

  async #runApproved(row: CallRow, stored: Stored, call: AskedCall, approvers: string[]): Promise<void> {
    const facts = await this.#facts(row.id, call);
    if (!this.#waits(row.id)) return;
    if (!facts.ok) return this.#endOrRepeat(row, facts.denial);
    const leased = this.#lease();
    if (!leased.ok) return this.#endOrRepeat(row, leased.denial);
    const known = { earlier: undefined, digest: row.digest, approvers };
    const admission = this.#admit(call, leased.value, facts.value, known);
    switch (admission.kind) {
      case 'admitted': {
        const { id, key, digest } = row;
        void this.#execute({ id, key, digest, stored }, call, leased.value, admission.ruling, approvers);
        return;
      }
      case 'denied':
        return this.#endOrRepeat(row, admission.denial);
      case 'waits':
        // More people are needed than when it was asked for: it has to be asked for again.
        return this.#book.endDenied(row, {
          kind: 'policy',
          why: 'unapproved',
          policies: admission.ruling.policies,
        });
      case 'proposed':
      case 'replayed':
        throw new Error(`an approved call cannot be ${admission.kind}`);
    }
  }

  /** What passes by itself is waited for; everything else ends the call. */
  #endOrRepeat(row: CallRow, denial: Denial): void {
    const passes: Denial['kind'][] = ['limited', 'busy', 'no-lease', 'facts-missing'];
    const { approval } = JSON.parse(row.request ?? '{}') as Partial<Stored>;
    const expired = Date.now() >= Date.parse(approval?.deadline ?? '');
    if (passes.includes(denial.kind) && !expired)
      this.#book.postpone(row.id, Date.now() + SHIP_MS, row.tries);
    else this.#book.endDenied(row, passes.includes(denial.kind) ? { kind: 'expired' } : denial);
  }

  // ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The state of one of this agent's calls; waits up to `waitMs` for it to end. Others' calls do not exist here. */
  async poll(caller: rpc.Caller, id: string, waitMs: number): Promise<rpc.Answer> {
    const row = isId('call', id) ? this.#book.row(id) : undefined;
    // A narrowed token does not read what it could not have asked for.
    if (!row || !caller.scopes.some((scope) => scope.startsWith(`${row.action}:`))) return notFound();
    if (waitMs <= 0 || row.state === 'done' || row.state === 'unknown') return this.#book.state(row);
    await this.#book.ended(id, Math.min(waitMs, 30_000));
    return this.#book.state(this.#book.row(id) ?? row);
  }

  /** What the agent may know about itself. */
  async view(agent: string): Promise<rpc.Result<rpc.AgentView>> {
    await this.#leases.ready(Date.now());
    const leased = this.#lease();
    if (agent !== this.#agent || !leased.ok)
      return { ok: false, problem: { code: 'no-lease', retryAfter: 5 } };
    const { governance, stops } = leased.value;
    return { ok: true, value: agentView(governance, stops, this.#ratesOf(governance).view(Date.now())) };
  }

  #ratesOf(governance: AgentGovernance): Rates {
    if (this.#rates?.version !== governance.version) {
      const limits = governance.manifest?.limits ?? [];
      const longest = Math.max(0, ...limits.map((limit) => limit.per));
      const admitted = this.#book.admittedSince(Date.now() - longest * 1000);
      this.#rates = { version: governance.version, rates: new Rates(limits, admitted) };
    }
    return this.#rates.rates;
  }

  // ── the kill switch ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Control says an epoch passed. Acks once no token of this incarnation can start anything more. */
  async push(incarnation: string, epoch: number): Promise<{ acked: boolean; inFlight: rpc.InFlight[] }> {
    // An ack speaks for one incarnation; of an earlier one only its calls are known.
    if (incarnation !== this.#incarnation) return { acked: false, inFlight: this.#open() };
    this.#leases.raise(epoch);
    const open = this.#book.running();
    await this.#tokens.quiet();
    return { acked: true, inFlight: open.map(({ row }) => this.#inFlight(row)) };
  }

  /** How calls that a stop found under way have ended by now; with none named, all that have not ended. */
  async ended(calls: string[]): Promise<rpc.InFlight[]> {
    if (calls.length === 0) return this.#open();
    const rows = calls.map((id) => this.#book.row(id)).filter((row) => row !== undefined);
    return rows.map((row) => this.#inFlight(row));
  }

  #open(): rpc.InFlight[] {
    return this.#book.atTools().map((row) => this.#inFlight(row));
  }

  #inFlight({ id, action, outcome }: CallRow): rpc.InFlight {
    return {
      agent: this.#agent,
      call: id,
      action,
      ended: endings.find((ending) => ending === outcome) ?? 'unknown',
    };
  }

  // ── recovery ─────────────────────────────────────────────────────────────────────────────────────────────────────

  override async alarm(): Promise<void> {
    await this.#book.alarm(this.env.LEDGER, async (row) =>
      row.state === 'waiting' ? this.#resume(row) : this.#recover(row),
    );
  }

  /** A call without a clear outcome: closed, looked up under a live lease, or left to a person. Never run again. */
  async #recover(row: CallRow): Promise<void> {
    const action = catalogue.get(row.action);
    const plan = recovery(row, action, this.#recoverAfter(), Date.now());
    switch (plan.kind) {
      case 'wait':
        return this.#book.postpone(row.id, plan.until, row.tries);
      case 'close':
        return this.#finish(row, plan.outcome, { final: true, byFind: true });
      case 'find':
        return this.#find(row);
    }
  }

  async #find(row: CallRow): Promise<void> {
    const { caller, request } = JSON.parse(row.request ?? '{}') as Stored;
    await this.#leases.ready(Date.now());
    const leased = this.#lease();
    const action = catalogue.get(row.action);
    const inputText = action && inputTextOf(request.body, action);
    if (!leased.ok || !action || inputText === undefined) return;
    const { workflow } = leased.value.governance.manifest;
    const coverage = { agent: caller.agent, workflow, tool: action.tool, action: action.name };
    if (leased.value.stops.some(({ target }) => covers(target, coverage))) return;
    const found = await find(
      this.env,
      this.#tokens,
      this.#dispatch('find', row.id, { action, inputText }, leased.value, row.at),
    );
    // While we asked, the tool itself may have said how it ended.
    const current = this.#book.row(row.id);
    if (current?.state !== row.state || current.outcome !== row.outcome) return;
    if (found) return this.#finish(current, found, { final: true, byFind: true });
    row.tries += 1;
    this.#book.postpone(row.id, Date.now() + 1_000 * 2 ** row.tries, row.tries);
  }

  #recoverAfter(): number {
    return Number(this.env.RECOVER_AFTER_MS) || 11_000;
  }
}

function hasManifest(governance: AgentGovernance): governance is Governed['governance'] {
  return governance.manifest !== null;
}

const endings = ['succeeded', 'failed', 'lapsed', 'indeterminate'] as const;

function replayed(answer: rpc.Answer): rpc.Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
}

function notFound(): rpc.Answer {
  const body = JSON.stringify(problemDocument({ code: 'not-found', detail: 'This agent has no such call.' }));
  return { status: 404, body, headers: { 'content-type': 'application/problem+json' } };
}
