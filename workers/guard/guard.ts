import { DurableObject } from 'cloudflare:workers';
import { randomBytes } from 'node:crypto';
import { spent, startBefore } from '../../flags/holder.ts';
import { covers } from '../../flags/targets.ts';
import { terms } from '../../flags/terms.ts';
import { Alarm } from '../../shared/alarm.ts';
import { hmac } from '../../shared/crypto.ts';
import { verifyDispatch } from '../../shared/dispatch-token.ts';
import type { AgentGovernance } from '../../shared/governance.ts';
import { isId, newId } from '../../shared/ids.ts';
import { Journal } from '../../shared/journal-store.ts';
import { SlidingLog } from '../../shared/limits.ts';
import type { Manifest } from '../../shared/manifest.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Outcome } from '../../shared/outcome.ts';
import { problemDocument } from '../../shared/problems.ts';
import type * as rpc from '../../shared/rpc.ts';
import { transact } from '../../shared/transact.ts';
import { catalogue } from '../tools/catalogue.ts';
import { admit, type Admission } from './admit.ts';
import { approvalRequest } from './approval-request.ts';
import type { AskedCall } from './call.ts';
import { Calls, KEEP_MS, type CallRow } from './calls.ts';
import { denialAnswer, type Denial } from './denial.ts';
import { find, lookUp, run } from './dispatch.ts';
import { callEntry, denialEntry, rulingEntry } from './entries.ts';
import type { Env } from './env.ts';
import { LeaseKeeper, type Leased } from './lease-keeper.ts';
import { migrations } from './migrations.ts';
import { Rates } from './rates.ts';
import { inputTextOf, recovery } from './recover.ts';
import { json, settle } from './settle.ts';
import { contract } from './steps/contract.ts';
import type { Ruling } from './steps/policy.ts';
import { deny, go, type Step } from './steps/step.ts';
import { stopped } from './steps/stopped.ts';

/** How soon after an entry the journal is shipped. */
const SHIP_MS = 1_000;

/** Denials journaled in full per minute; past it they are counted, so that a looping agent cannot fill the disk. */
const DENIALS = { max: 600, per: 60 };

/** A call under way in this incarnation. */
interface Running {
  row: CallRow;
  startBefore: number;
  ended: PromiseWithResolvers<rpc.Answer>;
}

/** What a stored call needs to run again or to be looked up. */
interface Stored {
  caller: rpc.Caller;
  request: rpc.CallRequest;
  approval?: rpc.ApprovalRequest;
}

/** What came in, before anything is decided. */
interface Arrival {
  id: string;
  key: string | null;
  digest: string;
  stored: Stored;
}

/** The agent's guard: wiring of the column (`admit.ts`) and of settlement (`settle.ts`) to storage, control and tools. */
export class Guard extends DurableObject<Env> {
  readonly #agent: string;
  readonly #incarnation = newId('inc', Date.now());
  readonly #calls: Calls;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  readonly #leases: LeaseKeeper;
  readonly #running = new Map<string, Running>();
  readonly #due = new Map<string, number>();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #denials = new SlidingLog(DENIALS);
  #suppressed = 0;
  #digestKey = '';
  #rates: { version: string; rates: Rates } | null = null;
  #prunedAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#agent = ctx.id.name ?? '';
    migrate(ctx.storage, migrations);
    this.#calls = new Calls(ctx.storage.sql);
    this.#journal = new Journal(`guard:${this.#agent}`, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#leases = new LeaseKeeper(this.#agent, this.#incarnation, env.LEASING);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#load();
    });
  }

  #load(): void {
    const { sql } = this.ctx.storage;
    sql.exec(
      `INSERT INTO setting VALUES ('digest-key', ?) ON CONFLICT DO NOTHING`,
      randomBytes(32).toString('hex'),
    );
    this.#digestKey = sql
      .exec<{ value: string }>(`SELECT value FROM setting WHERE name = 'digest-key'`)
      .one().value;
    for (const row of this.#calls.open()) this.#look(row.id, row.due ?? 0);
    if (this.#journal.unshipped > 0) this.#alarm.by(Date.now() + SHIP_MS);
  }

  // ── one call ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Steps 2 to 10 for one call. Every answer is final, or 202 with where to poll. */
  async call(caller: rpc.Caller, request: rpc.CallRequest): Promise<rpc.Answer> {
    const waiting = this.#leases.ready(Date.now());
    if (waiting) await waiting;
    const arrival = this.#arrival(caller, request);
    const asked = this.#contract(caller, request);
    if (!asked.ok) return this.#refuse(arrival, null, asked.denial);
    const call = asked.value;
    const facts = call.action.facts ? await this.#facts(arrival.id, call) : go({});
    if (!facts.ok) return this.#refuse(arrival, call, facts.denial);
    // From the look at the lease to the recorded intent nothing awaits.
    const leased = this.#lease();
    if (!leased.ok) return this.#refuse(arrival, call, leased.denial);
    const admission = this.#admit(call, leased.value, facts.value, arrival, []);
    return this.#answer(arrival, call, leased.value, admission);
  }

  #arrival(caller: rpc.Caller, request: rpc.CallRequest): Arrival {
    const key =
      request.idempotencyKey === null ? null : hmac(this.#digestKey, `key\n${request.idempotencyKey}`);
    const digest = hmac(
      this.#digestKey,
      `${caller.agent}\n${request.tool}.${request.action}\n${request.body}`,
    );
    return { id: newId('call', Date.now()), key, digest, stored: { caller, request } };
  }

  #lease(): Step<Leased & { governance: AgentGovernance & { manifest: Manifest } }> {
    const leased = this.#leases.now(Date.now());
    if (!leased) return deny({ kind: 'no-lease' });
    const { governance } = leased;
    if (!governance) return deny({ kind: 'no-policy-set' });
    if (!governance.manifest) return deny({ kind: 'unknown-action', name: this.#agent });
    return go({ ...leased, governance: { ...governance, manifest: governance.manifest } });
  }

  #contract(caller: rpc.Caller, request: rpc.CallRequest): Step<AskedCall> {
    const leased = this.#lease();
    return leased.ok ? contract(caller, request, leased.value.governance, catalogue) : leased;
  }

  /** Asks the tool what the policy must know. A tool that is stopped is asked nothing. */
  async #facts(id: string, call: AskedCall): Promise<Step<Record<string, string | number | boolean>>> {
    const leased = this.#lease();
    if (!leased.ok) return leased;
    const open = stopped(call, leased.value.stops);
    if (!open.ok) return open;
    const now = Date.now();
    const { action, inputText } = call;
    const { epoch } = leased.value;
    const until = startBefore(leased.value, now);
    const dispatch = {
      purpose: 'facts',
      agent: this.#agent,
      call: id,
      action,
      inputText,
      epoch,
      startBefore: until,
      intentAt: now,
    } as const;
    const facts = await lookUp(this.env, dispatch);
    return facts ? go(facts) : deny({ kind: 'facts-missing' });
  }

  #admit(
    call: AskedCall,
    leased: Leased & { governance: AgentGovernance & { manifest: Manifest } },
    facts: Record<string, string | number | boolean>,
    arrival: Pick<Arrival, 'key' | 'digest'>,
    approvers: readonly string[],
  ): Admission {
    const { stops, governance } = leased;
    return admit(call, {
      stops,
      governance,
      earlier: this.#calls.byKey(arrival.key),
      digest: arrival.digest,
      environment: this.env.ENVIRONMENT,
      facts,
      rates: this.#ratesOf(governance),
      inFlight: this.#running.size,
      approvers,
      now: Date.now(),
    });
  }

  async #answer(
    arrival: Arrival,
    call: AskedCall,
    leased: Leased & { governance: AgentGovernance & { manifest: Manifest } },
    admission: Admission,
  ): Promise<rpc.Answer> {
    switch (admission.kind) {
      case 'denied':
        return this.#refuse(arrival, call, admission.denial);
      case 'replayed':
        return replayed(this.#state(admission.earlier));
      case 'proposed':
        return this.#proposed(arrival, call, leased.governance.version, admission.ruling);
      case 'waits':
        return this.#park(arrival, call, leased.governance, admission.ruling);
      case 'admitted': {
        const answer = await this.#execute(arrival, call, leased, admission.ruling, null);
        return { ...answer, headers: { ...admission.rateHeaders, ...answer.headers } };
      }
    }
  }

  #refuse(arrival: Arrival, call: AskedCall | null, denial: Denial): rpc.Answer {
    const now = Date.now();
    if (this.#denials.check(now).ok) {
      this.#denials.admit(now);
      const known = call ? callEntry(arrival.id, call) : { agent: this.#agent, call: arrival.id };
      const suppressed = this.#suppressed > 0 ? { suppressed: this.#suppressed } : {};
      this.#suppressed = 0;
      transact(this.ctx, () =>
        this.#journal.append('call.denied', { ...known, ...denialEntry(denial), ...suppressed }, now),
      );
      this.#alarm.by(now + SHIP_MS);
    } else {
      this.#suppressed += 1;
    }
    return denialAnswer(denial, arrival.id);
  }

  /** A proposal: what would happen, decided by the same policies, with nothing sent anywhere. */
  #proposed(arrival: Arrival, call: AskedCall, policyVersion: string, ruling: Ruling): rpc.Answer {
    const now = Date.now();
    const entry = { ...callEntry(arrival.id, call), ...rulingEntry(ruling, policyVersion) };
    transact(this.ctx, () => this.#journal.append('call.proposed', entry, now));
    this.#alarm.by(now + SHIP_MS);
    return json(200, {
      call: arrival.id,
      status: 'proposed',
      would: { run: ruling.needs === 0, approvers: ruling.needs, policies: ruling.policies },
      effect: call.action.summary,
      undo: call.action.undo,
    });
  }

  // ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Steps 8 to 10: the intent, durable before the tool hears of it; the dispatch; the outcome. */
  #execute(
    arrival: Arrival,
    call: AskedCall,
    leased: Leased & { governance: AgentGovernance },
    ruling: Ruling,
    approved: { approval: string; approvers: string[] } | null,
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const { id } = arrival;
    const { action } = call;
    const until = startBefore(leased, now);
    const due = until + this.#recoverAfter();
    const row = this.#newRow(arrival, call, {
      state: 'running',
      at: now,
      start_before: until,
      due,
      approval: approved?.approval ?? null,
    });
    const entry = {
      ...callEntry(id, call),
      ...rulingEntry(ruling, leased.governance.version),
      digest: arrival.digest,
      epoch: leased.epoch,
      startBefore: until,
      ...approved,
    };
    transact(this.ctx, () => {
      if (approved) this.#calls.start(id, now, until, due);
      else this.#calls.insert(row);
      this.#journal.append('call.intent', entry, now);
    });
    this.#ratesOf(leased.governance).admit(action.name, now);
    const running = { row, startBefore: until, ended: Promise.withResolvers<rpc.Answer>() };
    this.#running.set(id, running);
    this.#look(id, due);
    this.#alarm.by(now + SHIP_MS);
    // The output gate holds this message back until the intent is durable.
    const dispatch = {
      purpose: 'run',
      agent: this.#agent,
      call: id,
      action,
      inputText: call.inputText,
      epoch: leased.epoch,
      startBefore: until,
      intentAt: now,
    } as const;
    this.ctx.waitUntil(run(this.env, dispatch).then((outcome) => this.#finish(row, outcome, false)));
    return running.ended.promise;
  }

  #newRow(
    { id, key, digest, stored }: Arrival,
    call: AskedCall,
    rest: Pick<CallRow, 'state' | 'at' | 'start_before' | 'due' | 'approval'>,
  ): CallRow {
    // A read is never run again nor looked up, so what it asked for is not kept.
    const request = call.mode === 'read' ? null : JSON.stringify(stored);
    return {
      id,
      key,
      digest,
      action: call.action.name,
      mode: call.mode,
      tries: 0,
      request,
      outcome: null,
      status: null,
      answer: null,
      ...rest,
    };
  }

  /** Step 10: what the tool reported, by answer or by `settle`, whichever comes first. */
  #finish(row: CallRow, outcome: Outcome, final: boolean): void {
    const now = Date.now();
    const action = catalogue.get(row.action);
    if (!action) return;
    const manifest = this.#leases.now(now)?.governance?.manifest;
    const returns = manifest?.grants.find((grant) => grant.action === row.action)?.returns;
    const settled = settle(row, outcome, { action, returns, now, final });
    if (!settled) return;
    const recovered = row.state !== 'running' || !this.#running.has(row.id);
    const { state, due, answer, journal } = settled;
    // The answer to a read without a key is not kept: it may hold personal data, and nobody can ask for it again.
    const kept =
      row.mode === 'read' && row.key === null
        ? JSON.stringify({ call: row.id, status: outcome.kind })
        : answer.body;
    transact(this.ctx, () => {
      this.#calls.end(row.id, state, due, outcome.kind, answer.status, kept);
      const entry = { agent: this.#agent, tool: action.tool, action: action.name, call: row.id, ...journal };
      this.#journal.append(recovered ? 'call.recovered' : 'call.outcome', entry, now);
    });
    row.state = state;
    row.outcome = outcome.kind;
    this.#look(row.id, due);
    this.#alarm.by(now + SHIP_MS);
    this.#running.get(row.id)?.ended.resolve(answer);
    this.#running.delete(row.id);
    this.#wake(row.id);
  }

  /** A tool reports by itself; normally the answer to the dispatch came first and this changes nothing. */
  async settled(token: string, outcome: Outcome): Promise<void> {
    const checked = verifyDispatch(this.env.DISPATCH_PRIVATE_KEY, token);
    if (!checked.ok || checked.claims.purpose !== 'run' || checked.claims.agent !== this.#agent) return;
    const { call } = checked.claims;
    const row = this.#running.get(call)?.row ?? this.#calls.byId(call);
    if (row) this.#finish(row, outcome, false);
  }

  // ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Step 7: the call waits for people. The row is durable first; the request is sent again until approvals has it. */
  async #park(
    arrival: Arrival,
    call: AskedCall,
    governance: AgentGovernance & { manifest: Manifest },
    ruling: Ruling,
  ): Promise<rpc.Answer> {
    const now = Date.now();
    const { id, key, digest, stored } = arrival;
    const approval = approvalRequest({
      id: newId('appr', now),
      call: id,
      digest,
      asked: call,
      governance,
      ruling,
      now,
    });
    const row = this.#newRow({ id, key, digest, stored: { ...stored, approval } }, call, {
      state: 'waiting',
      at: now,
      start_before: null,
      due: now + SHIP_MS,
      approval: approval.id,
    });
    const entry = {
      ...callEntry(id, call),
      ...rulingEntry(ruling, governance.version),
      digest,
      approval: approval.id,
      deadline: approval.deadline,
    };
    transact(this.ctx, () => {
      this.#calls.insert(row);
      this.#journal.append('call.waiting', entry, now);
    });
    this.#look(id, row.due);
    await this.#requestApproval(row, approval);
    return this.#state(row);
  }

  async #requestApproval(row: CallRow, approval: rpc.ApprovalRequest): Promise<void> {
    const sent = await this.env.APPROVALS.request(approval).then(
      () => true,
      () => false, // Approvals does not answer: the row stays due, and the alarm sends it again.
    );
    if (sent) this.#postpone(row.id, Date.parse(approval.deadline) + SHIP_MS, 1);
  }

  /** A hint from approvals that a call was decided; what was decided is read from approvals itself. */
  async decided(call: string): Promise<void> {
    const row = this.#calls.byId(call);
    if (row?.state === 'waiting') await this.#resume(row);
  }

  /** Takes the decision and runs the column again from step 2. Throws when it cannot yet, so that approvals repeats. */
  async #resume(row: CallRow): Promise<void> {
    const stored = JSON.parse(row.request ?? '{}') as Stored;
    const { approval } = stored;
    if (!approval) throw new Error('a waiting call without its request');
    await this.#leases.ready(Date.now());
    const asked = this.#contract(stored.caller, stored.request);
    if (!asked.ok && asked.denial.kind === 'no-lease') throw new Error('no live lease: repeat later');
    const taken = await this.env.APPROVALS.take(approval.workflow, approval.id, row.digest);
    // Another message may have moved the call on while we asked.
    if (this.#calls.byId(row.id)?.state !== 'waiting' || taken.status === 'waiting') return;
    if (taken.status === 'unknown') return this.#requestApproval(row, approval);
    if (taken.status === 'expired') return this.#endDenied(row, { kind: 'expired' });
    if (taken.status === 'rejected' || taken.status === 'void') {
      return this.#endDenied(row, { kind: 'rejected', reason: taken.reason ?? taken.status });
    }
    return asked.ok
      ? this.#runApproved(row, stored, asked.value, taken.approvers)
      : this.#endDenied(row, asked.denial);
  }

  async #runApproved(row: CallRow, stored: Stored, call: AskedCall, approvers: string[]): Promise<void> {
    const facts = call.action.facts ? await this.#facts(row.id, call) : go({});
    if (!facts.ok) return this.#endDenied(row, facts.denial);
    const leased = this.#lease();
    if (!leased.ok) throw new Error('no live lease: repeat later');
    if (this.#calls.byId(row.id)?.state !== 'waiting') return;
    const admission = this.#admit(
      call,
      leased.value,
      facts.value,
      { key: null, digest: row.digest },
      approvers,
    );
    switch (admission.kind) {
      case 'admitted': {
        const arrival = { id: row.id, key: row.key, digest: row.digest, stored };
        void this.#execute(arrival, call, leased.value, admission.ruling, {
          approval: row.approval ?? '',
          approvers,
        });
        return;
      }
      case 'denied':
        // A full window empties by itself; everything else has to be asked for again.
        if (admission.denial.kind !== 'limited' && admission.denial.kind !== 'busy')
          return this.#endDenied(row, admission.denial);
        return this.#postpone(row.id, Date.now() + SHIP_MS, row.tries);
      case 'waits':
        return this.#endDenied(row, {
          kind: 'policy',
          why: 'unapproved',
          policies: admission.ruling.policies,
        });
      case 'proposed':
      case 'replayed':
        throw new Error(`an approved call cannot be ${admission.kind}`);
    }
  }

  #endDenied(row: CallRow, denial: Denial): void {
    const now = Date.now();
    const answer = denialAnswer(denial, row.id);
    const action = catalogue.get(row.action);
    transact(this.ctx, () => {
      this.#calls.end(row.id, 'done', null, 'denied', answer.status, answer.body);
      const entry = {
        agent: this.#agent,
        tool: action?.tool ?? '',
        action: row.action,
        call: row.id,
        approval: row.approval,
        ...denialEntry(denial),
      };
      this.#journal.append('call.denied', entry, now);
    });
    this.#look(row.id, null);
    this.#alarm.by(now + SHIP_MS);
    this.#wake(row.id);
  }

  // ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The state of one of this agent's calls; waits up to `waitMs` for it to end. Others' calls do not exist here. */
  async poll(_caller: rpc.Caller, id: string, waitMs: number): Promise<rpc.Answer> {
    const row = isId('call', id) ? this.#calls.byId(id) : undefined;
    if (!row) return notFound();
    if (waitMs <= 0 || row.state === 'done' || row.state === 'unknown') return this.#state(row);
    await this.#ended(id, Math.min(waitMs, 30_000));
    return this.#state(this.#calls.byId(id) ?? row);
  }

  #state(row: CallRow): rpc.Answer {
    if (row.status !== null && row.answer !== null) {
      const type = row.status < 400 ? 'application/json' : 'application/problem+json';
      return { status: row.status, body: row.answer, headers: { 'content-type': type } };
    }
    const poll = `/v1/calls/${row.id}?wait=30`;
    return json(202, {
      call: row.id,
      status: row.state,
      ...(row.approval !== null && { approval: row.approval }),
      poll,
    });
  }

  async #ended(id: string, waitMs: number): Promise<void> {
    const woken = Promise.withResolvers<void>();
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(woken.resolve));
    await Promise.race([woken.promise, scheduler.wait(waitMs)]);
    waiters.delete(woken.resolve);
    if (waiters.size === 0) this.#waiters.delete(id);
  }

  #wake(id: string): void {
    for (const wake of this.#waiters.get(id) ?? []) wake();
  }

  /** What the agent may know about itself. */
  async view(agent: string): Promise<rpc.Result<rpc.AgentView>> {
    await this.#leases.ready(Date.now());
    const leased = this.#lease();
    if (agent !== this.#agent || !leased.ok)
      return { ok: false, problem: { code: 'no-lease', retryAfter: 5 } };
    const { governance, stops } = leased.value;
    const { manifest } = governance;
    const { workflow, mission, version, grants } = manifest;
    const covering = stops.filter(({ target }) =>
      grants.some(({ action }) =>
        covers(target, { agent, workflow, tool: action.split('.')[0] ?? '', action }),
      ),
    );
    return {
      ok: true,
      value: {
        agent,
        workflow,
        mission,
        manifestVersion: version,
        policyVersion: governance.version,
        grants: grants.map(({ action, mode, fields, returns }) => ({
          action,
          mode,
          fields: fields ?? null,
          returns: returns ?? null,
        })),
        limits: this.#ratesOf(governance).view(Date.now()),
        stops: covering.map(({ target, since }) => ({ target, since })),
      },
    };
  }

  // ── the kill switch ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Control says an epoch passed. Acks once every token of this incarnation is settled or can start nothing more. */
  async push(incarnation: string, epoch: number): Promise<{ acked: boolean; inFlight: rpc.InFlight[] }> {
    if (incarnation !== this.#incarnation) return { acked: false, inFlight: [] };
    this.#leases.raise(epoch);
    const open = [...this.#running.values()];
    const spentAt = Math.max(0, ...open.map((running) => running.startBefore)) + terms.margin;
    const all = Promise.all(open.map((running) => running.ended.promise));
    if (open.length > 0) await Promise.race([all, scheduler.wait(Math.max(0, spentAt - Date.now()))]);
    const acked = open.every(
      ({ row, startBefore }) => row.state !== 'running' || spent(startBefore, Date.now()),
    );
    return { acked, inFlight: open.map(({ row }) => this.#inFlight(row)) };
  }

  /** How calls that a stop found under way have ended by now. */
  async ended(calls: string[]): Promise<rpc.InFlight[]> {
    return calls.flatMap((id) => {
      const row = this.#calls.byId(id);
      return row ? [this.#inFlight(row)] : [];
    });
  }

  #inFlight(row: CallRow): rpc.InFlight {
    const ended = endings.find((ending) => ending === row.outcome) ?? 'unknown';
    return {
      agent: this.#agent,
      call: row.id,
      action: row.action,
      ended: row.state === 'unknown' ? 'indeterminate' : ended,
    };
  }

  // ── recovery and housekeeping ────────────────────────────────────────────────────────────────────────────────────

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const shipped = await this.#journal.ship(this.env.LEDGER);
    const now = Date.now();
    const due = [...this.#due].filter(([, at]) => at <= now).slice(0, 50);
    for (const [id] of due) await this.#lookInto(id);
    this.#prune(now);
    const next = Math.min(...this.#due.values(), shipped ? Infinity : Date.now() + SHIP_MS);
    if (next !== Infinity) this.#alarm.by(Math.max(next, Date.now() + 100));
  }

  async #lookInto(id: string): Promise<void> {
    const row = this.#running.get(id)?.row ?? this.#calls.byId(id);
    if (!row || row.state === 'done') {
      this.#look(id, null);
      return;
    }
    try {
      await (row.state === 'waiting' ? this.#resume(row) : this.#recover(row));
    } catch {
      // No lease or no answer: nothing was decided, so it is looked into again. The row stays.
    }
    // Whatever did not move is due again later, never in a tight loop.
    if ((this.#due.get(id) ?? Infinity) <= Date.now()) this.#postpone(id, Date.now() + 5_000, row.tries);
  }

  /** A call without a clear outcome: closed, looked up under a live lease, or left to a person. Never run again. */
  async #recover(row: CallRow): Promise<void> {
    const action = catalogue.get(row.action);
    const plan = recovery(row, action, Date.now());
    if (plan.kind === 'wait') return this.#postpone(row.id, plan.until, row.tries);
    if (plan.kind === 'close' || !action) {
      return this.#finish(
        row,
        plan.kind === 'close' ? plan.outcome : { kind: 'indeterminate', detail: 'the action is gone' },
        true,
      );
    }
    await this.#leases.ready(Date.now());
    const leased = this.#lease();
    const stored = JSON.parse(row.request ?? '{}') as Stored;
    const inputText = inputTextOf(stored.request.body, action);
    if (!leased.ok || inputText === undefined) return;
    const { workflow } = leased.value.governance.manifest;
    const coverage = { agent: this.#agent, workflow, tool: action.tool, action: action.name };
    if (leased.value.stops.some(({ target }) => covers(target, coverage))) return;
    const { epoch } = leased.value;
    const until = startBefore(leased.value, Date.now());
    const found = await find(this.env, {
      purpose: 'find',
      agent: this.#agent,
      call: row.id,
      action,
      inputText,
      epoch,
      startBefore: until,
      intentAt: row.at,
    });
    if (found) return this.#finish(row, found, true);
    row.tries += 1;
    this.#postpone(row.id, Date.now() + 1_000 * 2 ** row.tries, row.tries);
  }

  #postpone(id: string, due: number, tries: number): void {
    this.#calls.postpone(id, due, tries);
    this.#look(id, due);
  }

  /** Remembers when to look at a call next; null: never again. */
  #look(id: string, due: number | null): void {
    if (due === null) this.#due.delete(id);
    else {
      this.#due.set(id, due);
      this.#alarm.by(due);
    }
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < KEEP_MS / 24) return;
    this.#prunedAt = now;
    this.#calls.prune(now);
  }

  #ratesOf(governance: AgentGovernance): Rates {
    if (this.#rates?.version !== governance.version) {
      const limits = governance.manifest?.limits ?? [];
      const longest = Math.max(0, ...limits.map((limit) => limit.per));
      const admitted = this.#calls.admittedSince(Date.now() - longest * 1000);
      this.#rates = { version: governance.version, rates: new Rates(limits, admitted) };
    }
    return this.#rates.rates;
  }

  #recoverAfter(): number {
    return Number(this.env.RECOVER_AFTER_MS) || 9_000;
  }
}

const endings = ['succeeded', 'failed', 'lapsed', 'indeterminate'] as const;

function replayed(answer: rpc.Answer): rpc.Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
}

function notFound(): rpc.Answer {
  const body = JSON.stringify(problemDocument({ code: 'not-found', detail: 'This agent has no such call.' }));
  return { status: 404, body, headers: { 'content-type': 'application/problem+json' } };
}
