import { expect, test } from 'vitest';
import type { OperatorAct, Stop } from '../../../shared/rpc.ts';
import { stopsOver, withAct } from '../../../workers/control/lane.ts';

const act: OperatorAct = {
  kind: 'undo',
  call: 'call_2',
  of: 'call_1',
  agent: 'lead-router',
  action: 'chat.message.unschedule',
  person: 'operator@sandbox.example',
  at: '2026-11-22T00:00:00.000Z',
  outcome: 'running',
};
const covered = ['crm.contact.update', 'chat.message.unschedule'].map((action) => ({
  agent: 'lead-router',
  workflow: 'lead-routing',
  tool: action.split('.')[0] ?? '',
  action,
}));
const stop = (target: Stop['target']): Stop => ({
  target,
  source: 'people',
  since: '',
  by: '',
  reason: '',
  held: false,
});

test('stops that cover the call that is undone, or the undoing one, are told; others are not', () => {
  const told = ['all', 'tool:crm', 'tool:chat', 'agent:lead-router', 'workflow:lead-routing'] as const;
  const others = ['tool:enrichment', 'agent:content-writer', 'action:chat.message.post'] as const;
  const stops = [...told, ...others].map(stop);
  expect(stopsOver(stops, covered).map(({ target }) => target)).toEqual(told);
});

test('of one act the newest word stands, and others stay', () => {
  const other = { ...act, call: 'call_3' };
  const later: OperatorAct = { ...act, outcome: 'succeeded' };
  expect(withAct(withAct([other], act), later)).toEqual([later, other]);
});
