/** What of a tool's ask is refused before the vault is asked. Pure. */
import type { DispatchClaims } from '../../shared/dispatch-token.ts';
import {
  OPEN_PLACEHOLDERS,
  SEAL_CHARACTERS,
  SEAL_ITEMS,
  VALUE_CHARACTERS,
  type SealItem,
} from '../../shared/vault.ts';
import type { Opening } from './entries.ts';

/** Why a batch is not sealed; null: it is. Names the bound, and nothing of a value. */
export function sealFault(items: readonly SealItem[]): string | null {
  if (items.length > SEAL_ITEMS) return `more than ${SEAL_ITEMS} values in one batch`;
  if (!items.every(isItem)) return 'a value in the batch is not text';
  const characters = items.reduce((sum, { value }) => sum + value.length, 0);
  if (characters > SEAL_CHARACTERS) return `more than ${SEAL_CHARACTERS} characters in one batch`;
  const long = items.some(({ value, how }) => how === 'whole' && value.length > VALUE_CHARACTERS);
  return long ? `a value of more than ${VALUE_CHARACTERS} characters` : null;
}

/** What comes over RPC has the shape that its sender gave it, whatever the type says. */
function isItem({ value, subject, source }: SealItem): boolean {
  return (
    typeof value === 'string' &&
    typeof source === 'string' &&
    (subject === null || typeof subject === 'string')
  );
}

/** Why placeholders are not opened for a verified token; null: they are. `now`: Unix ms. */
export function openFault(
  claims: DispatchClaims,
  placeholders: readonly string[],
  now: number,
): string | null {
  if (placeholders.length > OPEN_PLACEHOLDERS) return `more than ${OPEN_PLACEHOLDERS} placeholders at once`;
  // Asked this way round, so that what is no number is late.
  if (!(now < claims.startBefore)) return 'the time to start the call has passed';
  const { opens = [] } = claims;
  return placeholders.every((one) => opens.includes(one))
    ? null
    : 'the dispatch token does not name each placeholder';
}

/** Who opens it, by a verified token. */
export function openingOf({ call, tool, action, purpose, workflow, lane }: DispatchClaims): Opening {
  return { call, by: 'tool', tool, action, purpose, workflow: workflow ?? null, lane: lane ?? null };
}
