import { sha256 } from '../../../shared/crypto.ts';
import type { ResendBroadcast } from './resend.ts';

/** Everything that readers get, as one value, so that a draft that somebody edited is told from what was read. */
export function versionOf(found: ResendBroadcast): string {
  const { from, subject, text, html, reply_to, preview_text } = found;
  const said = [from, subject, text, html, reply_to, preview_text].map((part) => part ?? null);
  // Not canonical JSON, which holds no half characters: whoever wrote the broadcast may have.
  return sha256(JSON.stringify(said));
}
