import { z } from 'zod';
import type { FailureReason } from '../../../shared/outcome.ts';

/** Slack's error codes by which it says clearly that nothing was done. */
const refusals: ReadonlyMap<string, FailureReason> = new Map(
  Object.entries({
    credential: [
      'not_authed',
      'invalid_auth',
      'account_inactive',
      'token_revoked',
      'token_expired',
      'no_permission',
      'missing_scope',
      'not_allowed_token_type',
      'access_denied',
      'ekm_access_denied',
      'team_access_not_granted',
      'org_login_required',
    ],
    'not-found': ['channel_not_found', 'message_not_found', 'invalid_scheduled_message_id'],
    rejected: [
      'not_in_channel',
      'is_archived',
      'restricted_action',
      'restricted_action_read_only_channel',
      'restricted_action_thread_only_channel',
      'restricted_action_non_threadable_channel',
      'msg_too_long',
      'no_text',
      'invalid_time',
      'time_in_past',
      'time_too_far',
      'restricted_too_many',
      'markdown_text_conflict',
      'metadata_too_large',
      'metadata_must_be_sent_from_app',
      'invalid_metadata_format',
      'invalid_metadata_schema',
      'invalid_arguments',
      'invalid_arg_name',
      'invalid_json',
      'json_not_object',
      'invalid_charset',
      'duplicate_channel_not_found',
      'messages_tab_disabled',
      'cant_delete_message',
      'compliance_exports_prevent_deletion',
    ],
    'vendor-limited': ['ratelimited', 'rate_limited', 'message_limit_exceeded'],
  } satisfies Partial<Record<FailureReason, string[]>>).flatMap(([reason, codes]) =>
    codes.map((code) => [code, reason as FailureReason] as const),
  ),
);

const no = z.object({ ok: z.literal(false), error: z.string() });

/**
 * The refusal in an answer of Slack, which sends 200 with `ok: false`. Codes that are unknown here, and `fatal_error`,
 * of which Slack says that part of the work may have been done, are no clear refusal.
 */
export function slackRefusal(body: unknown): FailureReason | undefined {
  const parsed = no.safeParse(body);
  return parsed.success ? (refusals.get(parsed.data.error) ?? 'unavailable') : undefined;
}

/** Text that Slack shows as it is: no mention, link or channel can be written in it. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
