import { DurableObject } from 'cloudflare:workers';
import { equalSecrets, sha256 } from '../../shared/crypto.ts';
import { SlidingLog } from '../../shared/limits.ts';
import { migrate } from '../../shared/migrate.ts';
import { journalMigration } from '../../shared/journal-store.ts';
import type { Answer } from '../../shared/rpc.ts';
import { readTraceparent, traceId } from '../../shared/trace.ts';
import { control } from './control.ts';
import type { Env, SimulatorApi } from './env.ts';
import { faultMigration, Faults, type Fault } from './faults.ts';
import { importMigration, Imports, type ImportReply } from './imports.ts';
import { changedTypes, dripping, fromTheStart, moreFields } from './distort.ts';
import { logMigration, logTraceMigration, RequestLog } from './request-log.ts';
import { SqlStore, storeMigration } from './store.ts';
import { vendorNamed } from './vendors/index.ts';
import {
  jsonObject,
  type Incoming,
  type Reply,
  type SecretHash,
  type SimulatedVendor,
} from './vendors/vendor.ts';

const noSuchPage: ImportReply = {
  status: 404,
  json: { error: 'GET or POST /imports, and then POST /imports/{id}/approval.' },
};

/** When the ledger did not take the journal. */
const SHIP_AGAIN_MS = 5_000;

/** One simulated vendor, by the object's name: its API under `fetch`, its state in SQLite. */
export class Simulator extends DurableObject<Env> implements SimulatorApi {
  readonly #vendor: SimulatedVendor;
  readonly #store: SqlStore;
  readonly #faults: Faults;
  readonly #log: RequestLog;
  readonly #imports: Imports;
  /** In memory only: a restart forgives what was used of a limit. */
  readonly #limits = new Map<string, SlidingLog>();
  /** How far the vendor's clock was put ahead (ms), so that nobody has to wait for what is due later. Ends with a restart. */
  #ahead = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const vendor = vendorNamed(ctx.id.name ?? '');
    if (!vendor) throw new Error('a simulator is named after its vendor: see vendors/index.ts');
    this.#vendor = vendor;
    const { sql } = ctx.storage;
    this.#store = new SqlStore(sql);
    this.#faults = new Faults(sql);
    this.#log = new RequestLog(sql);
    this.#imports = new Imports(ctx.id.name ?? '', sql, env);
    void ctx.blockConcurrencyWhile(async () => {
      migrate(ctx.storage, [
        storeMigration,
        faultMigration,
        logMigration,
        logTraceMigration,
        journalMigration,
        importMigration,
      ]);
      if (this.#store.empty()) this.#vendor.seed(this.#store);
      this.#wakeUp();
    });
  }

  /** The vendor's API. Throws, as a broken connection does, when `drop-after-commit` is set. */
  override async fetch(request: Request): Promise<Response> {
    const at = Date.now();
    const url = new URL(request.url);
    const { method, headers } = request;
    const body = await request.text();
    const incoming = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers,
      body,
      now: this.#now(),
    };
    const { reply, fault } = this.#serve(incoming);
    const dropped = fault?.fault === 'drop-after-commit';
    this.#log.add({
      at,
      method,
      path: url.pathname,
      status: dropped ? null : reply.status,
      changed: reply.changed === true,
      fault: fault?.fault ?? null,
      trace: traceOf(headers),
    });
    if (reply.changed) this.#wakeUp();
    if (dropped) {
      await this.ctx.storage.sync();
      throw new Error('simulated: the connection broke after the work was done');
    }
    if (fault?.fault === 'slow') await scheduler.wait(fault.delayMs);
    return response(reply, fault?.fault === 'drip' ? fault.delayMs : 0);
  }

  /** The pages that show and steer the simulated vendor. */
  async control(
    method: string,
    path: string,
    body: string,
    credential: string | null = null,
  ): Promise<Answer> {
    const [, page, id, act] = path.split('/');
    const reply =
      page === 'imports'
        ? await this.#import(method, { id, act, body, credential })
        : control(method, path, body, {
            vendor: this.#vendor,
            store: this.#store,
            faults: this.#faults,
            log: this.#log,
            seed: () => this.ctx.storage.transactionSync(() => this.#seed()),
            reset: () => this.#reset(),
            clock: (ahead) => this.#clock(ahead),
          });
    return {
      status: reply.status,
      body: JSON.stringify(reply.json, null, 2),
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    };
  }

  async #import(
    method: string,
    asked: { id: string | undefined; act: string | undefined; body: string; credential: string | null },
  ): Promise<ImportReply> {
    const { id, act, credential } = asked;
    const [body, now, store] = [jsonObject(asked.body), Date.now(), this.#store];
    const reply = await ((): Promise<ImportReply> => {
      switch (`${method} ${id === undefined ? '' : act}`) {
        case 'GET ':
          return this.#imports.list(credential, now);
        case 'POST ':
          return this.#imports.ask(credential, body, now);
        case 'POST approval':
          return this.#imports.approve(credential, { id: id ?? '', body, now, store });
        default:
          return Promise.resolve(noSuchPage);
      }
    })();
    if (!(await this.#imports.ship())) void this.ctx.storage.setAlarm(Date.now() + SHIP_AGAIN_MS);
    return reply;
  }

  #now(): number {
    return Date.now() + this.#ahead;
  }

  /** Puts the vendor's clock ahead of the real one, and does what is due by then. Returns its time (Unix ms). */
  #clock(ahead: number | undefined): number {
    if (ahead !== undefined) {
      this.#ahead = ahead;
      this.#runDue();
    }
    return this.#now();
  }

  override async alarm(): Promise<void> {
    this.#runDue();
    if (!(await this.#imports.ship())) void this.ctx.storage.setAlarm(Date.now() + SHIP_AGAIN_MS);
  }

  #runDue(): void {
    const done = this.#vendor.later?.run(this.#store, this.#now()) ?? [];
    const entry = { at: Date.now(), method: 'DUE', status: 200, changed: true, fault: null, trace: null };
    for (const path of done) this.#log.add({ ...entry, path });
    this.#wakeUp();
  }

  /** Sets the alarm for what is due next; never far ahead, as clocks may be changed. */
  #wakeUp(): void {
    const next = this.#vendor.later?.next(this.#store);
    if (next === undefined) return;
    void this.ctx.storage.setAlarm(
      Math.min(Math.max(next - this.#ahead, Date.now()), Date.now() + 3_600_000),
    );
  }

  #seed(): void {
    this.#store.clear();
    this.#vendor.seed(this.#store);
  }

  #reset(): void {
    this.#ahead = 0;
    this.ctx.storage.transactionSync(() => {
      this.#seed();
      this.#faults.clear();
      this.#log.clear();
      this.#imports.clear();
    });
    this.#limits.clear();
  }

  #serve(request: Incoming): { reply: Reply; fault?: Fault } {
    const refused = this.#refused(request);
    if (refused) return { reply: refused };
    const fault = this.#faults.take(request);
    const broken = fault && brokenReply(fault, this.#vendor, request);
    if (broken) return { reply: broken, fault };
    if (!fault) return { reply: this.#admit(request) };
    const asked = fault.fault === 'paging-loop' ? fromTheStart(request) : request;
    return { reply: distorted(fault, this.#admit(asked)), fault };
  }

  /** Each credential opens its own side and not the other, more strictly than most vendors hold it. */
  #refused(request: Incoming): Reply | undefined {
    if (!this.#vendor.secrets) return undefined;
    const credential = this.#vendor.credential(request);
    const { read, write } = this.#vendor.secrets;
    const [wanted, other] = isChange(request) ? [write, read] : [read, write];
    if (this.#opens(credential, wanted)) return undefined;
    const wrongSide = this.#opens(credential, other);
    return (wrongSide && this.#vendor.forbidden?.(request)) || this.#vendor.unauthorised(request);
  }

  #opens(credential: string | null, setting: SecretHash): boolean {
    const hashes = this.env[setting]?.split(',') ?? [];
    return credential !== null && hashes.some((hash) => equalSecrets(sha256(credential), hash));
  }

  /** Counts the request against the vendor's limits, then does the work. */
  #admit(request: Incoming): Reply {
    if (this.#faults.unlimited(request)) return this.#vendor.handle(request, this.#store);
    const logs = this.#vendor.limits(request).map(({ name, max, per }) => this.#limit(name, max, per));
    const verdicts = logs.map((log) => log.check(request.now));
    for (const verdict of verdicts) {
      if (!verdict.ok) return this.#vendor.limited(request, verdict.retryAfterSeconds);
    }
    for (const log of logs) log.admit(request.now);
    const first = verdicts[0];
    const remaining = first?.ok ? first.remaining - 1 : 0;
    const reply = this.#vendor.handle(request, this.#store);
    return { ...reply, headers: { ...reply.headers, ...this.#vendor.limitHeaders?.(request, remaining) } };
  }

  #limit(name: string, max: number, per: number): SlidingLog {
    const log = this.#limits.get(name) ?? new SlidingLog({ max, per });
    this.#limits.set(name, log);
    return log;
  }
}

/** Whether a request may change something, by what all these vendors' APIs have in common. */
function isChange({ method, path }: Incoming): boolean {
  return method !== 'GET' && !/\/(search|batch\/read)$/.test(path);
}

/** What is answered instead of doing the work, for the faults that do no work. */
function brokenReply({ fault }: Fault, vendor: SimulatedVendor, request: Incoming): Reply | undefined {
  switch (fault) {
    case '500':
      return vendor.broken();
    case '429':
      return vendor.limited(request, 7);
    case 'redirect':
      return { status: 302, json: null, headers: { location: 'https://elsewhere.example/collect' } };
    case 'html':
      return {
        status: 200,
        json: '<!doctype html><title>Maintenance</title>',
        headers: { 'content-type': 'text/html' },
      };
    case 'huge':
      return { status: 200, json: { ok: true, filler: 'x'.repeat(1_100_000) } };
    case 'garbled':
      return { status: 200, json: '{"ok":true,"data":{', headers: { 'content-type': 'application/json' } };
    case 'empty':
      return { status: 200, json: {} };
    case 'revoked':
      return vendor.unauthorised(request);
    case 'slow':
    case 'drip':
    case 'changed-field':
    case 'extra-field':
    case 'partial':
    case 'paging-loop':
    case 'drop-after-commit':
    case 'unlimited':
      return undefined;
  }
}

/** The answer to what was done, as a fault leaves it. A refusal stays what it is. */
function distorted({ fault }: Fault, reply: Reply): Reply {
  if (reply.status >= 300) return reply;
  // 204 has no body that could be spoilt, so it comes as an answer that has.
  if (reply.status === 204 && (fault === 'changed-field' || fault === 'drip'))
    return changedTypes({ ...reply, status: 200, json: null });
  if (fault === 'changed-field') return changedTypes(reply);
  if (fault === 'extra-field') return moreFields(reply);
  return fault === 'partial' ? { ...reply, status: 207 } : reply;
}

/** A string is sent as it is; anything else as JSON. `dripMs`: how long the body takes to come. */
function response({ status, json, headers }: Reply, dripMs: number): Response {
  if (status === 204) return new Response(null, { status, headers: headers ?? {} });
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  const body = dripMs === 0 ? text : dripping(text, dripMs, async (ms) => scheduler.wait(ms));
  return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
}

function traceOf(headers: Headers): string | null {
  const traceparent = readTraceparent(headers.get('traceparent'));
  return traceparent && traceId(traceparent);
}
