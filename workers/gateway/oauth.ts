import { Buffer } from 'node:buffer';
import { readBody, secureHeaders } from '../../shared/http.ts';
import type { AgentView, Result } from '../../shared/rpc.ts';
import { problems } from '../../shared/problems.ts';
import { authenticateClient, type Credentials } from './clients.ts';
import type { Env } from './env.ts';
import { narrowScopes } from './scopes.ts';
import { mintToken, TOKEN_SECONDS } from './tokens.ts';

/** A token request is a few hundred bytes. */
const MAX_REQUEST = 16 * 1024;

/** Why no token is issued. The codes are those of RFC 6749 section 5.2, RFC 8707 and RFC 6749 section 4.1.2.1. */
export interface OAuthRefusal {
  error:
    | 'invalid_request'
    | 'invalid_client'
    | 'unsupported_grant_type'
    | 'unauthorized_client'
    | 'invalid_scope'
    | 'invalid_target'
    | 'temporarily_unavailable';
  status: 400 | 401 | 413 | 503;
  description: string;
}

export interface TokenRequest {
  credentials: Credentials;
  scope: string | null;
}

type Step<T> = { ok: true; value: T } | { ok: false; refusal: OAuthRefusal };

/** `POST /oauth/token`: client credentials (RFC 6749 section 4.4) for a token of the agent's granted scopes. */
export async function issueToken(request: Request, origin: string, env: Env, now: number): Promise<Response> {
  const body = await readBody(request, 'application/x-www-form-urlencoded', MAX_REQUEST);
  if (!body.ok) return refused(bodyRefusal(body.problem.detail, problems[body.problem.code].status));
  const read = readTokenRequest(body.text, request.headers.get('authorization'), origin);
  if (!read.ok) return refused(read.refusal);
  const client = authenticateClient(env.AGENT_CLIENTS, read.value.credentials);
  if (!client) return refused(badClient('No such client with this secret.'));
  const scopes = scopesFor(await viewOf(env, client.agent), read.value.scope);
  if (!scopes.ok) return refused(scopes.refusal);
  const token = await mintToken(
    env.TOKEN_PRIVATE_KEY,
    { issuer: origin, agent: client.agent, client: client.client, scopes: scopes.value },
    now,
  );
  return answer(200, {
    access_token: token,
    token_type: 'Bearer',
    expires_in: TOKEN_SECONDS,
    scope: scopes.value.join(' '),
  });
}

/** Reads the form and the credentials of a token request (`client_secret_basic` or `client_secret_post`, not both). Pure. */
export function readTokenRequest(
  form: string,
  authorization: string | null,
  origin: string,
): Step<TokenRequest> {
  const params = new URLSearchParams(form);
  const twice = [...new Set(params.keys())].find((name) => params.getAll(name).length > 1);
  if (twice !== undefined) return no('invalid_request', 'A parameter is sent more than once.');
  const credentials = readCredentials(params, authorization);
  if (!credentials.ok) return credentials;
  const grant = params.get('grant_type');
  if (grant === null) return no('invalid_request', 'grant_type is missing.');
  if (grant !== 'client_credentials') {
    return no('unsupported_grant_type', 'Only client_credentials is offered here.');
  }
  const resource = params.get('resource');
  if (resource !== null && !isHere(resource, origin)) {
    return no('invalid_target', 'Tokens are issued for this gate only.');
  }
  return { ok: true, value: { credentials: credentials.value, scope: params.get('scope') } };
}

function readCredentials(params: URLSearchParams, authorization: string | null): Step<Credentials> {
  const id = params.get('client_id');
  const secret = params.get('client_secret');
  if (authorization === null) {
    if (id === null || secret === null)
      return { ok: false, refusal: badClient('Send client_id and client_secret.') };
    return { ok: true, value: { id, secret } };
  }
  if (secret !== null) return no('invalid_request', 'Authenticate in one way only.');
  const basic = readBasic(authorization);
  if (!basic) return { ok: false, refusal: badClient('The Authorization header is not readable as Basic.') };
  if (id !== null && id !== basic.id) return no('invalid_request', 'Two different client ids are sent.');
  return { ok: true, value: basic };
}

/** Id and secret, form-urlencoded each before they were joined (RFC 6749 section 2.3.1). */
function readBasic(header: string): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  const id = formDecode(text.slice(0, colon));
  const secret = formDecode(text.slice(colon + 1));
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function isHere(resource: string, origin: string): boolean {
  return URL.canParse(resource) && new URL(resource).origin === origin && !resource.includes('#');
}

async function viewOf(env: Env, agent: string): Promise<Result<AgentView> | undefined> {
  try {
    return await env.GUARD.getByName(agent).view(agent);
  } catch {
    return undefined; // The guard is out of reach: nobody knows what is granted, so nothing is.
  }
}

/** The scopes to grant, from what the guard says. Without a manifest there is no token. Pure. */
export function scopesFor(view: Result<AgentView> | undefined, requested: string | null): Step<string[]> {
  if (!view || (!view.ok && problems[view.problem.code].status >= 500)) {
    return no('temporarily_unavailable', 'The gate is closed for now. Retry in a few seconds.', 503);
  }
  if (!view.ok || view.value.grants.length === 0) {
    return no('unauthorized_client', 'No manifest grants this agent anything.');
  }
  const scopes = narrowScopes(view.value.grants, requested);
  return scopes
    ? { ok: true, value: scopes }
    : no('invalid_scope', 'The manifest does not grant all that is asked for.');
}

function no(
  error: OAuthRefusal['error'],
  description: string,
  status: OAuthRefusal['status'] = 400,
): { ok: false; refusal: OAuthRefusal } {
  return { ok: false, refusal: { error, status, description } };
}

function badClient(description: string): OAuthRefusal {
  return { error: 'invalid_client', status: 401, description };
}

function bodyRefusal(description = 'The body is not readable.', status: number): OAuthRefusal {
  return { error: 'invalid_request', status: status === 413 ? 413 : 400, description };
}

function refused({ error, status, description }: OAuthRefusal): Response {
  return answer(
    status,
    { error, error_description: description },
    {
      ...(status === 401 && { 'www-authenticate': 'Basic realm="toolgate", charset="UTF-8"' }),
      ...(status === 503 && { 'retry-after': '2' }),
    },
  );
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...secureHeaders, pragma: 'no-cache', ...headers } });
}
