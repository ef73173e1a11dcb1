import { DurableObject } from 'cloudflare:workers';
import { Alarm } from '../../shared/alarm.ts';
import type { Erasure } from '../../shared/erasure.ts';
import { Journal } from '../../shared/journal-store.ts';
import { maskText } from '../../shared/mask.ts';
import { migrate } from '../../shared/migrate.ts';
import type { Person } from '../../shared/people.ts';
import { letGo } from '../../shared/released.ts';
import type { Result } from '../../shared/rpc.ts';
import { transact } from '../../shared/transact.ts';
import type { AgentVault, VaultKeys } from '../../shared/vault.ts';
import { within } from '../../shared/within.ts';
import { AgentStore } from './agent-store.ts';
import { publicKeyOf } from './certificate.ts';
import type { Env, IndexApi } from './env.ts';
import { ErasureRuns, inTurns, type AskedErasure } from './erasure-run.ts';
import { KeyStore, type ObjectKeys } from './key-store.ts';
import { keyringOf, type Keyring } from './keyring.ts';
import { indexMigrations } from './migrations.ts';
import { Refusals } from './refusals.ts';

const SHIP_MS = 1_000;
const RETRY_MS = 10_000;
const DAY_MS = 86_400_000;
/** Whoever asks for an erasure waits no longer; the alarm goes on with it. */
const PATIENCE_MS = 10_000;
const LISTED = 100;

/** Which agents have vaults, how their keys stand, and the erasures that go over all of them. */
export class VaultIndex extends DurableObject<Env> implements IndexApi {
  readonly #ring: Keyring;
  readonly #keys: KeyStore;
  readonly #agents: AgentStore;
  readonly #runs: ErasureRuns;
  readonly #journal: Journal;
  readonly #alarm: Alarm;
  readonly #refusals = new Refusals();
  #passing: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, indexMigrations);
    const { sql } = ctx.storage;
    this.#ring = keyringOf(env);
    this.#keys = new KeyStore(sql, this.#ring, 'index');
    this.#agents = new AgentStore(sql);
    this.#journal = new Journal('vault-index', sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#runs = new ErasureRuns(sql, {
      env,
      keys: () => this.#ownKeys(),
      agents: () => this.#agents.names(),
      commit: (work) => this.#commit(work),
      append: (kind, data) => void this.#journal.append(kind, data, Date.now()),
    });
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#arm(Date.now());
    });
  }

  async add(agent: string): Promise<void> {
    this.#agents.add(agent, Date.now());
    this.#arm(Date.now());
  }

  async view(): Promise<VaultKeys> {
    const { current, previous, fault } = ids(this.#ring);
    const agents = this.#agents.list();
    const onOld = agents.filter(({ vault }) => vault?.wrappedBy && vault.wrappedBy !== current).length;
    const unknown = agents.filter(({ vault }) => vault === null || vault.fault !== null).length;
    const { CERTIFICATE_PRIVATE_KEY: certificates } = this.env;
    return {
      key: { current, previous, fault },
      agents,
      onOld,
      unknown,
      sweptAt: this.#agents.sweptAt,
      certificateKey: certificates ? publicKeyOf(certificates) : null,
    };
  }

  async sweep(person: Person | null, reason: string): Promise<VaultKeys> {
    const now = Date.now();
    await this.#look(this.#agents.names());
    const view = await this.view();
    this.#commit(() => {
      this.#agents.swept(view.key.current, now);
      const { onOld, unknown, key } = view;
      const by = person && { person: person.email, credential: person.credential };
      const figures = { key: key.current, agents: view.agents.length, onOld, unknown };
      this.#journal.append(
        'vault.swept',
        { ...by, reason: maskText(reason.toWellFormed()), ...figures },
        now,
      );
    });
    return this.view();
  }

  async rotate(agent: string, person: Person, reason: string): Promise<Result<AgentVault>> {
    if (!this.#agents.names().includes(agent))
      return { ok: false, problem: { code: 'not-found', detail: 'This agent has no vault.' } };
    const rotated = letGo(await this.env.VAULT.getByName(agent).rotate(person, reason));
    if (!rotated.ok) return { ok: false, problem: { code: 'unavailable', detail: rotated.reason } };
    this.#agents.found(agent, rotated.value, Date.now());
    return rotated;
  }

  async refused(why: string): Promise<void> {
    const leftOut = this.#refusals.next(Date.now());
    if (leftOut === null) return;
    this.#commit(() => this.#journal.append('vault.refused', { why, leftOut }, Date.now()));
    console.error(JSON.stringify({ alert: 'vault.refused', why }));
  }

  async erase(asked: AskedErasure, person: Person): Promise<Result<Erasure>> {
    const { state } = this.#keys;
    if (!state.ok)
      return { ok: false, problem: { code: 'unavailable', detail: `The vault is closed: ${state.why}.` } };
    if (asked.dryRun) return this.#dryRun(asked, person);
    const id = this.#runs.begin(asked, person, Date.now());
    await within(PATIENCE_MS, this.#pass()).catch(() => undefined);
    const erasure = this.#runs.store.get(id, Date.now());
    return erasure ? { ok: true, value: erasure } : { ok: false, problem: { code: 'internal' } };
  }

  async erasures(): Promise<Erasure[]> {
    return this.#runs.store.list(Date.now(), LISTED);
  }

  async erasure(id: string): Promise<Erasure | null> {
    return this.#runs.store.get(id, Date.now());
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      this.#complete(Date.now());
      await this.#pass();
      await this.#sweepDue(Date.now());
      await this.#journal.ship(this.env.LEDGER);
    } catch (error) {
      // Not thrown on: the platform gives an alarm up after six failures.
      const name = error instanceof Error ? error.name : 'Error';
      console.error(JSON.stringify({ alert: 'vault.index-alarm-failed', error: name }));
    }
    this.#arm(Date.now(), RETRY_MS);
  }

  async #dryRun(asked: AskedErasure, person: Person): Promise<Result<Erasure>> {
    try {
      return { ok: true, value: await this.#runs.count(asked, person, Date.now()) };
    } catch {
      const detail = 'A vault did not answer, so nothing can be counted: see toolgate vault status.';
      return { ok: false, problem: { code: 'unavailable', detail } };
    }
  }

  /** One pass over each erasure that is not over; whoever comes meanwhile waits for the same one. */
  async #pass(): Promise<void> {
    this.#passing ??= this.#passAll().finally(() => {
      this.#passing = undefined;
      this.#arm(Date.now(), RETRY_MS);
    });
    return this.#passing;
  }

  async #passAll(): Promise<void> {
    if (!this.#keys.state.ok) return;
    for (let left = this.#runs.store.unfinished(); left.length > 0;) {
      const over = await Promise.all(left.map(async (id) => this.#runs.pass(id)));
      // One that was begun meanwhile is taken along; one that does not get on waits for the alarm.
      const stuck = left.filter((_, n) => !over[n]);
      left = this.#runs.store.unfinished().filter((id) => !stuck.includes(id));
    }
  }

  #complete(now: number): void {
    for (const id of this.#runs.store.completing(now))
      this.#commit(() => {
        this.#runs.store.complete(id, now);
        const { person } = this.#runs.store.get(id, now) ?? {};
        this.#journal.append('erasure.complete', { erasure: id, subject: person }, now);
      });
  }

  /** Once a day, and at once under another key than the last time: looking at a vault rewraps its keys. */
  async #sweepDue(now: number): Promise<void> {
    if (this.#agents.sweepDue(ids(this.#ring).current, now, DAY_MS))
      await this.sweep(null, 'the key changed, or a day has passed');
  }

  async #look(agents: readonly string[]): Promise<void> {
    await inTurns(agents, async (agent) => {
      // Who does not answer keeps what was found before, with its time.
      const found = await this.env.VAULT.getByName(agent)
        .status()
        .then(letGo, () => null);
      if (found) this.#agents.found(agent, found, Date.now());
    });
  }

  #ownKeys(): ObjectKeys {
    return this.#keys.state.ok && this.#keys.state.keys
      ? this.#keys.state.keys
      : transact(this.ctx, () => this.#keys.make(Date.now()));
  }

  #commit(work: () => void): void {
    transact(this.ctx, work);
    this.#arm(Date.now());
  }

  #arm(now: number, pauseMs = SHIP_MS): void {
    if (this.#journal.unshipped > 0) this.#alarm.by(now + pauseMs);
    if (this.#runs.store.unfinished().length > 0) this.#alarm.by(now + RETRY_MS);
    const { nextComplete } = this.#runs.store;
    if (nextComplete !== null) this.#alarm.by(Math.max(nextComplete, now));
    const due = this.#agents.nextSweep(ids(this.#ring).current, now, DAY_MS);
    if (due !== null) this.#alarm.by(Math.max(due, now + pauseMs));
  }
}

function ids(ring: Keyring): VaultKeys['key'] {
  return ring.ok
    ? { current: ring.current.id, previous: ring.previous?.id ?? null, fault: null }
    : { current: null, previous: null, fault: ring.why };
}
