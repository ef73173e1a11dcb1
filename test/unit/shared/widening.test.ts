import * as fc from 'fast-check';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { beforeAll, describe, expect, test } from 'vitest';
import { modes } from '../../../shared/contract.ts';
import type { Governance, Policy } from '../../../shared/governance.ts';
import { grantOf, reaches, type Manifest } from '../../../shared/manifest.ts';
import { measure } from '../../../shared/measures.ts';
import { decide, type PolicyQuestion } from '../../../shared/policy.ts';
import { decisions, type Rights } from '../../../shared/rights.ts';
import { widenings } from '../../../shared/widening.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { forAgent, question, shipped, times } from '../policy/ask.ts';

let base: Governance;
beforeAll(async () => {
  base = await shipped();
});

/** The shipped set with one change to a copy of it. */
function changed(change: (governance: Governance) => void): Governance {
  const copy = structuredClone(base);
  change(copy);
  return copy;
}

/** The shipped set with one change to the lead router's manifest. */
function router(change: (manifest: Manifest) => void): Governance {
  return changed(({ manifests }) => change(manifests['lead-router']!));
}

function policy(id: string, text: string): Policy {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new Error(text);
  return { id, reason: `reason of ${id}`, json: answer.json };
}

/** The shipped set with bounds of every kind, and one change to it. */
function bounded(change: (governance: Governance, manifest: Manifest) => void = () => undefined): Governance {
  return changed((g) => {
    const manifest = g.manifests['lead-router']!;
    manifest.budgets = [
      { measure: 'records', max: 100, per: 'day' },
      { measure: 'spend', currency: 'EUR', max: 50_000, per: 'day', each: 'campaign' },
    ];
    manifest.radius = [{ of: 'accounts', max: 3, per: 'day' }];
    manifest.sources = ['leads', 'crm', 'enrichment'];
    manifest.destinations = ['leads', 'crm', 'chat'];
    g.shared = {
      workflows: {
        'lead-routing': {
          limits: [{ action: '*', max: 1000, per: 60 }],
          budgets: [{ measure: 'records', max: 500, per: 'day' }],
        },
      },
      vendors: { crm: { max: 100, per: 10 } },
    };
    g.rights = {
      decisions: Object.fromEntries(
        decisions.map((name) => [name, { by: ['owner'], approve: ['owner', 'incident-commander'] }]),
      ) as Rights['decisions'],
      barred: { actions: ['crm.contact.create'], groups: ['export'], above: 'confidential' },
    };
    change(g, manifest);
  });
}

const grant = (manifest: Manifest, action: string) => grantOf(manifest, action)!;
const held = `forbid (principal, action == Action::"chat.message.post", resource) unless { context.approvals >= 1 };`;

type Change = [does: string, after: () => Governance, says: string[]];

describe('a change that allows more is said in words:', () => {
  test.each<Change>([
    [
      'an action granted',
      () => router((m) => m.grants.push({ action: 'crm.company.update', mode: 'execute' })),
      ['lead-router gains execute on crm.company.update'],
    ],
    [
      'a higher mode',
      () => changed((g) => (grant(g.manifests['content-writer']!, 'chat.message.post').mode = 'execute')),
      ['content-writer gains execute on chat.message.post, where it had propose'],
    ],
    [
      'a field more to set',
      () =>
        changed((g) => grant(g.manifests['support-agent']!, 'crm.contact.update').fields!.push('company')),
      ['support-agent may set the field company of crm.contact.update'],
    ],
    [
      'all fields to set',
      () => changed((g) => delete grant(g.manifests['support-agent']!, 'crm.contact.update').fields),
      ['support-agent may set every field of crm.contact.update'],
    ],
    [
      'a field more to receive',
      () => router((m) => grant(m, 'leads.lead.get').returns!.push('email')),
      ['lead-router receives the field email of leads.lead.get'],
    ],
    [
      'an action granted twice',
      () => router((m) => m.grants.unshift({ action: 'leads.lead.get', mode: 'read' })),
      ['lead-router receives every field of leads.lead.get', 'lead-router grants leads.lead.get twice'],
    ],
    [
      'a limit raised',
      () => router((m) => (m.limits.find(({ action }) => action === 'chat.message.post')!.max = 60)),
      ['lead-router limit of chat.message.post raised from 30 per 60 s to 60 per 60 s'],
    ],
    [
      'a window made shorter',
      () => router((m) => (m.limits.find(({ action }) => action === 'chat.message.post')!.per = 30)),
      ['lead-router limit of chat.message.post raised from 30 per 60 s to 30 per 30 s'],
    ],
    [
      'a limit removed',
      () => router((m) => (m.limits = m.limits.filter(({ action }) => action !== '*'))),
      ['lead-router limit of all calls together (600 per 60 s) removed'],
    ],
    [
      'an environment',
      () => router((m) => m.environments.push('production')),
      ['lead-router gains the environment production'],
    ],
    [
      'a channel',
      () => router((m) => m.approved.channels.push('C0ELSEWHERE')),
      ['lead-router gains the approved channel C0ELSEWHERE'],
    ],
    [
      'more time to approve',
      () => router((m) => (m.approvals.deadlineSeconds = 86_400)),
      ['lead-router deadline of approvals raised from 14400 to 86400 s'],
    ],
    [
      'longer retention',
      () => router((m) => (m.retentionDays = 400)),
      [
        'lead-router retention raised from 365 to 400 days',
        'lead-router retention of site acme-web raised from 365 to 400 days',
      ],
    ],
    [
      'other hours',
      () => router((m) => (m.hours.to = '17:00')),
      ['lead-router hours changed: treated as widening'],
    ],
    [
      'another risk class',
      () => router((m) => (m.risk = 'high')),
      ['lead-router risk changed: treated as widening'],
    ],
    [
      'a lower ceiling, which a policy may hold against others',
      () => router((m) => (m.sensitivity = 'internal')),
      ['lead-router sensitivity changed: treated as widening'],
    ],
    [
      'another owner',
      () => router((m) => (m.owners.business.email = 'eve@acme.example')),
      ['lead-router owners changed: treated as widening'],
    ],
    [
      'another workflow',
      () => router((m) => (m.workflow = 'content')),
      ['lead-router workflow changed: treated as widening'],
    ],
    [
      'another model',
      () => router((m) => (m.model.provider = 'other')),
      ['lead-router model changed: treated as widening'],
    ],
    [
      'a site',
      () => router((m) => m.sites.push({ ...m.sites[0]!, id: 'other' })),
      ['lead-router gains the site other'],
    ],
    [
      'a page that may post, and more of it',
      () =>
        router((m) => {
          m.sites[0]!.origins.push('https://evil.example');
          m.sites[0]!.perSite.max = 5_000;
        }),
      [
        'lead-router takes leads of site acme-web from https://evil.example',
        'lead-router limit perSite of site acme-web raised from 1000 per 60 s to 5000 per 60 s',
      ],
    ],
    [
      'a rule that routes',
      () => router((m) => m.sites[0]!.rules.pop()),
      ['lead-router site acme-web rules changed: treated as widening'],
    ],
    [
      'a key that nobody judges',
      () => router((m) => Object.assign(m, { trust: 'total' })),
      ['lead-router trust changed: treated as widening'],
    ],
    [
      'a key of the set that nobody judges',
      () => changed((g) => Object.assign(g, { rollout: 100 })),
      ['the policy set rollout changed: treated as widening'],
    ],
    [
      'an agent',
      () =>
        changed(
          (g) =>
            (g.manifests['new-one'] = {
              ...g.manifests['content-writer']!,
              agent: 'new-one',
              grants: [{ action: 'crm.company.read', mode: 'read' }],
            }),
        ),
      ['agent new-one added', 'new-one gains read on crm.company.read'],
    ],
    [
      'a permit',
      () => changed((g) => g.policies.push(policy('all-may', 'permit (principal, action, resource);'))),
      ['policy all-may added, which permits: reason of all-may'],
    ],
    [
      'a forbid removed',
      () => changed((g) => (g.policies = g.policies.filter(({ id }) => id !== 'test-lead-stays'))),
      ['policy test-lead-stays removed, which forbade: A test lead is never routed to people.'],
    ],
    [
      'a forbid changed',
      () => changed((g) => (g.policies.find(({ id }) => id === 'high-impact-waits')!.json.conditions = [])),
      ['policy high-impact-waits changed: treated as widening'],
    ],
    [
      'a forbid that becomes a permit',
      () => changed((g) => (g.policies.find(({ id }) => id === 'test-lead-stays')!.json.effect = 'permit')),
      ['policy test-lead-stays changed: treated as widening'],
    ],
    [
      'two policies of one id, of which one would not be compared',
      () => changed((g) => g.policies.push(policy('granted-read', held))),
      ['two policies have the same id, so the sets cannot be compared: treated as widening'],
    ],
    [
      'another contract',
      () => changed((g) => (g.contracts['crm.company.read'] = '0'.repeat(64))),
      ['contract of crm.company.read changed: treated as widening'],
    ],
  ])('%s', (_, after, says) => {
    expect(widenings(base, after())).toEqual(says);
  });

  test.each<[does: string, change: Parameters<typeof bounded>[0], says: string[]]>([
    [
      'a budget raised',
      (_, m) => (m.budgets[0]!.max = 200),
      ['lead-router budget of records per day raised from 100 to 200'],
    ],
    [
      'a budget removed',
      (_, m) => m.budgets.splice(1),
      ['lead-router budget of spend in minor units of EUR per day for each campaign (50000) removed'],
    ],
    [
      'a budget over another window, whose count would begin anew',
      (_, m) => (m.budgets[0]!.per = 'total'),
      ['lead-router budget of records per day (100) removed'],
    ],
    [
      'another currency to spend in',
      (_, m) => (m.budgets[1]!.currency = 'USD'),
      ['lead-router budget of spend in minor units of EUR per day for each campaign (50000) removed'],
    ],
    [
      'a larger blast radius',
      (_, m) => (m.radius[0]!.max = 4),
      ['lead-router blast radius in accounts raised from 3 per day to 4 per day'],
    ],
    [
      'a blast radius over a shorter window',
      (_, m) => (m.radius[0]!.per = 'hour'),
      ['lead-router blast radius in accounts raised from 3 per day to 3 per hour'],
    ],
    [
      'a blast radius removed',
      (_, m) => (m.radius = []),
      ['lead-router blast radius in accounts (3 per day) removed'],
    ],
    ['a source', (_, m) => m.sources!.push('ads'), ['lead-router gains the source ads']],
    ['a destination', (_, m) => m.destinations!.push('ads'), ['lead-router gains the destination ads']],
    [
      'less time to take a call back',
      (_, m) => (m.undo.hours = 1),
      ['lead-router undo window shortened from 24 to 1 hours'],
    ],
    [
      'fewer calls looked at afterwards, and later',
      (_, m) => (m.reviews = { sample: 0, audit: 10, respondDays: 9 }),
      [
        'lead-router share of calls that are sampled for review shortened from 5 to 0 %',
        'lead-router share of approved calls that are audited shortened from 20 to 10 %',
        'lead-router time for reviews raised from 5 to 9 days',
      ],
    ],
    [
      'a shorter launch week with a larger share',
      (_, m) => (m.leash = { days: 1, percent: 100 }),
      [
        'lead-router launch week shortened from 7 to 1 days',
        'lead-router share of limits in launch week raised from 25 to 100 %',
      ],
    ],
    [
      'more to get wrong',
      (_, m) => (m.errorBudget = { days: 30, overrides: 30, failures: 20, violations: 200 }),
      [
        'lead-router error budget of overrides raised from 20 to 30 %',
        'lead-router error budget of violations raised from 100 to 200 calls',
      ],
    ],
    [
      'an address that is told of calls',
      (_, m) => (m.webhook = 'https://agents.acme.example/toolgate'),
      ['lead-router webhook changed: treated as widening'],
    ],
    [
      'mistakes counted over other days',
      (_, m) => (m.errorBudget.days = 60),
      ['lead-router days of the error budget changed: treated as widening'],
    ],
    [
      'other people who are asked',
      (_, m) => (m.approvals.group = 'friends'),
      ['lead-router approvals are asked of friends, no longer of approvers'],
    ],
    [
      'other people who are asked besides, and sooner',
      (_, m) => (m.approvals = { ...m.approvals, escalation: ['friends'], respondSeconds: 60 }),
      [
        'lead-router approvals are asked of friends, too, when nobody responds',
        'lead-router time to respond shortened from 7200 to 60 s',
      ],
    ],
    [
      'an account',
      (_, m) => m.approved.accounts.push('act_1'),
      ['lead-router gains the approved account act_1'],
    ],
    [
      'a campaign and a region',
      (_, m) => {
        m.approved.campaigns.push('cmp_1');
        m.approved.regions.push('US');
      },
      ['lead-router gains the approved campaign cmp_1', 'lead-router gains the approved region US'],
    ],
    [
      'a workflow that may do more together',
      ({ shared }) => (shared!.workflows['lead-routing']!.limits[0]!.max = 2000),
      ['workflow lead-routing limit of all calls together raised from 1000 per 60 s to 2000 per 60 s'],
    ],
    [
      'a workflow whose agents share nothing any more',
      ({ shared }) => delete shared!.workflows['lead-routing'],
      [
        'workflow lead-routing limit of all calls together (1000 per 60 s) removed',
        'workflow lead-routing budget of records per day (500) removed',
      ],
    ],
    [
      "a vendor's quota raised",
      ({ shared }) => (shared!.vendors['crm']!.max = 200),
      ['quota of crm raised from 100 per 10 s to 200 per 10 s'],
    ],
    [
      "a vendor's quota removed",
      ({ shared }) => delete shared!.vendors['crm'],
      ['quota of crm (100 per 10 s) removed'],
    ],
    [
      'what was barred',
      ({ rights }) => (rights!.barred = { actions: [], groups: [], above: 'restricted' }),
      [
        'crm.contact.create is no longer barred',
        'the group export is no longer barred',
        'data above confidential is no longer barred, only above restricted',
      ],
    ],
    [
      'a person who may decide',
      ({ rights }) => rights!.decisions.widen.by.push('operator'),
      ['right to widen changed: treated as widening'],
    ],
    [
      'a person who may no longer decide, since it is left to fewer',
      ({ rights }) => rights!.decisions.widen.approve.pop(),
      ['right to widen changed: treated as widening'],
    ],
    ['no decision rights any more', (g) => delete g.rights, ['decision rights removed: treated as widening']],
  ])('%s', (_, change, says) => {
    expect(widenings(bounded(), bounded(change))).toEqual(says);
  });

  test('a longer launch week, where a policy lets more happen in it', () => {
    const lets = policy('a', 'forbid (principal, action, resource) unless { context.launchWeek };');
    const before = bounded((g) => g.policies.push(lets));
    const after = structuredClone(before);
    after.manifests['lead-router']!.leash.days = 30;
    expect(widenings(before, after)).toEqual([
      'lead-router launch week made longer, which a policy reads another way: treated as widening',
    ]);
  });

  describe('of what texts may say', () => {
    const claim = (id: string, ...phrases: string[]) => ({
      id,
      phrases,
      reason: 'It is not so.',
      instead: 'Less.',
    });
    const claiming = (forbidden: string[], doubtful: string[] = [], more: Policy[] = []): Governance =>
      changed(({ manifests, policies }) => {
        manifests['lead-router']!.claims = {
          forbidden: forbidden.map((phrase) => claim('never', phrase)),
          doubtful: doubtful.map((phrase) => claim('look', phrase)),
        };
        policies.push(...more);
      });

    test.each([
      [['best of all'], [], [], [], ['lead-router may claim "best of all"']],
      [['best of all'], [], [], ['best of all'], ['lead-router may claim "best of all"']],
      [[], ['faster'], [], [], ['lead-router may claim "faster" unseen']],
      [[], ['faster'], ['faster'], [], []],
      [[], [], ['best of all'], ['faster'], []],
    ])('forbidden %j, doubtful %j become %j, %j', (forbade, doubted, forbids, doubts, says) => {
      expect(widenings(claiming(forbade, doubted), claiming(forbids, doubts))).toEqual(says);
    });

    test('a phrase that is new, where a policy lets more through for it', () => {
      const lets = policy(
        'a',
        'forbid (principal, action, resource) unless { context.claims.forbidden.contains("x") };',
      );
      expect(widenings(claiming([], [], [lets]), claiming(['best of all'], [], [lets]))).toEqual([
        'lead-router "best of all" is looked for, which a policy reads another way: treated as widening',
      ]);
    });
  });

  test('everything, when no set is in force', () => {
    expect(widenings(null, base)).toContain('lead-router gains execute on crm.contact.update');
    expect(widenings(null, base)).toContain('agent support-agent added');
  });

  test('a channel taken away, where a policy forbids because of it', () => {
    const reads = policy(
      'a',
      'forbid (principal, action, resource) when { context.approved.channels.contains("C0LEADS001") };',
    );
    const before = changed((g) => g.policies.push(reads));
    const after = structuredClone(before);
    after.manifests['lead-router']!.approved.channels = [];
    expect(widenings(before, after)).toEqual([
      'lead-router loses the approved channel C0LEADS001, which a policy reads another way: treated as widening',
    ]);
  });
});

describe('a change that surely allows no more is none:', () => {
  test.each<[does: string, after: () => Governance]>([
    ['the same again', () => changed(() => undefined)],
    ['a forbid added', () => changed((g) => g.policies.push(policy('held', held)))],
    [
      'a permit removed',
      () => changed((g) => (g.policies = g.policies.filter(({ id }) => id !== 'granted-propose'))),
    ],
    ['a reason put better', () => changed((g) => (g.policies[0]!.reason = 'said better'))],
    ['policies in another order', () => changed((g) => g.policies.reverse())],
    ['an agent removed', () => changed((g) => delete g.manifests['support-agent'])],
    [
      'a grant removed, and its limit with it',
      () =>
        router((m) => {
          m.grants = m.grants.filter(({ action }) => action !== 'chat.message.post');
          m.limits = m.limits.filter(({ action }) => action !== 'chat.message.post');
        }),
    ],
    ['a lower mode', () => router((m) => (grant(m, 'crm.company.create').mode = 'propose'))],
    [
      'fields named where all were granted',
      () => router((m) => (grant(m, 'crm.contact.update').fields = ['id'])),
    ],
    ['a field taken back', () => router((m) => grant(m, 'leads.lead.get').returns!.pop())],
    ['a limit lowered', () => router((m) => (m.limits[0]!.max = 10))],
    ['a longer window', () => router((m) => (m.limits[0]!.per = 3600))],
    ['a limit that another one keeps', () => router((m) => (m.limits = [{ action: '*', max: 1, per: 60 }]))],
    ['a limit more', () => router((m) => m.limits.push({ action: 'crm.company.read', max: 1, per: 60 }))],
    ['an environment less', () => router((m) => (m.environments = []))],
    ['a channel less', () => router((m) => (m.approved.channels = []))],
    ['less time to approve', () => router((m) => (m.approvals.deadlineSeconds = 60))],
    ['shorter retention', () => router((m) => (m.retentionDays = 30))],
    ['a site less', () => router((m) => (m.sites = []))],
    ['a page less that may post', () => router((m) => m.sites[0]!.origins.pop())],
    ['the next version', () => router((m) => (m.version += 1))],
    [
      'steps and acceptance told better',
      () => router((m) => (m.acceptance = ['All leads are routed in time.'])),
    ],
    ['a contract less', () => changed((g) => delete g.contracts['crm.company.read'])],
  ])('%s', (_, after) => {
    expect(widenings(base, after())).toEqual([]);
  });
});

describe('a change of bounds that surely allows no more is none:', () => {
  test.each<[does: string, change: Parameters<typeof bounded>[0]]>([
    ['a budget lowered', (_, m) => (m.budgets[0]!.max = 1)],
    ['a budget in another currency besides', (_, m) => m.budgets.push({ ...m.budgets[1]!, currency: 'USD' })],
    ['a budget more', (_, m) => m.budgets.push({ measure: 'recipients', max: 5, per: 'hour' })],
    [
      'a smaller blast radius over a longer window',
      (_, m) => (m.radius = [{ of: 'accounts', max: 1, per: 'day' }]),
    ],
    ['a blast radius more', (_, m) => m.radius.push({ of: 'regions', max: 1, per: 'hour' })],
    ['a source less', (_, m) => m.sources!.pop()],
    ['destinations bounded by the grants alone', (_, m) => delete m.destinations],
    ['more time to take a call back', (_, m) => (m.undo.hours = 48)],
    ['a longer launch week with a smaller share', (_, m) => (m.leash = { days: 30, percent: 5 })],
    ['more calls looked at afterwards', (_, m) => (m.reviews = { sample: 50, audit: 100, respondDays: 1 })],
    ['less to get wrong', (_, m) => (m.errorBudget = { days: 30, overrides: 1, failures: 1, violations: 1 })],
    ['a smaller quota', ({ shared }) => (shared!.vendors['crm'] = { max: 50, per: 10 })],
    ['more time to respond', (_, m) => (m.approvals.respondSeconds = 14_000)],
    ['a quota more', ({ shared }) => (shared!.vendors['chat'] = { max: 50, per: 10 })],
    ['more that is barred', ({ rights }) => rights!.barred.groups.push('delete')],
    ['less sensitive data that may be granted', ({ rights }) => (rights!.barred.above = 'internal')],
  ])('%s', (_, change) => {
    expect(widenings(bounded(), bounded(change))).toEqual([]);
  });

  test('bounds where there were none, but for who may decide', () => {
    expect(
      widenings(
        changed((g) => {
          delete g.shared;
          g.manifests['lead-router']!.budgets = [];
          delete g.rights;
        }),
        bounded((g) => delete g.rights),
      ),
    ).toEqual([]);
  });

  test('a set that was stored before manifests had these keys', () => {
    const old = changed(({ manifests }) => {
      for (const manifest of Object.values(manifests) as Partial<Manifest>[]) {
        for (const key of ['budgets', 'radius', 'undo', 'leash', 'errorBudget', 'reviews'] as const)
          delete manifest[key];
      }
    });
    const today = changed(({ manifests }) => {
      for (const manifest of Object.values(manifests)) Object.assign(manifest, defaults);
    });
    expect(widenings(old, today)).toEqual([]);
  });
});

/** What the manifest's schema says of bounds that a file does not mention. */
const defaults = {
  budgets: [],
  radius: [],
  undo: { hours: 24 },
  leash: { days: 7, percent: 25 },
  errorBudget: { days: 30, overrides: 20, failures: 20, violations: 100 },
  reviews: { sample: 5, audit: 20, respondDays: 5 },
};

describe('no silent widening', () => {
  /** Small changes of every kind, right ones and wrong ones, to whichever agent and place. */
  const changes: ((governance: Governance, at: number) => void)[] = [
    ({ policies }, at) => void policies.splice(at % policies.length, 1),
    ({ policies }, at) => void policies[at % policies.length]!.json.conditions.pop(),
    ({ policies }) => void policies.push(policy('held-too', held)),
    ({ policies }) => void policies.push(policy('free', 'permit (principal, action, resource);')),
    (g, at) =>
      void some(g, at).grants.push({ action: [...catalogue.keys()][at % catalogue.size]!, mode: 'execute' }),
    (g, at) => void some(g, at).grants.splice(at % some(g, at).grants.length, 1),
    (g, at) => void (some(g, at).grants[0]!.mode = modes[at % 3]!),
    (g, at) => void (some(g, at).environments = at % 2 ? [] : ['sandbox', 'production']),
    (g, at) =>
      void (some(g, at).approved =
        at % 2
          ? { ...some(g, at).approved, channels: [], queues: [] }
          : { ...some(g, at).approved, channels: ['C0X'], queues: ['elsewhere'] }),
    (g, at) => void (some(g, at).sensitivity = at % 2 ? 'public' : 'restricted'),
    (g, at) => void (some(g, at).risk = at % 2 ? 'low' : 'high'),
    (g, at) => void (some(g, at).hours.to = at % 2 ? '09:00' : '24:00'),
    (g, at) => void (some(g, at).approved.accounts = at % 2 ? [] : ['act_1']),
    (g, at) => void (some(g, at).approved.regions = at % 2 ? [] : ['US']),
    (g, at) => void (some(g, at).leash = { days: at % 9, percent: 1 + (at % 100) }),
    (g, at) => void (some(g, at).budgets = [{ measure: 'records', max: at, per: 'day' }]),
    (g, at) => void (some(g, at).undo.hours = 1 + (at % 48)),
    (g, at) => void (some(g, at).webhook = `https://a${at % 3}.acme.example/`),
    (g, at) =>
      void g.policies.push(
        policy(
          'launch',
          at % 2
            ? 'forbid (principal, action, resource) when { context.launchWeek };'
            : 'forbid (principal, action, resource) unless { context.launchWeek };',
        ),
      ),
    (g, at) => void delete g.contracts[[...catalogue.keys()][at % catalogue.size]!],
  ];

  function some({ manifests }: Governance, at: number): Manifest {
    const all = Object.values(manifests);
    return all[at % all.length]!;
  }

  const inputs: Record<string, Record<string, unknown>> = {
    'chat.message.post': { channel: 'C0X', text: 'x' },
    'leads.lead.route': { lead: 'lead_01', queue: 'elsewhere', note: '' },
  };
  const lead = {
    found: true,
    test: true,
    employees: 5000,
    employeesKnown: true,
    value: 0,
    valueKnown: false,
  };

  function* questions(): Generator<PolicyQuestion> {
    for (const agent of Object.keys(base.manifests))
      for (const action of catalogue.keys())
        for (const mode of modes)
          for (const environment of ['sandbox', 'production'])
            for (const explained of [true, false])
              for (const now of [times.office, times.night])
                for (const facts of action === 'leads.lead.route'
                  ? [lead, { ...lead, test: false, employees: 3 }]
                  : [{}])
                  for (const accounts of mode === 'execute' ? [[], ['act_1']] : [[]])
                    yield question(agent, action, {
                      mode,
                      environment,
                      explained,
                      now,
                      facts,
                      input: inputs[action] ?? {},
                      measured: { ...measure({}, {}, {}), accounts },
                    });
  }

  /** How far a question gets: 3 at once, 2 and 1 with as many people less, 0 not at all. */
  function reach(governance: Governance, asked: PolicyQuestion): number {
    const manifest = governance.manifests[asked.agent];
    const granted = manifest && grantOf(manifest, asked.action);
    if (!granted || !reaches(granted, asked.mode)) return 0;
    // Three days after it was first let execute.
    const launchWeek = manifest.leash.days > 3;
    const decided = decide(forAgent(governance, asked.agent), { ...asked, launchWeek });
    if (decided.kind === 'deny') return 0;
    return decided.kind === 'allow' ? 3 : 3 - decided.needs;
  }

  test('what the comparison calls no wider lets no question get further, over random chains of changes', () => {
    const all = [...questions()];
    let [wider, narrower] = [0, 0];
    const step = fc.tuple(fc.nat(changes.length - 1), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 3 }), fc.nat(2), (steps, prior) => {
        const before = changed((g) => steps.slice(0, prior).forEach(([n, at]) => changes[n]!(g, at + 1)));
        const after = structuredClone(before);
        for (const [n, at] of steps)
          if (Object.values(after.manifests).every((m) => m.grants.length > 0)) changes[n]!(after, at);
        const said = widenings(before, after);
        if (said.length > 0) {
          wider += 1;
          return;
        }
        narrower += 1;
        for (const asked of all) {
          const [was, is] = [reach(before, asked), reach(after, asked)];
          if (is > was)
            throw new Error(`${JSON.stringify(asked)} got from ${was} to ${is}, and nothing was said`);
        }
      }),
      // A fixed seed, as the counts below must not depend on luck.
      { numRuns: 120, seed: 20_261_122 },
    );
    // The property says nothing if it is never reached.
    expect(narrower).toBeGreaterThan(10);
    expect(wider).toBeGreaterThan(10);
  }, 180_000);
});
