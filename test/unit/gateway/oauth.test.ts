import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { gateway, ORIGIN, SECRET, type Gateway } from './support.ts';

type Fields = Record<string, string>;

async function ask(
  gate: Gateway,
  fields: Fields,
  headers: Fields = {},
): Promise<{ status: number; body: Fields; headers: Headers }> {
  const answer = await gate.fetch('/oauth/token', {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  });
  return { status: answer.status, body: await answer.json<Fields>(), headers: answer.headers };
}

const post = { grant_type: 'client_credentials', client_id: 'router', client_secret: SECRET };

function basic(id: string, secret: string): Fields {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

describe('a token', () => {
  test('lives ten minutes, names agent, client, audience and issuer, and holds the manifest’s scopes', async () => {
    const { status, body, headers } = await ask(gateway(), post);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const claims = decodeJwt(body['access_token']!);
    expect(claims).toMatchObject({
      sub: 'lead-router',
      client_id: 'router',
      aud: 'toolgate-agents',
      iss: ORIGIN,
    });
    expect(claims['scope']).toBe('crm.contact.update:execute crm.contact.read:read');
    expect(claims.exp! - claims.iat!).toBe(600);
    expect(claims.jti).toMatch(/^tok_/);
    expect(decodeProtectedHeader(body['access_token']!)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
  });

  test('is issued for client_secret_basic as well, with id and secret form-encoded', async () => {
    const answer = await ask(
      gateway(),
      { grant_type: 'client_credentials' },
      basic('router', encodeURIComponent(SECRET)),
    );
    expect(answer.status).toBe(200);
  });

  test('is as narrow as it was asked for, down to a lower mode', async () => {
    const { body } = await ask(gateway(), { ...post, scope: 'crm.contact.update:propose' });
    expect(body['scope']).toBe('crm.contact.update:propose');
    expect(decodeJwt(body['access_token']!)['scope']).toBe('crm.contact.update:propose');
  });

  test.each([
    'crm.contact.read:execute',
    'crm.contact.delete:execute',
    'crm.contact.read:read admin',
    ' ',
    '',
    'crm.contact.read:read:x',
    'crm.contact.read',
  ])('is refused when the scope "%s" is wider than the manifest', async (scope) => {
    const { status, body } = await ask(gateway(), { ...post, scope });
    expect(status).toBe(400);
    expect(body['error']).toBe('invalid_scope');
    expect(body).not.toHaveProperty('access_token');
  });
});

describe('no token', () => {
  test('an unknown client and a wrong secret get the same answer', async () => {
    const wrong = await ask(gateway(), { ...post, client_secret: 'tgs_wrong' });
    const unknown = await ask(gateway(), { ...post, client_id: 'nobody' });
    expect(wrong.status).toBe(401);
    expect(wrong.body['error']).toBe('invalid_client');
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(unknown).toMatchObject({ status: wrong.status, body: wrong.body });
  });

  test.each(['__proto__', 'constructor', 'toString'])('the client id %s is nobody', async (id) => {
    expect((await ask(gateway(), { ...post, client_id: id })).status).toBe(401);
  });

  test('the hash of the secret is not the secret', async () => {
    const gate = gateway();
    const { secretSha256 } = (JSON.parse(gate.env.AGENT_CLIENTS) as { router: { secretSha256: string } })
      .router;
    expect((await ask(gate, { ...post, client_secret: secretSha256 })).status).toBe(401);
  });

  test.each([
    ['nothing at all', {}, {}, 401, 'invalid_client'],
    ['no grant type', { client_id: 'router', client_secret: SECRET }, {}, 400, 'invalid_request'],
    ['another grant type', { ...post, grant_type: 'password' }, {}, 400, 'unsupported_grant_type'],
    ['two ways to authenticate', post, basic('router', SECRET), 400, 'invalid_request'],
    [
      'two client ids',
      { grant_type: 'client_credentials', client_id: 'other' },
      basic('router', SECRET),
      400,
      'invalid_request',
    ],
    [
      'a header that is no Basic',
      { grant_type: 'client_credentials' },
      { authorization: 'Basic %%%' },
      401,
      'invalid_client',
    ],
    [
      'bad percent-encoding in it',
      { grant_type: 'client_credentials' },
      basic('router', '%zz'),
      401,
      'invalid_client',
    ],
    [
      'a resource that is not here',
      { ...post, resource: 'https://other.example/' },
      {},
      400,
      'invalid_target',
    ],
  ] as const)('%s', async (_, fields, headers, status, error) => {
    const answer = await ask(gateway(), fields, headers);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toBe(error);
  });

  test('a parameter sent twice is refused', async () => {
    const answer = await gateway().fetch('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `${new URLSearchParams(post).toString()}&client_id=router`,
    });
    expect(answer.status).toBe(400);
  });

  test('JSON is refused, and a huge form with 413', async () => {
    const gate = gateway();
    const json = await gate.fetch('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(post),
    });
    expect(json.status).toBe(400);
    const huge = await ask(gate, { ...post, scope: 'x'.repeat(20_000) });
    expect(huge).toMatchObject({ status: 413, body: { error: 'invalid_request' } });
  });

  test('without a manifest there is no token', async () => {
    const gate = gateway();
    gate.guard.viewed = { ok: false, problem: { code: 'not-found' } };
    expect(await ask(gate, post)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  test('with the gate closed or the guard failing it is 503 and says nothing of the inside', async () => {
    const gate = gateway();
    gate.guard.viewed = { ok: false, problem: { code: 'no-lease' } };
    expect(await ask(gate, post)).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    gate.guard.fails = true;
    const answer = await ask(gate, post);
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer.body)).not.toContain('secret detail');
  });

  test('broken AGENT_CLIENTS let nobody in and quote nothing', async () => {
    const answer = await gateway({
      AGENT_CLIENTS: '{"router":{"agent":"lead-router","secretSha256":"short"}}',
    }).fetch('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams(post),
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('short');
  });
});

test('metadata leads from the resource to the server to the keys', async () => {
  const gate = gateway();
  const resource = await (await gate.fetch('/.well-known/oauth-protected-resource')).json();
  const server = await (await gate.fetch('/.well-known/oauth-authorization-server')).json<Fields>();
  expect(resource).toMatchObject({ resource: ORIGIN, authorization_servers: [ORIGIN] });
  expect(server['issuer']).toBe(ORIGIN);
  const { keys } = await (await gate.fetch(new URL(server['jwks_uri']!).pathname)).json<{ keys: Fields[] }>();
  expect(keys).toHaveLength(1);
  expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig' });
  expect(keys[0]).not.toHaveProperty('d');
});
