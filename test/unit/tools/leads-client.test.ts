import { expect, test } from 'vitest';
import type { LeadDesk } from '../../../shared/rpc.ts';
import { Gate } from '../../../shared/tool/gate.ts';
import { LeadsClient } from '../../../workers/tools/leads/client.ts';

test('tells the inbox until when it may route, and believes it that a late call changed nothing', async () => {
  const asked: unknown[][] = [];
  const desk = {
    route: async (...args: unknown[]) => {
      asked.push(args);
      return 'late' as const;
    },
  } as unknown as LeadDesk;
  const startBefore = Date.now() + 5_000;
  const by = { agent: 'lead-router', byPerson: false };
  const gate = new Gate({ intentAt: 0, startBefore });
  const answer = await new LeadsClient(desk, gate).route('lead_a', 'sales-dach', 'n', 'call_a', by);
  expect(answer).toEqual({ ok: true, value: 'late' });
  expect(asked).toEqual([['lead_a', 'sales-dach', 'n', 'call_a', startBefore, by]]);
  expect(gate.settled({ kind: 'lapsed' })).toEqual({ kind: 'lapsed' });
});
