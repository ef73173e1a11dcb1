import { Buffer } from 'node:buffer';
import { equalSecrets, hmac } from '../../shared/crypto.ts';

/** The browser sends it back only to this origin, on a secure connection (or the own machine), and shows it to no script. */
export const SESSION_COOKIE = '__Host-toolgate';

/** However long a credential lives: a browser left open signs in again. */
const SESSION_MS = 12 * 60 * 60_000;

/** What a session cookie holds, sealed. Times in Unix ms. */
export interface Session {
  credential: string;
  until: number;
}

/** A session over a credential that ends at `expires`: at most twelve hours, never longer than the credential. Pure. */
export function sessionOf(credential: string, expires: number, now: number): Session {
  return { credential, until: Math.min(expires, now + SESSION_MS) };
}

/** The value of a session's cookie: AES-256-GCM under `secret`, with a fresh nonce, base64url. */
export async function seal(secret: string, session: Session): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(session));
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData },
    await key(secret),
    text,
  );
  return Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64url');
}

/** The session of a cookie; null for whatever was not sealed with `secret`, was changed, or is over. Never throws for garbage. */
export async function unseal(secret: string, value: string, now: number): Promise<Session | null> {
  const bytes = Buffer.from(value, 'base64url');
  try {
    const text = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData },
      await key(secret),
      bytes.subarray(12),
    );
    const session = JSON.parse(new TextDecoder().decode(text)) as Session;
    return session.until > now ? session : null;
  } catch {
    return null; // Forged, cut short, or of another key: nobody is signed in.
  }
}

/** `Set-Cookie` of a session. */
export function sessionCookie(value: string, { until }: Session, now: number): string {
  return `${SESSION_COOKIE}=${value}; ${attributes}; Max-Age=${Math.max(0, Math.floor((until - now) / 1000))}`;
}

/** `Set-Cookie` that ends it. */
export const noSessionCookie = `${SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`;

/** The session cookie that a request carries, if it carries just one. */
export function cookieOf(header: string | null): string | null {
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${SESSION_COOKIE}=`))
    .map((part) => part.slice(SESSION_COOKIE.length + 1));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/**
 * What every form of a person carries. Keyed by their credential, which no other page knows and no script reads: so production
 * needs no secret for it, and another person's or session's is worth nothing here. Pure.
 */
export function formToken(credential: string): string {
  return hmac(credential, 'toolgate console form 1');
}

/** Whether a form was made for whoever presents this credential. */
export function isFormToken(credential: string, token: string): boolean {
  return equalSecrets(formToken(credential), token);
}

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** Binds what is sealed to what it is for. */
const additionalData = new TextEncoder().encode('toolgate console session 1');

/** A key for cookies alone. */
async function key(secret: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${secret}:session`));
  return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
