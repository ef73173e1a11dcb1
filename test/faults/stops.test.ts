import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isTarget, type Target } from '../../flags/targets.ts';
import { terms } from '../../flags/terms.ts';
import { quantile } from '../bench/lib/stats.ts';
import { RigGate, rigAgents, rigFolder } from '../rig/gate.ts';
import { Witness } from '../rig/witness.ts';
import { Storm, type Round } from './storm.ts';

/** Rounds with everybody up; with a guard aborted in the middle of a vendor request; with every process killed. */
const plain = Number(process.env['STORM_STOPS']) || 180;
const crashes = 16;
const kills = 6;

let folder: string;
let witness: Witness;
let gate: RigGate;

beforeAll(async () => {
  folder = rigFolder();
  witness = await Witness.start();
  gate = await RigGate.start({ agents: rigAgents(50, 5), vendorPort: witness.port, folder });
}, 180_000);
afterAll(async () => {
  await gate?.kill();
  await witness?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Targets of every kind; a lane takes one that no other lane uses, since a resume of the same target ends both stops. */
class Targets {
  readonly #free = new Set<Target>(
    [
      'all',
      ...['chat', 'crm', 'enrichment'].map((tool) => `tool:${tool}`),
      ...['chat.message.post', 'crm.company.read', 'enrichment.company.lookup'].map(
        (action) => `action:${action}`,
      ),
      ...[1, 2, 3, 4, 5].map((n) => `workflow:flow-${n}`),
      ...rigAgents(12, 5).map(({ name }) => `agent:${name}`),
    ].filter(isTarget),
  );

  /** One of any kind, each kind as likely as the others. */
  take(): Target {
    const kinds = Object.values(Object.groupBy(this.#free, (target) => target.split(':')[0] ?? ''));
    const kind = kinds[Math.floor(Math.random() * kinds.length)] ?? [];
    const target = kind[Math.floor(Math.random() * kind.length)];
    if (!target) throw new Error('every target is in use');
    this.#free.delete(target);
    return target;
  }

  give(target: Target): void {
    this.#free.add(target);
  }
}

test(
  'no vendor request starts after a confirmed receipt, and what is not covered goes on',
  { timeout: 600_000 },
  async () => {
    const storm = new Storm(gate, witness);
    const running = storm.run();
    try {
      await sleep(1_000);
      await everybodyUp(storm);
      await guardsAborted(storm);
      await everyProcessKilled(storm);
    } finally {
      storm.end();
      await running;
    }
    await witness.flush();
    await report(storm);
  },
);

const targets = new Targets();

async function everybodyUp(storm: Storm): Promise<void> {
  const lane = async (rounds: number): Promise<void> => {
    for (let n = 0; n < rounds; n += 1) {
      const target = targets.take();
      await storm.round(target, 50 + Math.random() * 250);
      targets.give(target);
      await sleep(Math.random() * 200);
    }
  };
  await Promise.all([1, 2, 3].map(async () => lane(plain / 3)));
  say(storm, 'everybody up');
}

/** Agents beyond those that are targets above, each aborted and then stopped, eight at a time. */
async function guardsAborted(storm: Storm): Promise<void> {
  const victims = gate.agents.slice(20, 20 + crashes);
  const fell = async (agent: (typeof victims)[number]): Promise<void> => {
    const target = `agent:${agent.name}` as const;
    await storm.crash(agent);
    await storm.round(target, 300);
  };
  for (let n = 0; n < victims.length; n += 8) await Promise.all(victims.slice(n, n + 8).map(fell));
  say(storm, 'guards aborted');
}

async function everyProcessKilled(storm: Storm): Promise<void> {
  for (let n = 0; n < kills; n += 1) {
    const target = targets.take();
    // Before the stop is taken, while it forms, and after it is confirmed.
    await storm.kill(n * 12, storm.round(target, 1_500));
    targets.give(target);
  }
  say(storm, 'every process killed');
}

function say(storm: Storm, phase: string): void {
  console.log(`${phase}: ${storm.rounds.length} stops, ${storm.calls.length} calls so far`);
}

async function report(storm: Storm): Promise<void> {
  const violations = storm.violations();
  const untouched = storm.untouched();
  const went = untouched.filter(({ status }) => status === 200).length / untouched.length;
  const unleased = await executesWithoutLease(storm);
  const took = (rounds: readonly Round[]): string => {
    const ms = rounds
      .map(({ receipt }) => Date.parse(receipt.confirmedAt ?? '') - Date.parse(receipt.stopAt))
      .sort((a, b) => a - b);
    return `p50 ${quantile(ms, 0.5)} ms, p90 ${quantile(ms, 0.9)} ms, max ${ms.at(-1)} ms`;
  };
  const inFlight = storm.rounds.reduce((sum, { receipt }) => sum + receipt.inFlight.length, 0);
  console.log(
    `stops ${storm.rounds.length}; receipts ${took(storm.rounds.slice(0, plain))} with everybody up, ` +
      `${took(storm.rounds.slice(plain))} with guards aborted and processes killed; ` +
      `calls ${storm.calls.length}, at the vendor ${witness.seen.length}, in flight at a stop ${inFlight}; ` +
      `uncovered that went on ${(went * 100).toFixed(2)} % of ${untouched.length}; ` +
      `violations ${violations.length}, executes without a lease ${unleased.length}`,
  );
  expect(storm.rounds.length).toBeGreaterThanOrEqual(plain + crashes + kills);
  expect(violations).toEqual([]);
  expect(unleased).toEqual([]);
  expect(untouched.length).toBeGreaterThan(1_000);
  expect(went).toBeGreaterThanOrEqual(0.99);
  expect(inFlight).toBeGreaterThan(0);
}

/** Executes at the vendor with no intent in the journal, or after the time to start that their lease gave them. */
async function executesWithoutLease(storm: Storm): Promise<string[]> {
  const intents = new Map<string, number>();
  for (let tries = 0; tries < 50; tries += 1) {
    for (const { kind, data } of (await gate.journal()) as {
      kind: string;
      data: { call: string; startBefore: number };
    }[]) {
      if (kind === 'call.intent') intents.set(data.call, data.startBefore);
    }
    if (storm.executes().every(({ call }) => intents.has(call))) break;
    await sleep(500); // Journals are shipped within a second.
  }
  return storm
    .executes()
    .filter(({ call, at }) => !(at < (intents.get(call) ?? NaN) + terms.pause))
    .map(({ call }) => call);
}
