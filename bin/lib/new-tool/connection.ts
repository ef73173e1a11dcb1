/** Where a description's requests go, and with which credential. Pure. */
import { isJson, type Json } from './description.ts';
import type { ToolPlan } from './plan.ts';
import { lineOf } from './words.ts';

type Server = { ok: true; origin: string; base: string } | { ok: false; fault: string };

/** Where requests go: one pinned `https` origin, and the path that all others come after. */
export function serverOf(spec: Json, given: string | undefined): Server {
  const [first] = Array.isArray(spec['servers']) ? spec['servers'] : [];
  const named = isJson(first) ? first['url'] : undefined;
  const host =
    typeof spec['host'] === 'string' ? `https://${spec['host']}${lineOf(spec['basePath']) ?? ''}` : undefined;
  const text = typeof named === 'string' ? named : host;
  const base = (text ?? '').replace(/^https?:\/\/[^/]*/, '').replace(/\/$/, '');
  const origin = given ?? text;
  const url = origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined;
  if (
    url?.protocol !== 'https:' ||
    (given === undefined && /^your|example\.(com|net|org)$/.test(url.host)) ||
    /[{}%]/.test(url.host) ||
    !/^(\/[A-Za-z0-9_.~-]+)*$/.test(base)
  )
    return {
      ok: false,
      fault: `The description names no plain https server of a vendor${text === undefined ? '' : ` (${text}; a name with "your" or "example" is a placeholder)`}: give --origin https://api.vendor.example.`,
    };
  return { ok: true, origin: url.origin, base };
}

/** The credential that the description names; what is guessed goes to `review`. */
export function credentialOf(spec: Json, vendor: string, review: string[]): ToolPlan['credential'] {
  const components = isJson(spec['components']) ? spec['components'] : {};
  const schemes = components['securitySchemes'] ?? spec['securityDefinitions'];
  const all = isJson(schemes) ? Object.values(schemes).filter(isJson) : [];
  const setting = `${vendor.toUpperCase()}_API_KEY`;
  review.push(
    `${setting}: one credential reads and writes. Where the vendor gives two, name both in index.ts.`,
  );
  const inHeader = all.find(({ type, in: place }) => type === 'apiKey' && place === 'header');
  const header = lineOf(inHeader?.['name'])?.toLowerCase();
  if (header !== undefined && /^[a-z][a-z0-9-]{1,40}$/.test(header))
    return { setting, header, prefix: '', basic: false };
  const bearer = all.some(({ type, scheme }) => type === 'oauth2' || scheme === 'bearer');
  const basic = !bearer && all.some(({ type, scheme }) => type === 'basic' || scheme === 'basic');
  if (!bearer && !basic)
    review.push(
      'The description names no credential in a header: `Authorization: Bearer …` is taken. Look it up.',
    );
  return { setting, header: 'authorization', prefix: basic ? 'Basic ' : 'Bearer ', basic };
}
