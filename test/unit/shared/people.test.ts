import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshSecrets, type LocalSecrets } from '../../../bin/lib/secrets.ts';
import { checkPerson, type PeopleEnv } from '../../../shared/people.ts';

let server: Server;
let issuer = '';
let access: CryptoKey;
let foreign: CryptoKey;
let secrets: LocalSecrets;

/** A Cloudflare Access look-alike: only its key set, on loopback. */
beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  access = pair.privateKey;
  foreign = (await generateKeyPair('RS256')).privateKey;
  const key: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
  server = createServer((request, response) => {
    response.statusCode = request.url === '/cdn-cgi/access/certs' ? 200 : 404;
    response.end(JSON.stringify({ keys: [key] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  secrets = await freshSecrets(['lead-router']);
});
afterAll(() => server.close());

function production(more: Partial<PeopleEnv> = {}): PeopleEnv {
  const people = JSON.stringify({ 'ada@acme.example': ['operator', 'emperor'], 'bob@acme.example': [] });
  return {
    ENVIRONMENT: 'production',
    ACCESS_ISSUER: issuer,
    ACCESS_AUDIENCE: 'the-app',
    PEOPLE: people,
    ...more,
  };
}

function sandbox(): PeopleEnv {
  return {
    ENVIRONMENT: 'sandbox',
    PEOPLE_PUBLIC_KEY: secrets.workers['control']?.['PEOPLE_PUBLIC_KEY'] ?? '',
  };
}

async function token(
  claims: object,
  { key = access, expires = '5m', iss = issuer, aud = 'the-app' } = {},
): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuer(iss)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key);
}

const ada = { email: 'Ada@Acme.example' };

describe('with Cloudflare Access', () => {
  test('a listed person holds the listed roles, and no role that does not exist', async () => {
    const check = await checkPerson(await token(ada), ['operator'], production());
    expect(check).toMatchObject({ ok: true, person: { email: 'ada@acme.example', roles: ['operator'] } });
  });

  test('a role that is not held is refused as forbidden', async () => {
    expect(await checkPerson(await token(ada), ['approver'], production())).toMatchObject({
      ok: false,
      code: 'forbidden',
    });
  });

  test.each(['bob@acme.example', 'eve@acme.example', 'constructor', '__proto__'])(
    '%s holds none',
    async (email) => {
      expect(await checkPerson(await token({ email }), ['operator'], production())).toMatchObject({
        ok: false,
        code: 'forbidden',
      });
    },
  );

  test.each([
    ['another key', { key: 'foreign' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['another application', { aud: 'another-app' }],
    ['an expired one', { expires: '-1m' }],
  ])('a token of %s is refused', async (_what, options) => {
    const signed = await token(ada, 'key' in options ? { key: foreign } : options);
    expect(await checkPerson(signed, ['operator'], production())).toMatchObject({
      ok: false,
      code: 'unauthenticated',
    });
  });

  test('nobody is let in while the key set cannot be had', async () => {
    const away = production({ ACCESS_ISSUER: 'http://127.0.0.1:1' });
    expect((await checkPerson(await token(ada, { iss: 'http://127.0.0.1:1' }), ['operator'], away)).ok).toBe(
      false,
    );
  });

  test.each([{ PEOPLE: 'not json' }, { ACCESS_AUDIENCE: '' }, { ACCESS_ISSUER: '' }])(
    '%j lets nobody in',
    async (broken) => {
      expect((await checkPerson(await token(ada), ['operator'], production(broken))).ok).toBe(false);
    },
  );
});

describe('sandbox tokens', () => {
  const of = (name: string): string => secrets.local.people[name]?.token ?? '';

  test('name their person and roles', async () => {
    expect(await checkPerson(of('operator'), ['operator'], sandbox())).toMatchObject({
      ok: true,
      person: { email: 'operator@sandbox.example', roles: ['operator'] },
    });
  });

  test('are refused in production, even where their key is configured', async () => {
    const env = production({ PEOPLE_PUBLIC_KEY: sandbox().PEOPLE_PUBLIC_KEY ?? '' });
    expect(await checkPerson(of('operator'), ['operator'], env)).toMatchObject({
      ok: false,
      code: 'unauthenticated',
    });
  });

  test('of another gate are refused', async () => {
    const other = (await freshSecrets(['lead-router'])).local.people['operator']?.token ?? '';
    expect((await checkPerson(other, ['operator'], sandbox())).ok).toBe(false);
  });

  test.each([null, '', 'x', 'a.b.c', `${'a'.repeat(10_000)}.b.c`])(
    '%j is no credential',
    async (credential) => {
      expect(await checkPerson(credential, ['operator'], sandbox())).toMatchObject({
        ok: false,
        code: 'unauthenticated',
      });
    },
  );

  test('the credential itself is not kept, only its hash', async () => {
    const check = await checkPerson(of('operator'), ['operator'], sandbox());
    expect(JSON.stringify(check)).not.toContain(of('operator'));
    expect(check.ok && check.person.credential).toMatch(/^[0-9a-f]{64}$/);
  });
});
