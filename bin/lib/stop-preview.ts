import type { Approval, StopPreview } from '../../shared/rpc.ts';
import { facts, table } from './output.ts';

type Hit = Pick<Approval, 'id' | 'call' | 'agent' | 'action'>;

/** `GET /ops/v1/stops/preview`. `approvals`: null when this person may not see them, or nobody could say. */
export type PreviewView = StopPreview & { approvals: { waiting: Hit[]; approved: Hit[] } | null };

/** What a stop would hit, for somebody who is about to make it. */
export function previewSheet({ target, warning, agents, calls, unheard, approvals }: PreviewView): string {
  const live = agents.filter((agent) => agent.live).length;
  const head = facts([
    ['would stop', target],
    ['WARNING', warning],
    ['agents', `${agents.length}, ${live} of them active now`],
    ['calls under way', `${calls.length}${unheard.length > 0 ? ' or more' : ''}`],
    ['did not answer', unheard.length > 0 ? `the guards of ${unheard.join(', ')}` : null],
    [
      'approvals',
      approvals === null
        ? 'not visible to this person'
        : `${approvals.waiting.length} waiting, ${approvals.approved.length} approved and not used`,
    ],
  ]);
  const tables = [
    table(
      ['AGENT', 'WORKFLOW', 'ACTIVE'],
      agents.map(({ agent, workflow, live }) => [agent, workflow ?? '', live ? 'yes' : 'no']),
      '',
    ),
    table(
      ['CALL UNDER WAY', 'AGENT', 'ACTION'],
      calls.map(({ call, agent, action }) => [call, agent, action]),
      '',
    ),
    table(['APPROVAL', 'AGENT', 'ACTION', 'STATE'], approvalRows(approvals), ''),
  ];
  const next = `Nothing was changed. To stop it: toolgate stop ${target} --reason "…"`;
  return [head, ...tables, next].filter((part) => part !== '').join('\n\n');
}

function approvalRows(approvals: PreviewView['approvals']): string[][] {
  const rows = (hits: readonly Hit[], state: string): string[][] =>
    hits.map(({ id, agent, action }) => [id, agent, action, state]);
  return [...rows(approvals?.waiting ?? [], 'waiting'), ...rows(approvals?.approved ?? [], 'approved')];
}
