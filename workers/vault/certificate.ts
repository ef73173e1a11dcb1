/** Certificates of erasure. Pure. */
import { signText, type JwkText } from '../../shared/crypto.ts';
import {
  certificateText,
  type Certificate,
  type Certified,
  type Erasure,
  type OutOfReach,
} from '../../shared/erasure.ts';

/** The public half of an Ed25519 private JWK. */
export function publicKeyOf(privateJwk: JwkText): JwkText {
  const { crv, kty, x } = JSON.parse(privateJwk) as { crv: string; kty: string; x: string };
  return JSON.stringify({ crv, kty, x });
}

/** Certifies an erasure that is over; null: it still runs. `now`: Unix ms. */
export function certify(
  erasure: Erasure,
  outOfReach: OutOfReach[],
  privateJwk: JwkText,
  now: number,
): Certificate | null {
  const { state, erasedAt, completeAt } = erasure;
  if ((state !== 'erased' && state !== 'complete') || erasedAt === null || completeAt === null) return null;
  const certified: Certified = {
    erasure: erasure.id,
    state,
    person: erasure.person,
    at: erasure.at,
    erasedAt,
    completeAt,
    certifiedAt: new Date(now).toISOString(),
    agents: erasure.agents.map(({ agent, counts }) => ({ agent, counts: { ...counts } })),
    leads: erasure.leads ?? null,
    outOfReach,
  };
  const signature = signText(privateJwk, certificateText(certified));
  return { certified, signature, key: publicKeyOf(privateJwk) };
}
