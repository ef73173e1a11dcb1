import { placeholdersIn } from '../../shared/placeholder.ts';
import { released } from '../../shared/released.ts';
import type { Result, Revealed } from '../../shared/rpc.ts';
import type { PersonalOpening, RevealVault } from '../../shared/vault.ts';
import { within } from '../../shared/within.ts';

/** The vault is not waited for longer. */
const VAULT_MS = 5_000;

/** A value as the guard holds it, and of whose call. */
export interface HeldValue extends Revealed {
  agent: string;
  call: string;
}

/**
 * A held value as the person sees it: the vault opens what stands in it for that person, whom it checks itself, and records that
 * before it answers. Refused when the vault does, does not answer, or keeps nothing of it any more.
 */
export async function openedFor(
  vault: RevealVault,
  credential: string | null,
  { pointer, value, agent, call }: HeldValue,
  reason: string,
): Promise<Result<Revealed>> {
  if (typeof value !== 'string' || placeholdersIn(value).length === 0)
    return { ok: true, value: { pointer, value } };
  const opening: PersonalOpening = { agent, call, reason };
  const opened = await within(VAULT_MS, vault.reveal(credential, value, opening)).then(released, () => away);
  if (!opened.ok) return opened;
  return opened.value === value ? gone : { ok: true, value: { pointer, value: opened.value } };
}

const away = {
  ok: false,
  problem: { code: 'unavailable', detail: 'The vault did not answer; nothing was shown.', retryAfter: 5 },
} as const satisfies Result<never>;

const gone = {
  ok: false,
  problem: {
    code: 'not-found',
    detail: 'What stood there was erased or has expired: the call cannot run with it either.',
  },
} as const satisfies Result<never>;
