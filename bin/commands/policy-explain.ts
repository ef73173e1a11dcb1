import { forAgent, type Governance } from '../../shared/governance.ts';
import type { Entry } from '../../shared/journal.ts';
import { recordedQuestion } from '../../shared/recorded.ts';
import { catalogue } from '../../workers/tools/catalogue.ts';
import { askOps } from '../lib/client.ts';
import { unanswered, type Command, type Invocation } from '../lib/command.ts';
import { explainPolicies, type Clause, type ExplainedPolicy } from '../lib/explain.ts';
import { maskedIn } from '../lib/masked.ts';
import { facts, inline, printable, type Report } from '../lib/output.ts';
import { setOfVersion } from '../lib/policy-source.ts';
import { decisionsOf, type RecordedDecision } from '../lib/recorded-decisions.ts';

export const policyExplain: Command = {
  name: 'policy explain',
  summary: 'Which policies decided a call and why, each condition beside the values it saw',
  usage: '<call>',
  examples: [
    'toolgate policy explain call_01M81K9E5W8Q6Z3N2B7C4D0FGH',
    'toolgate policy explain call_01M81K9E5W8Q6Z3N2B7C4D0FGH --json',
  ],
  details: [
    '<call>   as toolgate calls lists it; one that waits can be explained, too',
    'Personal fields are not in the journal: a condition on one is shown as unknown.',
  ],
  options: {},
  takes: 1,
  person: 'auditor',
  run,
};

interface CallAnswer {
  call: { call: string; agent: string; status: string; reason: string | null; approval: string | null };
  entries: Entry[];
}

async function run(call: Invocation): Promise<Report> {
  const { access } = call;
  const id = call.args[0] ?? '';
  const answer = await askOps<CallAnswer>(access, 'GET', `/calls/${encodeURIComponent(id)}`);
  if (answer.kind !== 'ok') return unanswered(answer, access.gate, 'toolgate calls lists the calls.');
  // Of a proposal the last one, which is what executing it would need.
  const decision = answer.value.entries.flatMap(decisionsOf).at(-1);
  if (!decision) return undecided(answer.value);
  const found = await setOfVersion(access, decision.version);
  const explained = found.ok ? explain(decision, found.set) : why(setGone(decision.version));
  const next = nextSteps(decision, answer.value.call);
  const from = found.ok ? found.from : null;
  const { data: _, ...told } = decision;
  const json = { decision: told, status: answer.value.call.status, from, ...explained, next };
  return { text: show(decision, answer.value.call, from, explained, next), json, exit: 0 };
}

type Explained = { policies: ExplainedPolicy[]; note: string | null };

/** Asks the set of then with what was recorded. What decided is the journal's word; this shows why. */
function explain(decision: RecordedDecision, set: Governance): Explained {
  const action = catalogue.get(decision.action);
  if (!action || set.contracts[decision.action] !== action.hash)
    return why('The contract of the action changed since, so its conditions cannot be shown.');
  const { policies, manifest } = forAgent(set, decision.agent);
  const read = recordedQuestion(decision.data, action, Date.parse(decision.at));
  if (!read.ok) return why('The entry does not hold what was asked: it is older than such entries.');
  if (!manifest) return why('The policy set has no manifest for this agent, which denies.');
  const question = { ...read.question, mode: decision.mode };
  return { policies: explainPolicies(policies, manifest, question, maskedIn(action, question)), note: null };
}

function why(note: string): Explained {
  return { policies: [], note };
}

function setGone(version: string): string {
  return `The set ${version} cannot be read from this gate, nor is it the one of this checkout, so only the ids are known.`;
}

function undecided({ call: { call, agent, status, reason } }: CallAnswer): Report {
  const text = [
    facts([
      ['call', call],
      ['status', status],
      ['reason', reason],
    ]),
    insteadOfPolicies(reason, agent),
  ].join('\n\n');
  return { text, json: { call, status, reason, decision: null }, exit: 0 };
}

/** What decided where no policy did, and the command that shows more of it. */
function insteadOfPolicies(reason: string | null, agent: string): string {
  switch (reason) {
    case 'limited':
    case 'pool-silent':
      return `A limit refused this call, not a policy. What is left: toolgate limits ${agent}`;
    case 'stopped':
    case 'switched-off':
    case 'source-silent':
      return 'A stop or a switch refused this call, not a policy: toolgate status, toolgate flags list';
    case 'autonomy':
      return 'The level of its agent refused this call, not a policy: toolgate autonomy';
    case null:
    default:
      return 'No policy decided this call: it was refused before they were asked, or a person did it in the operators’ lane.';
  }
}

/** What changes the answer, and what the agent may do. */
function nextSteps(decision: RecordedDecision, { call, status, approval }: CallAnswer['call']): string[] {
  const { outcome, why: reason } = decision;
  switch (outcome) {
    case 'allow':
      return decision.data['would'] === undefined
        ? ['Nothing held it.']
        : ['Executing it needs nobody: the agent may ask for it in mode execute.'];
    case '1 person':
    case '2 people': {
      const lifted = `${outcome === '1 person' ? 'One approval lifts' : 'Two approvals of different people lift'} what holds it.`;
      if (status === 'proposed') return [lifted, 'The agent may ask for it in mode execute; then it waits.'];
      if (status !== 'waiting')
        return [lifted, `It waits no more: ${status}. Who decided: toolgate call ${call}.`];
      return [
        lifted,
        `A person decides: toolgate approve ${approval ?? '<approval>'} --reason as-expected, or toolgate reject.`,
        `The agent waits: GET /v1/calls/${call}?wait=30.`,
      ];
    }
    case 'denied':
      return deniedNext(reason);
  }
}

function deniedNext(reason: string | null): string[] {
  switch (reason) {
    case 'not-permitted':
      return ['No approval changes it: nothing permits it. The manifest would have to grant it.'];
    case 'no-manifest':
      return ['No approval changes it: the agent has no manifest in the set.'];
    case 'contract-changed':
      return ['No approval changes it: a set made for the new contract has to be applied.'];
    case 'failed':
      return ['No approval changes it: a policy could not be evaluated, which denies. Its author mends it.'];
    case null:
    default:
      return [
        'No approval changes it.',
        'The agent may ask again with what the policy objects to changed, or leave it; the same call is denied again.',
      ];
  }
}

function show(
  decision: RecordedDecision,
  call: CallAnswer['call'],
  from: string | null,
  { policies, note }: Explained,
  next: readonly string[],
): string {
  const { agent, action, mode, at, version, outcome, why: reason } = decision;
  const head = facts([
    ['call', call.call],
    ['status', call.status],
    ['agent', agent],
    ['action', `${action}, ${mode}`],
    ['asked at', at],
    ['policy set', from ?? version],
    ['decision', decided[outcome] + (reason === null ? '' : ` (${reason})`)],
    ['decided by', decision.policies.join(', ')],
  ]);
  const deciding = policies.filter(({ id }) => decision.policies.includes(id));
  const others = policies.filter(({ id }) => !decision.policies.includes(id));
  const parts = [head, ...(note === null ? [] : [note]), ...deciding.map(policyInWords)];
  if (others.length > 0)
    parts.push(`It also concerns these policies:\n${others.map(otherInWords).join('\n')}`);
  return [...parts, `Next:\n${next.map((line) => `  ${line}`).join('\n')}`].join('\n\n');
}

const decided = {
  allow: 'allowed',
  '1 person': 'held until one person approves it',
  '2 people': 'held until two people approve it',
  denied: 'denied',
} as const;

function policyInWords(policy: ExplainedPolicy): string {
  const { id, effect, reason, conditions, liftedBy } = policy;
  const head = `${id} (${effect}): ${printable(reason)}`;
  const lines = conditions.flatMap((one) => clauseInWords(one, one.kind, 1));
  const lift =
    liftedBy === null
      ? []
      : [`  It no longer forbids with ${liftedBy === 1 ? 'one approval' : 'two approvals'}.`];
  return [head, ...lines, ...lift].join('\n');
}

function clauseInWords(clause: Clause, kind: string, depth: number): string[] {
  const values = clause.values.map(({ path, value }) => `${path} is ${inline(value, 200)}`).join(', ');
  const line = `${'  '.repeat(depth)}${clause.truth.padEnd(9)}  ${kind} ${inline(clause.text, 300)}`;
  const own = values === '' ? [line] : [line, `${'  '.repeat(depth)}${' '.repeat(11)}${printable(values)}`];
  return [...own, ...clause.parts.flatMap((part) => clauseInWords(part, '·', depth + 1))];
}

/** A policy that did not decide, and the first condition that kept it from holding. */
function otherInWords({ id, held, liftedBy, conditions }: ExplainedPolicy): string {
  const stopper = conditions.find(({ kind, truth }) => truth !== (kind === 'when' ? 'true' : 'false'));
  const because = stopper
    ? `${stopper.kind} ${inline(stopper.text, 120)} is ${stopper.truth}`
    : 'its conditions are met';
  const told = {
    true: 'held',
    false: 'did not hold',
    unknown: 'not known',
    failed: 'failed',
    'not-asked': 'not asked',
  };
  const lift = liftedBy === null ? '' : `; lifted by ${liftedBy === 1 ? 'one approval' : 'two approvals'}`;
  return `  ${id}: ${told[held]}${lift}: ${because}`;
}
