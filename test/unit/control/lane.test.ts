import { expect, test } from 'vitest';
import type { OperatorAct, Receipt, Stop } from '../../../shared/rpc.ts';
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
  const none = { operators: [], more: { inFlight: 0, deferred: 0, operators: 0 } };
  const receipt = [other, act, later].reduce(withAct, none);
  expect(receipt).toEqual({ ...none, operators: [later, other] });
});

test('a receipt lists so many acts and counts the rest', () => {
  const call = (n: number) => `call_${String(n).padStart(5, '0')}`;
  let receipt: Pick<Receipt, 'operators' | 'more'> = {
    operators: [],
    more: { inFlight: 0, deferred: 0, operators: 0 },
  };
  for (let n = 0; n < 700; n += 1) receipt = withAct(receipt, { ...act, call: call(n) });
  expect(receipt.operators).toHaveLength(500);
  expect([receipt.operators[0]?.call, receipt.more.operators]).toEqual([call(200), 200]);
});
