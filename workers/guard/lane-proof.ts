/**
 * What this Worker's own code asks a guard in the name of a person whom it has checked, possibly a while ago. A guard's methods
 * are in reach of whoever binds its namespace, the gateway too; only this Worker has the key.
 */
import { Buffer } from 'node:buffer';
import { signText, verifyText, type JwkText } from '../../shared/crypto.ts';
import type { Person } from '../../shared/people.ts';
import type { TakeablesQuery } from '../../shared/taking-back.ts';
import type { AmendAsk } from './amend.ts';
import type { Order } from './operators.ts';
import type { RevealAsk } from './reveal.ts';
import type { RestoreAsk } from './restores.ts';
import type { Asked } from './rollback/gather.ts';

/** How long a proof holds: it is used at once. */
const HOLDS_MS = 30_000;

export type LaneAsk =
  | { kind: 'takeables'; query: TakeablesQuery }
  | { kind: 'look'; person: Person; call: string }
  | { kind: 'examine'; person: Person; calls: Asked[] }
  | { kind: 'state'; lane: string }
  | { kind: 'restore'; restore: RestoreAsk }
  | { kind: 'acknowledge'; person: Person; id: string; input: unknown }
  | { kind: 'amend'; amend: AmendAsk }
  | { kind: 'reveal'; reveal: RevealAsk }
  | { kind: 'order'; order: Order };

interface Claims {
  /** No purpose of a dispatch token: neither can stand for the other. */
  purpose: 'lane';
  agent: string;
  ask: LaneAsk;
  /** Unix ms. */
  until: number;
}

/** Signs an ask for one agent's guard: `base64url(JSON).base64url(signature)`. `now`: Unix ms. */
export function signAsk(key: JwkText, agent: string, ask: LaneAsk, now: number): string {
  const claims: Claims = { purpose: 'lane', agent, ask, until: now + HOLDS_MS };
  const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${body}.${signText(key, body)}`;
}

/** What was asked; undefined for whatever was not signed by this Worker, for this guard, for this, and lately. */
export function askOf<K extends LaneAsk['kind']>(
  key: JwkText,
  agent: string,
  kind: K,
  proof: string,
  now: number,
): (LaneAsk & { kind: K }) | undefined {
  const [body, signature, more] = proof.split('.');
  if (!body || !signature || more !== undefined || !verifyText(key, body, signature)) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Partial<Claims>;
  const { purpose, ask, until = 0 } = claims;
  if (purpose !== 'lane' || claims.agent !== agent || now >= until || ask?.kind !== kind) return undefined;
  return ask as LaneAsk & { kind: K };
}
