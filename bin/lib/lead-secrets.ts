import { createPublicKey, generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import type { WorkerSecrets } from './secrets.ts';

/**
 * What seals leads: the vault's private key (or several, the newest first), the public half of the newest for the inboxes, and
 * the inboxes' own secret for hashes. What was there is kept.
 */
export function leadSecrets(kept: WorkerSecrets): {
  vault: Record<string, string>;
  leads: Record<string, string>;
} {
  const secret = kept['vault']?.['LEAD_PRIVATE_KEY'] ?? newKey();
  const hashKey = kept['leads']?.['LEAD_HASH_KEY'] ?? randomBytes(32).toString('base64url');
  return {
    vault: { LEAD_PRIVATE_KEY: secret },
    leads: { LEAD_PUBLIC_KEY: publicHalf(secret), LEAD_HASH_KEY: hashKey },
  };
}

function newKey(): string {
  return JSON.stringify(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  );
}

function publicHalf(secret: string): string {
  const parsed = JSON.parse(secret) as JsonWebKey | [JsonWebKey];
  const newest = Array.isArray(parsed) ? parsed[0] : parsed;
  return JSON.stringify(createPublicKey({ key: newest, format: 'jwk' }).export({ format: 'jwk' }));
}
