import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  formatDevVars,
  parseDevVars,
  readWorkerSecrets,
  removeWorkerSecrets,
  writePrivate,
  writeWorkerSecrets,
} from '../../../bin/lib/dev-vars.ts';
import { root } from '../../../bin/lib/local.ts';
import { completeSecrets, freshSecrets, type LocalSecrets } from '../../../bin/lib/secrets.ts';
import { findWorkers } from '../../../bin/lib/workers.ts';
import { checkPerson } from '../../../shared/people.ts';

const DAY = 86_400_000;

function kept({ workers, local }: LocalSecrets): Parameters<typeof completeSecrets>[0] {
  return { workers, agents: local.agents, people: local.people };
}

describe('generated secrets', () => {
  test('give each Worker what its config requires, and nothing that another one is to hold', async () => {
    const { workers } = await freshSecrets(['lead-router']);
    for (const { name, secrets } of findWorkers(root)) {
      expect(Object.keys(workers[name] ?? {}).sort(), name).toEqual([...secrets].sort());
    }
    const privateValues = Object.entries(workers).flatMap(([worker, held]) =>
      Object.entries(held)
        // A source that is not followed has nothing to keep.
        .filter(([name, value]) => value !== '' && /PRIVATE|TOKEN$|API_KEY$|VAULT_KEY/.test(name))
        .map(([, value]) => ({ worker, value })),
    );
    for (const { worker, value } of privateValues) {
      const holders = Object.entries(workers).filter(([, held]) => Object.values(held).includes(value));
      expect(holders.map(([name]) => name)).toEqual([worker]);
    }
  });

  test('hold no agent’s secret, only its hash', async () => {
    const { workers, local } = await freshSecrets(['lead-router']);
    expect(JSON.stringify(workers)).not.toContain(local.agents['lead-router']!.client_secret);
  });

  test('stay as they are on the next start', async () => {
    const first = await freshSecrets(['lead-router', 'content-writer']);
    expect(await completeSecrets(kept(first), ['lead-router', 'content-writer'])).toEqual(first);
  });

  test('add what is missing without touching the rest, and drop an agent whose manifest is gone', async () => {
    const first = await freshSecrets(['lead-router', 'content-writer']);
    const { HUBSPOT_READ_TOKEN: _, ...crm } = first.workers['crm']!;
    const second = await completeSecrets(kept({ ...first, workers: { ...first.workers, crm } }), [
      'lead-router',
      'support-agent',
    ]);
    expect(second.workers['crm']!['HUBSPOT_READ_TOKEN']).toMatch(/^pat-/);
    expect(second.workers['crm']!['HUBSPOT_READ_TOKEN']).not.toBe(
      first.workers['crm']!['HUBSPOT_READ_TOKEN'],
    );
    expect(second.workers['sandbox']!['HUBSPOT_READ_TOKEN_SHA256']).not.toBe(
      first.workers['sandbox']!['HUBSPOT_READ_TOKEN_SHA256'],
    );
    expect(second.workers['guard']).toEqual(first.workers['guard']);
    expect(second.local.agents['lead-router']).toEqual(first.local.agents['lead-router']);
    expect(Object.keys(second.local.agents)).toEqual(['lead-router', 'support-agent']);
    expect(second.workers['gateway']!['AGENT_CLIENTS']).not.toContain('content-writer');
  });

  test('renew everybody’s token under a new key on its last day, and not before', async () => {
    const now = Date.now();
    const first = await freshSecrets(['lead-router'], 30, now);
    const early = await completeSecrets(kept(first), ['lead-router'], 30, now + 28 * DAY);
    expect(early.local.people).toEqual(first.local.people);
    const late = await completeSecrets(kept(first), ['lead-router'], 30, now + 29 * DAY + 1000);
    expect(late.local.people['operator']!.token).not.toBe(first.local.people['operator']!.token);
    const env = { ENVIRONMENT: 'sandbox', PEOPLE_PUBLIC_KEY: late.workers['control']!['PEOPLE_PUBLIC_KEY']! };
    expect((await checkPerson(late.local.people['operator']!.token, ['operator'], env)).ok).toBe(true);
    expect((await checkPerson(first.local.people['operator']!.token, ['operator'], env)).ok).toBe(false);
  });

  test('renew the tokens when the Workers do not agree on their key', async () => {
    const first = await freshSecrets(['lead-router']);
    const other = await freshSecrets(['lead-router']);
    const mixed = { ...first.workers, ledger: other.workers['ledger']! };
    const second = await completeSecrets(kept({ ...first, workers: mixed }), ['lead-router']);
    const keys = ['control', 'approvals', 'ledger', 'leads'].map(
      (worker) => second.workers[worker]!['PEOPLE_PUBLIC_KEY'],
    );
    expect(new Set(keys).size).toBe(1);
  });
});

describe('.dev.vars', () => {
  test('reads back what it wrote, JSON included', () => {
    const values = { KEY: '{"kty":"OKP","x":"a=b#c"}', PLAIN: 'x y' };
    expect(parseDevVars(formatDevVars(values))).toEqual(values);
    expect(parseDevVars('# note\nA="b"\nC=d\nnot a line\n')).toEqual({ A: 'b', C: 'd' });
    expect(() => formatDevVars({ KEY: "it's" })).toThrow(/no quote/);
  });

  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'toolgate-'));
    mkdirSync(join(folder, 'workers/tools/crm'), { recursive: true });
    writeFileSync(
      join(folder, 'workers/tools/crm/wrangler.toml'),
      'name = "toolgate-crm"\n[secrets]\nrequired = ["A"]\n',
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is private, keeps what somebody added, and goes with a fresh start', () => {
    const path = join(folder, 'workers/tools/crm/.dev.vars');
    writeFileSync(path, 'MINE=1\nA=old\n', { mode: 0o644 });
    writeWorkerSecrets(folder, { crm: { A: 'new' } });
    expect(readWorkerSecrets(folder)).toEqual({ crm: { MINE: '1', A: 'new' } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    removeWorkerSecrets(folder);
    expect(readWorkerSecrets(folder)).toEqual({});
  });

  test('is left alone when nothing changes, but for its mode', () => {
    const path = join(folder, 'x');
    writePrivate(path, 'same');
    chmodSync(path, 0o644);
    const before = statSync(path).ino;
    writePrivate(path, 'same');
    expect(statSync(path).ino).toBe(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe('same');
  });
});
