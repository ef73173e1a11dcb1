import { createHash, createPublicKey, generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import { decodeJwt, importJWK, SignJWT } from 'jose';
import { contracts } from '../../workers/tools/catalogue.ts';
import { SANDBOX_AUDIENCE, SANDBOX_ISSUER, type Role } from '../../shared/people.ts';
import { nextSetting } from '../../shared/tool/credentials.ts';
import { leadSecrets } from './lead-secrets.ts';
import { SECRETS_SET_AT, secretTimes } from './secret-times.ts';

/** What `.toolgate/local.json` holds: how to reach and use the gate of this machine. */
export interface LocalFile {
  gate: string;
  agents: Record<string, { client_id: string; client_secret: string }>;
  people: Record<string, { email: string; token: string }>;
  /** Ed25519 public JWK (text) that the ledger's checkpoints verify with. */
  journalKey: string;
}

/** Worker name -> secret name -> value. */
export type WorkerSecrets = Record<string, Record<string, string>>;

export interface LocalSecrets {
  /** Each Worker gets its own and nothing else. */
  workers: WorkerSecrets;
  local: Omit<LocalFile, 'gate'>;
}

/** What an earlier start left behind; all of it may be missing. */
export interface KeptSecrets {
  workers: WorkerSecrets;
  agents: LocalFile['agents'];
  people: LocalFile['people'];
}

export const localPeople: Record<string, Role[]> = {
  operator: ['operator'],
  operator2: ['operator'],
  approver: ['approver'],
  approver2: ['approver'],
  auditor: ['auditor'],
  owner: ['owner', 'incident-commander'],
  // Approves the policy sets that the owner applied: nobody approves their own.
  commander: ['incident-commander'],
};

/** Days that a local person's token is good for. A start renews all of them on the last one. */
const TOKEN_DAYS = 30;
const DAY_MS = 86_400_000;

/** The tools' vendor credentials. The simulator knows only their hashes, so that it can check but not use them. */
const vendorSecrets: Record<string, { worker: string; make: () => string }> = {
  // toolgate new tool: credential below
  ...pair(
    'HUBSPOT_READ_TOKEN',
    'HUBSPOT_WRITE_TOKEN',
    'crm',
    () => `pat-eu1-${randomBytes(16).toString('hex')}`,
  ),
  HUNTER_API_KEY: { worker: 'enrichment', make: () => randomBytes(20).toString('hex') },
  SLACK_BOT_TOKEN: { worker: 'chat', make: () => `xoxb-${randomBytes(16).toString('hex')}` },
  ...pair('META_READ_TOKEN', 'META_WRITE_TOKEN', 'ads', () => `EAA${randomBytes(32).toString('hex')}`),
  ...pair('RESEND_READ_KEY', 'RESEND_WRITE_KEY', 'email', () => `re_${randomBytes(24).toString('hex')}`),
  ...pair(
    'INTERCOM_READ_TOKEN',
    'INTERCOM_WRITE_TOKEN',
    'support',
    () => `dG9r${randomBytes(40).toString('base64url')}`,
  ),
  ...pair(
    'WORDPRESS_READ_LOGIN',
    'WORDPRESS_WRITE_LOGIN',
    'cms',
    () => `toolgate:${randomBytes(18).toString('base64url')}`,
  ),
};

/** Credentials of one vendor, one that reads and one that writes. */
function pair(read: string, write: string, worker: string, make: () => string): typeof vendorSecrets {
  return { [read]: { worker, make }, [write]: { worker, make } };
}

/** Where control finds the outside sources of stops. */
const sourceSettings = [
  'UNLEASH_URL',
  'UNLEASH_TOKEN',
  'UNLEASH_WEBHOOK_SECRET',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
];

/** Every tool, where the inbox itself has the name of its one, and the vault. */
const verifiesDispatch = [...contracts.map(({ tool }) => (tool === 'leads' ? 'leads-tool' : tool)), 'vault'];
const checksPeople = [
  'control',
  'guard',
  'approvals',
  'notifier',
  'ledger',
  'leads',
  'console',
  'sandbox',
  'vault',
];

/** What the notifier tells people by; the simulators that it reaches know the hashes. */
const noticeSecrets: Record<string, { hash: string; make: () => string }> = {
  NOTICE_SLACK_TOKEN: {
    hash: 'NOTICE_SLACK_TOKEN_SHA256',
    make: () => `xoxb-${randomBytes(16).toString('hex')}`,
  },
  MAIL_API_KEY: { hash: 'NOTICE_MAIL_KEY_SHA256', make: () => `re_${randomBytes(24).toString('hex')}` },
};

/** Makes every secret of a fresh sandbox. Tokens of people live `days` days. */
export async function freshSecrets(
  agents: readonly string[],
  days = TOKEN_DAYS,
  now = Date.now(),
): Promise<LocalSecrets> {
  return completeSecrets({ workers: {}, agents: {}, people: {} }, agents, days, now);
}

/**
 * Keeps what an earlier start made and makes what is missing. Public halves and hashes are derived anew each time, so
 * that two Workers never disagree. People's signing key is kept nowhere: when their tokens run out, a new pair is made.
 */
export async function completeSecrets(
  kept: KeptSecrets,
  agents: readonly string[],
  days = TOKEN_DAYS,
  now = Date.now(),
): Promise<LocalSecrets> {
  const keep = (worker: string, name: string, make: () => string): string =>
    kept.workers[worker]?.[name] ?? make();
  const dispatch = keep('guard', 'DISPATCH_PRIVATE_KEY', privateKey);
  const checkpoint = keep('ledger', 'CHECKPOINT_PRIVATE_KEY', privateKey);
  const sealing = leadSecrets(kept.workers);
  const clients = clientsOf(kept, agents);
  const people = stillGood(kept, now) ?? (await newPeople(days, now));
  const workers: WorkerSecrets = {
    gateway: {
      TOKEN_PRIVATE_KEY: keep('gateway', 'TOKEN_PRIVATE_KEY', privateKey),
      AGENT_CLIENTS: JSON.stringify(hashed(clients)),
    },
    guard: { DISPATCH_PRIVATE_KEY: dispatch },
    // Empty: not followed. Whoever wants to follow one writes it into control's .dev.vars.
    control: Object.fromEntries(sourceSettings.map((name) => [name, keep('control', name, () => '')])),
    ledger: { CHECKPOINT_PRIVATE_KEY: checkpoint },
    console: { SESSION_KEY: keep('console', 'SESSION_KEY', () => randomBytes(32).toString('base64url')) },
    approvals: Object.fromEntries(
      ['SLACK_SIGNING_SECRET', 'CARD_KEY'].map((name) => [
        name,
        keep('approvals', name, () => randomBytes(32).toString('hex')),
      ]),
    ),
    notifier: { WEBHOOK_PRIVATE_KEY: keep('notifier', 'WEBHOOK_PRIVATE_KEY', privateKey) },
    vault: {
      VAULT_KEY: keep('vault', 'VAULT_KEY', () => randomBytes(32).toString('base64url')),
      // Empty but while the key is changed.
      VAULT_KEY_PREVIOUS: keep('vault', 'VAULT_KEY_PREVIOUS', () => ''),
      CERTIFICATE_PRIVATE_KEY: keep('vault', 'CERTIFICATE_PRIVATE_KEY', privateKey),
      ...sealing.vault,
    },
    leads: sealing.leads,
    sandbox: {},
  };
  for (const worker of checksPeople) give(workers, worker, 'PEOPLE_PUBLIC_KEY', people.publicKey);
  for (const worker of verifiesDispatch) give(workers, worker, 'DISPATCH_PUBLIC_KEY', publicHalf(dispatch));
  for (const [name, { worker, make }] of Object.entries(vendorSecrets)) {
    const value = keep(worker, name, make);
    give(workers, worker, name, value);
    const own = besideIt(kept.workers[worker], name);
    for (const [setting, secret] of own) give(workers, worker, setting, secret);
    const all = [value, ...own.map(([, secret]) => secret)];
    give(workers, 'sandbox', `${name}_SHA256`, all.map(sha256).join(','));
  }
  for (const [name, { hash, make }] of Object.entries(noticeSecrets)) {
    const value = keep('notifier', name, make);
    give(workers, 'notifier', name, value);
    give(workers, 'sandbox', hash, sha256(value));
  }
  const times = secretTimes(kept.workers, workers, now);
  give(workers, 'console', SECRETS_SET_AT, JSON.stringify(times));
  return {
    workers,
    local: { agents: clients, people: people.tokens, journalKey: publicHalf(checkpoint) },
  };
}

/**
 * The credentials that somebody wrote beside a tool: for single workflows (`HUBSPOT_READ_TOKEN_LEAD_ROUTING`), and those that are
 * to replace others (`NEXT_HUBSPOT_READ_TOKEN`), which the simulated vendor then takes as well.
 */
function besideIt(kept: Record<string, string> | undefined, name: string): [string, string][] {
  return Object.entries(kept ?? {}).filter(
    ([setting, value]) =>
      value !== '' &&
      (setting.startsWith(`${name}_`) ||
        setting === nextSetting(name) ||
        setting.startsWith(`${nextSetting(name)}_`)),
  );
}

/** A fresh credential as the simulated vendor of a setting gives them; undefined: no tool has such a setting. */
export function madeCredential(setting: string): string | undefined {
  return Object.hasOwn(vendorSecrets, setting) ? vendorSecrets[setting]?.make() : undefined;
}

function give(workers: WorkerSecrets, worker: string, name: string, value: string): void {
  workers[worker] = { ...workers[worker], [name]: value };
}

/** The clients of exactly these agents: one whose manifest is gone loses its secret. */
function clientsOf(kept: KeptSecrets, agents: readonly string[]): LocalFile['agents'] {
  return Object.fromEntries(
    agents.map((agent) => [
      agent,
      kept.agents[agent] ?? {
        client_id: agent,
        client_secret: `tgs_${randomBytes(24).toString('base64url')}`,
      },
    ]),
  );
}

interface People {
  publicKey: string;
  tokens: LocalFile['people'];
}

/** The tokens at hand, if everybody has one, all Workers hold one key for them, and a day is left on each. */
function stillGood(kept: KeptSecrets, now: number): People | undefined {
  const keys = new Set(checksPeople.map((worker) => kept.workers[worker]?.['PEOPLE_PUBLIC_KEY']));
  const [publicKey] = keys;
  if (keys.size !== 1 || publicKey === undefined) return undefined;
  const good = Object.entries(localPeople).every(([name, roles]) => {
    const token = kept.people[name]?.token;
    return token !== undefined && expiry(token) > now + DAY_MS && sameRoles(token, roles);
  });
  return good ? { publicKey, tokens: kept.people } : undefined;
}

/** When a token expires, in Unix ms; 0 for what is not a token. */
export function expiry(token: string): number {
  try {
    return (decodeJwt(token).exp ?? 0) * 1000;
  } catch {
    return 0;
  }
}

function sameRoles(token: string, roles: readonly Role[]): boolean {
  return JSON.stringify(decodeJwt(token)['roles']) === JSON.stringify(roles);
}

async function newPeople(days: number, now: number): Promise<People> {
  const signing = privateKey();
  const key = await importJWK(JSON.parse(signing) as JsonWebKey & { kty: string }, 'EdDSA');
  const tokens: LocalFile['people'] = {};
  for (const [name, roles] of Object.entries(localPeople)) {
    const email = `${name}@sandbox.example`;
    const token = await new SignJWT({ email, roles })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(SANDBOX_ISSUER)
      .setAudience(SANDBOX_AUDIENCE)
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.floor((now + days * DAY_MS) / 1000))
      .sign(key);
    tokens[name] = { email, token };
  }
  return { publicKey: publicHalf(signing), tokens };
}

function hashed(clients: LocalFile['agents']): Record<string, { agent: string; secretSha256: string }> {
  return Object.fromEntries(
    Object.entries(clients).map(([agent, { client_id, client_secret }]) => [
      client_id,
      { agent, secretSha256: sha256(client_secret) },
    ]),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function privateKey(): string {
  return JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
}

function publicHalf(privateJwk: string): string {
  const key = createPublicKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' });
  return JSON.stringify(key.export({ format: 'jwk' }));
}
