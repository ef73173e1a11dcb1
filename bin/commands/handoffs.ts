import type { Handoff } from '../../shared/handoffs.ts';
import { misuse, option, query, report, type Command } from '../lib/command.ts';
import { facts, table, when } from '../lib/output.ts';

const list = 'toolgate handoffs lists them.';

/** `toolgate handoffs`: the triage queue. */
export const handoffs: Command = {
  name: 'handoffs',
  summary: 'Cases that agents handed over, and calls that somebody reported: who has them, and until when',
  usage: '[--state open|taken|resolved] [--kind <kind>] [--workflow <name>]',
  examples: ['toolgate handoffs', 'toolgate handoffs --state open --workflow support --json'],
  details: [
    '--state     only these; else all, what is open first',
    '--kind      unclassifiable, unverified, conflicting, or misbehaviour (reported by people)',
    '--workflow  only of this business process',
  ],
  options: { state: { type: 'string' }, kind: { type: 'string' }, workflow: { type: 'string' } },
  takes: 0,
  person: 'approver',
  run: async (call) => {
    const filter = {
      state: option(call.values, 'state'),
      kind: option(call.values, 'kind'),
      workflow: option(call.values, 'workflow'),
    };
    return report(call, ['GET', `/handoffs${query(filter)}`], (found: Handoff[]) => rows(found, call.now));
  },
};

function rows(found: readonly Handoff[], now: number): string {
  const titles = ['HANDOFF', 'KIND', 'AGENT', 'ABOUT', 'TIMES', 'STATE', 'RESPOND', 'WHAT'];
  const cells = found.map((one) => [
    one.id,
    `${one.kind}${one.urgent ? ', urgent' : ''}`,
    one.agent,
    `${one.about.tool} ${one.about.record}`,
    String(one.times),
    one.owner === null ? one.state : `${one.state}: ${one.owner}`,
    one.state === 'resolved' ? '' : due(one, now),
    one.summary,
  ]);
  return table(titles, cells, 'No agent has handed anything over, and nobody has reported a call.');
}

function due({ respondBy }: Handoff, now: number): string {
  return now < Date.parse(respondBy) ? when(respondBy, now) : `OVERDUE since ${when(respondBy, now)}`;
}

/** `toolgate handoff <id>`: one case, and what a person does with it. */
export const handoff: Command = {
  name: 'handoff',
  summary:
    'One case that an agent handed over; take it, release it, or resolve it in words that the agent is told',
  usage: '<handoff> [--take | --release | --resolve <words>]',
  examples: [
    'toolgate handoff handoff_01JD0000000000000000000000',
    'toolgate handoff handoff_01JD0000000000000000000000 --take',
    'toolgate handoff handoff_01JD0000000000000000000000 --resolve "It is for billing: assign it to them."',
  ],
  details: [
    '--take     you have it from now on; another’s can be taken over once it is overdue',
    '--release  somebody else may have it',
    '--resolve  what came of it; the agent is told these words, personal data masked',
  ],
  options: { take: { type: 'boolean' }, release: { type: 'boolean' }, resolve: { type: 'string' } },
  takes: 1,
  person: 'approver',
  run: async (call) => {
    const id = encodeURIComponent(call.args[0] ?? '');
    const note = option(call.values, 'resolve');
    const acts = [
      ...(call.values['take'] === true ? [{ do: 'take' }] : []),
      ...(call.values['release'] === true ? [{ do: 'release' }] : []),
      ...(call.values['resolve'] === undefined ? [] : [{ do: 'resolve', note }]),
    ];
    if (acts.length > 1) return misuse('One at a time: --take, --release or --resolve.');
    if (acts.some((one) => one.do === 'resolve') && !note?.trim())
      return misuse('Say what came of it: --resolve "…". The agent is told.');
    const [act] = acts;
    const show = (found: Handoff): string => whole(found, call.now);
    return act
      ? report(call, ['POST', `/handoffs/${id}/act`, act], show, list)
      : report(call, ['GET', `/handoffs/${id}`], show, list);
  },
};

function whole(one: Handoff, now: number): string {
  return facts([
    ['handoff', one.id],
    ['kind', `${one.kind}${one.urgent ? ', urgent' : ''}`],
    ['agent', `${one.agent} (${one.workflow})`],
    ['about', `${one.about.tool} ${one.about.record}`],
    ['what', one.summary],
    ['tried', one.tried.join('; ')],
    ['could be done', one.options.join('; ')],
    ['calls', one.calls.join(', ')],
    ['reported by', one.reportedBy],
    ['times', one.times > 1 ? one.times : ''],
    ['state', one.state],
    ['owner', one.owner],
    ['asked', [one.group, ...one.escalation.slice(0, one.escalated), ...one.addressees].join(', ')],
    ['respond', one.state === 'resolved' ? '' : due(one, now)],
    ['resolution', one.resolution],
  ]);
}
