/**
 * A lead's id leads to its site: the last four of a ULID's sixteen random characters are a hash of the site, so that
 * no index of leads has to be written and kept right. Sixty random bits per millisecond remain.
 */
import { sha256 } from '../../shared/crypto.ts';
import { newId } from '../../shared/ids.ts';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TAG = 4;

/** The tag of a site: 20 bits. Two sites may share one; then both are asked. */
export function tagOfSite(site: string): string {
  const bits = Number.parseInt(sha256(site).slice(0, 5), 16);
  return Array.from({ length: TAG }, (_, at) => crockford.charAt((bits >> (5 * at)) & 31)).join('');
}

/** The tag in a lead's id. */
export function tagOfLead(id: string): string {
  return id.slice(-TAG);
}

/** A new id for a lead of this site. */
export function newLeadId(site: string, now: number): string {
  return newId('lead', now).slice(0, -TAG) + tagOfSite(site);
}
