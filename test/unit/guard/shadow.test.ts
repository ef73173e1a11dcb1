import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { beforeAll, describe, expect, test } from 'vitest';
import { forAgent, type AgentGovernance, type Policy } from '../../../shared/governance.ts';
import type { EntryData } from '../../../shared/journal.ts';
import type { PolicyDecision, PolicyQuestion } from '../../../shared/policy.ts';
import type { Admission } from '../../../workers/guard/admit.ts';
import type { AskedCall } from '../../../workers/guard/call.ts';
import type { Denial } from '../../../workers/guard/denial.ts';
import { Shadow } from '../../../workers/guard/shadow.ts';
import { known, question, shipped } from '../policy/ask.ts';

let live: AgentGovernance;
beforeAll(async () => {
  live = forAgent(await shipped(), 'lead-router');
});

function policy(id: string, text: string): Policy {
  const parsed = policyToJson(text);
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join());
  return { id, reason: 'x', json: parsed.json };
}

/** The set in force with one policy more. */
function candidate(text: string): AgentGovernance {
  return { ...live, version: 'ps_candidate', policies: [...live.policies, policy('candidate', text)] };
}

const waits = 'forbid (principal, action, resource) unless { context.approvals >= 1 };';

function call(): AskedCall {
  const action = known('crm.company.read');
  const caller = { agent: 'lead-router', user: null, scopes: [] };
  return { caller, action, workflow: 'lead-routing', policyVersion: live.version } as unknown as AskedCall;
}

const asked = (more: Partial<PolicyQuestion> = {}): PolicyQuestion =>
  question('lead-router', 'crm.company.read', { input: { id: '501' }, ...more });
const admitted = (): Admission => ({
  kind: 'admitted',
  ruling: { needs: 0, policies: [], question: asked() },
});

/** A shadow whose turns come when the test says so, at a time that it sets. */
function rig() {
  const notes: EntryData[] = [];
  const turns: (() => void)[] = [];
  const at = { now: 1_000_000 };
  const shadow = new Shadow({
    note: (_, data) => void notes.push(data),
    later: (work) => void turns.push(work),
    now: () => at.now,
  });
  const settle = (): void => {
    for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
  };
  return { shadow, notes, turns, at, settle };
}

describe('a candidate in shadow', () => {
  test('is asked in a turn of its own, and only differences are journaled', () => {
    const { shadow, notes, settle } = rig();
    shadow.saw('call_1', call(), admitted(), candidate(waits));
    expect(notes).toEqual([]);
    settle();
    expect(notes).toMatchObject([
      {
        call: 'call_1',
        agent: 'lead-router',
        action: 'crm.company.read',
        mode: 'read',
        policyVersion: live.version,
        shadowVersion: 'ps_candidate',
        live: { decision: 'allow', needs: 0 },
        shadow: { decision: 'approval', needs: 1, policies: ['candidate'] },
      },
    ]);
    shadow.saw('call_2', call(), admitted(), { ...live, version: 'ps_same' });
    shadow.saw('call_3', call(), admitted(), null);
    settle();
    expect(notes).toHaveLength(1);
  });

  test('that cannot be evaluated, or throws, is a difference and nothing worse', () => {
    const { shadow, notes, settle } = rig();
    const overflow =
      'forbid (principal, action, resource) when { context.sensitivity + 9223372036854775807 > 9 };';
    const read = (): Admission => ({
      kind: 'admitted',
      ruling: { needs: 0, policies: [], question: asked() },
    });
    shadow.saw('call_1', call(), read(), candidate(overflow));
    shadow.saw('call_2', call(), read(), { ...live, policies: null } as unknown as AgentGovernance);
    expect(settle).not.toThrow();
    expect(notes.map((data) => [data.call, data['shadow']])).toEqual([
      ['call_1', expect.objectContaining({ decision: 'deny', why: 'failed' })],
      ['call_2', { decision: 'failed' }],
    ]);
  });

  test('survives a journal that cannot be written', () => {
    const turns: (() => void)[] = [];
    const note = (): never => {
      throw new Error('no storage');
    };
    const shadow = new Shadow({ note, later: (work) => void turns.push(work), now: () => 1 });
    expect(() => shadow.saw('call_1', call(), admitted(), candidate(waits))).not.toThrow();
    expect(() => turns.shift()?.()).not.toThrow();
  });

  test('judges proposals twice, denials by policies once, and what policies never saw not at all', () => {
    const { shadow, notes, settle } = rig();
    const would: PolicyDecision = { kind: 'allow', policies: [] };
    const ruling = { needs: 0 as const, policies: [], question: asked() };
    shadow.saw('call_1', call(), { kind: 'proposed', would, ruling }, candidate(waits));
    const denial: Denial = { kind: 'policy', why: 'forbidden', policies: [], question: asked() };
    shadow.saw('call_2', call(), { kind: 'denied', denial }, candidate(waits));
    shadow.saw('call_3', call(), { kind: 'denied', denial: { kind: 'busy' } }, candidate(waits));
    settle();
    expect(
      notes.map(({ call, mode, live }) => [call, mode, (live as { decision: string }).decision]),
    ).toEqual([
      ['call_1', 'read', 'allow'],
      ['call_1', 'execute', 'allow'],
      ['call_2', 'read', 'deny'],
    ]);
  });

  test('journals a bounded number of differences a minute and says how many more there were', () => {
    const { shadow, notes, at, settle } = rig();
    const set = candidate(waits);
    for (let n = 0; n < 100; n += 1) shadow.saw(`call_${n}`, call(), admitted(), set);
    settle();
    expect(notes).toHaveLength(60);
    at.now += 61_000;
    shadow.saw('call_later', call(), admitted(), candidate(waits));
    settle();
    expect(notes).toHaveLength(61);
    expect(notes.at(-1)).toMatchObject({ call: 'call_later', unrecorded: 40 });
  });

  test('lets calls have their turns, and holds no more than it may', () => {
    const { shadow, notes, turns, settle } = rig();
    const set = candidate(waits);
    for (let n = 0; n < 1_500; n += 1) shadow.saw(`call_${n}`, call(), admitted(), set);
    expect(turns).toHaveLength(1);
    turns.shift()?.();
    expect(notes).toHaveLength(50);
    expect(turns).toHaveLength(1);
    settle();
    expect(notes).toHaveLength(60);
    expect(notes[0]).toMatchObject({ unjudged: 500 });
  });
});
