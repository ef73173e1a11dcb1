import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import { GENESIS, nextEntry, type EntryData, type Head } from '../../shared/journal.ts';
import { canonical } from '../../shared/canonical.ts';
import { migrate } from '../../shared/migrate.ts';
import type { AgentTrail } from '../../shared/rpc.ts';
import type { Appended, Env, MonthApi, MonthState, ToolTally } from './env.ts';
import { EvidenceStore, type Counts } from './evidence-store.ts';
import { monthMigrations } from './migrations.ts';
import {
  MonthStore,
  type CallScan,
  type Chain,
  type EntryScan,
  type FoundCalls,
  type FoundEntries,
  type Page,
} from './store.ts';
import { Reads } from './reads.ts';
import { SecretStore } from './secret-store.ts';
import { TallyStore } from './tally-store.ts';
import type { Tallied } from './tally.ts';
import { take, type Refusal, type Taken } from './take.ts';

/** Seconds between checkpoints while entries arrive. */
const CHECKPOINT_SECONDS = 300;
/** After a checkpoint that could not be made. */
const RETRY_MS = 10_000;

/**
 * One month of the audit log, by the name `YYYY-MM`. Takes the journals of all objects, each verified entry by entry,
 * and keeps one of its own: what it refused, and who read.
 */
export class Ledger extends DurableObject<Env> implements MonthApi {
  readonly #month: string;
  /** The source of this month's own chain. */
  readonly #own: string;
  readonly #store: MonthStore;
  readonly #evidence: EvidenceStore;
  readonly #tally: TallyStore;
  readonly #secrets: SecretStore;
  readonly #reads = new Reads();
  readonly #alarm: Alarm;
  /** Where chains end, as in the table. */
  readonly #chains = new Map<string, Chain>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#month = String(ctx.id.name);
    this.#own = `ledger:${this.#month}`;
    this.#store = new MonthStore(ctx.storage.sql);
    this.#evidence = new EvidenceStore(ctx.storage.sql);
    this.#tally = new TallyStore(ctx.storage.sql);
    this.#secrets = new SecretStore(ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    void ctx.blockConcurrencyWhile(async () => {
      migrate(ctx.storage, monthMigrations);
      await this.#alarm.load();
      this.#arm();
    });
  }

  async append(source: string, bodies: string[]): Promise<Appended> {
    await this.#chain(this.#own);
    const chain = await this.#chain(source);
    // From here on nothing is awaited: what is decided is what is stored.
    if (chain.movedTo !== null) return { kind: 'moved', to: chain.movedTo };
    const taken = take(source, chain, bodies);
    this.#keep(source, taken);
    this.#arm();
    return { kind: 'taken', acknowledged: taken.acknowledged, refused: taken.refusal !== null };
  }

  async release(source: string, to: string): Promise<Head> {
    const { seq, hash, movedTo } = await this.#chain(source);
    if (movedTo === null) this.#set(source, { seq, hash, movedTo: to });
    return { seq, hash };
  }

  async note(kind: string, data: EntryData): Promise<void> {
    await this.#chain(this.#own);
    this.ctx.storage.transactionSync(() => this.#write(kind, data));
    this.#arm();
  }

  async noteRead(data: EntryData): Promise<void> {
    const key = canonical(data);
    if (!this.#reads.due(key, Date.now())) return;
    await this.note('ledger.read', data);
    this.#reads.noted(key, Date.now());
  }

  async state(): Promise<MonthState> {
    return { last: this.#store.last, heads: this.#store.heads() };
  }

  async page(after: number, upTo: number): Promise<Page> {
    return this.#store.page(after, upTo);
  }

  async find(scan: EntryScan): Promise<FoundEntries> {
    return this.#store.find(scan);
  }

  async findCalls(scan: CallScan): Promise<FoundCalls> {
    return this.#store.findCalls(scan);
  }

  async entriesOf(calls: string[]): Promise<string[]> {
    return calls.flatMap((call) => this.#store.entriesOf(call));
  }

  async counts(asks: { agent: string; since: string }[]): Promise<Counts[]> {
    return asks.map(({ agent, since }) => this.#evidence.counts(agent, since));
  }

  async trail(agent: string, since: string): Promise<AgentTrail> {
    return { ...this.#evidence.trail(agent, since), broken: this.#evidence.broken(`guard:${agent}`) };
  }

  async minutes(since: string): Promise<Pick<Tallied, 'minute' | 'word' | 'times'>[]> {
    return this.#tally.minutes(since);
  }

  async tools(hourAgo: string, dayAgo: string): Promise<ToolTally> {
    return {
      hour: this.#tally.tools('minute', hourAgo),
      day: this.#tally.tools('hour', dayAgo),
      ended: this.#tally.ended(),
      secrets: this.#secrets.all(),
    };
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      const { bounds } = await this.env.LEDGER_INDEX.getByName('index').checkpoint();
      this.#store.setSigned(bounds[this.#month] ?? 0);
      this.#arm();
    } catch (error) {
      console.error(
        JSON.stringify({ alert: 'ledger.checkpoint-failed', month: this.#month, error: String(error) }),
      );
      this.#alarm.by(Date.now() + RETRY_MS);
    }
  }

  /** A checkpoint follows within its period whenever there is something that none covers. */
  #arm(): void {
    if (this.#store.last <= this.#store.signed) return;
    const seconds = Number(this.env.CHECKPOINT_SECONDS ?? CHECKPOINT_SECONDS);
    this.#alarm.by(Date.now() + seconds * 1000);
  }

  #keep(source: string, { bodies, entries, head, refusal }: Taken): void {
    if (bodies.length === 0 && !refusal) return;
    try {
      this.ctx.storage.transactionSync(() => {
        this.#store.insert(bodies);
        this.#tally.add(entries, Date.now());
        this.#secrets.add(entries);
        this.#set(source, { ...head, movedTo: null });
        if (refusal) this.#refuse(source, refusal);
      });
    } catch (error) {
      this.#chains.clear(); // They may be ahead of the table, which was rolled back.
      throw error;
    }
  }

  /** Journals a refusal and raises it, once however often the source repeats the same. */
  #refuse(source: string, { why, expected }: Refusal): void {
    if (!this.#store.refuse(source, expected)) return;
    this.#write('ledger.refused', { of: source, why, expected });
    console.error(JSON.stringify({ alert: 'ledger.refused', source, why, expected }));
  }

  #write(kind: string, data: EntryData): void {
    const { entry, body } = nextEntry(this.#own, this.#known(this.#own) ?? NEW, kind, data, Date.now());
    this.#store.insert([body]);
    this.#set(this.#own, { seq: entry.seq, hash: entry.hash, movedTo: null });
  }

  /** The end of a chain; the first time in this month it is handed over by the month that held it. */
  async #chain(source: string): Promise<Chain> {
    return this.#known(source) ?? this.#open(source);
  }

  #known(source: string): Chain | null {
    const known = this.#chains.get(source) ?? this.#store.chain(source);
    if (known) this.#chains.set(source, known);
    return known;
  }

  async #open(source: string): Promise<Chain> {
    const claim = await this.env.LEDGER_INDEX.getByName('index').claim(source, this.#month);
    if (claim.kind === 'moved') return { ...NEW, movedTo: claim.to };
    const head = claim.previous === null ? NEW : await this.#handOver(source, claim.previous);
    // Another request may have opened it in the meantime, and gone on.
    const known = this.#known(source);
    if (!known) this.#set(source, { ...head, movedTo: null });
    return known ?? { ...head, movedTo: null };
  }

  async #handOver(source: string, month: string): Promise<Head> {
    return this.env.LEDGER.getByName(month).release(source, this.#month);
  }

  #set(source: string, chain: Chain): void {
    this.#store.setChain(source, chain);
    this.#chains.set(source, chain);
  }
}

const NEW: Chain = { seq: 0, hash: GENESIS, movedTo: null };
