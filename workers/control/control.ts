import { DurableObject } from 'cloudflare:workers';
import {
  forgetLapsed,
  forming,
  grant,
  heartbeatDue,
  heldLeases,
  newAuthority,
  type Authority,
} from '../../flags/authority.ts';
import { covers, type Target } from '../../flags/targets.ts';
import { terms } from '../../flags/terms.ts';
import { Alarm } from '../../shared/alarm.ts';
import type { AgentGovernance, Governance } from '../../shared/governance.ts';
import { newId } from '../../shared/ids.ts';
import { Journal } from '../../shared/journal-store.ts';
import type { Site } from '../../shared/manifest.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import type { Applied, LeaseGrant, Receipt, Result, Resumed, Stop, StopsView } from '../../shared/rpc.ts';
import { released } from '../../shared/released.ts';
import { transact } from '../../shared/transact.ts';
import { CONTROL_NAME, type Env } from './env.ts';
import type { StopInput } from './input.ts';
import { migrations } from './migrations.ts';
import { Receipts } from './receipts.ts';

/** How long the answer to a stop waits for the receipt to be confirmed; after it the receipt is polled. */
const CONFIRM_WAIT_MS = 1_500;

/** How soon after a change the journal is shipped. */
const SHIP_MS = 500;

/** The one authority: wiring of the pure lease protocol in `flags/authority.ts` to storage, guards and people. */
export class Control extends DurableObject<Env> {
  #authority: Authority = newAuthority(0, null, 0);
  #stops: Stop[] = [];
  #governance: Governance | null = null;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  readonly #receipts: Receipts;
  #beating: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, migrations);
    this.#journal = new Journal(CONTROL_NAME, ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#receipts = new Receipts(ctx.storage, this.#journal, env.LEASES);
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#load(Date.now());
    });
  }

  #load(now: number): void {
    const { sql } = this.ctx.storage;
    const row = sql
      .exec<{ epoch: number; heartbeat: number | null }>('SELECT epoch, heartbeat FROM authority')
      .one();
    this.#authority = newAuthority(row.epoch, row.heartbeat, now);
    this.#stops = sql
      .exec<{ target: string; since: string; by: string; reason: string }>(
        'SELECT * FROM stop ORDER BY since',
      )
      .toArray()
      .map((stop) => ({ ...stop, target: stop.target as Target }));
    const newest = sql
      .exec<{ body: string }>('SELECT body FROM governance ORDER BY n DESC LIMIT 1')
      .toArray()[0];
    this.#governance = newest ? (JSON.parse(newest.body) as Governance) : null;
    // An alarm that failed too often is given up by the platform; waking up is the chance to set it again.
    if (this.#journal.unshipped > 0 || this.#receipts.open > 0) this.#alarm.by(now + SHIP_MS);
  }

  /** Grants a lease to one incarnation of a guard, or null when the heartbeat could not be written. */
  async ask(agent: string, incarnation: string, haveVersion: string | null): Promise<LeaseGrant | null> {
    if (heartbeatDue(this.#authority, Date.now())) await this.#beat();
    // From here to the return nothing awaits: the grant and the epoch it is under are one step.
    const granted = grant(this.#authority, agent, incarnation, Date.now());
    if (!granted) return null;
    const version = this.#governance?.version ?? null;
    return {
      ...granted,
      stops: this.#stops,
      governanceVersion: version,
      ...(version !== haveVersion && this.#governance && { governance: forAgent(this.#governance, agent) }),
    };
  }

  /** Writes the heartbeat and waits until it is durable; concurrent askers share one write. */
  async #beat(): Promise<void> {
    this.#beating ??= this.#writeHeartbeat().finally(() => {
      this.#beating = undefined;
    });
    await this.#beating;
  }

  async #writeHeartbeat(): Promise<void> {
    const issued = Date.now();
    this.ctx.storage.sql.exec('UPDATE authority SET heartbeat = ?', issued);
    await this.ctx.storage.sync();
    this.#authority.heartbeat = issued;
    forgetLapsed(this.#authority, Date.now());
  }

  /** Stops a target. Returns the receipt, confirmed if that took no longer than a moment. */
  async stop(input: StopInput, person: Person): Promise<Receipt> {
    const now = Date.now();
    const { target, reason } = input;
    const concerns = (agent: string): boolean => mayConcern(target, agent);
    const since = new Date(now).toISOString();
    const id = newId('rcpt', now);
    transact(this.ctx, () => {
      this.#nextEpoch();
      this.ctx.storage.sql.exec(
        'INSERT INTO stop (target, since, by, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        target,
        since,
        person.email,
        reason,
      );
      this.#journal.append(
        'stop.requested',
        { ...acted(person), target, reason, cancel: input.cancel, receipt: id, epoch: this.#authority.epoch },
        now,
      );
      const begun = { id, target, reason, by: person.email, epoch: this.#authority.epoch };
      this.#receipts.begin(begun, forming(this.#authority, now, concerns));
    });
    if (!this.#stops.some((stop) => stop.target === target)) {
      this.#stops = [...this.#stops, { target, since, by: person.email, reason }];
    }
    this.#alarm.by(now + SHIP_MS);
    // The stop must be durable before anybody is told of it.
    await this.ctx.storage.sync();
    this.#pushAll(id);
    return this.#receipts.wait(id, CONFIRM_WAIT_MS);
  }

  /** Takes a stop back. Narrower and wider stops stay in force. */
  async resume(target: Target, reason: string, person: Person): Promise<Result<Resumed>> {
    const now = Date.now();
    if (!this.#stops.some((stop) => stop.target === target)) {
      return { ok: false, problem: { code: 'not-found', detail: `${target} is not stopped.` } };
    }
    transact(this.ctx, () => {
      this.#nextEpoch();
      this.ctx.storage.sql.exec('DELETE FROM stop WHERE target = ?', target);
      this.#journal.append(
        'stop.resumed',
        { ...acted(person), target, reason, epoch: this.#authority.epoch },
        now,
      );
    });
    this.#stops = this.#stops.filter((stop) => stop.target !== target);
    this.#alarm.by(now + SHIP_MS);
    await this.ctx.storage.sync();
    this.#pushAll(null);
    const stillStoppedBy = this.#stops
      .filter((stop) => overlaps(stop.target, target))
      .map((stop) => stop.target);
    return { ok: true, value: { target, epoch: this.#authority.epoch, stillStoppedBy } };
  }

  async stops(): Promise<StopsView> {
    return {
      epoch: this.#authority.epoch,
      stops: this.#stops,
      activeGuards: heldLeases(this.#authority, Date.now()).length,
      governanceVersion: this.#governance?.version ?? null,
    };
  }

  async receipt(id: string): Promise<Receipt | null> {
    return this.#receipts.read(id);
  }

  /** Makes a policy set the one in force, from the next epoch on. Applying the one in force changes nothing. */
  async apply(governance: Governance, person: Person): Promise<Applied> {
    const now = Date.now();
    const { version } = governance;
    if (version === this.#governance?.version)
      return { version, epoch: this.#authority.epoch, changed: false };
    transact(this.ctx, () => {
      this.#nextEpoch();
      this.ctx.storage.sql.exec(
        'INSERT INTO governance (version, by, at, body) VALUES (?, ?, ?, ?)',
        version,
        person.email,
        new Date(now).toISOString(),
        JSON.stringify(governance),
      );
      this.#journal.append(
        'governance.applied',
        { ...acted(person), version, epoch: this.#authority.epoch },
        now,
      );
    });
    this.#governance = released(governance);
    this.#alarm.by(now + SHIP_MS);
    await this.ctx.storage.sync();
    this.#pushAll(null);
    return { version, epoch: this.#authority.epoch, changed: true };
  }

  async site(id: string): Promise<Site | null> {
    for (const { sites, retentionDays } of Object.values(this.#governance?.manifests ?? {})) {
      const site = sites.find((found) => found.id === id);
      if (site) return { retentionDays, ...site };
    }
    return null;
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    const shipped = await this.#journal.ship(this.env.LEDGER);
    await this.#receipts.advance();
    if (!shipped || this.#receipts.open > 0) this.#alarm.by(Date.now() + SHIP_MS * 2);
  }

  #nextEpoch(): void {
    this.#authority.epoch += 1;
    this.ctx.storage.sql.exec('UPDATE authority SET epoch = ?', this.#authority.epoch);
  }

  /** Tells every guard that may hold a lease. A push that is lost costs time, never safety: the lease runs out. */
  #pushAll(receipt: string | null): void {
    const { epoch } = this.#authority;
    for (const { agent, incarnation } of heldLeases(this.#authority, Date.now())) {
      const pushed = this.env.LEASES.push(agent, incarnation, epoch).then(
        (answer) => {
          const { acked, inFlight } = released(answer);
          if (receipt !== null) this.#receipts.pushed(receipt, agent, incarnation, acked, inFlight);
        },
        () => undefined, // Lost: the lease runs out by itself.
      );
      this.ctx.waitUntil(pushed);
    }
    if (receipt !== null) this.ctx.waitUntil(this.#watch(receipt));
  }

  /** Confirms a receipt by the clock when acks do not come; the alarm is the backstop if this object goes away. */
  async #watch(receipt: string): Promise<void> {
    // Bounded: every receipt is confirmed by L + M, and a step of the clock must not make this loop for ever.
    for (let looks = 0; looks < 200; looks += 1) {
      const by = this.#receipts.confirmedBy(receipt);
      if (by === null) return;
      await scheduler.wait(Math.min(Math.max(20, by - Date.now()), terms.lease + terms.margin));
      this.#receipts.check(receipt);
    }
  }
}

function acted(person: Person): { person: string; credential: string } {
  return { person: person.email, credential: person.credential };
}

function forAgent({ version, policies, contracts, manifests }: Governance, agent: string): AgentGovernance {
  return { version, policies, contracts, manifest: manifests[agent] ?? null };
}

/**
 * Whether a stop can concern a guard at all. Only a stop of one agent surely leaves the others out: which workflow a guard
 * acts in is what its own lease says, and that may be an older policy set than the one here.
 */
function mayConcern(target: Target, agent: string): boolean {
  return !target.startsWith('agent:') || target === `agent:${agent}`;
}

/** Whether a stop of `a` holds something of `b`: everything under `all`, and a tool's actions under the tool. */
function overlaps(a: Target, b: Target): boolean {
  if (a === 'all' || a === b) return true;
  const action = b.startsWith('action:') ? b.slice('action:'.length) : null;
  return action !== null && covers(a, { agent: '', workflow: '', tool: action.split('.')[0] ?? '', action });
}
