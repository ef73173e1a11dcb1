import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { SANDBOX_AUDIENCE, SANDBOX_ISSUER, type Role } from '../../shared/people.ts';

/** What `.toolgate/local.json` holds: how to reach and use the gate of this machine. */
export interface LocalFile {
  gate: string;
  agents: Record<string, { client_id: string; client_secret: string }>;
  people: Record<string, { email: string; token: string }>;
  /** Ed25519 public JWK (text) that the ledger's checkpoints verify with. */
  journalKey: string;
}

export interface LocalSecrets {
  /** Worker name -> secret name -> value. Each Worker gets its own and nothing else. */
  workers: Record<string, Record<string, string>>;
  local: Omit<LocalFile, 'gate'>;
}

const localPeople: Record<string, Role[]> = {
  operator: ['operator'],
  operator2: ['operator'],
  approver: ['approver'],
  approver2: ['approver'],
  auditor: ['auditor'],
  owner: ['owner', 'incident-commander'],
};

/** A vendor's secret as the simulator knows it: only the hash, so that it can check but not use it. */
const vendorSecrets: Record<string, { worker: string; make: () => string }> = {
  HUBSPOT_TOKEN: { worker: 'crm', make: () => `pat-eu1-${randomBytes(16).toString('hex')}` },
  HUNTER_API_KEY: { worker: 'enrichment', make: () => randomBytes(20).toString('hex') },
  SLACK_BOT_TOKEN: { worker: 'chat', make: () => `xoxb-${randomBytes(16).toString('hex')}` },
};

/** Makes every secret of a fresh sandbox. Tokens of people live `days` days. */
export async function freshSecrets(agents: readonly string[], days = 365): Promise<LocalSecrets> {
  const token = ed25519();
  const dispatch = ed25519();
  const checkpoint = ed25519();
  const people = ed25519();
  const clients = Object.fromEntries(
    agents.map((agent) => [
      agent,
      { client_id: agent, client_secret: `tgs_${randomBytes(24).toString('base64url')}` },
    ]),
  );
  const workers: Record<string, Record<string, string>> = {
    gateway: { TOKEN_PRIVATE_KEY: token.privateKey, AGENT_CLIENTS: JSON.stringify(hashed(clients)) },
    guard: { DISPATCH_PRIVATE_KEY: dispatch.privateKey },
    ledger: { CHECKPOINT_PRIVATE_KEY: checkpoint.privateKey, PEOPLE_PUBLIC_KEY: people.publicKey },
    sandbox: {},
  };
  for (const worker of ['control', 'approvals', 'leads'])
    workers[worker] = { PEOPLE_PUBLIC_KEY: people.publicKey };
  for (const worker of ['leads-tool', 'crm', 'enrichment', 'chat']) {
    workers[worker] = { DISPATCH_PUBLIC_KEY: dispatch.publicKey };
  }
  for (const [name, { worker, make }] of Object.entries(vendorSecrets)) {
    const value = make();
    workers[worker] = { ...workers[worker], [name]: value };
    workers['sandbox'] = { ...workers['sandbox'], [`${name}_SHA256`]: sha256(value) };
  }
  return {
    workers,
    local: {
      agents: clients,
      people: await tokens(people.privateKey, days),
      journalKey: checkpoint.publicKey,
    },
  };
}

async function tokens(privateKey: string, days: number): Promise<LocalFile['people']> {
  const key = await importJWK(JSON.parse(privateKey) as { kty: string }, 'EdDSA');
  const out: LocalFile['people'] = {};
  for (const [name, roles] of Object.entries(localPeople)) {
    const email = `${name}@sandbox.example`;
    const token = await new SignJWT({ email, roles })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(SANDBOX_ISSUER)
      .setAudience(SANDBOX_AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${days}d`)
      .sign(key);
    out[name] = { email, token };
  }
  return out;
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

function ed25519(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: JSON.stringify(privateKey.export({ format: 'jwk' })),
    publicKey: JSON.stringify(publicKey.export({ format: 'jwk' })),
  };
}
