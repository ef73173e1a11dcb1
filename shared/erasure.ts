/** Erasure of one person: what is asked, what was erased, and the certificate that says so. Pure. */
import { canonical } from './canonical.ts';
import type { Placeholder } from './placeholder.ts';
import type { Result } from './rpc.ts';

/** What a person is told again by, in the one form in which everything is compared. */
export interface PersonKey {
  kind: 'email' | 'phone';
  /** Of a phone: its digits, the last nine where it has more, so that a number is the same with its country's code and without. */
  value: string;
}

const PHONE_DIGITS = 9;
/** Fewer digits are an extension, a house number, or anything: too many people would be erased with them. */
const PHONE_LEAST = 7;

/** A mail address or a phone number as everything compares it; null: it is neither. */
export function personKey(text: string): PersonKey | null {
  const value = folded(text);
  if (value.length > 320) return null;
  if (/^[^\s@]{1,64}@[^\s@]{1,255}$/u.test(value)) return { kind: 'email', value };
  return /^[+(]?[\d\s().\-/]{5,40}$/u.test(value) ? phoneKey(value) : null;
}

function phoneKey(value: string): PersonKey | null {
  const digits = value.replace(/\D/gu, '');
  return digits.length < PHONE_LEAST ? null : { kind: 'phone', value: digits.slice(-PHONE_DIGITS) };
}

/** A value as it is compared: without regard to case, width and the blanks around it. */
export function folded(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** Whether a text, such as a note, names a person by this key. */
export function names(text: string, { kind, value }: PersonKey): boolean {
  if (kind === 'email') return addressesIn(folded(text)).includes(value);
  const numbers = text.normalize('NFKC').match(/\+?\d[\d\s().\-/]{5,40}\d/gu) ?? [];
  return numbers.some((found) => found.replace(/\D/gu, '').endsWith(value));
}

/** So that `ann@acme.example` is not found in `joann@acme.example`. */
function addressesIn(text: string): string[] {
  const found = text.match(/[^\s@<>"'(),;:[\]{}|\\]+@[^\s@<>"'(),;:[\]{}|\\]+/gu) ?? [];
  return found.map((address) => address.replace(/[.!?]+$/u, ''));
}

/** What an erasure found: how many values of each class of placeholder. */
export type Counts = Record<string, number>;

/** What one agent's vault held of the person. */
export interface AgentErasure {
  agent: string;
  /** Null: not reached yet. */
  counts: Counts | null;
}

/**
 * `running`: some object has not answered yet; it is asked again. `erased`: nothing that runs finds it any more. `complete`: the
 * platform's copies of then are gone, too.
 */
export type ErasureState = 'running' | 'erased' | 'complete' | 'dry-run';

/** One erasure. Times are RFC 3339. The person stands in it as a keyed hash only. */
export interface Erasure {
  id: string;
  state: ErasureState;
  /** HMAC-SHA-256 under a key of the vault's: the same person has the same. */
  person: string;
  by: string;
  reason: string;
  at: string;
  agents: AgentErasure[];
  /** Leads erased in sites' inboxes; null: not reached yet; absent: the inboxes are not part of it. */
  leads?: number | null;
  erasedAt: string | null;
  /** When the last copy of the platform's is gone; null while it is not erased. */
  completeAt: string | null;
}

/** Where else a person may stand, and how it is erased there. */
export interface OutOfReach {
  where: string;
  how: string;
}

/** What a certificate certifies. */
export interface Certified {
  erasure: string;
  state: 'erased' | 'complete';
  person: string;
  at: string;
  erasedAt: string;
  completeAt: string;
  /** When this certificate was made. */
  certifiedAt: string;
  agents: { agent: string; counts: Counts }[];
  leads: number | null;
  /** What it does not say anything about. */
  outOfReach: OutOfReach[];
}

/** A certificate: `signature` is Ed25519 over `certificateText`, base64url; `key` the public JWK that it verifies with. */
export interface Certificate {
  certified: Certified;
  signature: string;
  key: string;
}

/** The text that a certificate's signature is over: canonical JSON (RFC 8785). */
export function certificateText(certified: Certified): string {
  return canonical(certified);
}

/** What an owner asks: which person, by a mail address or phone number, or by a placeholder of one agent. */
export interface ErasureAsk {
  whom: { person: string } | { placeholder: Placeholder; agent: string };
  reason: string;
  /** Counts, and erases nothing. */
  dryRun?: boolean;
}

/** The vault's entrypoint for the console. Each method checks the person itself. */
export interface ErasureDesk {
  /** Owners only. `input`: an `ErasureAsk`. Repeated, it goes on with what is not finished. */
  erase(credential: string | null, input: unknown): Promise<Result<Erasure & { outOfReach: OutOfReach[] }>>;
  /** Newest first, at most 100. */
  erasures(credential: string | null): Promise<Result<Erasure[]>>;
  erasure(credential: string | null, id: string): Promise<Result<Erasure & { outOfReach: OutOfReach[] }>>;
  /** Refused while it runs. */
  certificate(credential: string | null, id: string): Promise<Result<Certificate>>;
}
