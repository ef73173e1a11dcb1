import type { WorkerSecrets } from './secrets.ts';

/** Worker -> name of a secret -> when it was set (RFC 3339); null: nobody noted it. No value is in it. */
export type SecretTimes = Record<string, Record<string, string | null>>;

/** The console's var that holds them, as JSON. */
export const SECRETS_SET_AT = 'SECRETS_SET_AT';

/**
 * When each secret of a local gate was set: now where it is new or another one, else as it was noted before. Public keys,
 * hashes and what is set to nothing are no secrets. `now`: Unix ms. Pure.
 */
export function secretTimes(before: WorkerSecrets, after: WorkerSecrets, now: number): SecretTimes {
  const noted = readTimes(before['console']?.[SECRETS_SET_AT]);
  const times: SecretTimes = {};
  for (const [worker, secrets] of Object.entries(after)) {
    const names = Object.keys(secrets).filter((name) => isSecret(name, secrets[name] ?? ''));
    if (names.length === 0) continue;
    times[worker] = Object.fromEntries(
      names.map((name) => [
        name,
        before[worker]?.[name] === secrets[name]
          ? (noted[worker]?.[name] ?? null)
          : new Date(now).toISOString(),
      ]),
    );
  }
  return times;
}

/** Whether a setting of a Worker's holds something to keep. */
export function isSecret(name: string, value: string): boolean {
  return (
    value !== '' && name !== SECRETS_SET_AT && !name.endsWith('_PUBLIC_KEY') && !name.endsWith('_SHA256')
  );
}

/** What was noted of when secrets were set. */
export function readTimes(text: string | undefined): SecretTimes {
  try {
    return JSON.parse(text ?? '{}') as SecretTimes;
  } catch {
    return {}; // Somebody wrote it by hand: nothing is noted.
  }
}
