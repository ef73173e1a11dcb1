import { WorkerEntrypoint } from 'cloudflare:workers';
import { letGo } from '../../shared/released.ts';
import * as vault from '../../shared/vault.ts';
import type { Env } from './env.ts';
import { faultsIn, placed } from './looking.ts';
import { spansIn, withSpans } from './spans.ts';

/** For the gateway, which has authenticated the agent. What an agent sends here is what it typed: a namespace of its own. */
export class Redaction extends WorkerEntrypoint<Env> implements vault.RedactionVault {
  async redact({ agent, keepMs, texts }: vault.RedactAsk): Promise<vault.Rationed<vault.Redacted>> {
    const object = this.env.VAULT.getByName(agent);
    const wait = await object.ration(length(texts));
    if (wait !== null) return rationed(wait);
    const spans = texts.map(spansIn);
    const places = spans.flatMap((ones, text) => ones.map((span) => ({ text, ...span })));
    if (places.length > vault.SEAL_ITEMS)
      return { ok: false, reason: `more than ${vault.SEAL_ITEMS} values at once` };
    const items = places.map(({ text, start, end, class: cls }) => ({
      class: cls,
      value: texts[text]?.slice(start, end) ?? '',
      subject: null,
      source: 'typed',
      typed: true,
    }));
    if (items.length === 0) return { ok: true, value: { texts, found: [] } };
    const took = letGo(await object.take({ items, keepMs, placeholders: [] }));
    if (!took.ok) return took;
    const found = places.map((place, at) => ({ ...place, placeholder: took.value.sealed[at] ?? '' }));
    const sealed = (text: number): string[] =>
      found.filter((one) => one.text === text).map(({ placeholder }) => placeholder);
    const out = texts.map((body, text) => withSpans(body, spans[text] ?? [], sealed(text)));
    return { ok: true, value: { texts: out, found } };
  }

  async check({ agent, texts, allowed }: vault.CheckAsk): Promise<vault.Rationed<vault.TextFault[]>> {
    const object = this.env.VAULT.getByName(agent);
    const wait = await object.ration(length(texts));
    if (wait !== null) return rationed(wait);
    const places = placed(texts);
    const placeholders = [...new Set(places.map(({ placeholder }) => placeholder))];
    if (placeholders.length > vault.OPEN_PLACEHOLDERS)
      return { ok: false, reason: `more than ${vault.OPEN_PLACEHOLDERS} placeholders at once` };
    const took =
      placeholders.length === 0 ? nothing : letGo(await object.take({ items: [], keepMs: 0, placeholders }));
    if (!took.ok) return took;
    const known = new Map(placeholders.map((one, at) => [one, took.value.known[at] ?? null]));
    return { ok: true, value: faultsIn(texts, places, known, allowed) };
  }
}

const nothing = { ok: true, value: { sealed: [], known: [] } } as const;

function rationed(retryAfter: number): { ok: false; reason: string; retryAfter: number } {
  return { ok: false, reason: 'the share of text for this minute is used', retryAfter };
}

function length(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
