import { SignJWT, UnsecuredJWT, importJWK, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { freshSecrets } from '../../../bin/lib/secrets.ts';
import type { AgentToken } from '../../../workers/gateway/tokens.ts';
import { TokenCache } from '../../../workers/gateway/token-cache.ts';
import { bearer, gateway, ORIGIN, privateKey, type Gateway } from './support.ts';

const now = (): number => Math.floor(Date.now() / 1000);

function claims(over: { [name in keyof JWTPayload]?: JWTPayload[name] | undefined } = {}): JWTPayload {
  return {
    iss: ORIGIN,
    aud: 'toolgate-agents',
    sub: 'lead-router',
    client_id: 'router',
    scope: 'crm.contact.update:execute',
    jti: 'tok_1',
    iat: now(),
    exp: now() + 600,
    ...over,
  } as JWTPayload;
}

async function signed(key: string, payload: JWTPayload, header = {}): Promise<string> {
  const jwk = await importJWK(JSON.parse(key) as { kty: string }, 'EdDSA');
  return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header }).sign(jwk);
}

async function me(gate: Gateway, token: string): Promise<Response> {
  return gate.fetch('/v1/me', { headers: bearer(token) });
}

describe('the bearer check', () => {
  let gate: Gateway;
  let people: string;
  beforeAll(async () => {
    gate = gateway();
    people = (await freshSecrets(['lead-router'])).local.people['owner']!.token;
  });

  test('takes a token that it issued, twice (the second time from the cache)', async () => {
    const token = await gate.token();
    expect((await me(gate, token)).status).toBe(200);
    const again = await me(gate, token);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ agent: 'lead-router', token: { client: 'router' } });
  });

  test('takes a token with right claims and key, so that the refusals below are for the right reason', async () => {
    expect((await me(gate, await signed(gate.env.TOKEN_PRIVATE_KEY, claims()))).status).toBe(200);
  });

  const forged: [string, () => Promise<string>][] = [
    [
      'expired',
      async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ iat: now() - 700, exp: now() - 100 })),
    ],
    [
      'issued in the future',
      async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ iat: now() + 300, exp: now() + 600 })),
    ],
    ['made to live an hour', async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ exp: now() + 3600 }))],
    ['signed with a foreign key', async () => signed(privateKey(), claims())],
    ['unsigned (alg none)', async () => new UnsecuredJWT(claims()).encode()],
    [
      'for another audience',
      async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ aud: 'toolgate-people' })),
    ],
    [
      'of another issuer',
      async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ iss: 'https://other.example' })),
    ],
    ['without an id', async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ jti: undefined }))],
    ['without expiry', async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ exp: undefined }))],
    ['of another type of JWT', async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims(), { typ: 'JWT' })],
    [
      'of a client that is gone',
      async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ client_id: 'gone' })),
    ],
    [
      'of a client for another agent',
      async () => signed(gate.env.TOKEN_PRIVATE_KEY, claims({ sub: 'content-writer' })),
    ],
    [
      'signed with HS256 under the public key',
      async () => {
        const { x } = JSON.parse(gate.env.TOKEN_PRIVATE_KEY) as { x: string };
        return new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
          .sign(Buffer.from(x.padEnd(64, '=')));
      },
    ],
    ['a person’s', async () => people],
    ['cut', async () => (await gate.token()).slice(0, -4)],
    [
      'altered in its claims',
      async () => {
        const [head, , signature] = (await gate.token()).split('.');
        return `${head}.${Buffer.from(JSON.stringify(claims({ scope: 'all:execute' }))).toString('base64url')}.${signature}`;
      },
    ],
    ['garbage', async () => 'not-a-token'],
    ['huge', async () => 'a'.repeat(100_000)],
  ];
  test.each(forged)('refuses a token that is %s, and no guard is asked', async (_, make) => {
    gate.guard.calls = [];
    const token = await make();
    const answer = await gate.fetch('/v1/tools/crm/contact.update', {
      method: 'POST',
      headers: { ...bearer(token), 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.headers.get('www-authenticate')).toContain(
      `${ORIGIN}/.well-known/oauth-protected-resource`,
    );
    expect(await answer.json()).toMatchObject({ code: 'unauthenticated' });
    expect(gate.guard.calls).toEqual([]);
  });

  test('asks for a token where none is sent, and takes none from the address', async () => {
    const answer = await gate.fetch(`/v1/me?access_token=${await gate.token()}`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).not.toContain('error=');
  });

  test('refuses a right token at another origin, also after it was seen at its own', async () => {
    const token = await gate.token();
    expect((await me(gate, token)).status).toBe(200);
    const { default: app } = await import('../../../workers/gateway/index.ts');
    const elsewhere = await app.fetch(
      new Request('https://other.example/v1/me', { headers: bearer(token) }),
      gate.env,
    );
    expect(elsewhere.status).toBe(401);
  });
});

describe('the token cache', () => {
  const entry: AgentToken = { agent: 'a', client: 'a', scopes: [], issuer: ORIGIN, expires: 1000 };

  test('forgets a token at the moment it expires', () => {
    const cache = new TokenCache();
    cache.put('t', entry);
    expect(cache.get('t', ORIGIN, 999)).toEqual(entry);
    expect(cache.get('t', ORIGIN, 1000)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  test('never holds more than its size, and drops the oldest first', () => {
    const cache = new TokenCache(3);
    for (let i = 0; i < 10; i += 1) cache.put(`t${i}`, entry);
    expect(cache.size).toBe(3);
    expect(cache.get('t6', ORIGIN, 0)).toBeUndefined();
    expect(cache.get('t9', ORIGIN, 0)).toEqual(entry);
  });
});
