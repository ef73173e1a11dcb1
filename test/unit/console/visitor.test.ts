import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshSecrets, type LocalSecrets } from '../../../bin/lib/secrets.ts';
import { pages } from '../../../workers/console/pages/index.tsx';
import type { Env } from '../../../workers/console/env.ts';
import { seal, SESSION_COOKIE } from '../../../workers/console/session.ts';
import { visitorOf } from '../../../workers/console/visitor.ts';

let team: Server;
let issuer = '';
let key: CryptoKey;
let secrets: LocalSecrets;
const SESSION_KEY = 's'.repeat(43);

/** A Cloudflare Access look-alike: only its key set, on loopback. */
beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' };
  team = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => team.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(team.address() as AddressInfo).port}`;
  secrets = await freshSecrets(['lead-router']);
});
afterAll(() => team.close());

/** An env without any desk: who asks one here fails. */
function env(environment: 'sandbox' | 'production'): Env {
  const settings =
    environment === 'sandbox'
      ? { PEOPLE_PUBLIC_KEY: secrets.workers['console']?.['PEOPLE_PUBLIC_KEY'] ?? '' }
      : {
          ACCESS_ISSUER: issuer,
          ACCESS_AUDIENCE: 'the-app',
          PEOPLE: JSON.stringify({ 'ada@acme.example': ['operator'], 'bob@acme.example': [] }),
        };
  const set: Partial<Env> = { ENVIRONMENT: environment, SESSION_KEY, ...settings };
  return set as Env;
}

async function asserted(email: string, { aud = 'the-app', expires = '5m' } = {}): Promise<string> {
  return new SignJWT({ email })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuer(issuer)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key);
}

const asks = (headers: Record<string, string>, path = '/console'): Request =>
  new Request(`https://console.example${path}`, { headers });

async function cookie(credential: string, until = Date.now() + 60_000): Promise<Record<string, string>> {
  return { cookie: `${SESSION_COOKIE}=${await seal(SESSION_KEY, { credential, until })}` };
}

describe('in production', () => {
  test('whoever Cloudflare Access names is let in, with a token for their forms', async () => {
    const found = await visitorOf(
      asks({ 'cf-access-jwt-assertion': await asserted('ada@acme.example') }),
      env('production'),
      Date.now(),
    );
    expect(found).toMatchObject({ ok: true, visitor: { email: 'ada@acme.example', roles: ['operator'] } });
  });

  test('nobody is let in by another audience, an assertion that is over, a bearer token, or a cookie around a good assertion', async () => {
    const good = await asserted('ada@acme.example');
    const tries = [
      { 'cf-access-jwt-assertion': await asserted('ada@acme.example', { aud: 'another' }) },
      { 'cf-access-jwt-assertion': await asserted('ada@acme.example', { expires: '-1m' }) },
      { 'cf-access-jwt-assertion': 'x'.repeat(20_000) },
      { authorization: `Bearer ${good}` },
      await cookie(good),
      {},
    ];
    for (const headers of tries) {
      expect(await visitorOf(asks(headers), env('production'), Date.now())).toEqual({
        ok: false,
        why: 'nobody',
      });
    }
  });

  test('somebody without a role is told so and shown nothing', async () => {
    const headers = { 'cf-access-jwt-assertion': await asserted('bob@acme.example') };
    const answer = await pages.fetch(asks(headers), env('production'));
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('no role');
  });

  test('there is no sign-in page, and no sandbox token is taken', async () => {
    expect((await pages.fetch(asks({}, '/console/sign-in'), env('production'))).status).not.toBe(200);
    const answer = await pages.fetch(asks({}), env('production'));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });
});

describe('in the sandbox', () => {
  test('a session lets its person in until it is over, and a bearer token nobody', async () => {
    const token = secrets.local.people['approver']?.token ?? '';
    const now = Date.now();
    const headers = await cookie(token, now + 60_000);
    expect(await visitorOf(asks(headers), env('sandbox'), now)).toMatchObject({
      ok: true,
      visitor: { email: 'approver@sandbox.example', roles: ['approver'] },
    });
    expect((await visitorOf(asks(headers), env('sandbox'), now + 60_001)).ok).toBe(false);
    expect((await visitorOf(asks({ authorization: `Bearer ${token}` }), env('sandbox'), now)).ok).toBe(false);
  });

  test('a link from elsewhere is asked for once more as this origin’s own, before anybody is sent to sign in', async () => {
    const first = await pages.fetch(
      asks({ 'sec-fetch-site': 'cross-site' }, '/console/approvals'),
      env('sandbox'),
    );
    expect(first.status).toBe(200);
    expect(await first.text()).toContain('http-equiv="refresh"');
    const second = await pages.fetch(
      asks({ 'sec-fetch-site': 'same-origin' }, '/console/approvals'),
      env('sandbox'),
    );
    expect(second.status).toBe(303);
    expect(second.headers.get('location')).toBe('/console/sign-in?next=%2Fconsole%2Fapprovals');
  });

  test('every answer forbids what stands in a page to run, and keeps nothing', async () => {
    for (const path of ['/console/sign-in', '/console', '/console/nothing']) {
      const { headers } = await pages.fetch(asks({}, path), env('sandbox'));
      expect(headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});
