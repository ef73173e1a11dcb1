import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { readBreakGlass, stoppedBy, type BreakGlass } from '../../../flags/upstash.ts';
import { serve } from './serve.ts';

const TOKEN = 'redis-token-not-to-be-seen';

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

async function read(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<BreakGlass> {
  const server = await serve(answer);
  close = () => server.close();
  return readBreakGlass({ url: server.url, token: TOKEN });
}

const base64 = (value: string): string => Buffer.from(value).toString('base64');

describe('the break-glass set', () => {
  test('is read with one command, under the token, and stops its members', async () => {
    const asked: unknown[] = [];
    const heard = await read((request, response) => {
      void text(request).then((body) => {
        asked.push(JSON.parse(body), request.headers.authorization);
        response.end(JSON.stringify({ result: ['tool:crm', 'all'].map(base64) }));
      });
    });
    expect(asked).toEqual([['smembers', 'toolgate:break-glass'], `Bearer ${TOKEN}`]);
    expect(heard).toMatchObject({ kind: 'heard', stopped: [{ target: 'tool:crm' }, { target: 'all' }] });
  });

  test('stops nothing while it is empty or not there', () => {
    expect(stoppedBy([])).toEqual({ kind: 'heard', stopped: [] });
  });

  test.each([['ALL'], ['tool:CRM'], ['crm'], [''], [7], [null], [['all']]])(
    'stops everything when a member is %j, and does not repeat it',
    (member) => {
      const heard = stoppedBy(['tool:crm', member]);
      expect(heard).toMatchObject({
        kind: 'heard',
        stopped: [{ target: 'all', reason: expect.stringMatching(/name no target/) }, { target: 'tool:crm' }],
      });
    },
  );

  test('stops everything when it is larger than anybody would type', () => {
    const heard = stoppedBy(Array.from({ length: 300 }, () => 'tool:crm'));
    expect(heard.kind === 'heard' && heard.stopped[0]?.target).toBe('all');
  });
});

describe('a silent Redis', () => {
  test.each([
    ['refuses the token', 401, '{"error":"WRONGPASS invalid token"}', /UPSTASH_REDIS_REST_TOKEN/],
    ['fails', 500, '{"error":"internal"}', /refused/],
    ['answers with a page', 200, '<html>', /no Redis REST API/],
    ['answers with a failing page', 502, '<html>', /no Redis REST API/],
    ['answers with an error', 200, '{"error":"WRONGTYPE Operation against a key"}', /refused/],
    ['answers with a text', 200, '{"result":"T0s="}', /no set/],
    ['answers with nothing', 200, '{"result":null}', /no set/],
    ['answers with an empty object', 200, '{}', /no usable answer/],
  ])(
    'that %s neither opens nor stops, and its command and token stay unseen',
    async (_, status, body, detail) => {
      const heard = await read((_, response) => response.writeHead(status).end(body));
      expect(heard).toEqual({ kind: 'silent', detail: expect.stringMatching(detail) });
      expect(JSON.stringify(heard)).not.toMatch(/smembers|break-glass|not-to-be-seen/i);
    },
  );

  test('that does not answer is given up after two seconds, without a second try', async () => {
    let asked = 0;
    const began = performance.now();
    const heard = await read(() => {
      asked += 1;
    });
    expect(heard).toEqual({ kind: 'silent', detail: 'Redis gave no answer within 2000 ms.' });
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(asked).toBe(1);
  });

  test('that breaks the connection is asked once, not twice', async () => {
    let asked = 0;
    const heard = await read((request) => {
      asked += 1;
      request.socket.destroy();
    });
    expect(heard.kind).toBe('silent');
    expect(asked).toBe(1);
  });

  test('that is gone, or whose address is none to send a token to, is said so', async () => {
    const gone = await serve(() => undefined);
    await gone.close();
    for (const url of [gone.url, 'http://redis.example', 'nonsense']) {
      expect(await readBreakGlass({ url, token: TOKEN })).toEqual({
        kind: 'silent',
        detail: expect.stringMatching(/UPSTASH_REDIS_REST_URL/),
      });
    }
  });
});
