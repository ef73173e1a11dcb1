import { beforeAll, describe, expect, test } from 'vitest';
import { manifestDiff, type AgentDiff } from '../../../shared/manifest-diff.ts';
import { statements } from '../../../shared/manifest-words.ts';
import { grantOf, manifestSchema, type Manifest } from '../../../shared/manifest.ts';
import { shipped } from '../policy/ask.ts';

let base: Record<string, Manifest>;
beforeAll(async () => {
  base = (await shipped()).manifests;
});

/** What one change to the lead router's manifest comes to. */
function changed(change: (manifest: Manifest) => void): Partial<AgentDiff> {
  const after = structuredClone(base);
  change(after['lead-router']!);
  const [diff, ...others] = manifestDiff(base, after);
  expect(others).toEqual([]);
  const { agent, from, to, ...lines } = diff!;
  const { version } = base['lead-router']!;
  expect([agent, from, to]).toEqual(['lead-router', version, version]);
  return Object.fromEntries(Object.entries(lines).filter(([, said]) => said.length > 0));
}

describe('manifest diff says who gains and who loses', () => {
  test.each<[does: string, change: (manifest: Manifest) => void, says: Partial<AgentDiff>]>([
    [
      'an action',
      (m) => m.grants.push({ action: 'crm.company.update', mode: 'execute', fields: ['id', 'name'] }),
      {
        gains: ['execute crm.company.update', 'may set of crm.company.update: id, name'],
      },
    ],
    [
      'a higher mode',
      (m) => (grantOf(m, 'chat.message.post')!.mode = 'propose'),
      { loses: ['propose chat.message.post (was execute chat.message.post)'] },
    ],
    [
      'one field more and one less',
      (m) => (grantOf(m, 'crm.contact.read')!.returns = ['id', 'firstName']),
      {
        gains: ['receives firstName of crm.contact.read'],
        loses: [
          'company',
          'country',
          'lifecycleStage',
          'leadStatus',
          'ownerId',
          'createdAt',
          'updatedAt',
        ].map((name) => `receives ${name} of crm.contact.read`),
      },
    ],
    [
      'all fields instead of some',
      (m) => delete grantOf(m, 'crm.contact.read')!.returns,
      {
        gains: [
          expect.stringMatching(/^receives of crm\.contact\.read: every field \(was id, company/),
        ] as string[],
      },
    ],
    [
      'a place, and loses another',
      (m) => (m.approved.channels = ['C0OTHER001']),
      { gains: ['the approved channel C0OTHER001'], loses: ['the approved channel C0LEADS001'] },
    ],
    ['a tool', (m) => m.destinations!.push('ads'), { gains: ['writes to ads'] }],
    [
      'a higher limit',
      (m) => (m.limits[0]!.max = 900),
      { gains: ['all calls: 900 per 60 s (was 600 per 60 s)'] },
    ],
    [
      'a budget that is gone',
      (m) => m.budgets.shift(),
      { gains: ['no longer bounded: records: 20000 per day'] },
    ],
    [
      'nothing by a bound more',
      (m) => m.budgets.push({ measure: 'spend', currency: 'EUR', max: 50_000, per: 'day', each: 'campaign' }),
      { loses: ['now bounded: spend for each campaign: 500.00 EUR per day'] },
    ],
    [
      'nothing by another owner, which is told',
      (m) => (m.owners.business = { name: 'Eve Lange', email: 'eve@acme.example' }),
      {
        changes: [
          'for what it does: Eve Lange <eve@acme.example> (was Mara Vogel <mara.vogel@acme.example>)',
        ],
      },
    ],
  ])('%s', (_, change, says) => {
    expect(changed(change)).toEqual(says);
  });

  test('of a new agent all that it may do, and of one that goes all that it no longer may', () => {
    const { 'support-agent': support, ...without } = base;
    const [comes] = manifestDiff(without, base);
    const [goes] = manifestDiff(base, without);
    expect(comes).toMatchObject({ agent: 'support-agent', from: null, to: support!.version, loses: [] });
    expect(comes!.gains).toContain('execute crm.contact.update');
    expect(comes!.changes).toContain('now bounded: records: 200 per hour');
    expect(goes).toMatchObject({ from: support!.version, to: null, gains: [], changes: [] });
    expect(goes!.loses).toContain('execute crm.contact.update');
  });

  test('nothing when nothing changed', () => {
    expect(manifestDiff(base, structuredClone(base))).toEqual([]);
  });
});

/** Keys that are told in the head of the page, or that a reader of it needs not. */
const untold = new Set(['agent', 'version']);

test('each key of a manifest is told, so that a diff of it is never silent', () => {
  const all = manifestSchema.parse({
    ...base['content-writer'],
    sites: base['lead-router']!.sites,
  });
  const changes: Record<string, (manifest: Manifest) => void> = {
    mission: (m) => (m.mission += ' More.'),
    workflow: (m) => (m.workflow = 'other'),
    steps: (m) => m.steps.pop(),
    acceptance: (m) => m.acceptance.pop(),
    owners: (m) => (m.owners.technical.name = 'Other'),
    contacts: (m) => (m.contacts.incident = 'other@acme.example'),
    risk: (m) => (m.risk = 'high'),
    sensitivity: (m) => (m.sensitivity = 'public'),
    environments: (m) => (m.environments = []),
    hours: (m) => (m.hours.to = '17:00'),
    grants: (m) => m.grants.pop(),
    sources: (m) => delete m.sources,
    destinations: (m) => delete m.destinations,
    limits: (m) => m.limits.pop(),
    claims: (m) => m.claims.doubtful.pop(),
    budgets: (m) => m.budgets.pop(),
    radius: (m) => m.radius.pop(),
    approvals: (m) => (m.approvals.group = 'others'),
    model: (m) => (m.model.provider = 'other'),
    retentionDays: (m) => (m.retentionDays = 1),
    undo: (m) => (m.undo.hours = 1),
    leash: (m) => (m.leash.days = 1),
    reviews: (m) => (m.reviews.sample = 1),
    errorBudget: (m) => (m.errorBudget.failures = 1),
    approved: (m) => m.approved.accounts.pop(),
    sites: (m) => m.sites[0]!.rules.pop(),
    webhook: (m) => (m.webhook = 'https://agents.acme.example/toolgate'),
  };
  for (const key of Object.keys(manifestSchema.shape).filter((name) => !untold.has(name))) {
    const after = structuredClone(all);
    expect(changes, `${key} has no change here`).toHaveProperty(key);
    changes[key]!(after);
    expect(manifestDiff({ a: all }, { a: after }), `a change of ${key} is silent`).toHaveLength(1);
  }
  expect(new Set(statements(all).map(({ key }) => key)).size).toBe(statements(all).length);
});
