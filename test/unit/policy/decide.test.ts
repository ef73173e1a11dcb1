import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AgentGovernance, Governance, Policy } from '../../../shared/governance.ts';
import { decide } from '../../../shared/policy.ts';
import { forAgent, question, shipped } from './ask.ts';

let governance: Governance;
let router: AgentGovernance;
beforeAll(async () => {
  governance = await shipped();
  router = forAgent(governance, 'lead-router');
});

const read = question('lead-router', 'crm.company.read', { input: { id: '501' } });
const update = question('lead-router', 'crm.contact.update', { input: { id: '101', leadStatus: 'OPEN' } });

function policy(id: string, text: string): Policy {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new Error(text);
  return { id, reason: `reason of ${id}`, json: answer.json };
}

function also(...policies: Policy[]): AgentGovernance {
  return { ...router, policies: [...router.policies, ...policies] };
}

describe('a decision', () => {
  test('names the policies with the reasons that an agent is shown', () => {
    expect(decide(router, update)).toEqual({
      kind: 'approval',
      needs: 1,
      policies: [
        { id: 'high-impact-waits', reason: 'This action has a high impact: a person approves it first.' },
      ],
    });
  });

  test('is the same when it is asked again, and for another question in between', () => {
    const first = decide(router, update);
    expect(decide(router, read).kind).toBe('allow');
    expect(decide(router, update)).toEqual(first);
  });

  test('does not depend on the order of the policies', () => {
    const turned = { ...router, policies: [...router.policies].reverse() };
    for (const one of [read, update, { ...update, explained: false }]) {
      const [a, b] = [decide(router, one), decide(turned, one)];
      expect(b.kind).toBe(a.kind);
      expect(b.policies.map(({ id }) => id).sort()).toEqual(a.policies.map(({ id }) => id).sort());
    }
  });

  test('leaves the question and the governance as they were', () => {
    const [before, asked] = [JSON.stringify(router), JSON.stringify(update)];
    decide(router, update);
    expect([JSON.stringify(router), JSON.stringify(update)]).toEqual([before, asked]);
  });
});

describe('denied whatever the policies say', () => {
  test('an agent without a manifest', () => {
    const decision = decide({ ...router, manifest: null }, read);
    expect(decision).toEqual({ kind: 'deny', why: 'no-manifest', policies: [] });
  });

  test('an agent with the manifest of another', () => {
    expect(decide(forAgent(governance, 'support-agent'), read)).toMatchObject({ why: 'no-manifest' });
  });

  test('an action whose live contract is not the pinned one', () => {
    expect(decide(router, { ...read, contract: '0'.repeat(64) })).toMatchObject({ why: 'contract-changed' });
  });

  test('an action that nobody pinned, also one named like what objects inherit', () => {
    for (const action of ['crm.company.burn', 'constructor', '__proto__']) {
      expect(decide(router, { ...read, action })).toMatchObject({ why: 'contract-changed' });
    }
  });
});

describe('a policy that cannot be evaluated', () => {
  const failing = policy(
    'failing',
    'permit (principal, action, resource) when { context.input.missing == 1 };',
  );

  test('denies, even a permit beside others that hold', () => {
    expect(decide(also(failing), read)).toEqual({
      kind: 'deny',
      why: 'failed',
      policies: [{ id: 'failing', reason: 'reason of failing' }],
    });
  });

  test('denies when it fails only once somebody has approved', () => {
    const late = policy(
      'late',
      'permit (principal, action, resource) when { context.approvals >= 1 && context.input.missing == 1 };',
    );
    expect(decide(also(late), update)).toMatchObject({ kind: 'deny', why: 'failed' });
  });

  test('denies nothing that it does not concern', () => {
    const elsewhere = policy(
      'elsewhere',
      'forbid (principal, action == Action::"chat.message.post", resource) when { context.input.missing };',
    );
    expect(decide(also(elsewhere), read).kind).toBe('allow');
  });

  test('denies when it is not in the subset at all', () => {
    const alien = policy('alien', 'forbid (principal, action, resource) when { ip("::1").isIpv4() };');
    expect(decide(also(alien), read)).toMatchObject({
      kind: 'deny',
      why: 'failed',
      policies: [{ id: 'alien' }],
    });
  });
});

describe('approvals', () => {
  const two = policy('two', 'forbid (principal, action, resource) unless { context.approvals >= 2 };');
  const never = policy('never', 'forbid (principal, action, resource) when { context.mode == "execute" };');

  test('the strictest policy counts, and whoever approves sees all that held the call', () => {
    const decision = decide(also(two), update);
    expect(decision).toMatchObject({ kind: 'approval', needs: 2 });
    expect(decision.policies.map(({ id }) => id)).toEqual(['high-impact-waits', 'two']);
  });

  test('what nobody can approve denies at once, and is the only one named', () => {
    const decision = decide(also(two, never), update);
    expect(decision).toMatchObject({ kind: 'deny', why: 'forbidden' });
    expect(decision.policies.map(({ id }) => id)).toEqual(['never']);
  });

  test('what is not permitted is not offered for approval', () => {
    const notGranted = question('lead-router', 'crm.contact.create', { input: { email: 'a@acme.example' } });
    expect(decide(router, notGranted)).toEqual({ kind: 'deny', why: 'not-permitted', policies: [] });
  });
});

describe('what a guard gets of a set', () => {
  test('leaves out what names only actions that are not granted, keeps groups, and decides the same', () => {
    const about = (id: string, head: string): Policy => policy(id, `forbid (principal, ${head}, resource);`);
    const none = about('not-granted', 'action == Action::"crm.company.update"');
    const nobody = about(
      'none-granted',
      'action in [Action::"crm.company.update", Action::"crm.contact.create"]',
    );
    const some = about('one-granted', 'action in [Action::"crm.company.update", Action::"crm.company.read"]');
    const group = about('a-group', 'action in [Action::"export"]');
    const whole = { ...governance, policies: [...governance.policies, none, nobody, some, group] };
    const ids = forAgent(whole, 'lead-router').policies.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['one-granted', 'a-group', 'granted-read']));
    expect(ids).not.toContain('not-granted');
    expect(ids).not.toContain('none-granted');
    const unfiltered = { ...router, policies: whole.policies };
    for (const one of [read, update])
      expect(decide(forAgent(whole, 'lead-router'), one)).toEqual(decide(unfiltered, one));
  });

  test('holds no text, and nothing of other agents', () => {
    const got = JSON.stringify(router);
    expect(got).not.toContain('@reason');
    expect(got).not.toContain('content-writer');
  });
});
