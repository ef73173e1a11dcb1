import { problemResponse } from '../../shared/problems.ts';
import { secureHeaders } from '../../shared/http.ts';
import { agentOf } from './clients.ts';
import type { Env } from './env.ts';
import { TokenCache } from './token-cache.ts';
import { verifyToken, type AgentToken } from './tokens.ts';

/** Longer than any token of ours, so that hostile ones are not even hashed. */
const MAX_TOKEN = 16_384;

const cache = new TokenCache();

/**
 * Who calls, from the bearer token of a request, or the 401 to answer with. A token of a client that is no longer listed
 * is refused although it is not expired. People's credentials are signed with another key for another audience and so
 * never pass.
 */
export async function authenticate(
  request: Request,
  origin: string,
  env: Env,
  now: number,
): Promise<AgentToken | Response> {
  const header = request.headers.get('authorization');
  if (header === null) return unauthenticated(origin, 'No token was sent.');
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
  const known = token === undefined ? undefined : cache.get(token, origin, now);
  if (known) return known;
  const verified =
    token !== undefined && token.length <= MAX_TOKEN
      ? await verifyToken(env.TOKEN_PRIVATE_KEY, token, origin, now)
      : undefined;
  if (!verified || token === undefined || agentOf(env.AGENT_CLIENTS, verified.client) !== verified.agent) {
    return unauthenticated(origin, 'The token is not valid here, or has expired.', 'invalid_token');
  }
  cache.put(token, verified);
  return verified;
}

/** The 401 of RFC 6750, with the way to the metadata of RFC 9728. */
function unauthenticated(origin: string, detail: string, error?: string): Response {
  const challenge = [
    'Bearer realm="toolgate"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    `resource_metadata="${origin}/.well-known/oauth-protected-resource"`,
  ].join(', ');
  return problemResponse(
    { code: 'unauthenticated', detail },
    { ...secureHeaders, 'www-authenticate': challenge },
  );
}
