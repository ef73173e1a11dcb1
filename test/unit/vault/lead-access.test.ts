import { describe, expect, test } from 'vitest';
import { leadSecrets } from '../../../bin/lib/lead-secrets.ts';
import type { DispatchClaims } from '../../../shared/dispatch-token.ts';
import { leadKeys, sealLead, type LeadField, type SealedLead } from '../../../shared/lead-seal.ts';
import { leadFault, openAll } from '../../../workers/vault/lead-access.ts';

const now = 1_000;
const claims = {
  purpose: 'run',
  tool: 'leads',
  action: 'leads.lead.get',
  startBefore: now + 1,
} as DispatchClaims;
const secrets = leadSecrets({});
const lead = (id: string): SealedLead =>
  sealLead(
    secrets.leads['LEAD_PUBLIC_KEY']!,
    { site: 'acme-web', lead: id, part: 'form' },
    { name: 'Ada Example', email: 'ada@acme.example', extra: '{}' },
  );

describe('a call of the leads tool', () => {
  test.each<[string, Partial<DispatchClaims>, number, LeadField[], string | null]>([
    ['reads one lead', {}, 1, ['name', 'email', 'message'], null],
    ['reads no two', {}, 2, ['name'], 'more than 1 leads at once'],
    [
      'reads nothing that its contract has not',
      {},
      1,
      ['extra'],
      'the action does not read each of the fields',
    ],
    ['lists companies', { action: 'leads.lead.list' }, 100, ['company', 'interest'], null],
    [
      'lists no more than a hundred',
      { action: 'leads.lead.list' },
      101,
      ['company'],
      'more than 100 leads at once',
    ],
    [
      'lists no people',
      { action: 'leads.lead.list' },
      1,
      ['name'],
      'the action does not read each of the fields',
    ],
    ['routes', { action: 'leads.lead.route' }, 1, ['name'], 'the call does not read leads'],
    ['of a name that objects have', { action: 'constructor' }, 1, ['name'], 'the call does not read leads'],
    ['looks for facts', { purpose: 'facts' }, 1, ['name'], 'the call does not read leads'],
    ['of another tool', { tool: 'crm' }, 1, ['name'], 'the call does not read leads'],
    ['too late', { startBefore: now }, 1, ['name'], 'the time to start the call has passed'],
    ['at no time', { startBefore: NaN }, 1, ['name'], 'the time to start the call has passed'],
  ])('%s', (_, changed, count, fields, fault) => {
    const leads = Array.from({ length: count }, () => lead('lead_1'));
    expect(leadFault({ ...claims, ...changed }, leads, fields, now)).toBe(fault);
  });
});

describe('what is opened', () => {
  const keys = leadKeys(secrets.vault['LEAD_PRIVATE_KEY']!);

  test('is just the fields that were asked for, of each lead in order', () => {
    const opened = openAll(keys, [lead('lead_1'), lead('lead_2')], ['name', 'phone']);
    expect(opened).toEqual({ ok: true, values: [{ name: 'Ada Example' }, { name: 'Ada Example' }] });
  });

  test('is nothing at all when one of them is not genuine', () => {
    const leads = [lead('lead_1'), { ...lead('lead_2'), lead: 'lead_3' }];
    expect(openAll(keys, leads, ['name'])).toEqual({ ok: false, why: 'not-genuine' });
  });
});

describe('the keys of a local gate', () => {
  test('stay, and of several the newest is the one that seals', () => {
    const kept = { vault: secrets.vault, leads: secrets.leads };
    expect(leadSecrets(kept)).toEqual(secrets);
    const next = leadSecrets({}).vault['LEAD_PRIVATE_KEY']!;
    const both = `[${next},${secrets.vault['LEAD_PRIVATE_KEY']!}]`;
    const rotated = leadSecrets({ vault: { LEAD_PRIVATE_KEY: both }, leads: secrets.leads });
    const about = { site: 'acme-web', lead: 'lead_1', part: 'form' };
    const sealed = sealLead(rotated.leads['LEAD_PUBLIC_KEY']!, about, { name: 'Ada Example' });
    expect(openAll(leadKeys(next), [sealed], ['name']).ok).toBe(true);
    expect(openAll(leadKeys(both), [sealed, lead('lead_2')], ['name']).ok).toBe(true);
    expect(rotated.leads['LEAD_HASH_KEY']).toBe(secrets.leads['LEAD_HASH_KEY']);
  });
});
