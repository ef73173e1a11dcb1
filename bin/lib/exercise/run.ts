import { canonical } from '../../../shared/canonical.ts';
import type { ExerciseContact, ExerciseRecord } from '../../../shared/exercise.ts';
import type { Receipt } from '../../../shared/rpc.ts';
import { askOps, type Access } from '../client.ts';
import type { VendorRequest } from '../drill-analysis.ts';
import { followed, resumeOwn, until } from '../own-stop.ts';
import { vendorLog } from '../vendor-state.ts';
import type { Evidence } from './checks.ts';
import { notify } from './notify.ts';
import type { Check, Deed, Detected, Scene, Script } from './script.ts';
import { StageFault, type Players, type Stage } from './stage.ts';
import { rollBack } from './roll-back.ts';
import { stopReason, takeBack, tidy, type TakenBack, type Tidied, type Took } from './take-back.ts';
import { Timeline, type Event } from './timeline.ts';

/** A step that a team leaves out to see what the report says then. */
export const omissible = ['stop', 'notify', 'restore'] as const;
export type Omissible = (typeof omissible)[number];

export interface Job {
  script: Script;
  exercise: ExerciseRecord;
  stage: Stage;
  scene: Scene;
  players: Players;
  /** Another operator, for what takes two; null: there is none at hand. */
  second: Access | null;
  without: ReadonlySet<Omissible>;
  /** How long it is watched that nothing starts after the confirmation (ms). */
  watch: number;
  interrupted: AbortSignal;
  say: (line: string) => void;
  /** Waits for the people in the room to decide; absent: the program decides at once. */
  decide?: (question: string) => Promise<void>;
}

/** When each thing was seen (Unix ms); null: it did not come to that. */
export interface Marks {
  incident: number;
  detected: number | null;
  asked: number | null;
  restoreAt: number | null;
  restored: number | null;
}

export interface Ran {
  /** What broke it off; null: it went through. */
  fault: string | null;
  events: Event[];
  marks: Marks;
  detected: Detected | null;
  evidence: Evidence;
  /** Checks of this exercise alone. */
  own: Check[];
  taken: TakenBack[];
  tidied: Tidied;
}

/** Journals are shipped every half second. */
const SEE_MS = 15_000;
const SETTLE_MS = 30_000;
const RESTORE_MS = 10_000;

/**
 * Runs an exercise from the incident to the end. Whatever happens, what it stopped is resumed and what it did is taken back,
 * or the result says what is left.
 */
export async function runExercise(job: Job): Promise<Ran> {
  const run = new Run(job);
  let fault: string | null = null;
  try {
    await run.play();
  } catch (error) {
    if (!(error instanceof StageFault)) throw error;
    fault = error.message;
  } finally {
    await run.clear();
  }
  return run.result(job.interrupted.aborted ? 'Interrupted.' : fault);
}

/** One run: what it has seen so far. */
class Run {
  readonly #job: Job;
  readonly #line: Timeline;
  readonly #marks: Marks;
  #before: unknown;
  #during: unknown;
  #after: unknown;
  #clearedAt = 0;
  #detected: Detected | null = null;
  #receipt: Receipt | null = null;
  #contacts: ExerciseContact[] = [];
  #taken: TakenBack[] = [];
  #tidied: Tidied = { left: 'nothing', taken: [], rejected: 0 };
  #goesOn = false;
  #missing: string[] = [];
  #logs: Record<string, VendorRequest[] | null> = {};

  constructor(job: Job) {
    this.#job = job;
    const now = Date.now();
    this.#line = new Timeline(now, job.say);
    this.#marks = { incident: now, detected: null, asked: null, restoreAt: null, restored: null };
  }

  /** The column of an exercise: what happens, is noticed, decided, stopped, told, tried again, and put back. */
  async play(): Promise<void> {
    this.#before = await this.#job.scene.look();
    await this.#incident();
    await this.#detect();
    if (this.#job.interrupted.aborted) return;
    this.#during = await this.#job.scene.look();
    await this.#decideAndStop();
    await this.#notify();
    await this.#goOn();
    await this.#restore();
  }

  async #incident(): Promise<void> {
    const { scene, stage, script } = this.#job;
    this.#marks.incident = Date.now();
    try {
      await scene.incident();
    } finally {
      // Also of one that came to nothing it is told how far it came.
      this.#deeds('incident', script.agent, stage.deeds);
    }
  }

  #deeds(step: 'incident' | 'contained', by: string, deeds: readonly Deed[]): void {
    for (const { mode, action, status, at, call, code } of deeds) {
      const ids = [call, code].filter((one) => one !== null);
      this.#line.add(step, by, `${mode} ${action}: ${status}`, ids, at);
    }
  }

  async #detect(): Promise<void> {
    const { scene, interrupted } = this.#job;
    await until(interrupted, SEE_MS, async () => {
      this.#detected = await scene.detect();
      return this.#detected !== null;
    });
    if (!this.#detected) {
      if (interrupted.aborted) return;
      throw new StageFault('Nothing showed that something is wrong: look at toolgate calls.');
    }
    this.#marks.detected = Date.now();
    const { by, what, evidence } = this.#detected;
    this.#line.add('detected', by, what, evidence);
  }

  async #decideAndStop(): Promise<void> {
    const { script, players, exercise, stage, without, interrupted } = this.#job;
    const who = this.#job.decide ? 'the people in the room' : 'this program';
    await this.#job.decide?.(`Stop ${script.target}?`);
    this.#marks.asked = Date.now();
    if (without.has('stop')) {
      this.#line.add('decided', who, 'not to stop: left out of this run', []);
      return stage.stopConfirmed();
    }
    this.#line.add(
      'decided',
      who,
      `to stop ${script.target}${script.cancel ? ' and cancel what waits' : ''}`,
      [],
    );
    const body = {
      target: script.target,
      reason: stopReason(exercise.id, script.title),
      cancel: script.cancel,
    };
    const stopped = await askOps<Receipt>(players.access, 'POST', '/stops', body);
    if (stopped.kind !== 'ok') throw new StageFault(`The stop was not answered: ${reasonOf(stopped)}`);
    this.#receipt = await followed(players.access, stopped.value, SETTLE_MS, interrupted);
    this.#stopLines(this.#receipt);
    stage.stopConfirmed();
  }

  #stopLines({ id, confirmedAt, settledAt, confirmMs, deferred }: Receipt): void {
    if (confirmedAt)
      this.#line.add('stopped', 'control', `confirmed after ${confirmMs} ms`, [id], Date.parse(confirmedAt));
    for (const { call, cancelled } of deferred)
      this.#line.add('contained', 'control', `what ${call} scheduled: cancelled ${cancelled}`, [call]);
    if (settledAt)
      this.#line.add('stopped', 'control', 'settled: each call has an outcome', [id], Date.parse(settledAt));
  }

  async #notify(): Promise<void> {
    const { script, players, second, exercise, without, interrupted, say } = this.#job;
    if (without.has('notify')) return;
    const { agent, contacts, bounds } = script;
    const sandbox = exercise.environment === 'sandbox';
    const who = { access: players.access, second, sandbox, exercise: exercise.id, agent, contacts };
    this.#contacts = await notify({ ...who, patience: bounds.notify, interrupted, say });
    for (const { contact, address, askedAt, acknowledged } of this.#contacts) {
      this.#line.add('notified', 'this program', `${contact}, ${address}: TEST`, [], Date.parse(askedAt));
      if (acknowledged)
        this.#line.add(
          'acknowledged',
          acknowledged.by,
          `${contact}, by its code`,
          [],
          Date.parse(acknowledged.at),
        );
    }
  }

  async #goOn(): Promise<void> {
    const { scene, stage, watch, interrupted } = this.#job;
    const made = stage.deeds.length;
    await scene.goOn();
    this.#deeds('contained', 'guard', stage.deeds.slice(made));
    if (watch > 0) this.#job.say(`watching for ${watch / 1000} s that nothing starts`);
    await until(interrupted, watch, async () => false);
  }

  async #restore(): Promise<void> {
    const { players, exercise, script, without, stage } = this.#job;
    if (without.has('restore')) return;
    this.#marks.restoreAt = Date.now();
    const reason = stopReason(exercise.id, script.title);
    const approving = [...this.#people, ...players.approvers];
    const planned = script.restoreBy === 'rollback' ? await rollBack(approving, exercise.id, reason) : null;
    if (planned)
      this.#line.add('restored', 'other people', 'a rollback plan, approved and run', [planned.id]);
    this.#taken =
      planned?.taken ?? (await takeBack(players.access, script.agent, executed(stage.deeds), reason));
    for (const { call, action, outcome, detail } of this.#taken)
      this.#line.add('restored', 'an operator', `${action}: ${outcome}`, [call, detail]);
    await until(this.#job.interrupted, RESTORE_MS, async () => this.#isBack());
    if (await this.#isBack()) this.#marks.restored = Date.now();
  }

  /** Who runs it, and the second operator, where there is one. */
  get #people(): Access[] {
    const { players, second } = this.#job;
    return second ? [players.access, second] : [players.access];
  }

  async #isBack(): Promise<boolean> {
    this.#after = await this.#job.scene.look();
    return canonical(this.#after) === canonical(this.#before);
  }

  /** What is left is put back, and only then the last looks are taken, but for those that show what was put back before. */
  async clear(): Promise<void> {
    const { players, exercise, script, scene, stage } = this.#job;
    this.#clearedAt = Date.now();
    // Of a run that leaves the undo out, what the vendors hold is looked at before tidying does it after all.
    this.#after ??= await scene.look().catch(() => undefined);
    const own = ({ id }: Receipt): boolean => id === this.#receipt?.id;
    const reason = `exercise ${exercise.id} is over`;
    if (this.#receipt) await resumeOwn(this.#people, this.#receipt.target, reason, own);
    await this.#inTheAuditLog();
    this.#tidied = await tidy(this.#people, players.approvers, exercise);
    const probe = await stage.tryOut(script.probes[0].action, script.probes[0].input, script.probes[0].mode);
    this.#goesOn = this.#tidied.left === 'nothing' && probe !== null && ![423, 503].includes(probe.status);
    if (this.#goesOn) this.#line.add('resumed', 'an operator', `${script.target} goes on`, []);
    const vendors = [...scene.harm(), ...scene.pending(), ...script.probes].map(({ vendor }) => vendor);
    for (const vendor of new Set(vendors)) this.#logs[vendor] = await vendorLog(players.gate, vendor);
  }

  /** Waits until the audit log holds every call, so that what is tidied is all there is. */
  async #inTheAuditLog(): Promise<void> {
    const { stage, players } = this.#job;
    const calls = stage.deeds.flatMap(({ call }) => call ?? []);
    this.#missing = calls;
    // Not given up when somebody interrupts: what the audit log does not hold yet would not be put back.
    await until(new AbortController().signal, SEE_MS, async () => {
      const still: string[] = [];
      for (const call of this.#missing) {
        const found = await askOps(players.access, 'GET', `/calls/${call}`);
        if (found.kind !== 'ok') still.push(call);
      }
      this.#missing = still;
      return still.length === 0;
    });
  }

  result(fault: string | null): Ran {
    const { stage, scene, script } = this.#job;
    const evidence: Evidence = {
      startedAt: this.#marks.incident,
      restoreAt: this.#marks.restoreAt ?? this.#clearedAt,
      deeds: stage.deeds,
      receipt: this.#receipt,
      logs: this.#logs,
      harm: scene.harm(),
      pending: scene.pending(),
      before: this.#before,
      during: this.#during,
      after: this.#after,
      changes: script.changes,
      contacts: this.#contacts,
      contactsWanted: script.contacts.length,
      missing: this.#missing,
      goesOn: this.#goesOn,
    };
    const { events } = this.#line;
    const seen = { events, marks: this.#marks, detected: this.#detected, evidence };
    return { fault, ...seen, own: scene.checks(stage.deeds), taken: this.#taken, tidied: this.#tidied };
  }
}

/** What succeeded, or may have. */
function executed(deeds: readonly Deed[]): Took[] {
  return deeds
    .filter(({ mode, status, code }) => mode === 'execute' && (status === 200 || code === 'indeterminate'))
    .flatMap(({ call, action }) => (call === null ? [] : [{ call, action }]));
}

function reasonOf(
  answer: { kind: 'refused'; problem: { title: string } } | { kind: 'unreachable'; detail: string },
): string {
  return answer.kind === 'refused' ? answer.problem.title : answer.detail;
}
