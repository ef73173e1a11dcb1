import { equalSecrets, hmac } from '../../../shared/crypto.ts';
import type { ApprovalNotice, Notifier } from '../../../shared/notices.ts';

/** What a button of a card stands for. */
export interface Card {
  decision: 'approve' | 'reject';
  approval: string;
  digest: string;
  /** Unix seconds. */
  expires: number;
}

const VERSION = 'v1';
/** No part of a card holds it. */
const BETWEEN = '~';

/** What a button carries: readable, and worth nothing without the code at its end, which only this Worker can make. Pure. */
export function writeCard({ decision, approval, digest, expires }: Card, key: string): string {
  const said = [VERSION, decision, approval, digest, String(expires)].join(BETWEEN);
  return [said, codeOf(said, key)].join(BETWEEN);
}

/** Reads what a button carried; null: it was not made here, or was changed. Whether it has expired is for the caller. Pure. */
export function readCard(value: string, key: string): Card | null {
  const at = value.lastIndexOf(BETWEEN);
  const said = value.slice(0, Math.max(at, 0));
  if (!equalSecrets(value.slice(at + 1), codeOf(said, key))) return null;
  const [version, decision, approval = '', digest = '', expires = ''] = said.split(BETWEEN);
  if (version !== VERSION || (decision !== 'approve' && decision !== 'reject')) return null;
  return { decision, approval, digest, expires: Number(expires) };
}

function codeOf(said: string, key: string): string {
  return hmac(key, `toolgate-card ${said}`);
}

/** The notifier, given what buttons carry where a notice may have buttons. Without a key there are none. */
export function withCards(notifier: Notifier, key: string | undefined): Notifier {
  return {
    notify: async (notice) => {
      if (!key || !('buttons' in notice) || !notice.buttons) return notifier.notify(notice);
      return notifier.notify({ ...notice, card: cardOf(notice, key) });
    },
  };
}

function cardOf(
  { approval, digest, deadline }: ApprovalNotice,
  key: string,
): NonNullable<ApprovalNotice['card']> {
  const expires = Math.floor(Date.parse(deadline) / 1000);
  const write = (decision: Card['decision']) => writeCard({ decision, approval, digest, expires }, key);
  return { approve: write('approve'), reject: write('reject') };
}
