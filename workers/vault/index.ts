/** Placeholders and what stands behind them. Each caller has an entrypoint of its own, which checks who asks. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { DispatchClaims } from '../../shared/dispatch-token.ts';
import { checkPerson } from '../../shared/people.ts';
import { neutralised, placeholderClass, placeholdersIn, replaced } from '../../shared/placeholder.ts';
import { letGo } from '../../shared/released.ts';
import type { Problem } from '../../shared/problems.ts';
import type { Result } from '../../shared/rpc.ts';
import * as vault from '../../shared/vault.ts';
import type { Sealable } from './entries.ts';
import { INDEX_NAME, type Env } from './env.ts';
import { openFault, openingOf, sealFault } from './asks.ts';
import { VerifiedTokens } from './tokens.ts';
import { spansIn, withSpans } from './spans.ts';

export { Erasures, VaultDesk } from './desks.ts';
export { LeadOpenings } from './lead-openings.ts';
export { LeadVault } from './lead-vault.ts';
export { Redaction } from './redaction.ts';
export { Vault } from './vault.ts';
export { VaultIndex } from './vault-index.ts';

/** A tool seals what it read after its vendor has answered, which may be later than it had to start. */
const SEAL_AFTER_MS = 60_000;
const DAY_MS = 86_400_000;
/** Where the manifest is not known any more. */
const KEEP_DAYS = 30;

/** For tools. */
export class ToolVault extends WorkerEntrypoint<Env> implements vault.ToolVault {
  async seal(token: string, items: vault.SealItem[]): Promise<vault.Vaulted<string[]>> {
    const claims = this.#claims(token);
    if (!claims || Date.now() >= claims.startBefore + SEAL_AFTER_MS) return badToken;
    const tooMuch = sealFault(items);
    if (tooMuch !== null) return { ok: false, reason: tooMuch };
    const parts = items.map(partsOf);
    const keepMs = (claims.keepDays ?? KEEP_DAYS) * DAY_MS;
    const sealables = parts.flatMap((part) => part.sealables);
    if (sealables.length === 0) return { ok: true, value: texts(parts, []) };
    if (sealables.length > vault.SEALED_VALUES) return { ok: false, reason: tooMuchFound };
    const took = letGo(
      await this.env.VAULT.getByName(claims.agent).take({ items: sealables, keepMs, placeholders: [] }),
    );
    return took.ok ? { ok: true, value: texts(parts, took.value.sealed) } : took;
  }

  async open(token: string, placeholders: string[]): Promise<vault.Vaulted<Record<string, string>>> {
    const claims = this.#claims(token);
    if (!claims) return this.#strange();
    const object = this.env.VAULT.getByName(claims.agent);
    const why = openFault(claims, placeholders, Date.now());
    if (why === null) return letGo(await object.open(placeholders, openingOf(claims)));
    await object.refused(openingOf(claims), why, placeholders);
    return { ok: false, reason: why };
  }

  /** Nothing of a token that nobody signed tells whose it is. */
  async #strange(): Promise<{ ok: false; reason: string }> {
    await this.env.VAULT_INDEX.getByName(INDEX_NAME).refused('a dispatch token that no guard signed');
    return badToken;
  }

  #claims(token: string): DispatchClaims | undefined {
    return verified.claimsOf(this.env.DISPATCH_PUBLIC_KEY, token);
  }
}

const verified = new VerifiedTokens();
const tooMuchFound = `more than ${vault.SEALED_VALUES} personal values in one batch`;
const badToken = { ok: false, reason: 'the dispatch token is not good for this' } as const;

/** For the guard. */
export class DoorVault extends WorkerEntrypoint<Env> implements vault.DoorVault {
  async take({ agent, keepMs, typed, placeholders }: vault.DoorAsk): Promise<vault.DoorAnswer> {
    const parts = typed.map(typedParts);
    const items = parts.flatMap((part) => part.sealables);
    if (items.length === 0 && placeholders.length === 0) return { typed: texts(parts, []), known: [] };
    if (items.length > vault.SEALED_VALUES) throw new Error(tooMuchFound);
    const took = letGo(await this.env.VAULT.getByName(agent).take({ items, keepMs, placeholders }));
    // The guard has one answer for a vault that cannot be asked, whatever the cause: the call does not go on.
    if (!took.ok) throw new Error(took.reason);
    return { typed: texts(parts, took.value.sealed), known: took.value.known };
  }
}

/** For approvals: a person who may approve sees one value, on the record. */
export class Revealing extends WorkerEntrypoint<Env> implements vault.RevealVault {
  async reveal(
    credential: string | null,
    text: string,
    { agent, call, reason }: vault.PersonalOpening,
  ): Promise<Result<string>> {
    const check = await checkPerson(credential, ['approver', 'incident-commander', 'owner'], this.env);
    if (!check.ok) return { ok: false, problem: { code: check.code, detail: check.detail } };
    const { email: person, credential: hash } = check.person;
    const [placeholders, why] = [placeholdersIn(text), reason.trim().slice(0, REASON)];
    if (why === '') return { ok: false, problem: noReason };
    if (placeholders.length > vault.OPEN_PLACEHOLDERS) return { ok: false, problem: tooMany };
    const opening = { call, by: 'person', person, credential: hash, reason: why } as const;
    const values = letGo(await this.env.VAULT.getByName(agent).open(placeholders, opening));
    if (!values.ok) return { ok: false, problem: { code: 'unavailable', detail: `${values.reason}.` } };
    return { ok: true, value: replaced(text, (one) => values.value[one] ?? one) };
  }
}

const REASON = 500;
const noReason: Problem = { code: 'invalid', errors: [{ pointer: '/reason', detail: 'says why' }] };
const tooMany: Problem = {
  code: 'invalid',
  detail: `The text holds more than ${vault.OPEN_PLACEHOLDERS} placeholders.`,
};

export default {
  /** Nothing is served over HTTP. */
  fetch: (): Response => new Response(null, { status: 404 }),
};

/** What of an item is sealed, and the text that leaves once it is. */
interface Parts {
  sealables: Sealable[];
  text: (placeholders: string[]) => string;
}

/** The text of each item, once what is sealed of all of them is known, in their order. */
function texts(parts: readonly Parts[], sealed: readonly string[]): string[] {
  const left = [...sealed];
  return parts.map(({ sealables, text }) => text(left.splice(0, sealables.length)));
}

function partsOf({ class: cls, value, subject, how, source }: vault.SealItem): Parts {
  const terms = { subject, source, typed: false };
  return how === 'whole'
    ? { sealables: [{ class: placeholderClass(cls), value, ...terms }], text: ([one = '']) => one }
    : spanParts(neutralised(value), terms);
}

/** A placeholder that the agent put into its text stays: the guard has looked at each. */
function typedParts({ class: cls, value }: vault.TypedItem): Parts {
  const terms = { subject: null, source: 'typed', typed: true };
  return cls === 'free-text'
    ? spanParts(value, terms)
    : { sealables: [{ class: placeholderClass(cls), value, ...terms }], text: ([one = '']) => one };
}

function spanParts(value: string, terms: Pick<Sealable, 'subject' | 'source' | 'typed'>): Parts {
  const spans = spansIn(value);
  // What only stands in somebody's text may be about anybody.
  const sealables = spans.map(({ class: cls, start, end }) => ({
    ...terms,
    class: cls,
    value: value.slice(start, end),
    subject: null,
  }));
  return { sealables, text: (placeholders) => withSpans(value, spans, placeholders) };
}
