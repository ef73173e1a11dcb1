import type { Conflict } from '../../shared/image.ts';
import type { LocalFile } from './secrets.ts';

/** Where to send requests, and in whose name. */
export interface Access {
  gate: string;
  /** A person's token; undefined for what needs none. */
  token: string | undefined;
}

/** What the gate's problem documents (RFC 9457) hold that a person needs. */
export interface GateProblem {
  code: string;
  status: number;
  title: string;
  detail?: string;
  next?: string;
  errors?: { pointer: string; detail: string }[];
  /** Of `changed-since`. */
  conflicts?: Conflict[];
  found?: string;
}

export type GateAnswer<T> =
  | { kind: 'ok'; value: T }
  /** The gate answered, and refused. */
  | { kind: 'refused'; problem: GateProblem }
  /** Nothing answered, or what answered is not a gate. */
  | { kind: 'unreachable'; detail: string };

/** Longer than a stop takes to be confirmed, shorter than patience. */
const TIMEOUT_MS = 20_000;

/** Asks the people's API (`/ops/v1`). Network faults and refusals are values. `isAnswer`: also under another status. */
export async function askOps<T>(
  access: Access,
  method: string,
  path: string,
  body?: unknown,
  isAnswer?: (value: unknown) => boolean,
): Promise<GateAnswer<T>> {
  return ask<T>(
    new URL(`/ops/v1${path}`, access.gate),
    {
      method,
      headers: {
        accept: 'application/json',
        ...credentialHeaders(access.token),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
    isAnswer,
  );
}

/** `cf-access-token` is what Cloudflare Access reads at its edge; the gate's own sandbox reads the bearer token. */
export function credentialHeaders(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}`, 'cf-access-token': token };
}

/** Gets a fresh token of ten minutes for a local agent. */
export async function agentToken(
  gate: string,
  client: LocalFile['agents'][string],
): Promise<GateAnswer<{ access_token: string; expires_in: number; scope: string }>> {
  return ask(new URL('/oauth/token', gate), {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...client }),
  });
}

/** Asks one URL for JSON. Redirects are not followed: a gate sends none, a login page would. */
export async function ask<T>(
  url: URL,
  init: RequestInit = {},
  isAnswer: (value: unknown) => boolean = () => false,
): Promise<GateAnswer<T>> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    return { kind: 'unreachable', detail: causeOf(error) };
  }
  const value: unknown = await response.json().catch(() => undefined);
  if ((response.ok && value !== undefined) || isAnswer(value)) return { kind: 'ok', value: value as T };
  return refusal(response.status, value);
}

/** A refusal as the gate words it, or what is no gate at all. */
export function refusal(
  status: number,
  value: unknown,
): { kind: 'refused'; problem: GateProblem } | Unreachable {
  if (typeof value !== 'object' || value === null) {
    return { kind: 'unreachable', detail: `What answers there is not a gate (HTTP ${status}).` };
  }
  if ('error' in value) return { kind: 'refused', problem: oauthProblem(status, value) };
  if (!('code' in value)) {
    return { kind: 'unreachable', detail: `What answers there is not a gate (HTTP ${status}).` };
  }
  return { kind: 'refused', problem: value as GateProblem };
}

type Unreachable = Extract<GateAnswer<never>, { kind: 'unreachable' }>;

function oauthProblem(status: number, value: object & { error?: unknown }): GateProblem {
  const detail = 'error_description' in value ? String(value.error_description) : '';
  return { code: String(value.error), status, title: 'No token was issued', detail };
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'The request failed.';
  if (error.name === 'TimeoutError') return `No answer within ${TIMEOUT_MS / 1000} s.`;
  const cause = error.cause;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
