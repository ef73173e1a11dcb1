import * as fc from 'fast-check';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { beforeAll, describe, expect, test } from 'vitest';
import { modes } from '../../../shared/contract.ts';
import type { Governance, Policy } from '../../../shared/governance.ts';
import { grantOf, reaches, type Manifest } from '../../../shared/manifest.ts';
import { decide, type PolicyQuestion } from '../../../shared/policy.ts';
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
    ['a contract less', () => changed((g) => delete g.contracts['crm.company.read'])],
  ])('%s', (_, after) => {
    expect(widenings(base, after())).toEqual([]);
  });
});

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
                  yield question(agent, action, {
                    mode,
                    environment,
                    explained,
                    now,
                    facts,
                    input: inputs[action] ?? {},
                  });
  }

  /** How far a question gets: 3 at once, 2 and 1 with as many people less, 0 not at all. */
  function reach(governance: Governance, asked: PolicyQuestion): number {
    const manifest = governance.manifests[asked.agent];
    const granted = manifest && grantOf(manifest, asked.action);
    if (!granted || !reaches(granted, asked.mode)) return 0;
    const decided = decide(forAgent(governance, asked.agent), asked);
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
  }, 60_000);
});
