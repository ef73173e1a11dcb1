import type { Handoff } from '../../shared/handoffs.ts';
import { verdicts, type Review } from '../../shared/reviews.ts';
import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

/** `toolgate reviews`: calls that somebody looks at after they ran. */
export const reviews: Command = {
  name: 'reviews',
  summary:
    'Calls to look at after they ran: a sample of what needed nobody, and the riskiest that people approved',
  usage: '[--state open|done] [--workflow <name>]',
  examples: ['toolgate reviews --state open', 'toolgate reviews --workflow support --json'],
  details: [
    '--state     only these; else all, open ones first, the riskiest first',
    '--workflow  only of this business process',
  ],
  options: { state: { type: 'string' }, workflow: { type: 'string' } },
  takes: 0,
  person: 'auditor',
  run: async (call) => {
    const filter = { state: option(call.values, 'state'), workflow: option(call.values, 'workflow') };
    return report(call, ['GET', `/reviews${query(filter)}`], (found: Review[]) => rows(found, call.now));
  },
};

function rows(found: readonly Review[], now: number): string {
  const titles = ['CALL', 'RISK', 'WHY', 'AGENT', 'ACTION', 'APPROVED BY', 'RESPOND', 'VERDICT'];
  const cells = found.map((one) => [
    one.call,
    String(one.risk),
    one.cause,
    one.agent,
    one.action,
    one.approvers.join(', '),
    one.state === 'done' ? '' : when(one.respondBy, now),
    one.verdict === null ? '' : `${one.verdict}, ${one.by}${one.note ? `: ${one.note}` : ''}`,
  ]);
  return table(titles, cells, 'No call waits for a review.');
}

/** `toolgate review <call>`: a reviewer's verdict. */
export const review: Command = {
  name: 'review',
  summary:
    'Say of a call that ran whether it was fine, wrong or harmful; harmful opens a case for the agent’s owners',
  usage: '<call> --verdict fine|wrong|harmful [--note <text>]',
  examples: [
    'toolgate review call_01JD0000000000000000000000 --verdict fine',
    'toolgate review call_01JD0000000000000000000000 --verdict wrong --note "It went to the wrong queue."',
  ],
  details: [
    '--verdict  wrong and harmful count against the agent, as a rejection does',
    '--note     what is wrong; needed unless it is fine',
  ],
  options: { verdict: { type: 'string' }, note: { type: 'string' } },
  takes: 1,
  person: 'owner',
  run: async (call) => {
    const verdict = option(call.values, 'verdict');
    const note = option(call.values, 'note');
    if (!verdicts.some((one) => one === verdict)) return misuse('--verdict is fine, wrong or harmful.');
    if (verdict !== 'fine' && !note?.trim()) return misuse('Say what is wrong: --note "…".');
    const path = `/reviews/${encodeURIComponent(call.args[0] ?? '')}`;
    const body = { verdict, ...(note !== undefined && { note }) };
    return report(call, ['POST', path, body], reviewed, 'toolgate reviews lists them.');
  },
};

function reviewed({ call, agent, action, verdict, by, note }: Review): string {
  return facts([
    ['call', call],
    ['agent', agent],
    ['action', action],
    ['verdict', verdict],
    ['by', by],
    ['note', note],
  ]);
}

/** `toolgate report <call>`: a call that the agent should not have made. */
export const reportCall: Command = {
  name: 'report',
  summary: 'Report a call as misbehaviour to whoever answers for its agent',
  usage: '<call> --reason <text>',
  examples: ['toolgate report call_01JD0000000000000000000000 --reason "It promised a refund."'],
  details: ['--reason  what is wrong with it; names nobody'],
  options: { reason: { type: 'string' } },
  takes: 1,
  person: 'auditor',
  run: async (call) => {
    const reason = option(call.values, 'reason');
    if (!reason?.trim()) return misuse('Say what is wrong: --reason "…".');
    const path = `/calls/${encodeURIComponent(call.args[0] ?? '')}/report`;
    return report(call, ['POST', path, { reason }], reported, 'toolgate calls lists calls.');
  },
};

function reported({ id, agent, addressees, times }: Handoff): string {
  return facts([
    ['handoff', id],
    ['agent', agent],
    ['asked', addressees.join(', ')],
    ['reported', times > 1 ? `${times} times` : ''],
  ]);
}
