import {
  closedFor,
  differenceOf,
  killedBy,
  stopsToChange,
  type Closed,
  type ClosedTo,
  type Seen,
  type Wanted,
} from '../../flags/rollout.ts';
import { allSwitches, goesOnFor, switchKinds, type Switch } from '../../flags/switches.ts';
import type { Target } from '../../flags/targets.ts';
import type { Features } from '../../flags/unleash.ts';
import { readBreakGlass, type UpstashSettings } from '../../flags/upstash.ts';
import type { Mode } from '../../shared/contract.ts';
import type { Governance } from '../../shared/governance.ts';
import type { EntryData } from '../../shared/journal.ts';
import type { Person } from '../../shared/people.ts';
import type { FlagsView, FlagView, Result, SourceView, Stop, StopSource } from '../../shared/rpc.ts';
import { catalogue } from '../tools/catalogue.ts';
import type { Env } from './env.ts';
import { FlagStore } from './flag-store.ts';
import { flagViews, neverSeen, nothingReads, sourceViews } from './flags-view.ts';
import type { FlagInput } from './input.ts';
import { Poller } from './poller.ts';
import { Silence, type SilenceNews } from './silence.ts';
import { UnleashSource } from './unleash-source.ts';

/** At a cold start the first ask waits so long for the sources; then it goes on with what is known, which may be nothing. */
const FIRST_WAIT_MS = 400;
/** Somebody who looks waits so long for fresh words. */
const LOOK_WAIT_MS = 1_000;
/** The journal names so many changes one by one, and counts the rest. */
const NAMED_MAX = 100;

/** What the sources need of control: to see what is in force, and to change it by the protocol. */
export interface Following {
  governance(): Governance | null;
  stops(): readonly Stop[];
  /** Whether any lease may be live. */
  leased(): boolean;
  /** A source's stop: row, receipt and journal entry under a new epoch, then every guard is told. */
  latch(asked: Pick<Stop, 'target' | 'source' | 'by' | 'reason'>, entry: EntryData): Promise<unknown>;
  /** A new epoch with what `record` writes; then every guard is told. */
  change(record: (epoch: number) => void): Promise<void>;
  /** What changes nothing that decides: one transaction, no epoch. */
  note(record: () => void): void;
  append(kind: string, data: EntryData): void;
  release(target: Target, source: StopSource): void;
}

/** Follows Unleash or the embedded flags, and the break-glass set: latches their kills, hands rollouts to grants. */
export class Sources {
  readonly #control: Following;
  readonly #environment: string;
  readonly #store: FlagStore;
  readonly #unleash: UnleashSource | null;
  readonly #upstash: UpstashSettings | null;
  readonly #silence = {
    unleash: new Silence(switchKinds.gate.silence.execute),
    'break-glass': new Silence(switchKinds.gate.silence.execute),
  };
  readonly #pollers: Poller[] = [];
  #settled = false;
  #breakGlassHeard: number | null = null;
  #embedded: Features | null = null;
  #switches: Switch[] = [];
  #closed: Map<string, Closed[]> = new Map();
  #killed: ReadonlySet<string> = new Set();
  /** Whether a lease went out that closes something early because the source was silent. */
  #shut = false;

  constructor(control: Following, env: Env, sql: SqlStorage) {
    this.#control = control;
    this.#environment = env.ENVIRONMENT;
    this.#store = new FlagStore(sql);
    const { UNLEASH_URL: url, UNLEASH_TOKEN: token } = env;
    this.#unleash = url ? new UnleashSource({ url, token: token ?? '' }, sql) : null;
    this.#upstash = env.UPSTASH_REDIS_REST_URL
      ? { url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN ?? '' }
      : null;
    const leased = (): boolean => control.leased();
    if (this.#unleash) this.#pollers.push(new Poller(() => this.#safely(this.#askUnleash()), leased));
    else this.#pollers.push(new Poller(() => this.#safely(this.#lookAtClock()), leased));
    if (this.#upstash) this.#pollers.push(new Poller(() => this.#safely(this.#askBreakGlass()), leased));
    this.governed();
  }

  get #serving(): 'unleash' | 'embedded' {
    return this.#unleash ? 'unleash' : 'embedded';
  }

  /** Of the embedded source every switch counts as seen: its default is on. */
  get #seen(): Seen {
    return this.#unleash ? this.#unleash.seen : new Set(this.#switches.map(({ name }) => name));
  }

  get #features(): Features | null {
    return this.#unleash ? this.#unleash.features : this.#embedded;
  }

  // ── for grants ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sees to it that the sources are asked; something to wait for only when they were not asked of late. */
  need(now: number): Promise<unknown> | null {
    if (!this.#settled) {
      this.#settled = true;
      void this.#safely(this.settle());
    }
    const first = this.#pollers.map((poller) => poller.need(now)).filter((asking) => asking !== null);
    if (first.length === 0) return null;
    return Promise.race([Promise.all(first), scheduler.wait(FIRST_WAIT_MS)]);
  }

  /** What flags close to an agent, and for how long each mode goes on. In memory; what a grant says is one step. */
  grant(agent: string, duration: number, now: number): { closed: Closed[]; goesOnFor: Record<Mode, number> } {
    const left = this.#unleash ? goesOnFor(this.#unleash.heardAt, now) : goesOnFor(now, now);
    if (left.execute < duration) this.#shut = true;
    const capped = (mode: Mode): number => Math.min(duration, left[mode]);
    return {
      closed: this.#closedTo(agent),
      goesOnFor: { read: capped('read'), propose: capped('propose'), execute: capped('execute') },
    };
  }

  /** Evaluated once per document, agent and policy set: every change of one of them begins the map anew. */
  #closedTo(agent: string): Closed[] {
    const known = this.#closed.get(agent);
    if (known) return known;
    const closed = this.#evaluate(agent, Date.now());
    this.#closed.set(agent, closed);
    return closed;
  }

  #evaluate(agent: string, now: number): Closed[] {
    const manifest = this.#control.governance()?.manifests[agent];
    // Without a document nothing goes on anyhow, and without a manifest nothing is granted.
    if (!manifest || !this.#features) return [];
    const { workflow, grants } = manifest;
    return closedFor(
      this.#features,
      this.#seen,
      { agent, workflow, environment: this.#environment, grants },
      now,
    );
  }

  #evaluateAll(now: number): Map<string, Closed[]> {
    const agents = Object.keys(this.#control.governance()?.manifests ?? {});
    return new Map(agents.map((agent) => [agent, this.#evaluate(agent, now)]));
  }

  // ── what changes ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Another policy set is in force: other agents, other switches. Called in the change that puts it in force. */
  governed(): void {
    const manifests = Object.values(this.#control.governance()?.manifests ?? {});
    this.#switches = allSwitches({
      agents: manifests.map(({ agent }) => agent),
      workflows: manifests.map(({ workflow }) => workflow),
      tools: [...catalogue.values()].map(({ tool }) => tool),
      actions: catalogue.keys(),
    });
    this.#embedded = this.#unleash ? null : this.#store.features(this.#switches);
    this.#unleash?.see(this.#switches);
    this.#closed = new Map();
    this.#killed = this.#killedNow();
  }

  #killedNow(): Set<string> {
    const killed = this.#features ? killedBy(this.#features, this.#switches, this.#seen) : [];
    return new Set(killed.map((found) => found.switch.name));
  }

  /** Something was changed at the source: ask now. What is said beside that is not believed. */
  async hint(): Promise<void> {
    await Promise.all(this.#pollers.map((poller) => poller.hint()));
  }

  /** A poll that fails in itself, because storage did, is silence like any other. */
  async #safely(asking: Promise<void>): Promise<void> {
    try {
      await asking;
    } catch (error) {
      console.error(
        JSON.stringify({ alert: 'control.source-failed', error: error instanceof Error ? error.name : '' }),
      );
    }
  }

  async #askUnleash(): Promise<void> {
    if (!this.#unleash) return;
    const polled = await this.#unleash.poll(this.#switches);
    const now = Date.now();
    const detail = polled.kind === 'silent' ? polled.detail : null;
    const news = this.#silence.unleash.note(detail, this.#unleash.heardAt, now);
    if (news) this.#tell('unleash', news);
    if (polled.kind === 'silent') return;
    const reopens = this.#shut;
    this.#shut = false;
    if (polled.kind === 'changed' || this.#unleash.features?.timed) await this.consider('unleash');
    // Guards that were closed by silence ask again at once.
    if (!reopens) return;
    await this.#control.change((epoch) =>
      this.#control.append('source.reopened', { source: 'unleash', epoch }),
    );
  }

  /** Nobody tells of the embedded flags that are bound to a time: their answers change while they do not. */
  async #lookAtClock(): Promise<void> {
    if (this.#embedded?.timed) await this.consider('embedded');
  }

  async #askBreakGlass(): Promise<void> {
    if (!this.#upstash) return;
    const askedAt = Date.now();
    const heard = await readBreakGlass(this.#upstash);
    if (heard.kind === 'heard') this.#breakGlassHeard = askedAt;
    const detail = heard.kind === 'silent' ? heard.detail : null;
    const news = this.#silence['break-glass'].note(detail, this.#breakGlassHeard, Date.now());
    if (news) this.#tell('break-glass', news);
    if (heard.kind === 'heard') await this.#stopFor('break-glass', heard.stopped, {});
  }

  #tell(source: 'unleash' | 'break-glass', news: SilenceNews): void {
    const { kind, ...rest } = news;
    if (kind === 'source.silent') console.error(JSON.stringify({ alert: kind, source, ...rest }));
    this.#control.note(() => this.#control.append(kind, { source, ...rest }));
  }

  /**
   * Holds the document that serves against what is in force. All of it begins in one turn, so that no grant can be made
   * between its parts. `acted`: who set a flag, where a person did.
   */
  async consider(
    source: 'unleash' | 'embedded',
    by: { person: Person; reason: string } | null = null,
  ): Promise<void> {
    const features = this.#features;
    if (!features) return;
    const now = Date.now();
    const before: ClosedTo = this.#closed;
    const killed = killedBy(features, this.#switches, this.#seen);
    const names = new Set(killed.map((found) => found.switch.name));
    const known = [...before.keys()];
    this.#closed = this.#evaluateAll(now);
    const after = new Map([...this.#closed].filter(([agent]) => known.includes(agent)));
    const difference = differenceOf(before, after, new Set([...names, ...this.#killed]));
    this.#killed = names;
    const wanted = killed.map((found) => ({
      target: found.switch.target,
      reason: by?.reason ?? reasonOf(found.switch.name, found.why),
    }));
    const entry = by ? { person: by.person.email, credential: by.person.credential } : {};
    const stopping = this.#stopFor(source, wanted, entry, by?.person.email);
    const changing = this.#tellOfRollout(source, difference);
    await Promise.all([stopping, changing]);
  }

  async #stopFor(
    source: StopSource,
    wanted: readonly Wanted[],
    entry: EntryData,
    by: string = source,
  ): Promise<void> {
    const standing = this.#control.stops().filter((stop) => stop.source === source);
    const { latch, release } = stopsToChange(wanted, standing);
    const latching = latch.map(async ({ target, reason }) =>
      this.#control.latch({ target, source, by, reason }, entry),
    );
    if (release.length > 0) this.#release(release, source);
    await Promise.all(latching);
  }

  #release(targets: readonly Target[], source: StopSource): void {
    this.#control.note(() => {
      for (const target of targets) {
        this.#control.release(target, source);
        this.#control.append('stop.resumable', { target, source });
      }
    });
  }

  async #tellOfRollout(
    source: string,
    { narrower, wider }: { narrower: string[]; wider: string[] },
  ): Promise<void> {
    if (narrower.length + wider.length === 0) return;
    await this.#control.change((epoch) =>
      this.#control.append('flags.changed', {
        source,
        epoch,
        narrower: narrower.slice(0, NAMED_MAX),
        wider: wider.slice(0, NAMED_MAX),
        counts: { narrower: narrower.length, wider: wider.length },
      }),
    );
  }

  /** Stops of a source that is no longer followed become resumable: nothing could ever release them else. */
  async settle(): Promise<void> {
    const followed = [this.#serving, ...(this.#upstash ? ['break-glass'] : []), 'people'];
    const left = this.#control.stops().filter(({ source, held }) => held && !followed.includes(source));
    for (const { target, source } of left) this.#release([target], source);
    await this.consider(this.#serving);
  }

  // ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sets a flag of the embedded source, in a person's name. Off latches a stop; on makes it resumable. */
  async set(
    name: string,
    { enabled, strategies, reason }: FlagInput,
    person: Person,
  ): Promise<Result<FlagView>> {
    const found = this.#switches.find((one) => one.name === name);
    if (!found) {
      return {
        ok: false,
        problem: { code: 'not-found', detail: 'There is no such switch.' },
      };
    }
    if (this.#unleash) {
      return {
        ok: false,
        problem: { code: 'conflict', detail: 'Flags are served by Unleash: set it there.' },
      };
    }
    if (found.kind === 'gate' && strategies.length > 0) {
      const detail =
        'gate.enabled is on or off for everybody; widening it is a resume of all, by two people.';
      return { ok: false, problem: { code: 'conflict', detail } };
    }
    const now = Date.now();
    this.#control.note(() => {
      this.#store.set({ name, enabled, strategies }, person.email, now);
      const who = { person: person.email, credential: person.credential };
      this.#control.append('flag.set', { ...who, flag: name, enabled, strategies, reason });
      this.#embedded = this.#store.features(this.#switches);
    });
    await this.consider('embedded', { person, reason });
    const [view] = this.#views([found]);
    if (!view) throw new Error('a switch without a view');
    return { ok: true, value: view };
  }

  flags(): FlagsView {
    return {
      source: this.#serving,
      flags: this.#views(this.#switches),
      doNothing: nothingReads(this.#features, this.#switches),
    };
  }

  #views(switches: readonly Switch[]): FlagView[] {
    const agents = Object.keys(this.#control.governance()?.manifests ?? {});
    const closed = new Map(agents.map((agent) => [agent, this.#closedTo(agent)]));
    return flagViews(switches, this.#features, this.#seen, closed);
  }

  /** Asks every source now. One that does not answer in time is left as it was last heard: what it stopped stays so. */
  async look(): Promise<void> {
    await Promise.race([
      Promise.all(this.#pollers.map((poller) => poller.now())),
      scheduler.wait(LOOK_WAIT_MS),
    ]);
  }

  /** How fresh each source is, after asking those that were not asked of late. */
  async view(): Promise<SourceView[]> {
    const asking = this.#pollers.map((poller) => poller.need(Date.now())).filter((first) => first !== null);
    await Promise.race([Promise.all(asking), scheduler.wait(LOOK_WAIT_MS)]);
    return sourceViews({
      unleash: this.#unleash && { heardAt: this.#unleash.heardAt, detail: this.#silence.unleash.detail },
      neverSeen: neverSeen(this.#features, this.#switches, this.#seen),
      breakGlass: this.#upstash && {
        heardAt: this.#breakGlassHeard,
        detail: this.#silence['break-glass'].detail,
      },
      now: Date.now(),
    });
  }
}

function reasonOf(name: string, why: 'off' | 'missing'): string {
  return why === 'off' ? `${name} is off.` : `${name} is not there any more: it was archived.`;
}
