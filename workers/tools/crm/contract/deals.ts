import { z } from 'zod';
import { untrusted, type Action } from '../../../../shared/contract.ts';
import {
  archivedAgain,
  archiving,
  atLeastOne,
  changes,
  FIND_AFTER,
  id,
  line,
  more,
  optional,
  ours,
  page,
  recordId,
  stamps,
  theirs,
} from './fields.ts';

const stage = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'the id of a stage of the pipeline');

const written = {
  name: line(200),
  stage,
  /** In minor units of `currency`, 12.50 EUR is 1250; the two are only said together. */
  amount: z.int().min(0).max(1_000_000_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code'),
  /** UTC: `2026-12-31T00:00:00Z`. */
  closeDate: z.iso
    .datetime()
    .max(24)
    .refine((time) => !time.endsWith('.000Z'), 'no milliseconds where there are none'),
  ownerId: id,
};

/** What HubSpot holds. An amount of a currency that it does not name is null: its minor unit is not known. */
const deal = z.strictObject({
  id: recordId,
  // Shops and forms make deals, too.
  name: theirs,
  amount: untrusted(z.int().nullable()),
  currency: ours,
  pipeline: ours,
  stage: ours,
  closeDate: ours,
  ownerId: ours,
  createdAt: ours,
  updatedAt: ours,
});

/** An amount of an unknown currency is no amount, and another currency for the same amount is another amount. */
function wholeAmount({ amount, currency }: { amount?: unknown; currency?: unknown }): boolean {
  if (amount === undefined || currency === undefined) return amount === currency;
  return amount === null || currency !== null;
}
const together = 'amount and currency are said together';

/** https://developers.hubspot.com/docs/api-reference/crm-deals-v3 */
export const dealActions = {
  'deal.read': {
    summary: 'Reads one deal by its id.',
    mode: 'read',
    groups: [],
    sensitivity: 'confidential',
    input: z.strictObject({ id }).meta({ examples: [{ id: '601' }] }),
    output: deal,
  },
  'deal.search': {
    summary: 'Finds deals by stage, owner or words. New deals show after some seconds.',
    mode: 'read',
    groups: [],
    sensitivity: 'confidential',
    input: z
      .strictObject({ stage: stage.optional(), ownerId: id.optional(), query: line(200).optional(), ...page })
      .refine(more('limit', 'after'), atLeastOne)
      .meta({ examples: [{ ownerId: '9001' }] }),
    output: z.strictObject({ total: z.int(), deals: z.array(deal), next: ours }),
  },
  'deal.create': {
    summary:
      'Creates a deal in the default pipeline. HubSpot takes a second one with the same name: search first.',
    mode: 'execute',
    measures: { records: 1 },
    groups: [],
    sensitivity: 'confidential',
    input: z
      .strictObject({ ...optional(written), name: written.name, stage: written.stage })
      .refine(wholeAmount, together)
      .meta({
        examples: [
          { name: 'Newcomer, first order', stage: 'appointmentscheduled', amount: 125_000, currency: 'EUR' },
        ],
      }),
    output: deal,
    // No `findAfter`: nothing unique to look it up by.
    undo: archivedAgain('deal'),
    about: { record: 'deal', id: 'output.id' },
  },
  'deal.update': {
    summary: 'Changes fields of one deal; null clears a field.',
    mode: 'execute',
    measures: { records: 1 },
    groups: [],
    sensitivity: 'confidential',
    input: z
      .strictObject({ id, ...changes(written) })
      .refine(more('id'), atLeastOne)
      .refine(wholeAmount, together)
      .meta({ examples: [{ id: '601', stage: 'contractsent' }] }),
    output: deal,
    undo: {
      action: 'crm.deal.update',
      how: 'Writes back the values that the fields had just before, read in the same call.',
      leaves: stamps,
    },
    about: { record: 'deal', id: 'input.id' },
    findAfter: FIND_AFTER,
  },
  'deal.archive': archiving('deal', { output: deal, example: '603', sensitivity: 'confidential' }),
} as const satisfies Record<string, Action>;
