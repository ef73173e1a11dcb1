/**
 * Where the tools or the simulator differ from the vendors' descriptions, with the reason. What is not listed here fails the
 * test, and so does an exception that no longer applies. Changes to a description as a whole are its amendments, in
 * `catalogue.ts`.
 */

/** A request or an answer that does not conform, and why that is right. */
export interface Exception {
  /** The simulator's name. */
  vendor: string;
  /** `GET /campaigns/{id}`, from the description's own base; `{…}` is any one segment, `**` the rest; `*` every operation of the vendor. */
  operation: string;
  /** Where: `request.body.limit`, `response.body.*.id`, each of them needed; `route`: no description holds the operation. */
  at: readonly string[];
  /** Part of what Prism says there. */
  says?: string;
  /** Only in answers of these statuses. */
  status?: readonly number[];
  why: string;
}

const status = 'Unable to match the returned status code';

export const exceptions: readonly Exception[] = [
  {
    vendor: 'hubspot',
    operation: '*',
    at: ['response.body'],
    says: "required property 'category'",
    status: [429, 500],
    why: "HubSpot's own page on limits (https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines) shows a 429 with `errorType` and no `category`; the third party gave every error the body of a 400.",
  },
  {
    vendor: 'hubspot',
    operation: 'POST /crm/v3/objects/{kind}/search',
    at: ['request.body'],
    says: "required property 'after'",
    why: "HubSpot's own examples of a search send no `after` on the first page; only the third party calls it required.",
  },
  {
    vendor: 'hubspot',
    operation: 'POST /crm/v3/objects/{kind}/search',
    at: ['request.body'],
    says: "required property 'sorts'",
    why: "HubSpot's own examples of a search send no `sorts`: the order is then that of creation.",
  },
  {
    vendor: 'hubspot',
    operation: 'POST /crm/v3/objects/contacts/search',
    at: ['request.body.after'],
    says: 'must be integer',
    why: "HubSpot's answer gives `after` as a text, and takes it back as it gave it.",
  },
  {
    vendor: 'hubspot',
    operation: '* /crm/v3/lists/**',
    at: ['route'],
    why: 'No description of lists is at hand; tool and simulator were written from https://developers.hubspot.com/docs/api-reference/crm-lists-v3.',
  },
  ...['GET /crm/v3/owners', 'GET /crm/v3/owners/{id}'].map((operation) => ({
    vendor: 'hubspot',
    operation,
    at: ['route'],
    why: 'No description of owners is at hand; tool and simulator were written from https://developers.hubspot.com/docs/api-reference/crm-crm-owners-v3.',
  })),
  {
    vendor: 'hubspot',
    operation: '* /crm/v4/objects/**',
    at: ['route'],
    why: 'No description of associations is at hand; tool and simulator were written from https://developers.hubspot.com/docs/api-reference/crm-associations-v4.',
  },
  {
    vendor: 'intercom',
    operation: '*',
    at: ['response'],
    says: status,
    status: [429, 500],
    why: 'Intercom documents 429 and 500 for the whole API (https://developers.intercom.com/docs/references/rest-api/errors/http-responses), not with each operation.',
  },
  {
    vendor: 'intercom',
    operation: 'GET /tickets/{id}',
    at: ['response'],
    says: status,
    status: [404],
    why: 'Intercom lists 404 with `GET /conversations/{id}` and forgot it here.',
  },
  {
    vendor: 'meta',
    operation: '*',
    at: ['response'],
    says: status,
    status: [400, 500],
    why: 'The third party describes answers of 200 only; errors are in https://developers.facebook.com/docs/graph-api/guides/error-handling, and a limit is a 400 there.',
  },
  ...['GET /{id}', 'GET /{id}/insights', 'GET /{id}/adsets'].map((operation) => ({
    vendor: 'meta',
    operation,
    at: ['route'],
    why: "The description of Meta is a third party's, of v12, and has none of them; they are in https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group.",
  })),
  ...['GET /act_{id}/campaigns', 'GET /act_{id}/adsets'].map((operation) => ({
    vendor: 'meta',
    operation,
    at: ['request.query.fields.*'],
    says: 'one of the allowed values: name, id',
    why: 'The third party lists two fields of the many that Meta has, not those that the tool asks for.',
  })),
  {
    vendor: 'meta',
    operation: 'GET /act_{id}/campaigns',
    at: ['response.body.data.*'],
    says: "required property 'special_ad_categories'",
    why: 'Meta answers with the fields that were asked for, and the tool does not ask for this one.',
  },
  ...['GET /act_{id}/campaigns', 'GET /act_{id}/adsets'].map((operation) => ({
    vendor: 'meta',
    operation,
    at: ['response.body.data.*.daily_budget', 'response.body.data.*.lifetime_budget'],
    says: 'must be integer',
    why: 'Meta writes budgets as digits in a string (`numeric string` on its page).',
  })),
  {
    vendor: 'meta',
    operation: 'GET /act_{id}/campaigns',
    at: ['response.body.data.*.objective'],
    says: 'one of the allowed values',
    why: 'The objectives of today (`OUTCOME_LEADS` and so on) are younger than the description.',
  },
  {
    vendor: 'meta',
    operation: 'POST /{id}',
    at: ['request.query.properties'],
    says: "required property 'special_ad_categories'",
    why: 'Meta wants it when a campaign is created; a change sends only what changes.',
  },
  {
    vendor: 'meta',
    operation: 'POST /{id}',
    at: ['request'],
    says: 'No supported content types',
    why: 'Meta takes the fields of a change in the body as well as in the query, where they would end up in logs.',
  },
  {
    vendor: 'resend',
    operation: '*',
    at: ['response'],
    says: status,
    status: [422, 429, 500],
    why: 'Resend documents errors for the whole API (https://resend.com/docs/api-reference/errors), not with each operation.',
  },
  ...['GET /suppressions/{email}', 'GET /contacts/{email}', 'GET /broadcasts/{id}', 'GET /emails/{id}'].map(
    (operation) => ({
      vendor: 'resend',
      operation,
      at: ['response'],
      says: status,
      status: [404],
      why: 'As above. 404 is how Resend says that there is none, or that an address is not suppressed.',
    }),
  ),
  {
    vendor: 'resend',
    operation: 'GET /broadcasts/{id}',
    at: [
      'response.body.preview_text',
      'response.body.reply_to',
      'response.body.scheduled_at',
      'response.body.sent_at',
    ],
    says: 'must be',
    why: "Resend's own example of this answer (https://resend.com/docs/api-reference/broadcasts/get-broadcast) has null for what was not set; the description leaves null out.",
  },
  {
    vendor: 'resend',
    operation: 'GET /broadcasts',
    at: [
      'response.body.data.*.scheduled_at',
      'response.body.data.*.segment_id',
      'response.body.data.*.sent_at',
    ],
    says: 'must be string',
    why: "As in `GET /broadcasts/{id}`: Resend's own example has null for what was not set.",
  },
  {
    vendor: 'resend',
    operation: 'GET /contacts',
    at: ['response.body.data.*.first_name', 'response.body.data.*.last_name'],
    says: 'must be string',
    why: 'A contact may have no name. The simulator says null, which the description leaves out, so that the tool is ready for it.',
  },
  {
    vendor: 'resend',
    operation: 'GET /emails/{id}',
    at: ['response.body.html'],
    says: 'must be string',
    why: "A mail may have text only: Resend's own example (https://resend.com/docs/api-reference/emails/retrieve-email) has null for the body that is missing.",
  },
  {
    vendor: 'slack',
    operation: '*',
    at: ['response.body.error'],
    says: 'must be equal to one of the allowed values',
    status: [429, 500],
    why: 'The description of 2021 lists fewer errors than the pages of the methods, which have `ratelimited` and `internal_error`.',
  },
  {
    vendor: 'slack',
    operation: 'GET /conversations.history',
    at: ['response.body'],
    says: 'required property',
    why: 'The description of 2021 wants `channel_actions_ts` and `channel_actions_count`, which the page of the method does not know.',
  },
  {
    vendor: 'slack',
    operation: 'GET /conversations.history',
    at: ['response.body.messages'],
    says: 'fewer than 1 items',
    why: 'A channel may have no message after the time that was asked for.',
  },
  {
    vendor: 'slack',
    operation: 'POST /chat.scheduleMessage',
    at: ['request.body.post_at'],
    says: 'must be string',
    why: 'A form knows strings only; the page of the method says that `post_at` is an integer.',
  },
  {
    vendor: 'slack',
    operation: 'POST /chat.scheduleMessage',
    at: ['response.body.message'],
    why: "Slack's own example of this answer, by a bot, has `subtype` and neither `user` nor `team`.",
  },
  {
    vendor: 'slack',
    operation: 'POST /chat.delete',
    at: ['request.body.ts'],
    says: 'must be number',
    why: 'A `ts` is a text with six decimals, as Slack itself answers it; a number would lose the last of them.',
  },
  {
    vendor: 'wordpress',
    operation: 'GET /posts/{id}',
    at: ['response.body.status'],
    says: 'one of the allowed values',
    why: 'A post in the trash has the status `trash`, which may be read and not written; the third party lists what may be written.',
  },
  {
    vendor: 'wordpress',
    operation: '*',
    at: ['response'],
    says: status,
    status: [429, 500],
    why: "The third party describes answers of 200 only; limits and failures are the site's own web server's.",
  },
  ...['GET /posts/{id}', 'POST /posts/{id}'].map((operation) => ({
    vendor: 'wordpress',
    operation,
    at: ['response.body.date_gmt'],
    says: 'must be string',
    why: 'Null while a draft has no date of its own (`string or null` in https://developer.wordpress.org/rest-api/reference/posts/).',
  })),
  {
    vendor: 'wordpress',
    operation: 'GET /posts',
    at: ['response.body.*.date_gmt'],
    says: 'must be string',
    why: 'As in `GET /posts/{id}`.',
  },
  {
    vendor: 'wordpress',
    operation: 'GET /posts/{id}/revisions',
    at: ['response.body.*.title'],
    says: 'must be string',
    why: 'An object with `rendered` and `raw`, in https://developer.wordpress.org/rest-api/reference/post-revisions/ and in a real answer.',
  },
  {
    vendor: 'wordpress',
    operation: 'GET /posts/{id}/revisions/{id}',
    at: ['response.body.title'],
    says: 'must be string',
    why: 'As in `GET /posts/{id}/revisions`.',
  },
  {
    vendor: 'wordpress',
    operation: 'POST /posts',
    at: ['request.body.title', 'request.body.excerpt'],
    says: 'must be object',
    why: 'WordPress takes a text, too (`WP_REST_Posts_Controller::prepare_item_for_database`), as its own examples do.',
  },
  {
    vendor: 'wordpress',
    operation: 'GET /posts/{id}',
    at: ['response'],
    says: status,
    status: [404],
    why: 'As above. 404 (`rest_post_invalid_id`) is how WordPress says that there is no such post.',
  },
  {
    vendor: 'wordpress',
    operation: 'POST /posts',
    at: ['response'],
    says: status,
    status: [201],
    why: 'WordPress answers 201 to what it created (`WP_REST_Posts_Controller::create_item`).',
  },
];

/** Vendors without a description here: nothing but its author's reading holds their simulator to the vendor's word. */
export const unchecked: Readonly<Record<string, string>> = {
  // toolgate new tool: vendor below
  hunter:
    'Hunter publishes no OpenAPI description. Tool and simulator were written from https://hunter.io/api-documentation/v2.',
  'notice-slack':
    'No tool reaches it: the notifier posts one kind of message there, and its test looks at what was posted.',
  'notice-mail':
    'No tool reaches it: the notifier sends one kind of mail there, and its test looks at what was sent.',
  receiver: 'No vendor at all: it stands for whoever gets signed webhooks of the gate.',
};
