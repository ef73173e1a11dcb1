/** From the text that a guard dispatched to the input that a handler gets: placeholders opened, the strict contract checked again. */
import type { KnownAction } from '../contract.ts';
import type { DispatchClaims } from '../dispatch-token.ts';
import type { Image } from '../image.ts';
import type { FailureReason, Outcome } from '../outcome.ts';
import type { Placeholder } from '../placeholder.ts';
import type { ToolVault } from '../vault.ts';
import { openedImage, placeholdersInImage } from './kept-image.ts';
import { openedInput, placeholdersOf, type Opened } from './opened.ts';
import { openIn } from './to-vault.ts';

/** What was dispatched, once its token was found good. */
export interface Dispatched {
  token: string;
  claims: DispatchClaims;
  action: KnownAction;
  /** As it was sent: data that has not been held to the contract. */
  sealed: unknown;
}

export interface Ready {
  ok: true;
  input: never;
  /** Where something was opened. */
  opened: Opened[];
  /** Of a run that takes back: what the vendor must hold, and the fields of which that is not known any more. */
  expected?: { image: Image; gone: string[] };
}

type Failed = Outcome & { kind: 'failed' };

/**
 * Opens what stands in the input, and in the image that a run that takes back is compared with, in one request to the vault. Failed
 * means that nothing was sent: placeholders that may not stand there or that the token does not name, a vault that does not answer, a
 * value that is not kept any more, or one that does not fit the contract.
 */
export async function prepare(
  { token, claims, action, sealed }: Dispatched,
  vault: ToolVault,
  expectedText?: string,
): Promise<Ready | { ok: false; outcome: Failed }> {
  // In the operators' lane the gate takes back what it kept itself; no agent's text gets there.
  const kept = claims.lane === 'operators';
  const found = placeholdersOf(sealed, action.inputSchema, kept);
  if (!found.ok) return failed('refused', found.why);
  const expected = expectedText === undefined ? undefined : (JSON.parse(expectedText) as Image);
  const wanted = [...found.placeholders, ...(expected === undefined ? [] : placeholdersInImage(expected))];
  if (!named(wanted, claims)) return failed('refused', 'the dispatch token does not name each placeholder');
  const values = await openIn(vault, token, [...new Set(wanted)]);
  if (!values) return failed('unavailable', 'the vault did not answer: nothing was sent');
  const result = openedInput(sealed, action.inputSchema, values, kept);
  if (!result.ok) return failed(result.reason, result.why);
  const parsed = action.input.safeParse(result.input);
  if (!parsed.success) return failed('refused', 'the input does not fit the contract');
  return {
    ok: true,
    input: parsed.data as never,
    opened: result.opened,
    ...(expected !== undefined && { expected: openedImage(expected, values) }),
  };
}

function named(placeholders: readonly Placeholder[], { opens = [] }: DispatchClaims): boolean {
  const names = new Set(opens);
  return placeholders.every((one) => names.has(one));
}

function failed(reason: FailureReason, detail: string): { ok: false; outcome: Failed } {
  return { ok: false, outcome: { kind: 'failed', reason, detail } };
}
