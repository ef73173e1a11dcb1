import type { RateLimit } from '../../../shared/limits.ts';
import type { Store } from '../store.ts';

/** One request as a vendor gets it. */
export interface Incoming {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: string;
  /** Unix ms. */
  now: number;
}

export interface Reply {
  status: number;
  json: unknown;
  headers?: Record<string, string>;
  /** Whether something was changed. */
  changed?: boolean;
}

/** The settings that hold hashes of credentials. */
export type SecretHash =
  // toolgate new tool: hash below
  | 'HUBSPOT_READ_TOKEN_SHA256'
  | 'HUBSPOT_WRITE_TOKEN_SHA256'
  | 'HUNTER_API_KEY_SHA256'
  | 'SLACK_BOT_TOKEN_SHA256'
  | 'META_READ_TOKEN_SHA256'
  | 'META_WRITE_TOKEN_SHA256'
  | 'RESEND_READ_KEY_SHA256'
  | 'RESEND_WRITE_KEY_SHA256'
  | 'INTERCOM_READ_TOKEN_SHA256'
  | 'INTERCOM_WRITE_TOKEN_SHA256'
  | 'WORDPRESS_READ_LOGIN_SHA256'
  | 'WORDPRESS_WRITE_LOGIN_SHA256'
  | 'NOTICE_SLACK_TOKEN_SHA256'
  | 'NOTICE_MAIL_KEY_SHA256';

/** A look-alike of one vendor: its documented paths, statuses, bodies and limits over a small store. */
export interface SimulatedVendor {
  /** The real vendor's origin. */
  origin: string;
  /**
   * Which settings hold the SHA-256 of the credentials that may read, and that may change something; one setting for both
   * where the vendor gives one. Several hashes in one, with commas between: workflows have credentials of their own. Null: it
   * asks for none.
   */
  secrets: { read: SecretHash; write: SecretHash } | null;
  /** Types of records, for the pages that show them. */
  types: readonly string[];
  /** Fills an empty store with invented data. */
  seed(store: Store): void;
  /** The credential that the request carries. */
  credential(request: Incoming): string | null;
  /** The limits that the request counts against, by name; the first one is the one of `limitHeaders`. */
  limits(request: Incoming): ({ name: string } & RateLimit)[];
  limitHeaders?(request: Incoming, remaining: number): Record<string, string>;
  unauthorised(request: Incoming): Reply;
  /** The credential is good, and not for this: one that reads was sent with a change, or the other way round. */
  forbidden?(request: Incoming): Reply;
  limited(request: Incoming, retryAfterSeconds: number): Reply;
  broken(): Reply;
  handle(request: Incoming, store: Store): Reply;
  /** For vendors that do something later by themselves. */
  later?: {
    /** When the next of it is due (Unix ms); undefined: nothing waits. */
    next(store: Store): number | undefined;
    /** Does what is due by `now` (Unix ms), and says each thing as a path for the log. */
    run(store: Store, now: number): string[];
  };
}

/** The body as a JSON object, or undefined. */
export function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The token of `Authorization: Bearer …`. */
export function bearer(headers: Headers): string | null {
  return /^Bearer (\S+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}
