import { expect, test } from 'vitest';
import { completeSecrets, freshSecrets } from '../../../bin/lib/secrets.ts';
import { secretTimes, type SecretTimes } from '../../../bin/lib/secret-times.ts';

const [first, later] = [Date.parse('2026-11-01T00:00:00Z'), Date.parse('2026-11-20T00:00:00Z')];

function timesOf(secrets: { workers: Record<string, Record<string, string>> }): SecretTimes {
  return JSON.parse(secrets.workers['console']?.['SECRETS_SET_AT'] ?? '{}') as SecretTimes;
}

test('a secret keeps the time at which it was made over later starts', async () => {
  const fresh = await freshSecrets(['one'], 30, first);
  const kept = { workers: fresh.workers, agents: fresh.local.agents, people: fresh.local.people };
  const again = await completeSecrets(kept, ['one'], 30, later);
  expect(timesOf(again)['crm']?.['HUBSPOT_READ_TOKEN']).toBe('2026-11-01T00:00:00.000Z');
});

test('one that was replaced has a new time, and one whose making nobody noted has none', () => {
  const console = { SECRETS_SET_AT: JSON.stringify({ crm: { A: '2026-11-01T00:00:00.000Z' } }) };
  const before = { console, crm: { A: 'old', B: 'same' } };
  const times = secretTimes(before, { crm: { A: 'new', B: 'same' } }, later);
  expect(times).toEqual({ crm: { A: '2026-11-20T00:00:00.000Z', B: null } });
});

test('public keys, hashes and what is empty are no secrets, and no value is told', async () => {
  const { workers } = await freshSecrets(['one'], 30, first);
  const text = workers['console']?.['SECRETS_SET_AT'] ?? '';
  expect(text).not.toMatch(/PUBLIC_KEY|SHA256|UNLEASH_TOKEN/);
  expect(text).toContain('DISPATCH_PRIVATE_KEY');
  for (const [worker, secrets] of Object.entries(workers)) {
    for (const [name, value] of Object.entries(secrets)) {
      if (worker === 'console' && name === 'SECRETS_SET_AT') continue;
      if (value !== '') expect(text).not.toContain(value);
    }
  }
});

test('what somebody wrote by hand and is no JSON notes nothing', () => {
  const before = { console: { SECRETS_SET_AT: 'x' }, crm: { A: 'same' } };
  expect(secretTimes(before, { crm: { A: 'same' } }, later)).toEqual({ crm: { A: null } });
});
