import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT, type CryptoKey, type JWK } from 'jose';
import { newId } from '../../shared/ids.ts';

/** Ten minutes: the most that a stolen token is worth. */
export const TOKEN_SECONDS = 600;
export const AGENT_AUDIENCE = 'toolgate-agents';

/** What a verified token says. */
export interface AgentToken {
  agent: string;
  client: string;
  scopes: string[];
  issuer: string;
  /** Unix ms. */
  expires: number;
}

interface Keyring {
  sign: CryptoKey;
  verify: CryptoKey;
  kid: string;
  public: JWK;
}

let held: { text: string; keyring: Promise<Keyring> } | undefined;

/** The public key that agents' tokens verify with, as a JWK set (RFC 7517). */
export async function publicKeys(privateKey: string): Promise<{ keys: JWK[] }> {
  const keyring = await keyringOf(privateKey);
  return { keys: [keyring.public] };
}

/** Signs a token (RFC 9068) of ten minutes. `now` in Unix ms. */
export async function mintToken(
  privateKey: string,
  claims: { issuer: string; agent: string; client: string; scopes: readonly string[] },
  now: number,
): Promise<string> {
  const { sign, kid } = await keyringOf(privateKey);
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ client_id: claims.client, scope: claims.scopes.join(' ') })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
    .setIssuer(claims.issuer)
    .setAudience(AGENT_AUDIENCE)
    .setSubject(claims.agent)
    .setJti(newId('tok', now))
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + TOKEN_SECONDS)
    .sign(sign);
}

/**
 * What a token says, if it is one of ours: our key, EdDSA and nothing else, our issuer and audience, not expired and
 * not made to live longer than ten minutes. Undefined for anything else.
 */
export async function verifyToken(
  privateKey: string,
  token: string,
  issuer: string,
  now: number,
): Promise<AgentToken | undefined> {
  const { verify } = await keyringOf(privateKey);
  try {
    const { payload } = await jwtVerify(token, verify, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer,
      audience: AGENT_AUDIENCE,
      requiredClaims: ['sub', 'jti', 'iat', 'exp', 'client_id', 'scope'],
      maxTokenAge: TOKEN_SECONDS,
      currentDate: new Date(now),
    });
    return read(payload, issuer);
  } catch {
    return undefined; // Whatever is wrong with it, it opens nothing, and the caller need not know what.
  }
}

function read(payload: Record<string, unknown>, issuer: string): AgentToken | undefined {
  const { sub, client_id: client, scope, iat, exp } = payload;
  if (typeof sub !== 'string' || typeof client !== 'string' || typeof scope !== 'string') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > TOKEN_SECONDS) return undefined;
  return { agent: sub, client, scopes: scope.split(' '), issuer, expires: exp * 1000 };
}

async function keyringOf(privateKey: string): Promise<Keyring> {
  if (held?.text !== privateKey) held = { text: privateKey, keyring: load(privateKey) };
  return held.keyring;
}

async function load(privateKey: string): Promise<Keyring> {
  const jwk = JSON.parse(privateKey) as JWK;
  const half = { kty: 'OKP', crv: 'Ed25519', x: String(jwk.x) };
  const kid = await calculateJwkThumbprint(half);
  const sign = (await importJWK(jwk, 'EdDSA')) as CryptoKey;
  const verify = (await importJWK(half, 'EdDSA')) as CryptoKey;
  return { sign, verify, kid, public: { ...half, kid, alg: 'EdDSA', use: 'sig' } };
}
