import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { pollUnleash, type Heard } from '../../../flags/unleash-poll.ts';
import { serve } from './serve.ts';

const TOKEN = 'default:development.not-to-be-seen';
const document = JSON.stringify({ version: 2, features: [{ name: 'gate.enabled', enabled: true }] });

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

async function poll(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  known: Parameters<typeof pollUnleash>[1] = null,
): Promise<Heard> {
  const server = await serve(answer);
  close = () => server.close();
  return pollUnleash({ url: server.url, token: TOKEN }, known);
}

describe('a poll of Unleash', () => {
  test('asks the client API with the token, and reads what it answers', async () => {
    let asked: IncomingMessage | undefined;
    const heard = await poll((request, response) => {
      asked = request;
      response.setHeader('etag', '"1"').end(document);
    });
    expect(asked?.url).toBe('/api/client/features');
    expect(asked?.headers).toMatchObject({ authorization: TOKEN });
    expect(heard).toMatchObject({ kind: 'changed', known: { etag: '"1"', text: document } });
  });

  test('says what it has, and believes "not modified" only then', async () => {
    const notModified = (request: IncomingMessage, response: ServerResponse): void => {
      response.statusCode = request.headers['if-none-match'] === '"1"' ? 304 : 500;
      response.end();
    };
    expect(await poll(notModified, { etag: '"1"', text: document })).toEqual({ kind: 'same' });
    await close?.();
    const unasked = await poll((_, response) => response.writeHead(304).end());
    expect(unasked.kind).toBe('silent');
  });

  test.each([
    ['a revoked token', 401, /UNLEASH_TOKEN is not accepted/],
    ['a forbidden one', 403, /UNLEASH_TOKEN is not accepted/],
    ['an error', 500, /HTTP 500/],
    ['an overloaded server', 503, /HTTP 503/],
    ['nothing there', 404, /UNLEASH_URL/],
  ])('is silence on %s', async (_, status, detail) => {
    const heard = await poll((_, response) => response.writeHead(status).end(document));
    expect(heard).toEqual({ kind: 'silent', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(heard)).not.toContain(TOKEN);
  });

  test.each([
    ['a page', '<html>Sign in</html>'],
    ['other JSON', '{"ok":true}'],
    ['half a document', document.slice(0, -3)],
    ['a document without end', `${document.slice(0, -1)},"x":"${'x'.repeat(2 * 1024 * 1024)}"}`],
    ['nothing', ''],
  ])('is silence when it gets %s', async (_, body) => {
    expect((await poll((_, response) => response.end(body))).kind).toBe('silent');
  });

  test('does not follow a redirect with its token', async () => {
    let followed = false;
    const heard = await poll((request, response) => {
      if (request.url === '/elsewhere') followed = true;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(heard).toEqual({ kind: 'silent', detail: expect.stringMatching(/redirects/) });
    expect(followed).toBe(false);
  });

  test.each([
    ['the answer', () => undefined],
    ['the rest of the body', (response: ServerResponse) => response.write('{"features":[')],
  ])('is silence after two seconds when %s does not come', async (_, begin) => {
    const began = performance.now();
    const heard = await poll((_, response) => void begin(response));
    expect(heard).toEqual({ kind: 'silent', detail: 'No answer within 2000 ms.' });
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  test('is silence when nobody listens, and when the address is none to send a token to', async () => {
    const gone = await serve(() => undefined);
    await gone.close();
    for (const url of [gone.url, 'http://unleash.example', 'ftp://unleash.example', 'nonsense']) {
      expect(await pollUnleash({ url, token: TOKEN }, null)).toEqual({
        kind: 'silent',
        detail: expect.stringMatching(/UNLEASH_URL/),
      });
    }
  });
});
