import { beforeAll, describe, expect, test, vi } from 'vitest';
import { backtest, type Asking, type Backtest } from '../../../bin/lib/backtest.ts';
import { exportedEntries } from '../../../bin/lib/journal-pages.ts';
import { PolicyJudge } from '../../../bin/lib/policy-judge.ts';
import type { Governance } from '../../../shared/governance.ts';
import type { Entry } from '../../../shared/journal.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { shipped, times } from '../policy/ask.ts';
import { changedSet, entry, entryOf, policies, stream } from './kit.ts';

// Real Cedar takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let set: Governance;
beforeAll(async () => {
  set = await shipped();
});

async function run(
  candidate: Governance,
  entries: readonly Entry[],
  pinned?: Asking['pinned'],
): Promise<Backtest> {
  const judge = new PolicyJudge(candidate);
  return backtest(stream(entries), {
    judge: (question, isMasked) => judge.judge(question, isMasked),
    action: (name) => catalogue.get(name),
    pinned: pinned ?? (async (_, action) => set.contracts[action]),
  });
}

/** One entry of every agent and action, as sure and unsure as they come, by day and by night. */
function mixed(): Entry[] {
  let n = 0;
  return Object.keys(set.manifests).flatMap((agent) =>
    [...catalogue.keys()].flatMap((action) =>
      [times.office, times.night].flatMap((at) =>
        (at === times.office ? [null, 10] : [null]).map((confidence) =>
          entryOf(set, { agent, action, at, confidence, call: `call_${(n += 1)}` }),
        ),
      ),
    ),
  );
}

describe('a backtest', () => {
  test('of the set that decided finds no difference and nothing uncertain', async () => {
    const entries = mixed();
    const result = await run(set, entries);
    expect(result).toMatchObject({
      decisions: entries.length,
      same: entries.length,
      different: 0,
      unsure: 0,
    });
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(
      new Set(['call.denied', 'call.waiting', 'call.intent']),
    );
  });

  test('says what a new forbid would have held, by policy and agent, with the calls', async () => {
    const more = policies(`@id("companies-wait") @reason("x")
      forbid (principal, action == Action::"crm.company.read", resource) unless { context.approvals >= 2 };`);
    const result = await run(changedSet(set, more), mixed());
    expect(result.differences).toHaveLength(3);
    expect(result.differences[0]).toMatchObject({
      was: 'allow',
      would: '2 people',
      policies: ['companies-wait'],
      actions: ['crm.company.read'],
      count: 3,
    });
    const reading = Object.values(set.manifests)
      .filter(({ grants }) => grants.some(({ action }) => action === 'crm.company.read'))
      .map(({ agent }) => agent);
    expect(result.differences.map(({ agent }) => agent).sort()).toEqual(reading.sort());
    expect(result.differences[0]?.calls).toHaveLength(3);
    expect(result.same + result.different).toBe(result.decisions);
  });

  test('names the policy that held it when without it nothing would', async () => {
    const result = await run(changedSet(set, [], ['high-impact-waits']), [entryOf(set)]);
    expect(result.differences).toMatchObject([
      { was: '1 person', would: 'allow', policies: ['high-impact-waits'] },
    ]);
  });

  test('lists as uncertain what a policy on a masked field would have decided, and guesses nothing', async () => {
    const onPhone = policies(`@id("german-phones-wait") @reason("x")
      forbid (principal, action == Action::"crm.contact.update", resource)
      when { context.input has phone && context.input.phone like "+49*" } unless { context.approvals >= 2 };`);
    const entries = [
      entryOf(set, { call: 'call_with', input: { id: '1', phone: '+49 170 1234567' } }),
      entryOf(set, { call: 'call_other', input: { id: '1', phone: '+43 170 1234567' } }),
      entryOf(set, { call: 'call_without', input: { id: '1', company: 'Acme' } }),
    ];
    const result = await run(changedSet(set, onPhone), entries);
    expect(result).toMatchObject({ same: 1, different: 0, unsure: 2 });
    expect(result.uncertain).toMatchObject([
      {
        why: 'german-phones-wait read masked fields: 1 person to 2 people',
        calls: ['call_with', 'call_other'],
      },
    ]);
  });

  test('is sure where the masked field makes no difference', async () => {
    const onPhone = policies(`@id("german-phones-wait") @reason("x")
      forbid (principal, action == Action::"crm.contact.update", resource)
      when { context.input has phone && context.input.phone like "+49*" } unless { context.approvals >= 1 };`);
    const result = await run(changedSet(set, onPhone), [
      entryOf(set, { input: { id: '1', phone: '+49 170 1234567' } }),
    ]);
    expect(result).toMatchObject({ same: 1, unsure: 0 });
  });

  test('is sure of what only asks whether a masked field is there', async () => {
    const onPhone = policies(`@id("phones-stay") @reason("x")
      forbid (principal, action == Action::"crm.contact.update", resource) when { context.input has phone };`);
    const result = await run(changedSet(set, onPhone), [
      entryOf(set, { input: { id: '1', phone: '+49 170 1234567' } }),
    ]);
    expect(result.differences).toMatchObject([
      { was: '1 person', would: 'denied', policies: ['phones-stay'] },
    ]);
  });

  test('does not take the mark of a masked mail address for the text that was there', async () => {
    const onCompany = policies(`@id("acme-stays") @reason("x")
      forbid (principal, action == Action::"crm.contact.update", resource)
      when { context.input has company && context.input.company like "*acme*" };`);
    const input = { id: '1', company: 'ask ada@acme.example' };
    const result = await run(changedSet(set, onCompany), [entryOf(set, { input })]);
    expect(result).toMatchObject({ different: 0, unsure: 1 });
  });

  test('does not judge what was recorded under another contract, nor by a set that nobody can read', async () => {
    const changed = await run(set, [entryOf(set)], async () => 'f'.repeat(64));
    expect(changed.uncertain[0]?.why).toContain('contract of the action changed');
    const gone = await run(set, [entryOf(set)], async () => null);
    expect(gone.uncertain[0]?.why).toContain('cannot be read');
    expect([changed.same, gone.same]).toEqual([0, 0]);
  });

  test('does not judge entries of before contexts were journaled', async () => {
    const older = entryOf(set);
    delete older.data['asked'];
    expect(await run(set, [older])).toMatchObject({ same: 0, different: 0, unsure: 1 });
  });

  test('counts a call once, by its first decision, and no act of a person', async () => {
    const waiting = entryOf(set);
    const approved = entry('call.intent', { ...waiting.data, approvers: ['a@acme.example'] }, times.office);
    const undo = entry('call.intent', { ...waiting.data, operator: { kind: 'undo' } }, times.office);
    const unapproved = entry(
      'call.denied',
      { ...waiting.data, reason: 'policy', why: 'unapproved' },
      times.office,
    );
    const limited = entry('call.denied', { ...waiting.data, reason: 'limited' }, times.office);
    expect((await run(set, [waiting, approved, undo, unapproved, limited])).decisions).toBe(1);
  });

  test('judges a proposal as itself and as what executing it would need', async () => {
    const { data } = entryOf(set);
    const proposal = {
      ...data,
      mode: 'propose',
      would: 'approval',
      needs: 1,
      policies: ['high-impact-waits'],
    };
    const result = await run(set, [entry('call.proposed', proposal, times.office)]);
    expect(result).toMatchObject({ decisions: 2, same: 2 });
    const without = await run(changedSet(set, [], ['granted-propose']), [
      entry('call.proposed', proposal, times.office),
    ]);
    expect(without.differences).toMatchObject([
      { was: 'allow', would: 'denied', policies: ['not-permitted'] },
    ]);
  });

  test('keeps a bounded number of calls, and counts them all', async () => {
    const entries = Array.from({ length: 250 }, (_, n) => entryOf(set, { call: `call_${n}` }));
    const result = await run(changedSet(set, [], ['high-impact-waits']), entries);
    expect(result.differences[0]).toMatchObject({ count: 250 });
    expect(result.differences[0]?.calls).toHaveLength(100);
  });
});

describe('an export as the source', () => {
  test('gives the entries of the kinds and the time that are asked for', async () => {
    const one = entryOf(set);
    const older = { ...one, at: '2020-01-01T00:00:00.000Z' };
    const other = { ...one, kind: 'call.outcome', data: { text: '"kind":"call.waiting"' } };
    const lines = [one, older, other].map((item) => JSON.stringify(item));
    const found: Entry[] = [];
    for await (const item of exportedEntries(
      stream([...lines, '{"checkpoint":{}}']),
      ['call.waiting'],
      '2026-01-01',
    ))
      found.push(item);
    expect(found).toEqual([one]);
  });
});
