import { leadFields } from '../../shared/lead-seal.ts';
import type { LeadRevealed } from '../../shared/lead-vault.ts';
import { misuse, option, report, type Command } from '../lib/command.ts';
import { printable } from '../lib/output.ts';

export const leadsReveal: Command = {
  name: 'leads reveal',
  summary: 'Show one sealed field of a lead; recorded with who asked and why',
  usage: '<lead> --field <field> --reason <text>',
  examples: [
    'toolgate leads reveal lead_01JD5KZ9V8QW7XN2T4R6M8P0AB --field phone --reason "asked to be called back"',
  ],
  details: [
    '<lead>     as toolgate leads lists it',
    `--field    ${leadFields.join(', ')}`,
    '--reason   why you have to see it; it stands in the audit log, so nothing about the person',
    '',
    'The vault opens it, for operators, approvers and owners, and records that before it answers.',
  ],
  options: { field: { type: 'string' }, reason: { type: 'string' } },
  takes: 1,
  person: 'operator',
  run: async (call) => {
    const field = leadFields.find((name) => name === option(call.values, 'field'));
    const reason = option(call.values, 'reason');
    if (!field) return misuse(`Say which field: --field ${leadFields.join(' | ')}`);
    if (reason === undefined) return misuse('Say why you have to see it: --reason <text>.');
    const path = `/leads/${encodeURIComponent(call.args[0] ?? '')}/reveal`;
    return report(call, ['POST', path, { field, reason }], shown, 'toolgate leads lists them.');
  },
};

function shown({ values }: LeadRevealed): string {
  return values.map(printable).join('\n');
}
