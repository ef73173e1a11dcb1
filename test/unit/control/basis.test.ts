import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../../bin/lib/governance.ts';
import type { Governance, Policy } from '../../../shared/governance.ts';
import { migrate } from '../../../shared/migrate.ts';
import { AutonomyStore } from '../../../workers/control/autonomy-store.ts';
import { startLevel } from '../../../workers/control/autonomy.ts';
import { basisHash, basisOf, changedSince, type Basis } from '../../../workers/control/basis.ts';
import { migrations } from '../../../workers/control/migrations.ts';
import { root } from '../../harness.ts';
import { sqlite } from '../journal/support.ts';

let set: Governance;
let was: Basis;

beforeAll(async () => {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  set = compiled.governance;
});
beforeEach(() => {
  was = basisOf(structuredClone(set), 'lead-router')!;
});

function changed(change: (is: Basis) => void): string[] {
  const is = structuredClone(was);
  change(is);
  return changedSince(was, is);
}

const forbid = (id: string, action: unknown): Policy => ({
  id,
  reason: 'a test',
  json: { effect: 'forbid', principal: { op: 'All' }, action, resource: { op: 'All' }, conditions: [] },
});

describe('what was signed is reopened by', () => {
  test.each<[string, (is: Basis) => void, RegExp]>([
    ['another model', ({ manifest }) => void (manifest.model.name = 'x'), /model changed/],
    [
      'another grant',
      ({ manifest }) => void manifest.grants.push({ action: 'crm.company.update', mode: 'execute' }),
      /gains execute/,
    ],
    ['a higher limit', ({ manifest }) => void (manifest.limits[0]!.max += 1), /raised/],
    ['another source', ({ manifest }) => void (manifest.sources = ['leads', 'crm']), /source/],
    [
      'other criteria',
      ({ manifest }) => void (manifest.acceptance = ['It is done when it is done.']),
      /acceptance changed/,
    ],
    ['another map of steps', ({ manifest }) => void (manifest.steps = []), /steps changed/],
    [
      'another contract',
      (is) => void (is.contracts['leads.lead.route'] = 'f'.repeat(64)),
      /contract of leads.lead.route changed/,
    ],
    [
      'a forbid that is gone',
      (is) => void (is.policies = is.policies.filter(({ id }) => id !== 'low-confidence-waits')),
      /low-confidence-waits removed/,
    ],
  ])('%s', (name, change, words) => {
    // Whether the shipped manifest has them is its own business.
    if (name === 'another source') was.manifest.sources = ['leads'];
    if (name === 'another map of steps')
      was.manifest.steps = [{ step: 'route', does: 'routes', by: 'rules' }];
    expect(changed(change).join()).toMatch(words);
  });
});

describe('what was signed holds after', () => {
  test.each<[string, (is: Basis) => void]>([
    ['nothing', () => undefined],
    ['another number of the manifest', ({ manifest }) => void (manifest.version += 1)],
    ['a lower limit', ({ manifest }) => void (manifest.limits[0]!.max -= 1)],
    ['a grant that is gone', ({ manifest }) => void manifest.grants.pop()],
    ['a forbid more', (is) => void is.policies.push(forbid('more', { op: 'All' }))],
    ['better words for a reason', (is) => void (is.policies[0]!.reason = 'put better')],
    ['policies in another order', (is) => void is.policies.reverse()],
  ])('%s', (_, change) => {
    expect(changed(change)).toEqual([]);
  });

  test('a policy is gone that says nothing of what it is granted', () => {
    const entity = { type: 'Action', id: 'ads.campaign.pause' };
    const other = forbid('of-ads', { op: '==', entity });
    const before = { ...was, policies: [...was.policies, other] };
    expect(basisHash(before)).toBe(basisHash(was));
    expect(changedSince(before, was)).toEqual([]);
  });

  test('a grant and the policy about it are gone together', () => {
    const action = was.manifest.grants.at(-1)!.action;
    const about = forbid('about-it', { op: '==', entity: { type: 'Action', id: action } });
    const before = { ...was, policies: [...was.policies, about] };
    const after = structuredClone(was);
    after.manifest.grants.pop();
    expect(changedSince(before, after)).toEqual([]);
  });
});

describe('the store', () => {
  test('gives back what something is bound to, and shares policies between agents', () => {
    const storage = sqlite();
    migrate(
      storage,
      migrations.filter(({ id }) => ['autonomy', 'set-parts'].includes(id)),
    );
    const store = new AutonomyStore(storage.sql);
    const other = basisOf(set, 'support-agent')!;
    store.keepBasis(was);
    store.keepBasis(other);
    store.keepBasis(was);
    const back = store.basis(basisHash(was))!;
    expect(changedSince(back, was)).toEqual([]);
    expect(basisHash(back)).toBe(basisHash(was));
    expect(store.basis(basisHash(other))!.policies).toBe(back.policies);
    expect(store.basis('nothing')).toBeNull();
  });

  test('remembers levels over a restart; a new level ends what waited', () => {
    const storage = sqlite();
    migrate(
      storage,
      migrations.filter(({ id }) => ['autonomy', 'set-parts'].includes(id)),
    );
    const store = new AutonomyStore(storage.sql);
    const level = { ...startLevel('lead-router', 'production'), since: 5 };
    const first = {
      agent: 'lead-router',
      to: 'execute',
      by: 'a',
      reason: 'b',
      at: '',
      until: '',
      basis: '',
    } as const;
    store.wait(first);
    expect(store.waiting('lead-router')).toEqual(first);
    store.setLevel(level);
    expect(new AutonomyStore(storage.sql).level('lead-router')).toEqual(level);
    expect(store.waiting('lead-router')).toBeNull();
  });
});
