import { describe, expect, test } from 'vitest';
import { bearer, gateway, view, type Gateway } from './support.ts';

async function post(
  gate: Gateway,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const sent = { 'content-type': 'application/json', ...bearer(await gate.token()), ...headers };
  return gate.fetch(path, { method: 'POST', body: JSON.stringify(body), headers: sent });
}

const both = ['/v1/redact', '/v1/redact/check'];

describe.each(both)('%s', (path) => {
  test('reads nothing of a caller without a token', async () => {
    const gate = gateway();
    const body = JSON.stringify({ texts: ['Hello'] });
    const answer = await gate.fetch(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(401);
    expect(gate.vault.asks).toEqual([]);
  });

  test.each([
    ['no texts', { texts: [] }],
    ['a text that is none', { texts: [7] }],
    ['more texts than a hundred', { texts: Array.from({ length: 101 }, () => 'a') }],
    ['what nobody declared', { texts: ['Hello'], agent: 'content-writer' }],
    ['nothing', {}],
  ])('refuses %s, and asks no vault', async (_, body) => {
    const gate = gateway();
    const answer = await post(gate, path, body);
    expect(answer.status).toBe(422);
    expect((await answer.json<{ errors: { pointer: string }[] }>()).errors.length).toBeGreaterThan(0);
    expect(gate.vault.asks).toEqual([]);
  });

  test('refuses a body that is too large, and one that is no JSON by its type', async () => {
    const gate = gateway();
    expect((await post(gate, path, { texts: ['a'.repeat(256 * 1024)] })).status).toBe(413);
    expect((await post(gate, path, { texts: ['a'] }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect(gate.vault.asks).toEqual([]);
  });

  test('asks for the agent of the token', async () => {
    const gate = gateway();
    expect((await post(gate, path, { texts: ['Hello'] })).status).toBe(200);
    expect(gate.vault.asks).toMatchObject([{ agent: 'lead-router', texts: ['Hello'] }]);
  });

  test('says when to come again once the share is used, and that it cannot answer when the vault does not', async () => {
    const gate = gateway();
    const used = { ok: false, reason: 'the share of text for this minute is used', retryAfter: 17 } as const;
    [gate.vault.redacted, gate.vault.checked] = [used, used];
    const limited = await post(gate, path, { texts: ['Hello'] });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '17']);
    gate.vault.fails = true;
    const away = await post(gate, path, { texts: ['Hello'] });
    expect(away.status).toBe(503);
    expect(await away.text()).not.toContain('secret detail');
  });

  test('answers an agent whose guard does not know it as the guard does, and reads nothing', async () => {
    const gate = gateway();
    const authorized = bearer(await gate.token());
    gate.guard.viewed = { ok: false, problem: { code: 'no-lease' } };
    const headers = { 'content-type': 'application/json', ...authorized };
    const answer = await gate.fetch(path, {
      method: 'POST',
      body: JSON.stringify({ texts: ['Hello'] }),
      headers,
    });
    expect((await answer.json<{ code: string }>()).code).toBe('no-lease');
    expect(gate.vault.asks).toEqual([]);
  });
});

describe('texts with placeholders', () => {
  test('come with where each value stood, and are kept as long as the manifest says', async () => {
    const gate = gateway();
    const placeholder = '[[email:q7f3k2m9xwa]]';
    const found = [{ text: 1, start: 9, end: 25, class: 'email', placeholder }] as const;
    gate.vault.redacted = {
      ok: true,
      value: { texts: ['Hello', `Write to ${placeholder}`], found: [...found] },
    };
    const answer = await post(gate, '/v1/redact', { texts: ['Hello', 'Write to ada@acme.example'] });
    expect(await answer.json()).toEqual({
      texts: ['Hello', `Write to ${placeholder}`],
      found: [{ pointer: '/texts/1', start: 9, end: 25, class: 'email', placeholder }],
    });
    expect(gate.vault.asks).toMatchObject([{ keepMs: 30 * 86_400_000 }]);
  });
});

describe('a look at what a model wrote', () => {
  test('says where what stands, by the body that was sent, and quotes nothing', async () => {
    const gate = gateway();
    gate.vault.checked = {
      ok: true,
      value: [
        { kind: 'personal', text: 0, start: 9, end: 25, class: 'email' },
        { kind: 'placeholder', text: 1, why: 'malformed' },
      ],
    };
    const answer = await post(gate, '/v1/redact/check', {
      texts: ['Write to ada@acme.example', '[[email:'],
      allow: [],
    });
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({
      clean: false,
      findings: [
        { pointer: '/texts/0', kind: 'personal', start: 9, end: 25, class: 'email' },
        { pointer: '/texts/1', kind: 'placeholder', why: 'malformed' },
      ],
    });
    expect(text).not.toContain('ada@');
    expect(gate.vault.asks).toMatchObject([{ allowed: [] }]);
  });

  test('finds the claims that the manifest forbids and doubts, and calls a text without any clean', async () => {
    const gate = gateway();
    const claim = (id: string, phrase: string) => ({
      id,
      phrases: [phrase],
      reason: 'No proof.',
      instead: 'Say less.',
    });
    const claims = {
      forbidden: [claim('guarantee', 'guarant*')],
      doubtful: [claim('leader', 'market leader')],
    };
    gate.guard.viewed = { ok: true, value: { ...view, claims } };
    const answer = await post(gate, '/v1/redact/check', {
      texts: ['Fine.', 'We <b>guaran</b>tee it, as market leader.'],
    });
    const told = { pointer: '/texts/1', reason: 'No proof.', instead: 'Say less.' };
    expect(await answer.json()).toEqual({
      clean: false,
      findings: [
        { ...told, kind: 'claim', claim: 'guarantee' },
        { ...told, kind: 'doubtful-claim', claim: 'leader' },
      ],
    });
    const clean = await post(gate, '/v1/redact/check', { texts: ['Fine.'] });
    expect(await clean.json()).toEqual({ clean: true, findings: [] });
  });

  test('refuses a class of placeholders that there is not', async () => {
    const answer = await post(gateway(), '/v1/redact/check', { texts: ['a'], allow: ['shoe-size'] });
    expect(answer.status).toBe(422);
  });
});

test('the OpenAPI document has both, with their problems', async () => {
  const document = await (
    await gateway().fetch('/openapi.json')
  ).json<{
    paths: Record<string, { post: { responses: Record<string, unknown> } }>;
  }>();
  for (const path of both) {
    expect(Object.keys(document.paths[path]?.post.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '401', '413', '422', '429', '503']),
    );
  }
});
