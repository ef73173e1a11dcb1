import { z } from 'zod';
import { personal, resolves, trusted, type Action } from '../../../../shared/contract.ts';
import { cursor, id, ours, recordId } from './fields.ts';

/** A colleague, or a queue, whom records can be assigned to. */
const owner = z.strictObject({
  id: recordId,
  email: personal('email', ours),
  firstName: personal('name', ours),
  lastName: personal('name', ours),
  kind: trusted(z.enum(['PERSON', 'QUEUE', 'UNKNOWN'])),
  /** Gone: nothing should be assigned to them any more. */
  archived: z.boolean(),
});

/** https://developers.hubspot.com/docs/api-reference/crm-crm-owners-v3: HubSpot offers no way to change them. */
export const ownerActions = {
  'owner.read': {
    summary: 'Reads whom an ownerId stands for.',
    mode: 'read',
    groups: [],
    sensitivity: 'internal',
    input: z.strictObject({ id }).meta({ examples: [{ id: '9001' }] }),
    output: owner,
  },
  'owner.list': {
    summary: 'Lists those who can own records, or finds one by the mail address.',
    mode: 'read',
    groups: [],
    sensitivity: 'internal',
    input: z
      .strictObject({
        email: resolves(['email'], 'text', personal('email', z.email().max(254))).optional(),
        limit: z.int().min(1).max(100).default(50),
        after: cursor,
      })
      .meta({ examples: [{ limit: 50 }] }),
    output: z.strictObject({ owners: z.array(owner), next: ours }),
  },
} as const satisfies Record<string, Action>;
