import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  headerCredential,
  jsonBesideForms,
  jsonBodies,
  noFormat,
  nullableTexts,
  without,
  type Amendment,
} from './amend.ts';

/** The vendors' descriptions; public, and no part of this repository. */
export const folder =
  process.env['TOOLGATE_CORPORA'] ?? join(import.meta.dirname, '../../../../shared/corpora');

/** One OpenAPI file and which requests it describes. */
export interface Description {
  /** The simulator's name. */
  vendor: string;
  /** Under the corpora's folder. */
  file: string;
  /** What its own server URL ends in: its paths come after that. */
  base: string;
  /** What its paths begin with, after `base`. */
  under: string;
  /** Changes made to a copy before Prism reads it. */
  amendments?: readonly Amendment[];
}

const hubspot = (kind: string, file: string): Description => ({
  vendor: 'hubspot',
  file: `openapi-thirdparty/ballerina-hubspot.crm.${file}.yaml`,
  base: '',
  under: `/crm/v3/objects/${kind}`,
  amendments: [
    nullableTexts(
      'A property that was asked for and never set, or was cleared, is null at HubSpot; the third party left null out.',
    ),
  ],
});

/** Resend's, Intercom's and Slack's are the vendors' own; the others were written by third parties from the vendors' pages. */
export const descriptions: readonly Description[] = [
  { vendor: 'resend', file: 'openapi-vendor/resend.yaml', base: '', under: '/' },
  { vendor: 'intercom', file: 'openapi-vendor/intercom-2.15.yaml', base: '', under: '/' },
  {
    vendor: 'slack',
    file: 'openapi-vendor/slack_web_openapi_v2.json',
    base: '/api',
    under: '/',
    amendments: [
      jsonBodies(
        'Slack takes JSON bodies and the token in the Authorization header (https://docs.slack.dev/apis/web-api/), and says so only in `consumes`.',
      ),
    ],
  },
  {
    vendor: 'meta',
    file: 'openapi-thirdparty/ballerina-facebook.ads.yaml',
    base: '/v25.0',
    under: '/',
    amendments: [
      headerCredential(
        'The description knows the token in the query only; Meta takes it as a bearer token, too, and in a URL it would end up in logs.',
      ),
      without(
        ['/{ad_set_id}', '/{ad_id}'],
        'To a router `/{campaign_id}`, `/{ad_set_id}` and `/{ad_id}` are one path, and the tool sends ids of campaigns only.',
      ),
    ],
  },
  {
    vendor: 'wordpress',
    file: 'openapi-thirdparty/ballerina-wordpress.yml',
    base: '/wp-json/wp/v2',
    under: '/',
    amendments: [
      headerCredential(
        'The description knows OAuth 1.0a by a plugin only; WordPress itself takes application passwords (RFC 7617) since 5.6.',
      ),
      jsonBesideForms('WordPress reads JSON bodies as it reads forms; the description knows forms only.'),
      noFormat(
        'date-time',
        "WordPress writes `2026-01-15T09:00:00`, in the site's zone or in UTC, without an offset, which RFC 3339 wants.",
      ),
    ],
  },
  hubspot('contacts', 'contact'),
  hubspot('companies', 'company'),
  hubspot('deals', 'deal'),
];

/** Whether all of them are here; says loudly when they are not. */
export function present(): boolean {
  const missing = descriptions.filter(({ file }) => !existsSync(join(folder, file)));
  if (missing.length === 0) return true;
  const names = missing.map(({ file }) => file).join(', ');
  console.warn(`SKIPPED: no ${names} in ${folder}; set TOOLGATE_CORPORA to hold the tools to them`);
  return false;
}
