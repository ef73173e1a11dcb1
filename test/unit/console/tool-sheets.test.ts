import { expect, test } from 'vitest';
import { heldSecrets } from '../../../shared/tool/about.ts';
import { askable, notedTimes, othersOf, sheetOf } from '../../../workers/console/tool-sheets.ts';

const about = (tool: string, secrets: { name: string; state: 'set' }[]) => ({
  tool,
  vendor: { vendor: 'simulated' as const, secrets, breaker: { state: 'closed' as const, until: null } },
});

test('secrets are told by name and state, those of single workflows too, and never by value', () => {
  const env = { A_TOKEN: 'v4lue', A_TOKEN_LEADS: '', B_TOKEN: 'oth3r', A_TOKENS: 'no' };
  const held = heldSecrets({ read: 'A_TOKEN', write: 'C_TOKEN' }, env);
  expect(held).toEqual([
    { name: 'A_TOKEN', state: 'set' },
    { name: 'C_TOKEN', state: 'absent' },
    { name: 'A_TOKEN_LEADS', state: 'empty' },
  ]);
  expect(JSON.stringify(held)).not.toMatch(/v4lue|oth3r/);
});

test('a tool that does not answer is told so, and nothing of it is made up', () => {
  const sheet = sheetOf({ tool: 'crm', about: null }, null, null, { crm: { A: '2026-11-01T00:00:00Z' } });
  expect(sheet).toEqual({
    tool: 'crm',
    answers: false,
    vendor: null,
    record: null,
    quota: null,
    secrets: [],
  });
});

test('a tool that nobody called has counts of nothing, and a secret nobody noted has no time', () => {
  const state = { tool: 'crm', about: about('crm', [{ name: 'A', state: 'set' }]) };
  const sheet = sheetOf(state, [], [], {});
  expect(sheet.record?.day.calls).toBe(0);
  expect(sheet.secrets).toEqual([
    { name: 'A', state: 'set', setAt: null, usedAt: null, refusedAt: null, rotation: null },
  ]);
});

test('a secret that is being replaced, and the one that is to replace it, say so, with their last uses', () => {
  const env = { A_TOKEN: 'v4lue', NEXT_A_TOKEN: 'oth3r', B_TOKEN: 'b', NEXT_B_TOKEN: '' };
  const held = heldSecrets({ read: 'A_TOKEN', write: 'B_TOKEN' }, env);
  expect(held.map(({ name }) => name)).toEqual(['A_TOKEN', 'NEXT_A_TOKEN', 'B_TOKEN']);
  const used = { name: 'NEXT_A_TOKEN', usedAt: '2026-11-02T00:00:00Z', refusedAt: null };
  const none = { calls: 0, denied: 0, succeeded: 0, indeterminate: 0, lapsed: 0, failed: {} };
  const record = { tool: 'crm', hour: none, day: none, last: [], secrets: [used] };
  const state = { tool: 'crm', about: about('crm', held as never) };
  expect(sheetOf(state, [record], null, {}).secrets).toMatchObject([
    { name: 'A_TOKEN', rotation: 'replaced', usedAt: null },
    { name: 'NEXT_A_TOKEN', rotation: 'next', usedAt: used.usedAt },
    { name: 'B_TOKEN', rotation: null },
  ]);
});

test('the leads tool is not taken for the inbox, which has its name', () => {
  const noted = { leads: { INBOX_KEY: null }, 'leads-tool': { A: '2026-11-01T00:00:00Z' } };
  const state = { tool: 'leads', about: about('leads', [{ name: 'A', state: 'set' }]) };
  expect(sheetOf(state, [], [], noted).secrets[0]?.setAt).toBe('2026-11-01T00:00:00Z');
  expect(othersOf(noted, [state])).toEqual([
    { worker: 'leads', secrets: [{ name: 'INBOX_KEY', setAt: null }] },
  ]);
});

test('the fewest agents are asked for quotas', () => {
  const grants = (...actions: string[]): never =>
    ({ grants: actions.map((action) => ({ action })) }) as never;
  const manifests = {
    one: grants('crm.contact.read', 'chat.message.post'),
    two: grants('crm.contact.read'),
    three: grants('ads.campaign.pause', 'cms.post.read'),
  };
  const shared = { workflows: {}, vendors: { crm: { max: 1, per: 1 }, ads: { max: 1, per: 1 } } };
  expect(askable({ manifests, shared })).toEqual(['one', 'three']);
  expect(askable({ manifests })).toEqual([]);
});

test('what is noted and cannot be read is not known', () => {
  expect(notedTimes(undefined)).toBeNull();
  expect(notedTimes('x')).toBeNull();
  expect(notedTimes('{"crm":{"A":null}}')).toEqual({ crm: { A: null } });
});
