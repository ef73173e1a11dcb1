import { z } from 'zod';
import { trusted, type Action } from '../../../../shared/contract.ts';
import { cursor, FIND_AFTER, id, ours, recordId } from './fields.ts';

const kinds = z.enum(['contacts', 'companies', 'deals']);
const pair = { fromType: kinds, from: id, toType: kinds, to: id };

/** What two records are to each other: HubSpot's own kinds, and those that the team has named. */
const type = z.strictObject({
  category: z.enum(['HUBSPOT_DEFINED', 'USER_DEFINED', 'INTEGRATOR_DEFINED']),
  typeId: z.int().min(1).max(1_000_000_000),
});
const types = z.array(type).min(1).max(10);

const shownTypes = trusted(z.array(type));
const associated = z.strictObject({
  fromType: trusted(kinds),
  from: recordId,
  toType: trusted(kinds),
  to: recordId,
  /** Null: not known, as HubSpot could not be asked again. */
  types: shownTypes.nullable(),
});

/** https://developers.hubspot.com/docs/api-reference/crm-associations-v4 */
export const associationActions = {
  'association.list': {
    summary: 'Lists which contacts, companies or deals one record is associated with.',
    mode: 'read',
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject({
        fromType: kinds,
        from: id,
        toType: kinds,
        limit: z.int().min(1).max(500).default(100),
        after: cursor,
      })
      .meta({ examples: [{ fromType: 'contacts', from: '101', toType: 'companies' }] }),
    output: z.strictObject({
      associations: z.array(
        z.strictObject({
          to: recordId,
          types: shownTypes,
          /** The names of the types that have one, as the team gave them. */
          labels: z.array(trusted(z.string())),
        }),
      ),
      next: ours,
    }),
  },
  'association.create': {
    summary:
      'Associates two records, without a label or with the types that are named. Refused where they are associated.',
    mode: 'execute',
    measures: { records: 2 },
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject({ ...pair, types: types.optional() })
      .meta({ examples: [{ fromType: 'contacts', from: '102', toType: 'companies', to: '502' }] }),
    output: associated,
    undo: {
      action: 'crm.association.remove',
      how: 'Removes the association, unless somebody has given it another label since.',
      leaves: ['updatedAt', 'lastmodifieddate'],
    },
    about: { record: 'association', id: 'input.from' },
    findAfter: FIND_AFTER,
  },
  'association.remove': {
    summary: 'Removes the association of two records, with all its labels. The records stay.',
    mode: 'execute',
    measures: { records: 2 },
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject(pair)
      .meta({ examples: [{ fromType: 'contacts', from: '101', toType: 'companies', to: '501' }] }),
    output: associated,
    undo: {
      action: 'crm.association.create',
      how: 'Associates the records again, with the types that they had.',
      leaves: ['updatedAt', 'lastmodifieddate'],
    },
    about: { record: 'association', id: 'input.from' },
    findAfter: FIND_AFTER,
  },
} as const satisfies Record<string, Action>;
