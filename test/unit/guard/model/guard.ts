import { generateKeyPairSync } from 'node:crypto';
import { newId } from '../../../../shared/ids.ts';
import { migrate } from '../../../../shared/migrate.ts';
import type { Answer, ApprovalRequests, Leasing, ToolApi } from '../../../../shared/rpc.ts';
import { Amendments } from '../../../../workers/guard/amend.ts';
import { ArtefactWords } from '../../../../workers/guard/artefact-words.ts';
import { Book } from '../../../../workers/guard/book.ts';
import { Column } from '../../../../workers/guard/column.ts';
import { Effects } from '../../../../workers/guard/effect-rows.ts';
import type { Env } from '../../../../workers/guard/env.ts';
import { LeaseKeeper } from '../../../../workers/guard/lease-keeper.ts';
import { migrations } from '../../../../workers/guard/migrations.ts';
import { Parking } from '../../../../workers/guard/parking.ts';
import { People } from '../../../../workers/guard/people.ts';
import { PoolWords } from '../../../../workers/guard/pool-words.ts';
import { Pools } from '../../../../workers/guard/pools.ts';
import { sqlite } from '../../journal/support.ts';
import { ACTION, AGENT } from './control.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const DISPATCH_PRIVATE_KEY = JSON.stringify(privateKey.export({ format: 'jwk' }));

/** What of a guard outlives its object. */
export function newStorage(): ReturnType<typeof sqlite> {
  return sqlite();
}

/** A guard's own parts over a real SQLite, without the platform: what `Guard` wires, for the calls of one action. */
export class ModelGuard {
  readonly incarnation = newId('inc', Date.now());
  readonly leases: LeaseKeeper;
  readonly people: People;
  readonly amendments: Amendments;
  readonly #book: Book;
  readonly #column: Column;
  readonly #parking: Parking;

  constructor(
    storage: ReturnType<typeof sqlite>,
    others: { leasing: Leasing; approvals: ApprovalRequests; tool: Partial<ToolApi> },
  ) {
    const ctx = contextOf(storage);
    const { sql } = ctx.storage;
    migrate(ctx.storage, migrations);
    const env = {
      DISPATCH_PRIVATE_KEY,
      ENVIRONMENT: 'sandbox',
      TOOL_CRM: others.tool,
      // Nothing personal is asked for here.
      VAULT: { take: async () => Promise.reject(new Error('away')) },
      RECHECKS: { samples: async () => Promise.resolve() },
    } as unknown as Env;
    const words = new PoolWords(sql);
    this.#book = new Book(ctx, AGENT, new Effects(sql), words, new ArtefactWords(sql, env.ARTEFACTS));
    this.leases = new LeaseKeeper(AGENT, this.incarnation, others.leasing);
    const pools = new Pools(AGENT, ctx, env.POOL, words);
    this.#column = new Column(AGENT, ctx, env, this.#book, this.leases, pools);
    this.#parking = new Parking(this.#column, others.approvals);
    this.people = new People(this.#column, this.#parking, others.approvals, others.leasing);
    this.amendments = new Amendments(this.#column, this.#parking);
  }

  async load(): Promise<this> {
    await this.#book.load();
    return this;
  }

  /** The state of a call. */
  state(call: string): string | undefined {
    return this.#book.row(call)?.state;
  }

  /** The column as `Guard.call` goes down it. */
  async call(input: Record<string, unknown>, key: string): Promise<Answer> {
    await this.leases.ready(Date.now());
    const [tool = '', ...action] = ACTION.split('.');
    const caller = { agent: AGENT, user: 'user@toolgate.example', scopes: [`${ACTION}:execute`] };
    const arrival = this.#book.arrival(caller, {
      tool,
      action: action.join('.'),
      body: JSON.stringify({ mode: 'execute', input }),
      idempotencyKey: key,
      traceparent: null,
    });
    const asked = this.#column.contract(caller, arrival.stored.request);
    if (!asked.ok) return this.#book.refuse(arrival, null, asked.denial);
    const known = {
      id: arrival.id,
      earlier: this.#book.byKey(arrival.key),
      digest: arrival.digest,
      approvers: [],
    };
    const taking = await this.#column.take(arrival.id, asked.value, {}, () => known);
    const leased = this.#column.lease();
    if (!taking.ok || !leased.ok) return this.#book.refuse(arrival, asked.value, { kind: 'no-lease' });
    const admission = this.#column.admit(asked.value, leased.value, {}, taking.value, known);
    if (admission.kind === 'waits')
      return this.#parking.park(arrival, asked.value, leased.value.governance, {
        ruling: admission.ruling,
        taking: taking.value,
        seen: null,
      });
    if (admission.kind === 'admitted')
      return this.#column.execute(arrival, asked.value, leased.value, {
        ruling: admission.ruling,
        taking: taking.value,
        approved: null,
      });
    if (admission.kind === 'denied') return this.#book.refuse(arrival, asked.value, admission.denial);
    throw new Error(`the model asks for nothing that is ${admission.kind}`);
  }

  async resume(call: string): Promise<void> {
    const row = this.#book.row(call);
    if (row?.state === 'waiting') await this.people.resume(row);
  }
}

function contextOf(storage: ReturnType<typeof sqlite>): DurableObjectState {
  return {
    storage: {
      ...storage,
      getAlarm: async () => Promise.resolve(null),
      setAlarm: async () => Promise.resolve(),
    },
    waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined),
    abort: (reason?: string) => {
      throw new Error(reason);
    },
  } as unknown as DurableObjectState;
}
