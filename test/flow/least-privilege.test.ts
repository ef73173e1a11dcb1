import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holders } from '../../bin/lib/rotation/choice.ts';
import { findWorkers } from '../../bin/lib/workers.ts';
import { nextSetting } from '../../shared/tool/credentials.ts';
import { bootGate, root, type GateUnderTest } from '../harness.ts';

let gate: GateUnderTest;

beforeAll(async () => {
  gate = await bootGate({ govern: false });
});
afterAll(async () => gate.close());

/** Everything that each Worker's env holds at run time. A new binding or secret has to be written down here first. */
const expected: Record<string, string[]> = {
  gateway: ['AGENT_CLIENTS', 'GUARD', 'TOKEN_PRIVATE_KEY', 'VAULT'],
  guard: [
    'APPROVALS',
    'ARTEFACTS',
    'DIRECTORY',
    'DISPATCH_PRIVATE_KEY',
    'ENVIRONMENT',
    'GUARD',
    'LEASING',
    'LEDGER',
    'NOTIFIER',
    'OPERATORS_LOG',
    'PEOPLE_PUBLIC_KEY',
    'POOL',
    'RECHECKS',
    'REGISTRY',
    'REVIEWS',
    'ROLLBACK',
    'ROLLBACK_INDEX',
    // toolgate new tool: binding below
    'TOOL_ADS',
    'TOOL_CHAT',
    'TOOL_CMS',
    'TOOL_CRM',
    'TOOL_EMAIL',
    'TOOL_ENRICHMENT',
    'TOOL_LEADS',
    'TOOL_SUPPORT',
    'TRIAGE',
    'VAULT',
  ],
  control: [
    'APPROVALS',
    'CEDAR',
    'CONTROL',
    'ENVIRONMENT',
    'EVIDENCE',
    'LEASES',
    'LEDGER',
    'PEOPLE_PUBLIC_KEY',
    'UNLEASH_TOKEN',
    'UNLEASH_URL',
    'UNLEASH_WEBHOOK_SECRET',
    'UPSTASH_REDIS_REST_TOKEN',
    'UPSTASH_REDIS_REST_URL',
  ],
  cedar: ['ENVIRONMENT'],
  approvals: [
    'APPROVALS',
    'APPROVALS_INDEX',
    'CARD_KEY',
    'DIRECTORY',
    'DUTIES',
    'ENVIRONMENT',
    'LEDGER',
    'NOTIFIER',
    'PEOPLE_PUBLIC_KEY',
    'REPLIES',
    'RESUMPTION',
    'SLACK_SIGNING_SECRET',
    'STOPPAGES',
    'TRIAGE',
    'TRIAGE_INDEX',
    'VAULT',
  ],
  ledger: ['CHECKPOINT_PRIVATE_KEY', 'ENVIRONMENT', 'LEDGER', 'LEDGER_INDEX', 'PEOPLE_PUBLIC_KEY'],
  notifier: [
    'CONSOLE_URL',
    'DIRECTORY',
    'ENVIRONMENT',
    'LEDGER',
    'MAIL_API_KEY',
    'MAIL_FROM',
    'NOTICE_SLACK_TOKEN',
    'NOTIFICATIONS',
    'PEOPLE_PUBLIC_KEY',
    'VENDOR',
    'WEBHOOK_PRIVATE_KEY',
  ],
  vault: [
    'CERTIFICATE_PRIVATE_KEY',
    'DISPATCH_PUBLIC_KEY',
    'ENVIRONMENT',
    'LEAD_ERASURE',
    'LEAD_OPENINGS',
    'LEAD_PRIVATE_KEY',
    'LEDGER',
    'PEOPLE_PUBLIC_KEY',
    'VAULT',
    'VAULT_INDEX',
    'VAULT_KEY',
    'VAULT_KEY_PREVIOUS',
  ],
  leads: [
    'ENVIRONMENT',
    'INBOX',
    'INDEX',
    'LEAD_HASH_KEY',
    'LEAD_PUBLIC_KEY',
    'LEDGER',
    'PEOPLE_PUBLIC_KEY',
    'SITES',
    'VAULT',
  ],
  console: [
    'APPROVALS',
    'ARTEFACTS',
    'ASSETS',
    'AUTONOMY',
    'CONTROL',
    'ENVIRONMENT',
    'ERASURES',
    'INCIDENTS',
    'LEADS',
    'LEDGER',
    'NOTIFIER',
    'OPERATORS',
    'PEOPLE_PUBLIC_KEY',
    'REVIEWS',
    'ROLLBACKS',
    'SECRETS_SET_AT',
    'SESSION_KEY',
    'TOOLS',
    'TRIAGE',
    'VAULT',
  ],
  // toolgate new tool: Worker below
  'leads-tool': ['DISPATCH_PUBLIC_KEY', 'LEADS', 'SETTLEMENT', 'VAULT'],
  crm: ['DISPATCH_PUBLIC_KEY', 'HUBSPOT_READ_TOKEN', 'HUBSPOT_WRITE_TOKEN', 'SETTLEMENT', 'VAULT', 'VENDOR'],
  enrichment: ['DISPATCH_PUBLIC_KEY', 'HUNTER_API_KEY', 'SETTLEMENT', 'VAULT', 'VENDOR'],
  chat: ['DISPATCH_PUBLIC_KEY', 'SETTLEMENT', 'SLACK_BOT_TOKEN', 'VAULT', 'VENDOR'],
  ads: ['DISPATCH_PUBLIC_KEY', 'META_READ_TOKEN', 'META_WRITE_TOKEN', 'SETTLEMENT', 'VAULT', 'VENDOR'],
  email: ['DISPATCH_PUBLIC_KEY', 'RESEND_READ_KEY', 'RESEND_WRITE_KEY', 'SETTLEMENT', 'VAULT', 'VENDOR'],
  support: [
    'DISPATCH_PUBLIC_KEY',
    'INTERCOM_ADMIN_ID',
    'INTERCOM_READ_TOKEN',
    'INTERCOM_REFUND_TEAM',
    'INTERCOM_REFUND_TICKET_TYPE',
    'INTERCOM_RESET_TEAM',
    'INTERCOM_RESET_TICKET_TYPE',
    'INTERCOM_WRITE_TOKEN',
    'SETTLEMENT',
    'VAULT',
    'VENDOR',
  ],
  cms: [
    'DISPATCH_PUBLIC_KEY',
    'SETTLEMENT',
    'VAULT',
    'VENDOR',
    'WORDPRESS_READ_LOGIN',
    'WORDPRESS_WRITE_LOGIN',
  ],
  sandbox: [
    'CONSOLE',
    'ENVIRONMENT',
    'GATEWAY',
    'HOOKS',
    // toolgate new tool: hash below
    'HUBSPOT_READ_TOKEN_SHA256',
    'HUBSPOT_WRITE_TOKEN_SHA256',
    'HUNTER_API_KEY_SHA256',
    'INTERCOM_READ_TOKEN_SHA256',
    'INTERCOM_WRITE_TOKEN_SHA256',
    'LEADS',
    'LEDGER',
    'META_READ_TOKEN_SHA256',
    'META_WRITE_TOKEN_SHA256',
    'NOTICE_MAIL_KEY_SHA256',
    'NOTICE_SLACK_TOKEN_SHA256',
    'PEOPLE_PUBLIC_KEY',
    'RESEND_READ_KEY_SHA256',
    'RESEND_WRITE_KEY_SHA256',
    'SIMULATOR',
    'SLACK_BOT_TOKEN_SHA256',
    'SLACK_HOOKS',
    'WORDPRESS_READ_LOGIN_SHA256',
    'WORDPRESS_WRITE_LOGIN_SHA256',
  ],
};

const workers = findWorkers(root);

describe("each Worker's env at run time", () => {
  test('is known for every Worker of the repository', () => {
    expect(workers.map((worker) => worker.name).sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(workers.map((worker) => worker.name))('%s holds just what it needs', async (name) => {
    const env = await gate.server.getWorker(`toolgate-${name}`).getEnv();
    // Beside each of a tool's credentials there is room for the one that is to replace it.
    const credentials = holders(root).find(({ worker }) => worker.name === name)?.secrets ?? [];
    const allowed = [...(expected[name] ?? []), ...credentials.map(nextSetting)].sort();
    expect(Object.keys(env as object).sort()).toEqual(allowed);
  });

  test('holds no secret of another Worker', async () => {
    for (const { name } of workers) {
      const env = Object.values(await gate.server.getWorker(`toolgate-${name}`).getEnv());
      const texts = env.filter((value): value is string => typeof value === 'string');
      for (const [owner, secrets] of Object.entries(gate.secrets.workers)) {
        if (owner === name) continue;
        for (const [key, value] of Object.entries(secrets)) {
          // Public keys and hashes are shared on purpose.
          if (key.endsWith('_PUBLIC_KEY') || key.endsWith('_SHA256')) continue;
          // A source that is not followed has nothing to keep.
          if (value === '') continue;
          expect(texts.includes(value), `${name} holds ${owner}'s ${key}`).toBe(false);
        }
      }
    }
  });
});

describe('public routes', () => {
  // Control's is one path, for Unleash's webhook; approvals' another, for Slack's buttons.
  const hosts = ['gateway', 'leads', 'console', 'control', 'approvals'];

  test.each(workers.map((worker) => worker.configPath))(
    '%s is on no workers.dev or preview address',
    (path) => {
      const config = readFileSync(join(root, path), 'utf8');
      expect(config).toMatch(/^workers_dev = false$/m);
      expect(config).toMatch(/^preview_urls = false$/m);
    },
  );

  test.each(workers.map((worker) => [worker.name, worker.configPath]))(
    '%s has a route only if it is a host',
    (name, path) => {
      const config = readFileSync(join(root, path), 'utf8');
      expect(/^\s*(routes?)\s*=|\[\[.*routes?\]\]/m.test(config)).toBe(hosts.includes(name));
    },
  );

  test('a tool, the guard, control, approvals, the notifier and the ledger answer nothing over HTTP', async () => {
    const tools = workers.filter(({ folder }) => folder.startsWith('workers/tools/')).map(({ name }) => name);
    expect(tools.length).toBeGreaterThan(0);
    for (const name of [...tools, 'guard', 'control', 'approvals', 'notifier', 'vault', 'ledger']) {
      const answer = await gate.server
        .getWorker(`toolgate-${name}`)
        .fetch('http://anything.example/')
        .then(
          ({ status }) => status,
          () => 'no handler',
        );
      expect([404, 500, 501, 'no handler'], name).toContain(answer);
    }
  });
});
