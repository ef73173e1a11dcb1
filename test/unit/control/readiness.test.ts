import { beforeAll, describe, expect, test } from 'vitest';
import { compileGovernance } from '../../../bin/lib/governance.ts';
import type { Governance } from '../../../shared/governance.ts';
import type { Manifest } from '../../../shared/manifest.ts';
import type { DrillRecord } from '../../../shared/rpc.ts';
import type { ContactRow, ReadinessFacts, Signed } from '../../../workers/control/readiness-facts.ts';
import { answerFault, signatoriesNeeded, signFault } from '../../../workers/control/readiness-people.ts';
import { readinessChecks } from '../../../workers/control/readiness.ts';
import { catalogue } from '../../../workers/tools/catalogue.ts';
import { root } from '../../harness.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const ago = (days: number): string => new Date(now - days * 86_400_000).toISOString();
let set: Governance;

beforeAll(async () => {
  const compiled = await compileGovernance(root);
  if (!compiled.ok) throw new Error(compiled.errors.join('\n'));
  set = compiled.governance;
});

const drill = (change: Partial<DrillRecord> = {}): DrillRecord => ({
  id: 'drill_1',
  at: ago(3),
  by: 'olga@acme.example',
  environment: 'production',
  receipt: 'rcpt_1',
  target: 'all',
  times: { detect: null, decide: null, stop: 1, confirm: 1, settle: 1, restore: 1 },
  verdict: 'held',
  violations: 0,
  report: '',
  ...change,
});

const signed = (as: Signed['as'], by: string, changed: string[] = []): Signed => ({
  agent: 'lead-router',
  as,
  by,
  at: ago(1),
  reason: 'looked at it',
  basis: 'b1',
  policyVersion: 'ps_1',
  changed,
});

/** A lead router for which everything holds. */
function facts(
  change: (facts: ReadinessFacts, manifest: Manifest) => void = () => undefined,
): ReadinessFacts {
  const manifest = structuredClone(set.manifests['lead-router']!);
  manifest.environments = ['production'];
  manifest.acceptance = ['Nine of ten leads are where a person would send them.'];
  manifest.steps = [{ step: 'route', does: 'routes each lead', by: 'lead-router' }];
  const { business, technical } = manifest.owners;
  const answered = (contact: ContactRow['contact'], address: string): ContactRow => ({
    contact,
    address,
    askedBy: 'olga@acme.example',
    open: null,
    answered: { address, by: address, at: ago(10) },
  });
  const all: ReadinessFacts = {
    manifest,
    contracts: set.contracts,
    catalogue,
    environment: 'production',
    drills: [drill()],
    trail: { last: { seq: 7, at: ago(1) }, broken: false, used: manifest.grants.map(({ action }) => action) },
    contacts: [
      answered('business', business.email),
      answered('technical', technical.email),
      answered('incident', manifest.contacts.incident),
    ],
    signed: [
      signed('legal', 'lena@acme.example'),
      signed('security', 'ida@acme.example'),
      signed('business', business.email),
    ],
    now,
  };
  change(all, manifest);
  return all;
}

const open = (all: ReadinessFacts): string[] =>
  readinessChecks(all)
    .filter(({ status }) => status !== 'pass')
    .map(({ id, status }) => `${id} ${status}`);

describe('the checklist', () => {
  test('passes when all of it holds, with an owner, a criterion and evidence in every row', () => {
    expect(open(facts())).toEqual([]);
    for (const check of readinessChecks(facts())) {
      expect(check.owner, check.id).not.toBe('');
      expect(check.criterion, check.id).not.toBe('');
      expect(check.evidence, check.id).not.toBe('');
      expect(check.next, check.id).toBeNull();
    }
  });

  test('says what to do in every row that does not pass', () => {
    const bare = facts((all, manifest) => {
      Object.assign(all, { drills: [], trail: null, contacts: [], signed: [] });
      Object.assign(manifest, { steps: [], environments: [], sources: [], sensitivity: 'public' });
    });
    const bad = readinessChecks(bare).filter(({ status }) => status !== 'pass');
    expect(bad.length).toBeGreaterThan(8);
    for (const check of bad) expect(check.next, check.id).toBeTruthy();
  });

  test.each<[string, (all: ReadinessFacts, manifest: Manifest) => void, string[]]>([
    ['no acceptance criteria', (_, manifest) => void (manifest.acceptance = []), ['mission fail']],
    ['no workflow map', (_, manifest) => void (manifest.steps = []), ['mission fail']],
    ['not admitted here', (_, manifest) => void (manifest.environments = ['sandbox']), ['environment fail']],
    [
      'data above the ceiling',
      (_, manifest) => void (manifest.sensitivity = 'internal'),
      ['data-access fail'],
    ],
    [
      'a read outside its sources',
      (_, manifest) => void (manifest.sources = ['leads']),
      ['data-access fail'],
    ],
    [
      'a write outside its destinations',
      (_, manifest) => void (manifest.destinations = []),
      ['data-access fail'],
    ],
    ['a contract that is another one', (all) => void (all.contracts = {}), ['data-access fail']],
    [
      'a read of all fields of contacts',
      (_, manifest) => {
        delete manifest.grants.find(({ action }) => action === 'crm.contact.read')!.returns;
      },
      ['redaction fail'],
    ],
    [
      'a change of contacts that answers with all their fields',
      (_, manifest) => {
        delete manifest.grants.find(({ action }) => action === 'crm.contact.update')!.returns;
      },
      ['redaction fail'],
    ],
    [
      'approvals that wait for two days',
      (_, manifest) => void (manifest.approvals.deadlineSeconds = 172_800),
      ['escalation fail'],
    ],
    ['no word of the audit log', (all) => void (all.trail = null), ['logging fail']],
    [
      'a guard that was silent for eight days',
      (all) => void (all.trail!.last!.at = ago(8)),
      ['logging fail'],
    ],
    ['a gap in its journal', (all) => void (all.trail!.broken = true), ['logging fail']],
    ['records for eleven years', (_, manifest) => void (manifest.retentionDays = 4_015), ['retention fail']],
    [
      'one person who owns it twice',
      (_, manifest) => void (manifest.owners.technical.email = manifest.owners.business.email.toUpperCase()),
      ['incident-response fail', 'contact-technical fail'],
    ],
    [
      'an incident contact who is an owner',
      (_, manifest) => void (manifest.contacts.incident = manifest.owners.technical.email),
      ['incident-response fail', 'contact-incident fail'],
    ],
    ['no drill', (all) => void (all.drills = []), ['kill-switch fail']],
    ['a drill of last month', (all) => void (all.drills = [drill({ at: ago(31) })]), ['kill-switch fail']],
    [
      'a drill that did not hold',
      (all) => void (all.drills = [drill({ verdict: 'violated' })]),
      ['kill-switch fail'],
    ],
    [
      'a drill that held, and a later one that did not',
      (all) => void (all.drills = [drill({ id: 'drill_2', verdict: 'violated', at: ago(1) }), drill()]),
      ['kill-switch fail'],
    ],
    [
      'a drill that was never confirmed',
      (all) =>
        void (all.drills = [drill({ verdict: 'unproven', times: { ...drill().times, confirm: null } })]),
      ['kill-switch fail'],
    ],
    [
      'a drill in the sandbox',
      (all) => void (all.drills = [drill({ environment: 'sandbox' })]),
      ['kill-switch fail'],
    ],
    [
      'a drill of one of its tools',
      (all) => void (all.drills = [drill({ target: 'tool:crm' })]),
      ['kill-switch fail'],
    ],
    [
      'a drill of another agent',
      (all) => void (all.drills = [drill({ target: 'agent:content-writer' })]),
      ['kill-switch fail'],
    ],
    [
      'a drill of its workflow',
      (all) => void (all.drills = [drill({ target: 'workflow:lead-routing' })]),
      [],
    ],
    [
      'a contact that never answered',
      (all) => void (all.contacts = all.contacts.slice(1)),
      ['contact-business fail'],
    ],
    [
      'an answer of four months ago',
      (all) => void (all.contacts[2]!.answered!.at = ago(91)),
      ['contact-incident fail'],
    ],
    [
      'an answer at an address that is no longer the contact’s',
      (_, manifest) => void (manifest.owners.technical.email = 'new@acme.example'),
      ['contact-technical fail'],
    ],
    [
      'a contact that was asked',
      (all, manifest) => {
        const open = { codeHash: '', until: ago(-1), misses: 0 };
        Object.assign(all, {
          contacts: [{ ...all.contacts[0]!, answered: null, open }, ...all.contacts.slice(1)],
        });
        expect(manifest.agent).toBe('lead-router');
      },
      ['contact-business waits'],
    ],
    ['a missing sign-off', (all) => void (all.signed = all.signed.slice(1)), ['sign-off-legal waits']],
    [
      'a sign-off of something else',
      (all) => void (all.signed[0]!.changed = ['lead-router model changed']),
      ['sign-off-legal fail'],
    ],
  ])('does not pass with %s', (_, change, bad) => {
    expect(open(facts(change))).toEqual(bad);
  });

  test('takes an unused grant only when security signed for what is in force', () => {
    const unused = (signatures: Signed[]): string[] =>
      open(
        facts((all) => {
          all.trail!.used.pop();
          all.signed = signatures;
        }),
      ).filter((line) => line.startsWith('permissions'));
    expect(unused([])).toEqual(['permissions waits']);
    expect(unused([signed('security', 'ida@acme.example', ['model changed'])])).toEqual([
      'permissions waits',
    ]);
    expect(unused([signed('security', 'ida@acme.example')])).toEqual([]);
  });
});

describe('who signs', () => {
  test.each<[string, (manifest: Manifest) => void, string[]]>([
    ['an agent that reads contacts', () => undefined, ['legal', 'security', 'business']],
    [
      'one of low risk with company data',
      (manifest) =>
        void Object.assign(manifest, { risk: 'low', grants: [{ action: 'crm.company.read', mode: 'read' }] }),
      ['business'],
    ],
    [
      'one of medium risk with company data',
      (manifest) => void (manifest.grants = [{ action: 'crm.company.read', mode: 'read' }]),
      ['security', 'business'],
    ],
    [
      'one that may touch regulated text',
      (manifest) =>
        void Object.assign(manifest, {
          risk: 'low',
          sensitivity: 'regulated',
          grants: [{ action: 'crm.company.read', mode: 'read' }],
        }),
      ['legal', 'business'],
    ],
    [
      'one that spends',
      (manifest) =>
        void Object.assign(manifest, {
          risk: 'low',
          grants: [{ action: 'ads.budget.update', mode: 'execute' }],
        }),
      ['legal', 'business'],
    ],
  ])('for %s', (_, change, who) => {
    const { manifest } = facts((_, manifest) => change(manifest));
    expect(signatoriesNeeded({ manifest, catalogue })).toEqual(who);
  });

  const directory = {
    people: [{ name: 'Ida', identities: ['ida@acme.example', 'root@acme.example'] }],
    groups: {},
  };

  test('one person signs once, as far as what they signed is in force', () => {
    const all = { ...facts(), directory };
    expect(signFault(all, 'legal', 'root@acme.example')).toContain('You signed as security already');
    expect(signFault(all, 'legal', 'IDA@acme.example')).toContain('You signed as security already');
    expect(signFault(all, 'security', 'ida@acme.example')).toBeNull();
    const reopened = { ...facts((all) => void (all.signed[1]!.changed = ['model changed'])), directory };
    expect(signFault(reopened, 'legal', 'ida@acme.example')).toBeNull();
  });

  test('the business owner signs in person, but for the sandbox, which has no such person', () => {
    const all = { ...facts((all) => void (all.signed = [])), directory };
    expect(signFault(all, 'business', 'eve@acme.example')).toContain('its business owner');
    expect(signFault(all, 'business', all.manifest.owners.business.email.toUpperCase())).toBeNull();
    expect(signFault({ ...all, environment: 'sandbox' }, 'business', 'eve@acme.example')).toBeNull();
  });
});

describe('who answers a test', () => {
  const asked = { address: 'mara@acme.example', askedBy: 'olga@acme.example' };
  test.each([
    ['business', 'mara@acme.example', 'production', true],
    ['business', 'eve@acme.example', 'production', false],
    ['technical', 'olga@acme.example', 'staging', false],
    ['incident', 'eve@acme.example', 'production', true],
    ['incident', 'Olga@acme.example', 'production', false],
    ['business', 'eve@acme.example', 'sandbox', true],
    ['business', 'olga@acme.example', 'sandbox', false],
  ] as const)('%s by %s in %s: %s', (contact, by, environment, may) => {
    expect(answerFault({ contact, ...asked }, by, environment) === null).toBe(may);
  });
});

test('outside the sandbox, where no vendor shows what it was asked, a drill of a confirmed stop is all there can be', () => {
  const unproven = facts((all) => void (all.drills = [drill({ verdict: 'unproven' })]));
  const found = (all: ReadinessFacts) => readinessChecks(all).find(({ id }) => id === 'kill-switch')?.status;
  expect(found(unproven)).toBe('pass');
  const sandbox = drill({ verdict: 'unproven', environment: 'sandbox' });
  expect(found({ ...unproven, environment: 'sandbox', drills: [sandbox] })).toBe('fail');
});
