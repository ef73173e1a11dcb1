/** The Worker's own keys, which wrap those of each agent. Pure. */
import { Buffer } from 'node:buffer';
import { derived, named } from './sealing.ts';

/** The settings that hold them: 32 random bytes each, base64url. */
export interface KeyEnv {
  VAULT_KEY: string;
  /** While the key is changed: the one before. Empty or absent otherwise. */
  VAULT_KEY_PREVIOUS?: string;
}

export interface WrappingKey {
  /** Tells keys apart and nothing of them; stands beside what the key wraps, and in reports. */
  id: string;
  key: Uint8Array;
}

export type Keyring =
  | { ok: true; current: WrappingKey; previous: WrappingKey | null }
  /** `why` names the setting, and holds nothing of a key. */
  | { ok: false; why: string };

const BYTES = 32;

/** The keys as the settings have them; refused when one that is set is not 32 bytes of base64url. */
export function keyringOf({ VAULT_KEY: now, VAULT_KEY_PREVIOUS: before }: Partial<KeyEnv>): Keyring {
  if (!now) return { ok: false, why: 'VAULT_KEY is not set' };
  const [current, previous] = [wrappingKey(now), before ? wrappingKey(before) : null];
  if (!current) return { ok: false, why: `VAULT_KEY is not ${BYTES} bytes of base64url` };
  if (previous === undefined)
    return { ok: false, why: `VAULT_KEY_PREVIOUS is not ${BYTES} bytes of base64url` };
  return { ok: true, current, previous: previous?.id === current.id ? null : previous };
}

function wrappingKey(text: string): WrappingKey | undefined {
  if (!/^[A-Za-z0-9_-]{43}=?$/.test(text)) return undefined;
  const secret = Buffer.from(text, 'base64url');
  if (secret.length !== BYTES) return undefined;
  return { id: named(derived(secret, 'key id'), 'id').slice(0, 10), key: derived(secret, 'wrapping') };
}
