import { createRemoteJWKSet, importJWK, jwtVerify, type JWTPayload } from 'jose';
import { sha256 } from './crypto.ts';

/** What a person may do; a person may hold several. */
export const roles = ['operator', 'approver', 'incident-commander', 'owner', 'auditor'] as const;
export type Role = (typeof roles)[number];

export interface Person {
  email: string;
  roles: readonly Role[];
  /** SHA-256 of the credential, journaled with each act. */
  credential: string;
}

/** The settings by which a Worker that decides checks people itself. */
export interface PeopleEnv {
  /** `production` refuses sandbox tokens. */
  ENVIRONMENT: string;
  /** Ed25519 public JWK of sandbox tokens; absent in production. */
  PEOPLE_PUBLIC_KEY?: string;
  /** `https://<team>.cloudflareaccess.com`, of Cloudflare Access. */
  ACCESS_ISSUER?: string;
  /** Application audience tag of Cloudflare Access. */
  ACCESS_AUDIENCE?: string;
  /** JSON: mail address -> roles, for Cloudflare Access, whose tokens carry none. */
  PEOPLE?: string;
}

export type PersonCheck =
  | { ok: true; person: Person }
  | { ok: false; code: 'unauthenticated' | 'forbidden'; detail: string };

export const SANDBOX_ISSUER = 'toolgate-sandbox';
export const SANDBOX_AUDIENCE = 'toolgate-people';

/**
 * Checks a person's credential: a Cloudflare Access JWT, or outside production a sandbox token, and that the person
 * holds one of the roles. Anything else, a failed key fetch included, is a refusal.
 */
export async function checkPerson(
  credential: string | null,
  allowed: readonly Role[],
  env: PeopleEnv,
): Promise<PersonCheck> {
  if (!credential)
    return { ok: false, code: 'unauthenticated', detail: 'No credential of a person was sent.' };
  const person = (await sandboxPerson(credential, env)) ?? (await accessPerson(credential, env));
  if (!person)
    return {
      ok: false,
      code: 'unauthenticated',
      detail: 'The credential is not valid here, or has expired.',
    };
  if (!person.roles.some((role) => allowed.includes(role))) {
    return { ok: false, code: 'forbidden', detail: `This needs one of the roles: ${allowed.join(', ')}.` };
  }
  return { ok: true, person };
}

async function sandboxPerson(credential: string, env: PeopleEnv): Promise<Person | undefined> {
  if (env.ENVIRONMENT !== 'sandbox' || !env.PEOPLE_PUBLIC_KEY) return undefined;
  try {
    const key = await importJWK(JSON.parse(env.PEOPLE_PUBLIC_KEY) as { kty: string }, 'EdDSA');
    const { payload } = await jwtVerify(credential, key, {
      issuer: SANDBOX_ISSUER,
      audience: SANDBOX_AUDIENCE,
      algorithms: ['EdDSA'],
    });
    return named(payload, knownRoles(payload['roles']), credential);
  } catch {
    return undefined; // Not a sandbox token; it may still be one of Access.
  }
}

let accessKeys: { issuer: string; get: ReturnType<typeof createRemoteJWKSet> } | undefined;

async function accessPerson(credential: string, env: PeopleEnv): Promise<Person | undefined> {
  const { ACCESS_ISSUER: issuer, ACCESS_AUDIENCE: audience } = env;
  if (!issuer || !audience) return undefined;
  if (accessKeys?.issuer !== issuer) {
    accessKeys = { issuer, get: createRemoteJWKSet(new URL('/cdn-cgi/access/certs', issuer)) };
  }
  try {
    const { payload } = await jwtVerify(credential, accessKeys.get, {
      issuer,
      audience,
      algorithms: ['RS256', 'ES256'],
    });
    const people = JSON.parse(env.PEOPLE ?? '{}') as Record<string, unknown>;
    const email = String(payload['email']).toLowerCase();
    return named(payload, Object.hasOwn(people, email) ? knownRoles(people[email]) : [], credential);
  } catch {
    return undefined; // Unknown key, wrong audience, expired, or the key set is out of reach: nobody is let in.
  }
}

/** Whether two mail addresses are one person's, as far as that can be known: nobody counts twice by writing it otherwise. */
export function samePerson(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

function named(payload: JWTPayload, held: Role[], credential: string): Person | undefined {
  const email = payload['email'];
  if (typeof email !== 'string' || email === '') return undefined;
  return { email: email.toLowerCase(), roles: held, credential: sha256(credential) };
}

/** What the settings let an address do, by any of a person's; none for settings that cannot be read. Pure. */
export function rolesBySettings({ PEOPLE }: Pick<PeopleEnv, 'PEOPLE'>, emails: readonly string[]): Role[] {
  try {
    const people = JSON.parse(PEOPLE ?? '{}') as Record<string, unknown>;
    const held = emails.map((email) => email.trim().toLowerCase());
    return roles.filter((role) =>
      held.some((email) => Object.hasOwn(people, email) && knownRoles(people[email]).includes(role)),
    );
  } catch {
    return []; // Nobody may do anything by them.
  }
}

function knownRoles(value: unknown): Role[] {
  return Array.isArray(value) ? roles.filter((role) => value.includes(role)) : [];
}
