import { z } from 'zod';
import { sink, trusted, type Action, type Artefact } from '../../../../shared/contract.ts';
import { atLeastOne, cursor, FIND_AFTER, id, line, more, ours, recordId } from './fields.ts';

/** Members of a list that is written as a whole, and of which versions are kept. */
export const WHOLE_MAX = 500;
/** Contacts of one call: HubSpot is asked about each of them, in one request. */
const SOME_MAX = 100;

const unique = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;
/** Who is written to from then on, or no more. */
const someone = sink('recipient', id);
const segment = sink('account', id);
const contacts = z.array(someone).min(1).max(SOME_MAX).refine(unique, 'each id once');
const members = z.array(someone).max(WHOLE_MAX).refine(unique, 'each id once');
const ids = z.array(recordId);

const list = z.strictObject({
  list: recordId,
  name: ours,
  /** Whether its members are contacts; lists of companies and deals are shown, and not written. */
  ofContacts: z.boolean(),
  /** MANUAL and SNAPSHOT have the members that they were given; a DYNAMIC one has those whom its filters find. */
  kind: trusted(z.enum(['MANUAL', 'SNAPSHOT', 'DYNAMIC', 'UNKNOWN'])),
  /** HubSpot counts now and then: `crm.list.members` tells for certain. */
  size: z.int().nullable(),
  createdAt: ours,
  updatedAt: ours,
});

/** From the list itself, so that no agent can make it look smaller than it is. */
const facts = {
  found: z.boolean(),
  ofContacts: z.boolean(),
  /** Whether members can be put on it and taken off it by hand. */
  fixed: z.boolean(),
  size: z.int().min(0),
  sizeKnown: z.boolean(),
};
const aList = { found: true, ofContacts: true, fixed: true, size: 3, sizeKnown: true };

/** What HubSpot changes by itself along with a membership. */
const leaves = [
  'updatedAt',
  'membershipTimestamp',
  'hs_last_record_added_at',
  'hs_last_record_removed_at',
] as const;

const changed = {
  list: recordId,
  /** HubSpot knows no such contact, or no more. */
  missing: ids,
};

/** https://developers.hubspot.com/docs/api-reference/crm-lists-v3: HubSpot calls lists segments, too. */
export const listActions = {
  'list.search': {
    summary: 'Finds lists (segments) by their names, or by their kind.',
    mode: 'read',
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject({
        query: line(200).optional(),
        kind: z.enum(['MANUAL', 'SNAPSHOT', 'DYNAMIC']).optional(),
        limit: z.int().min(1).max(50).default(10),
        /** `next` of the page before. */
        offset: z.int().min(0).max(100_000).default(0),
      })
      .refine(more('limit', 'offset'), atLeastOne)
      .meta({ examples: [{ query: 'newsletter' }] }),
    output: z.strictObject({ total: z.int(), lists: z.array(list), next: z.int().nullable() }),
  },
  'list.read': {
    summary: 'Reads what a list is and how large.',
    mode: 'read',
    groups: [],
    sensitivity: 'internal',
    input: z.strictObject({ list: id }).meta({ examples: [{ list: '701' }] }),
    output: list,
  },
  'list.members': {
    summary: 'Reads the ids of the members of a list, page by page, smallest first.',
    mode: 'read',
    groups: ['export'],
    sensitivity: 'confidential',
    input: z
      .strictObject({ list: id, limit: z.int().min(1).max(250).default(100), after: cursor })
      .meta({ examples: [{ list: '701', limit: 250 }] }),
    output: z.strictObject({ list: recordId, members: ids, total: z.int().nullable(), next: ours }),
  },
  'list.add': {
    summary: `Puts up to ${SOME_MAX} contacts on a list. Those who are on it stay.`,
    mode: 'execute',
    measures: { records: 'input.contacts' },
    groups: ['segment'],
    sensitivity: 'confidential',
    input: z
      .strictObject({ list: segment, contacts })
      .meta({ examples: [{ list: '701', contacts: ['104', '105'] }] }),
    /** `contacts`: which of them are on the list now. */
    output: z.strictObject({ ...changed, contacts: ids }),
    facts: z.strictObject(facts).meta({ examples: [aList] }),
    undo: {
      action: 'crm.list.remove',
      how: 'Takes off those whom it put on. What a workflow or a mailing did with them by then stays done.',
      leaves,
    },
    about: { record: 'list', id: 'input.list' },
    findAfter: FIND_AFTER,
  },
  'list.remove': {
    summary: `Takes up to ${SOME_MAX} contacts off a list.`,
    mode: 'execute',
    measures: { records: 'input.contacts' },
    groups: ['segment'],
    sensitivity: 'confidential',
    input: z
      .strictObject({ list: segment, contacts })
      .meta({ examples: [{ list: '701', contacts: ['101'] }] }),
    /** `contacts`: which of them are on the list still. */
    output: z.strictObject({ ...changed, contacts: ids }),
    facts: z.strictObject(facts).meta({ examples: [aList] }),
    undo: {
      action: 'crm.list.add',
      how: 'Puts back those whom it took off. What they missed in between stays missed.',
      leaves,
    },
    about: { record: 'list', id: 'input.list' },
    findAfter: FIND_AFTER,
  },
  'list.replace': {
    summary: `Makes the members of a list exactly these, at most ${WHOLE_MAX}; a longer list is refused.`,
    mode: 'execute',
    measures: { records: 'facts.moved' },
    groups: ['segment'],
    sensitivity: 'confidential',
    input: z
      .strictObject({ list: segment, members })
      .meta({ examples: [{ list: '701', members: ['101', '104', '105'] }] }),
    output: z.strictObject({ ...changed, members: ids }),
    facts: z
      .strictObject({
        ...facts,
        /** Contacts that would be put on or taken off. Of a list that is too long, all of it. */
        moved: z.int().min(0),
      })
      .meta({ examples: [{ ...aList, moved: 3 }] }),
    undo: {
      action: 'crm.list.replace',
      how: 'Writes back the members that it had just before, read in the same call.',
      leaves,
    },
    about: { record: 'list', id: 'input.list' },
    // No `findAfter`: a list that is not as wanted may have been, and may have been changed since.
  },
} as const satisfies Record<string, Action>;

/** Versions of a segment are its members, as each change found and left them; of a list that is too long there are none. */
export const listArtefact: Artefact = { content: ['members'], restore: ['crm.list.replace'], id: 'list' };
