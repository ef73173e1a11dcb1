import { Buffer } from 'node:buffer';
import { signText, verifyText, type JwkText } from './crypto.ts';

/**
 * The right to run one call once, for seconds: what a guard signs and a tool verifies. Not a JWT: one algorithm, one
 * issuer, and nothing in it that a verifier could be talked into.
 */
export interface DispatchClaims {
  /**
   * `run` the action, `find` out whether it ran, look up `facts` for the policy, `preview` what it would change, look what the
   * vendor holds of that now: `image`, or call the run off: `cancel`.
   */
  purpose: 'run' | 'find' | 'facts' | 'preview' | 'image' | 'cancel';
  /** Not the agent's own: a person has it done, in the operators' lane. */
  lane?: 'operators';
  /** SHA-256 of that person's mail address. */
  person?: string;
  tool: string;
  agent: string;
  /** In which the call is made, as the guard knows it; absent: it knows none any more. */
  workflow?: string;
  /** `traceparent` of the trace that the call belongs to; each vendor request is a child of it. */
  trace?: string;
  call: string;
  action: string;
  /** Hash of the action's contract, as the guard knows it. */
  contract: string;
  /** SHA-256 of the exact input text that goes with the token. */
  input: string;
  /** Of a run that takes back: SHA-256 of the text of the image that the vendor must still hold, or nothing is written. */
  expected?: string;
  /** Placeholders that the tool may have opened for it; absent: none. */
  opens?: string[];
  /** How many days what the tool seals for it is kept; absent: the manifest is not known. */
  keepDays?: number;
  epoch: number;
  /** Unix ms. No vendor request starts at or after it. */
  startBefore: number;
  /** Unix ms of the intent; `find` looks for effects since then. */
  intentAt: number;
}

/** Signs claims (Ed25519): `base64url(JSON).base64url(signature)`. */
export function signDispatch(privateKey: JwkText, claims: DispatchClaims): string {
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${signText(privateKey, body)}`;
}

export type DispatchCheck = { ok: true; claims: DispatchClaims } | { ok: false; reason: DispatchFault };
export type DispatchFault = 'malformed' | 'bad-signature';

/**
 * Verifies the signature and returns the claims; whether they fit the moment and the tool is the harness's question.
 * `publicKey`: one JWK, or a JSON array of them while the guard's key is being replaced.
 */
export function verifyDispatch(publicKey: JwkText, token: string): DispatchCheck {
  const [body, signature, more] = token.split('.');
  if (!body || !signature || more !== undefined) return { ok: false, reason: 'malformed' };
  if (!keysIn(publicKey).some((key) => verifyText(key, body, signature)))
    return { ok: false, reason: 'bad-signature' };
  const claims = readDispatch(token);
  return claims ? { ok: true, claims } : { ok: false, reason: 'malformed' };
}

/** Read once for each text: a Worker has one, for as long as it lives. */
const arrays = new Map<JwkText, readonly JwkText[]>();

/** The keys of a setting. What is no array of keys verifies nothing. */
function keysIn(text: JwkText): readonly JwkText[] {
  if (!text.startsWith('[')) return [text];
  const known = arrays.get(text) ?? parsedKeys(text);
  arrays.set(text, known);
  return known;
}

function parsedKeys(text: JwkText): readonly JwkText[] {
  try {
    return (JSON.parse(text) as unknown[]).map((jwk) => JSON.stringify(jwk));
  } catch {
    return [];
  }
}

/** What a token claims, unverified: good for finding who can verify it, and for nothing else. */
export function readDispatch(token: string): DispatchClaims | undefined {
  try {
    return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as DispatchClaims;
  } catch {
    return undefined;
  }
}
