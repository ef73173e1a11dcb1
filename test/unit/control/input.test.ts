import { expect, test } from 'vitest';
import { governanceVersion, type Governance } from '../../../shared/governance.ts';
import { decisions as known } from '../../../shared/rights.ts';
import { checkGovernance } from '../../../workers/control/input.ts';
import { ruleOnApply } from '../../../workers/control/policy-set.ts';
import { shipped } from '../policy/ask.ts';

const one = { by: ['owner'], approve: ['owner'] };
const decisions = Object.fromEntries(known.map((decision) => [decision, one]));

/** The shipped set with other keys in it, under the version that names just that content. */
async function sent(change: Record<string, unknown>): Promise<unknown> {
  const { version: _, ...content } = { ...(await shipped()), ...change };
  return { version: governanceVersion(content), ...content };
}

test('a whole set is taken', async () => {
  expect(checkGovernance(await sent({}))).toMatchObject({ ok: true });
});

test.each([
  ['shared limits without workflows', '/shared', { shared: { vendors: {} } }],
  ['a workflow without budgets', '/shared', { shared: { workflows: { a1: { limits: [] } }, vendors: {} } }],
  ['rights without what is barred', '/rights', { rights: { decisions } }],
  ['barred groups without the rest', '/rights', { rights: { decisions, barred: { groups: ['delete'] } } }],
  ['people without groups', '/people', { people: { people: [] } }],
])('%s are refused: guards, and whoever compares sets, read every key', async (_, pointer, change) => {
  const checked = checkGovernance(await sent(change));
  expect(checked).toMatchObject({ ok: false, problem: { code: 'invalid', errors: [{ pointer }] } });
});

test('over any set that was taken another can be ruled on', async () => {
  const taken = checkGovernance(await sent({ shared: { vendors: {}, workflows: {} } }));
  if (!taken.ok) throw new Error('not taken');
  const { value: current } = taken;
  const set = (await sent({ shared: undefined })) as Governance;
  const who = { email: 'owner@acme.example', roles: ['owner'] as const };
  const asked = { set, who, origin: 'rolled-back', reason: 'back', over: undefined } as const;
  const standing = { current, record: null, waiting: null, numbers: new Map(), now: 0 };
  expect(ruleOnApply(asked, standing)).toMatchObject({ kind: 'adopted' });
});
