import { beforeAll, describe, expect, test } from 'vitest';
import { hostileStrings, jsonCases } from './corpora.ts';
import { bearer, gateway, type Gateway } from './support.ts';

const strings = hostileStrings();
const cases = jsonCases();

let gate: Gateway;
let token: string;
beforeAll(async () => {
  gate = gateway();
  token = await gate.token();
});

/** Where a caller's text can arrive. */
const places: Record<string, (text: string) => [path: string, init?: RequestInit]> = {
  'a path': (text) => [`/${encodeURIComponent(text.toWellFormed())}`],
  'a raw path': (text) => [`/${text.replace(/[\s#?]/g, '')}`],
  'a tool': (text) => [`/v1/tools/crm/${encodeURIComponent(text.toWellFormed())}`, post(text)],
  'a body': (text) => ['/v1/tools/crm/contact.update', post(text)],
  'a call id': (text) => [`/v1/calls/${encodeURIComponent(text.toWellFormed())}`, { headers: bearer(token) }],
  'a wait': (text) => [
    `/v1/calls/x?wait=${encodeURIComponent(text.toWellFormed())}`,
    { headers: bearer(token) },
  ],
  'a problem code': (text) => [
    `/problems/${encodeURIComponent(text.toWellFormed())}`,
    { headers: { accept: 'text/html' } },
  ],
  'a token request': (text) => [
    '/oauth/token',
    {
      method: 'POST',
      body: new URLSearchParams({ grant_type: text, client_id: text, client_secret: text, scope: text }),
    },
  ],
  'Basic credentials': (text) => [
    '/oauth/token',
    {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    },
  ],
  'a token': (text) => [
    '/v1/me',
    { headers: { authorization: `Bearer ${text.replace(/[^\x20-\x7e]/g, '')}` } },
  ],
};

function post(body: string): RequestInit {
  return { method: 'POST', headers: { ...bearer(token), 'content-type': 'application/json' }, body };
}

describe.skipIf(!strings)('hostile text', () => {
  test.each(Object.keys(places))('as %s is never a fault, and never comes back as markup', async (place) => {
    const make = places[place]!;
    for (const text of strings ?? []) {
      const [path, init] = make(text);
      const answer = await gate.fetch(path, init);
      const body = await answer.text();
      expect(answer.status, `${place}: ${JSON.stringify(text)}`).toBeLessThan(500);
      const type = answer.headers.get('content-type') ?? '';
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      if (type.includes('json')) expect(() => JSON.parse(body) as unknown).not.toThrow();
      if (/[<>]/.test(text))
        expect(body.includes(text), `${place} echoes ${JSON.stringify(text)}`).toBe(false);
    }
  });
});

describe.skipIf(!cases)('JSON, right and wrong', () => {
  test('reaches the guard as it was sent if it is UTF-8, and is a 400 if not', async () => {
    for (const { name, bytes } of cases ?? []) {
      gate.guard.calls = [];
      const answer = await gate.fetch('/v1/tools/crm/contact.update', { ...post(''), body: bytes });
      const wellFormed = Buffer.from(bytes.toString('utf8')).equals(bytes);
      expect(answer.status, name).toBe(wellFormed ? 200 : 400);
      expect(gate.guard.calls, name).toHaveLength(wellFormed ? 1 : 0);
    }
  });
});
