/** Asks the vault for a tool: one request to open, one to seal, none where nothing is personal. */
import { Buffer } from 'node:buffer';
import type { Placeholder } from '../placeholder.ts';
import { letGo } from '../released.ts';
import type { SealItem, ToolVault, Vaulted } from '../vault.ts';
import { within } from '../within.ts';
import type { Values } from './opened.ts';

/** A call has two seconds to start, so what it needs opened cannot take longer than a part of that. */
const OPEN_MS = 1_500;
/** What was read is waited for; what a vendor has done already is worth a second try. */
const SEAL_MS = 4_000;
/** A message between Workers may have 32 MiB. */
const ITEMS_MAX = 20_000;
const BYTES_MAX = 8 * 1024 * 1024;

/** Undefined: the vault did not answer or refused, so nothing may be sent. */
export async function openIn(
  vault: ToolVault,
  token: string,
  placeholders: readonly Placeholder[],
): Promise<Values | undefined> {
  if (placeholders.length === 0) return {};
  return answered(OPEN_MS, async () => vault.open(token, [...placeholders]));
}

/** Undefined: the vault did not answer or refused, or it is too much, so nothing of it may leave. `again`: it is asked twice. */
export async function sealIn(
  vault: ToolVault,
  token: string,
  items: readonly SealItem[],
  again: boolean,
): Promise<string[] | undefined> {
  if (items.length === 0) return [];
  if (items.length > ITEMS_MAX || sizeOf(items) > BYTES_MAX) return undefined;
  const ask = async (): Promise<string[] | undefined> =>
    answered(SEAL_MS, async () => vault.seal(token, [...items]));
  const texts = (await ask()) ?? (again ? await ask() : undefined);
  return texts?.length === items.length ? texts : undefined;
}

async function answered<T>(milliseconds: number, ask: () => Promise<Vaulted<T>>): Promise<T | undefined> {
  try {
    const answer = letGo(await within(milliseconds, ask()));
    return answer.ok ? answer.value : undefined;
  } catch {
    return undefined; // Away, or too late; what went wrong could quote a value.
  }
}

function sizeOf(items: readonly SealItem[]): number {
  return items.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
}
