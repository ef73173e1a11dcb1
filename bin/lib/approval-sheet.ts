import { amountIn } from '../../shared/money.ts';
import { decisionsInForce, type Approval, type ApprovalSheet, type Derivation } from '../../shared/rpc.ts';
import { facts, inline, when } from './output.ts';

/** Characters of a digest that are enough to tell two revisions apart, and short enough to copy. */
const SHOWN = 12;

/** All that is needed to decide on a request, as lines. */
export function sheetOf(approval: Approval, now: number): string {
  return facts([...about(approval), ...content(approval), ...deciding(approval, now)]);
}

/** The same with earlier decisions, and whether whoever asks may decide. */
export function fullSheetOf(sheet: ApprovalSheet, now: number): string {
  const { earlier, mayDecide } = sheet;
  const before = earlier.map(
    ({ status, edited, reason, by, at }) =>
      `${status}${edited ? ', edited' : ''} (${reason ?? 'no reason'}) by ${by.join(', ')} ${when(at, now)}`,
  );
  const mine = mayDecide.ok
    ? `yes${mayDecide.onBehalfOf === null ? '' : `, for ${mayDecide.onBehalfOf}`}`
    : mayDecide.why;
  return `${sheetOf(sheet, now)}\n${facts([
    ['before', before.length === 0 ? 'nothing like it was decided' : before.join('; ')],
    ['you may', mine],
  ])}`;
}

function about({ id, call, agent, workflow, user, action, effect, undo, preview, usage }: Approval): Pairs {
  return [
    ['approval', id],
    ['call', call],
    ['agent', `${agent} (${workflow})${user === null ? '' : ` for ${user}`}`],
    ['action', action],
    ['effect', effect],
    ['changes', preview && changesOf(preview.changes)],
    ['besides', preview?.sideEffects.join('; ')],
    ['touches', touches(usage)],
    ['undo', undo],
  ];
}

function content(approval: Approval): Pairs {
  const { input, because, confidence, sensitivity, provenance, releases, edited, revision } = approval;
  return [
    ['input', input],
    [
      'untrusted',
      provenance
        .filter(({ level }) => level === 'untrusted')
        .map(derived)
        .join('; '),
    ],
    ['opens', releases.join('; ')],
    [
      'unproven',
      provenance
        .filter(({ level, sink }) => level === 'unattributed' && sink !== undefined)
        .map(derived)
        .join('; '),
    ],
    ['sensitivity', sensitivity],
    ['goal', because?.goal],
    ['explanation', because?.explanation],
    ['sources', because?.sources.join(', ')],
    ['confidence', confidence === null ? null : `${confidence} %`],
    ['edited', edited && `revision ${revision} by ${edited.by} (${edited.reason}) ${edited.note}`],
    [
      'edits',
      edited?.differences
        .map(({ pointer, before, after }) => `${pointer}: ${inline(before)} -> ${inline(after)}`)
        .join('; '),
    ],
  ];
}

function deciding(approval: Approval, now: number): Pairs {
  const { id, policies, needs, group, escalation, escalated, deadline, digest, status } = approval;
  const given = decisionsInForce(approval).filter(({ decision }) => decision === 'approve').length;
  const bound = `toolgate approve ${id} --digest ${digest.slice(0, SHOWN)} --reason as-expected`;
  return [
    ['policies', policies.map((policy) => `${policy.id}: ${policy.reason}`).join('; ')],
    ['asked', [group, ...escalation.slice(0, escalated)].join(', ')],
    ['needs', `${needs} approval${needs === 1 ? '' : 's'}, ${given} given`],
    ['status', status === 'waiting' ? null : status],
    ['deadline', `${deadline}, ${when(deadline, now)}; then it is denied`],
    ['digest', digest],
    ['decide', status === 'waiting' ? `${bound}   or   toolgate reject ${id} --reason …` : null],
  ];
}

function was(value: unknown): string {
  return value === null || value === undefined ? 'none' : inline(value);
}

/** What it changes, a field after the other, before and after. */
function changesOf(changes: NonNullable<Approval['preview']>['changes']): string {
  return changes.map(({ field, before, after }) => `${field}: ${was(before)} -> ${was(after)}`).join('; ');
}

function touches({ spend, currency, recipients, records }: Approval['usage']): string {
  return [
    recipients > 0 ? `${recipients} recipient${recipients === 1 ? '' : 's'}` : '',
    records > 0 ? `${records} record${records === 1 ? '' : 's'}` : '',
    spend > 0 ? spent(spend, currency) : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function spent(spend: number, currency: string | null): string {
  return currency === null ? `${spend} in minor units` : `${amountIn(currency, spend)} ${currency}`;
}

/** Whom, where to, how much or which, in words; then the call that read it. */
function derived({ pointer, from, sink, host }: Derivation): string {
  const where = host === undefined ? '' : ` to ${host === '' ? 'nowhere known' : host}`;
  const what = sink === undefined ? pointer : `${sink} ${pointer}${where}`;
  return from === null ? what : `${what} (from ${from})`;
}

type Pairs = (readonly [string, unknown])[];

/** What came of a decision. */
export function decidedFacts(approval: Approval): string {
  const { id, status, needs, call } = approval;
  const given = decisionsInForce(approval);
  return facts([
    ['approval', id],
    ['status', status],
    ['decisions', given.map(({ by, decision, reason }) => `${by} ${decision} (${reason})`).join(', ')],
    ['needs', status === 'waiting' ? `${needs} in all` : null],
    ['call', call],
    ['see', `toolgate call ${call}`],
  ]);
}
